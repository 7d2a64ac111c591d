"""The view of the approved templates of a profile."""

from kxsms.compat import override
from kxsms.domain.results import TemplateList
from kxsms.language import tr
from kxsms.output.json import Items
from kxsms.output.view import PlainView, Table, table_of

_COLUMNS = ("product", "number", "template")


class TemplateListView(PlainView[TemplateList]):
    """Approved templates, by product, in the order in which they were added."""

    @override
    def document(self) -> Items:
        return Items(self._documents())

    @override
    def table(self, *, for_people: bool) -> Table:
        return table_of(self._documents(), _COLUMNS, tr("no approved templates"))

    def _documents(self) -> list[dict[str, object]]:
        return [dict(zip(_COLUMNS, found, strict=True)) for found in self.result.templates]
