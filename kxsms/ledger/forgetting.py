"""Forgetting: everything that the ledger holds of one number is removed, and a pseudonym stays in its place.

The number is first noted as forgotten, so that what other processes write from then on has the pseudonym.
Then its entries are changed in short transactions, the rows last: by these the others are found. A kill
between leaves entries that the same command, given again, finds and changes.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from kxsms.domain.forgetting import Forgot
from kxsms.domain.traces import Traces
from kxsms.errors import Busy, Failure
from kxsms.language import tr
from kxsms.ledger.claims import OwnedBatch
from kxsms.ledger.counters import counting
from kxsms.ledger.database import Database
from kxsms.ledger.forgetting_steps import FILL_LEAVING, removal
from kxsms.ledger.forgotten import Forgotten, register
from kxsms.ledger.freeing import in_steps
from kxsms.ledger.leaving_out import clear_leaving, leave_out
from kxsms.ledger.number_search import Found, find_number
from kxsms.ledger.owners import Owners
from kxsms.ledger.queries import batch_of

# The names that the ledger needs, and that may be the number.
_NAMES = """
    SELECT account, profile FROM batches
    UNION SELECT account, profile FROM answers
    UNION SELECT account, NULL FROM opt_outs
"""


class Forgetting:
    """The forgetting of one number in one ledger: `find` only looks.

    Every method raises Failure as `Database` does.
    """

    def __init__(self, database: Database, owners: Owners, mobile: str) -> None:
        self._database = database
        self._owners = owners
        self._mobile = int(mobile)
        self._traces = Traces(mobile)

    def find(self) -> Forgot:
        """Return what would be removed now."""
        return self._figures(find_number(self._database, self._traces))

    def run(self) -> Forgot:
        """Remove the number, and return what was removed.

        Raise Busy if a batch with it is in progress, or is still to send others a text that holds it.
        """
        found = find_number(self._database, self._traces)
        figures = self._figures(found)
        if figures.is_nothing and Forgotten(self._database).pseudonym(self._mobile) is None:
            return figures
        self._database.overwrite_deleted()
        figures = self._remove(found.needed)
        self._ensure_clear()
        return figures

    def _remove(self, batches: set[int]) -> Forgot:
        """Change all entries, those of some batches among them, and return what they are."""
        with self._owning(batches):
            found = find_number(self._database, self._traces)
            self._refuse(found)
            figures = self._figures(found)
            forgotten = register(self._database, self._mobile)
            self._leave_out(found)
            for step in removal(self._database, forgotten, self._traces, found):
                in_steps(self._database, step)
        return figures

    def _figures(self, found: Found) -> Forgot:
        return Forgot(
            batches=len(found.needed),
            recipients=len(found.own_rows),
            texts=len(found.own_requests) + found.shared_texts,
            records=len(found.own_records) + len(found.other_records),
            answers=len(found.read_answers) + len(found.unread_answers) + len(found.new_answers),
            opt_outs=found.opt_outs,
        )

    @contextmanager
    def _owning(self, batches: set[int]) -> Iterator[None]:
        """Own the batches that hold the number, always in one order. Raise Busy if another process does."""
        mine: list[int] = []
        try:
            with self._database.transaction():
                for batch in sorted(batches):
                    if not self._owners.take(batch):
                        name = self._name_of(batch)
                        raise _busy(
                            name,
                            tr("another process is sending batch {name}, which has this number", name=name),
                        )
                    mine.append(batch)
            yield
            with self._database.transaction():
                for batch in mine:
                    self._owners.forget_finished(batch)
        finally:
            for batch in mine:
                self._owners.release(batch)

    def _name_of(self, batch: int) -> str:
        return str(self._database.value("SELECT name FROM batches WHERE id = ?", (batch,)))

    def _refuse(self, found: Found) -> None:
        """Raise Busy where the number cannot be removed yet."""
        if found.planned_texts:
            name = self._name_of(min(found.planned_texts))
            raise _busy(
                name, tr("batch {name} is still to send others a text that holds this number", name=name)
            )
        if found.new_answers:
            raise Busy(
                tr("an answer of the gateway that holds this number was not read yet"),
                tr("run kxsms report and kxsms mo, then the same command again"),
            )

    def _leave_out(self, found: Found) -> None:
        """Send nothing more to the number."""
        for number in sorted(found.needed):
            row = self._database.row("SELECT * FROM batches WHERE id = ? AND pruned IS NULL", (number,))
            if row is None or row["finished"] is not None:
                continue
            OwnedBatch(self._database, self._owners, batch_of(row, lambda _: False)).recover()
            with counting(self._database, number) as counters:
                clear_leaving(self._database)
                values = {"mobile": self._mobile, "batch": number}
                self._database.execute(FILL_LEAVING, values)
                leave_out(self._database, counters, number, "skipped")

    def _ensure_clear(self) -> None:
        """Make sure that nothing holds the number any more, no file of the ledger either that can be read.

        Raise Failure if something does.
        """
        is_clear = self._database.are_clear(self._traces.in_files)
        if is_clear:
            return
        # Until its rows were changed, other processes kept new reports and replies with the number.
        found = find_number(self._database, self._traces)
        if not self._figures(found).is_nothing:
            self._remove(found.needed)
            is_clear = self._database.are_clear(self._traces.in_files)
            if is_clear:
                return
        if any(map(self._traces.are_in_any, self._database.rows(_NAMES))):
            raise Failure(
                tr("the number was removed, except where it is the name of an account or a profile"),
                tr("the ledger keeps these names: see kxsms help privacy"),
            )
        if is_clear is None:
            return
        # Older versions left what they deleted in free space. To rewrite a large ledger takes so long that a
        # process that sends would give up, with unknown outcomes.
        if not self._database.is_rewritten_fast() and self._owners.is_any_taken():
            raise Busy(
                tr("the number was removed, but free space in the ledger still holds its bytes"),
                tr("run the same command again when no batch is being sent, to overwrite these"),
            )
        self._database.rewrite()
        if not self._database.are_clear(self._traces.in_files):
            raise Failure(
                tr("the number was removed, but the files of the ledger still hold its bytes"),
                tr("end other kxsms processes, then run the same command again"),
            )


def _busy(name: str, problem: str) -> Busy:
    return Busy(problem, tr("wait for it, or run kxsms batch cancel {name}; then run it again", name=name))
