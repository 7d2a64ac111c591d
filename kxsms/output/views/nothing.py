"""The view of a command that returns nothing: it writes nothing."""

from kxsms.compat import override
from kxsms.output.view import PlainView


class NothingView(PlainView[None]):
    """No output at all."""

    @override
    def document(self) -> None:
        return None

    @override
    def table(self, *, for_people: bool) -> None:
        return None
