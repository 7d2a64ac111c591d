"""The view of the list of batches."""

from bisect import bisect_left
from itertools import accumulate

from kxsms.compat import override
from kxsms.domain.money import amount
from kxsms.domain.results import BatchList
from kxsms.domain.source_name import without_directory
from kxsms.language import mark, tr
from kxsms.output.json import Items
from kxsms.output.view import PlainView, Table, table_of
from kxsms.output.views.batch_columns import COLUMNS, Shown, batch_document

_EMPTY = mark("no batches")
_TEXT_CELLS = 16
_HIDDEN_FIRST = ("replies", "cost", "in_flight", "scheduled_for", "rejected", "failed", "text", "created")


class BatchListView(PlainView[BatchList]):
    """Batches, the newest first."""

    @override
    def document(self) -> Items:
        return Items(map(batch_document, self.result.batches))

    @override
    def table(self, *, for_people: bool) -> Table:
        batches = self.result.batches
        documents = [batch_document(batch) for batch in batches]
        if not for_people:
            return table_of(documents, tuple(column.key for column in COLUMNS), tr(_EMPTY))
        shown = []
        for column in COLUMNS:
            is_used = column.shown is Shown.IF_ANY and any(document[column.key] for document in documents)
            if is_used or column.shown is Shown.ALWAYS:
                shown.append(column.key)
        for batch, document in zip(batches, documents, strict=True):
            document["cost"] = None if batch.cost is None else amount(batch.cost)
            for time in ("created", "scheduled_for"):
                document[time] = (document[time] or "")[5:16].replace("T", " ")
            document["source"] = without_directory(batch.source)
            document["text"] = _shortened(batch.text or "")
            document["accepted"] = tr(
                "{accepted} of {recipients}",
                accepted=f"{document['accepted']:,}",
                recipients=f"{document['recipients']:,}",
            )
        return table_of(documents, tuple(shown), tr(_EMPTY))._replace(hidden_first=_HIDDEN_FIRST)


def _shortened(text: str) -> str:
    """Return the beginning of a text, in one line that takes a few cells of the terminal."""
    from unicodedata import east_asian_width

    line = " ".join(text.split())
    ends = list(accumulate(2 if east_asian_width(character) in "WF" else 1 for character in line))
    if not ends or ends[-1] <= _TEXT_CELLS:
        return line
    return line[: bisect_left(ends, _TEXT_CELLS)].rstrip() + "…"
