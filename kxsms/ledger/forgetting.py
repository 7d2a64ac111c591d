"""Forgetting: everything that the ledger holds of one number is removed, and a pseudonym stays in its place.

The number is first noted as forgotten, so that what other processes write from then on has the pseudonym.
Then its entries are changed in short transactions, the rows last: by these the others are found. A kill
between leaves entries that the same command, given again, finds and changes.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kxsms.domain.forgetting import Forgot
from kxsms.domain.traces import Traces
from kxsms.errors import Busy, Failure
from kxsms.language import tr
from kxsms.ledger.claims import OwnedBatch
from kxsms.ledger.counters import counting
from kxsms.ledger.database import Database
from kxsms.ledger.forgetting_statements import (
    ATTEMPT,
    BATCH,
    DELIVERY,
    FILL_LEAVING,
    HASH_REQUEST,
    MERGE_OPT_OUTS,
    OWN_BATCH,
    OWN_RECORD,
    OWN_REQUEST,
    OWN_ROW,
    READ_ANSWER,
    RECORD,
    REQUEST,
    ROW,
    UNREAD_ANSWER,
)
from kxsms.ledger.forgotten import Forgotten, register
from kxsms.ledger.freeing import in_steps, is_rewritten_fast, overwrite_deleted
from kxsms.ledger.leaving_out import clear_leaving, leave_out
from kxsms.ledger.number_search import Found, find_number
from kxsms.ledger.owners import Owners
from kxsms.ledger.queries import batch_of

_AT_A_TIME = 200
_OF_ANSWERS = (READ_ANSWER, UNREAD_ANSWER)
"""Statements for values that are changed one by one: each answer may be of some megabytes."""

_PATIENCE_SECONDS = 10.0
_POLL_SECONDS = 0.1
_FORGOTTEN = "forgotten"
"""The message of such a row in an export."""


# Whether the ledger has the number as a name that it needs. It calls `holds`.
_IS_A_NAME = """
    SELECT 1 FROM batches WHERE holds(account) OR holds(profile)
    UNION ALL SELECT 1 FROM answers WHERE holds(account) OR holds(profile)
    UNION ALL SELECT 1 FROM opt_outs WHERE holds(account) LIMIT 1
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
        overwrite_deleted(self._database)
        figures = self._remove(found.needed)
        self._clear_files()
        return figures

    def _remove(self, batches: set[int]) -> Forgot:
        """Change all entries, those of some batches among them, and return what they are."""
        with self._owning(batches):
            found = find_number(self._database, self._traces)
            self._refuse(found)
            figures = self._figures(found)
            self._forgotten = register(self._database, self._mobile)
            self._define()
            self._leave_out(found)
            for step in self._steps(found):
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

    def _define(self) -> None:
        forgotten = self._forgotten
        self._database.define("removed", 1, self._traces.removed)
        self._database.define("hashed", 1, _hashed(forgotten))
        self._database.define("keyed_digest", 1, forgotten.digest)

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

    def _steps(self, found: Found) -> Iterator[Callable[[], bool]]:
        """Yield what is to be called until it returns False, one after the other."""
        pseudonym = self._forgotten.pseudonym(self._mobile)
        since = self._database.value("SELECT since FROM forgotten WHERE pseudonym = ?", (pseudonym,))
        record = {"pseudonym": str(pseudonym), "since": since}
        row = {"pseudonym": pseudonym, "problem": _FORGOTTEN}
        self._database.define("blank", 1, lambda fields: "\0" * fields.count("\0"))
        for statement, ids in (
            (HASH_REQUEST, found.other_requests),
            (REQUEST, found.other_requests),
            (OWN_BATCH, [{"batch": one, "mobile": self._mobile} for one in sorted(found.needed)]),
            (OWN_REQUEST, [{"id": one, "mobile": self._mobile} for one in found.own_requests]),
            (ATTEMPT, found.attempts),
            (BATCH, found.batches),
            (READ_ANSWER, found.read_answers),
            (UNREAD_ANSWER, found.unread_answers),
            (OWN_RECORD, [{**record, "id": one} for one in found.own_records]),
            (RECORD, found.other_records),
            (DELIVERY, found.deliveries),
        ):
            yield self._each(statement, ids, 1 if statement in _OF_ANSWERS else _AT_A_TIME)
        yield self._change_opt_outs
        yield self._each(ROW, found.other_rows)
        yield self._each(OWN_ROW, [{**row, "id": one} for one in found.own_rows])

    def _each(self, statement: str, ids: Sequence[Any], at_a_time: int = _AT_A_TIME) -> Callable[[], bool]:
        left = list(ids)

        def step() -> bool:
            some, left[:] = left[:at_a_time], left[at_a_time:]
            values = [one if isinstance(one, dict) else (one,) for one in some]
            self._database.executemany(statement, values)
            return bool(left)

        return step

    def _change_opt_outs(self) -> bool:
        values = {"mobile": self._mobile, "pseudonym": self._forgotten.pseudonym(self._mobile)}
        for statement in MERGE_OPT_OUTS:
            self._database.execute(statement, values)
        return False

    def _clear_files(self) -> None:
        """Make sure that no file of the ledger holds the number any more. Raise Failure if one does."""
        if self._are_clear():
            return
        # Until its rows were changed, other processes kept new reports and replies with the number.
        found = find_number(self._database, self._traces)
        if not self._figures(found).is_nothing:
            self._remove(found.needed)
            if self._are_clear():
                return
        if self._database.row(_IS_A_NAME) is not None:
            raise Failure(
                tr("the number was removed, except where it is the name of an account or a profile"),
                tr("the ledger keeps these names: see kxsms help privacy"),
            )
        # Older versions left what they deleted in free space. To rewrite a large ledger takes so long that a
        # process that sends would give up, with unknown outcomes.
        if not is_rewritten_fast(self._database) and self._owners.is_any_taken():
            raise Busy(
                tr("the number was removed, but free space in the ledger still holds its bytes"),
                tr("run the same command again when no batch is being sent, to overwrite these"),
            )
        self._database.execute_if_free("VACUUM")
        if not self._are_clear():
            raise Failure(
                tr("the number was removed, but the files of the ledger still hold its bytes"),
                tr("end other kxsms processes, then run the same command again"),
            )

    def _are_clear(self) -> bool:
        end = time.monotonic() + _PATIENCE_SECONDS
        while True:
            self._database.checkpoint()
            self._database.empty_log()
            if not self._database.holds(self._traces.in_files):
                return True
            if self._database.is_log_empty() or time.monotonic() > end:
                return False
            time.sleep(_POLL_SECONDS)


def _hashed(forgotten: Forgotten) -> Callable[[str | bytes | None], str | None]:
    def hashed(text: str | bytes | None) -> str | None:
        if text is None:
            return None
        return forgotten.hashed(text if isinstance(text, str) else text.decode("utf-8", "surrogatepass"))

    return hashed


def _busy(name: str, problem: str) -> Busy:
    return Busy(problem, tr("wait for it, or run kxsms batch cancel {name}; then run it again", name=name))
