"""The view of commands that return nothing, or that ran until a signal ended them: it writes nothing."""

from kxsms.compat import override
from kxsms.domain.results import Interrupted
from kxsms.exit_status import ExitStatus
from kxsms.output.view import PlainView


class SilentView(PlainView[Interrupted | None]):
    """No output; the exit status is that of the signal, if one came."""

    @override
    def document(self) -> None:
        return None

    @override
    def table(self, *, for_people: bool) -> None:
        return None

    @override
    def exit_status(self) -> ExitStatus:
        return ExitStatus.OK if self.result is None else ExitStatus.of_signal(self.result.status)
