"""The view of one value: bare, for `$(…)`."""

from kxsms.compat import override
from kxsms.domain.results import Value
from kxsms.output.json import Document
from kxsms.output.view import Bare, PlainView


class ValueView(PlainView[Value]):
    """One value."""

    @override
    def document(self) -> Document:
        return {self.result.name: self.result.value}

    @override
    def table(self, *, for_people: bool) -> Bare:
        return Bare(self.result.value, self.result.name)
