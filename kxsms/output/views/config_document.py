"""The view of the config: nested in JSON, a row per value in a table."""

from collections.abc import Iterator, Mapping

from kxsms.compat import override
from kxsms.domain.results import ConfigDocument
from kxsms.language import tr
from kxsms.output.json import Document
from kxsms.output.view import Cell, PlainView, Table


class ConfigDocumentView(PlainView[ConfigDocument]):
    """The whole config."""

    @override
    def document(self) -> Document:
        return self.result.document

    @override
    def table(self, *, for_people: bool) -> Table:
        return Table(("key", "value"), _flat(self.result.document), empty=tr("the config is empty"))


def _flat(document: Mapping[str, object], prefix: str = "") -> Iterator[tuple[Cell, ...]]:
    for key, value in document.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
