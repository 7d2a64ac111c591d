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
from kxsms.ledger.claims import OwnedBatch
from kxsms.ledger.counters import counting
from kxsms.ledger.database import Database
from kxsms.ledger.forgotten import HASHED, Forgotten, register
from kxsms.ledger.freeing import in_steps, overwrite_deleted
from kxsms.ledger.leaving_out import clear_leaving, leave_out
from kxsms.ledger.number_search import (
    ANSWER_FACTS,
    ATTEMPT_FACTS,
    BATCH_TEXTS,
    RECORD_TEXTS,
    REQUEST_FACTS,
    REQUEST_TEXTS,
    Found,
    find_number,
)
from kxsms.ledger.owners import Owners
from kxsms.ledger.queries import batch_of

_AT_A_TIME = 200
_PATIENCE_SECONDS = 10.0
_POLL_SECONDS = 0.1
_FORGOTTEN = "forgotten"
"""What an export says about such a row."""


def _remove_from(*columns: str) -> str:
    return ", ".join(f"{column} = removed({column})" for column in columns)


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
        with self._owning(found.needed):
            found = find_number(self._database, self._traces)
            self._refuse(found)
            figures = self._figures(found)
            self._forgotten = register(self._database, self._mobile)
            self._define()
            self._leave_out(found)
            for step in self._steps(found):
                in_steps(self._database, step)
        self._clear_files()
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
                        raise self._busy(batch, "another process is sending batch {}, which has this number")
                    mine.append(batch)
            yield
            with self._database.transaction():
                for batch in mine:
                    self._owners.forget_finished(batch)
        finally:
            for batch in mine:
                self._owners.release(batch)

    def _busy(self, batch: int, problem: str) -> Busy:
        name = self._database.value("SELECT name FROM batches WHERE id = ?", (batch,))
        return Busy(problem.format(name), f"wait for it, or run kxsms batch cancel {name}; then run it again")

    def _refuse(self, found: Found) -> None:
        """Raise Busy where the number cannot be removed yet."""
        if found.planned_texts:
            batch = min(found.planned_texts)
            raise self._busy(batch, "batch {} is still to send others a text that holds this number")
        if found.new_answers:
            raise Busy(
                "an answer of the gateway that holds this number was not read yet",
                "run kxsms report and kxsms mo, then the same command again",
            )

    def _define(self) -> None:
        forgotten = self._forgotten
        self._database.define("removed", 1, self._traces.removed)
        self._database.define("hashed", 1, _hashed(forgotten))
        self._database.define("keyed_digest", 1, forgotten.digest)

    # The rows of the number that are still to be sent to.
    _FILL_LEAVING = """
        INSERT INTO temp.leaving
        SELECT rows.id, requests.id FROM rows JOIN requests ON requests.id = rows.request
        WHERE rows.mobile = :mobile AND rows.request IS NOT NULL AND requests.batch = :batch
            AND requests.state = 'planned'
    """

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
                self._database.execute(self._FILL_LEAVING, values)
                leave_out(self._database, counters, number, "skipped")

    # A text that only this number got, and its hash, by which the same text for it is recognised.
    _HASH = f"""
        compared = CASE WHEN coalesce(compared, '') GLOB '{HASHED}*' THEN compared
            ELSE hashed(coalesce(compared, content)) END,
        guessed = CASE WHEN guessed GLOB '{HASHED}*' THEN guessed ELSE hashed(guessed) END
    """
    _OWN_REQUEST = f"UPDATE requests SET {_HASH}, content = '', {_remove_from(*REQUEST_FACTS)} WHERE id = ?"
    _HASH_REQUEST = f"""
        UPDATE requests SET {_HASH}, content = removed(content)
        WHERE id = ? AND ({" OR ".join(f"holds({column})" for column in REQUEST_TEXTS)})
    """
    _REQUEST = f"UPDATE requests SET {_remove_from(*REQUEST_FACTS)} WHERE id = ?"
    _ATTEMPT = f"UPDATE attempts SET {_remove_from(*ATTEMPT_FACTS)} WHERE rowid = ?"
    # A key that holds the number is known by its hash.
    _BATCH = f"""
        UPDATE batches SET {_remove_from(*BATCH_TEXTS)},
            idempotency_key = CASE WHEN holds(idempotency_key) THEN hashed(idempotency_key)
                ELSE idempotency_key END
        WHERE id = ?
    """
    # The text of a batch that has no other recipient.
    _OWN_BATCH = """
        UPDATE batches SET text = NULL
        WHERE id = :batch AND text IS NOT NULL AND recipients > 0 AND recipients = (
            SELECT count(*) FROM rows WHERE mobile = :mobile AND request IS NOT NULL
                AND id BETWEEN first_row AND last_row
        )
    """
    # What was fetched after the number was first forgotten has a keyed digest already.
    _OWN_RECORD = f"""
        UPDATE records SET {_remove_from(*RECORD_TEXTS)},
            digest = CASE WHEN (SELECT fetched FROM answers WHERE answers.id = answer) > :since THEN digest
                ELSE keyed_digest(digest) END,
            mobile = :pseudonym, content = CASE WHEN content IS NOT NULL THEN '' END
        WHERE id = :id
    """
    _RECORD = f"UPDATE records SET {_remove_from(*RECORD_TEXTS)} WHERE id = ?"
    _READ_ANSWER = f"UPDATE answers SET body = x'', {_remove_from(*ANSWER_FACTS)} WHERE id = ?"
    _UNREAD_ANSWER = f"UPDATE answers SET body = removed(body), {_remove_from(*ANSWER_FACTS)} WHERE id = ?"
    _DELIVERY = "UPDATE deliveries SET status = removed(status), time = removed(time) WHERE row = ?"
    _ROW = "UPDATE rows SET fields = removed(fields), problem = removed(problem) WHERE id = ?"
    _OWN_ROW = """
        UPDATE rows SET mobile = CASE WHEN mobile IS NOT NULL THEN :pseudonym END, problem = :problem,
            fields = blank(fields)
        WHERE id = :id
    """

    def _steps(self, found: Found) -> Iterator[Callable[[], bool]]:
        """Yield what is to be called until it returns False, one after the other."""
        pseudonym = self._forgotten.pseudonym(self._mobile)
        since = self._database.value("SELECT since FROM forgotten WHERE pseudonym = ?", (pseudonym,))
        record = {"pseudonym": str(pseudonym), "since": since}
        row = {"pseudonym": pseudonym, "problem": _FORGOTTEN}
        self._database.define("blank", 1, lambda fields: "\0" * fields.count("\0"))
        for statement, ids in (
            (self._HASH_REQUEST, found.other_requests),
            (self._REQUEST, found.other_requests),
            (self._OWN_BATCH, [{"batch": one, "mobile": self._mobile} for one in sorted(found.needed)]),
            (self._OWN_REQUEST, found.own_requests),
            (self._ATTEMPT, found.attempts),
            (self._BATCH, found.batches),
            (self._READ_ANSWER, found.read_answers),
            (self._UNREAD_ANSWER, found.unread_answers),
            (self._OWN_RECORD, [{**record, "id": one} for one in found.own_records]),
            (self._RECORD, found.other_records),
            (self._DELIVERY, found.deliveries),
        ):
            yield self._each(statement, ids)
        yield self._change_opt_outs
        yield self._each(self._ROW, found.other_rows)
        yield self._each(self._OWN_ROW, [{**row, "id": one} for one in found.own_rows])

    def _each(self, statement: str, ids: Sequence[Any]) -> Callable[[], bool]:
        left = list(ids)

        def step() -> bool:
            some, left[:] = left[:_AT_A_TIME], left[_AT_A_TIME:]
            values = [one if isinstance(one, dict) else (one,) for one in some]
            self._database.executemany(statement, values)
            return bool(left)

        return step

    # An entry under the pseudonym from before, of which the one that is not removed counts.
    _MERGE_OPT_OUTS = (
        """
        DELETE FROM opt_outs WHERE mobile = :mobile AND removed IS NOT NULL AND EXISTS (
            SELECT 1 FROM opt_outs AS other WHERE other.mobile = :pseudonym AND other.origin = opt_outs.origin
                AND other.account = opt_outs.account AND other.removed IS NULL
        )
        """,
        "UPDATE OR REPLACE opt_outs SET mobile = :pseudonym WHERE mobile = :mobile",
        "UPDATE opt_outs SET reason = removed(reason) WHERE holds(reason)",
    )

    def _change_opt_outs(self) -> bool:
        values = {"mobile": self._mobile, "pseudonym": self._forgotten.pseudonym(self._mobile)}
        for statement in self._MERGE_OPT_OUTS:
            self._database.execute(statement, values)
        return False

    def _clear_files(self) -> None:
        """Make sure that no file of the ledger holds the number any more. Raise Failure if one does."""
        if self._are_clear():
            return
        # Older versions left what they deleted in free space.
        self._database.execute_if_free("VACUUM")
        if not self._are_clear():
            raise Failure(
                "the number was removed, but the files of the ledger still hold its bytes",
                "end other kxsms processes, then run the same command again",
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
