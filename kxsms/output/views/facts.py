"""The view of a few named values."""

from kxsms.compat import override
from kxsms.domain.results import Facts
from kxsms.output.json import Document
from kxsms.output.view import PlainView, Table, with_numbers


class FactsView(PlainView[Facts]):
    """A few named values."""

    @override
    def document(self) -> Document:
        return with_numbers(self.result.items, self.result.counts)

    @override
    def table(self, *, for_people: bool) -> Table:
        items = self.result.items
        return Table(tuple(items), (tuple(items.values()),), sideways=True)
