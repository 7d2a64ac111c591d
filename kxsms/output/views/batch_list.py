"""The view of the list of batches."""

from kxsms.compat import override
from kxsms.domain.money import amount
from kxsms.domain.results import BatchList
from kxsms.output.json import Items
from kxsms.output.view import PlainView, Table, table_of
from kxsms.output.views.batch_columns import COLUMNS, Shown, batch_document

_EMPTY = "no batches yet"


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
            return table_of(documents, tuple(column.key for column in COLUMNS), _EMPTY)
        shown = []
        for column in COLUMNS:
            is_used = column.shown is Shown.IF_ANY and any(document[column.key] for document in documents)
            if is_used or column.shown is Shown.ALWAYS:
                shown.append(column.key)
        for batch, document in zip(batches, documents, strict=True):
            document["cost"] = None if batch.cost is None else amount(batch.cost)
            for time in ("created", "scheduled_for"):
                document[time] = (document[time] or "")[5:16].replace("T", " ")
            document["accepted"] = f"{document['accepted']:,} of {document['recipients']:,}"
        return table_of(documents, tuple(shown), _EMPTY)
