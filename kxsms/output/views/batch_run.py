"""The view of the batches that were due: a line for each, and what stopped some of them."""

from collections.abc import Iterator

from kxsms.compat import override
from kxsms.domain.results import RunResult, SendResult
from kxsms.errors import KxsmsError
from kxsms.exit_status import ExitStatus
from kxsms.language import tr
from kxsms.output.json import Items
from kxsms.output.view import Explanation, Table, View, table_of
from kxsms.output.views.send import SendView

_WORST = (ExitStatus.UNKNOWN, ExitStatus.LIMIT, ExitStatus.NO_ANSWER, ExitStatus.REFUSED)
_COLUMNS = ("batch", "source", "state", "recipients", "accepted", "rejected", "not_sent", "unknown")


class BatchRunView(View[RunResult]):
    """The batches that were due; nothing if none was."""

    @override
    def document(self) -> Items:
        return Items(SendView(result).document() for result in self.result.results)

    @override
    def table(self, *, for_people: bool) -> Table | None:
        rows = [_row(result) for result in self.result.results]
        return table_of(rows, _COLUMNS, empty="") if rows else None

    @override
    def explanation(self) -> Explanation:
        return Explanation(list(self._errors()))

    def _errors(self) -> Iterator[KxsmsError]:
        for result in self.result.results:
            for error in SendView(result).explanation().errors:
                error.message = tr("batch {name}: {text}", name=_name(result), text=error.message)
                yield error

    @override
    def exit_status(self) -> ExitStatus:
        if self.result.interrupted is not None:
            return ExitStatus.of_signal(self.result.interrupted)
        found = {SendView(result).exit_status() for result in self.result.results}
        return next((status for status in _WORST if status in found), ExitStatus.OK)


def _name(result: SendResult) -> str:
    return result.batch.name if result.batch else ""


def _row(result: SendResult) -> dict[str, object]:
    batch, counts = result.batch, result.counts
    assert batch is not None
    values = (batch.name, batch.source, batch.state, counts.recipients, counts.accepted, counts.rejected)
    return dict(zip(_COLUMNS, (*values, counts.unfinished, result.unknown), strict=True))
