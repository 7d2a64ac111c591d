"""The commands that run for new records: one process at a time for each record, five times at most."""

from collections.abc import Iterable

from kxsms.domain.profile import Profile
from kxsms.domain.records import RecordFilter, RecordKind, Run
from kxsms.ledger.database import Database
from kxsms.ledger.origins import same_origin
from kxsms.ledger.receivers import Receiver
from kxsms.ledger.record_queries import select

_MOST_TRIES = 5


class Runs:
    """The records of one account for which a command is to be run."""

    def __init__(self, database: Database, receiver: Receiver, profile: Profile) -> None:
        self._database = database
        self._receiver = receiver
        self._profile = profile
        self._here = {"origin": profile.origin, "account": profile.account or ""}

    _RUNNERS = f"""
        SELECT receiver FROM runners
        WHERE kind = :kind AND account = :account AND {same_origin("runners")}
    """
    _REGISTER = """
        INSERT INTO runners (receiver, kind, origin, account) VALUES (:mine, :kind, :origin, :account)
    """

    def register(self, kind: RecordKind) -> None:
        """Let every process keep new records for a command of this one, as long as this one lives."""
        runners = self._runners(kind)
        dead = [number for number in runners if not self._receiver.is_alive(number)]
        with self._database.transaction():
            for number in dead:
                self._database.execute("DELETE FROM runners WHERE receiver = ?", (number,))
                self._receiver.forget(number)
            values = {**self._here, "mine": self._receiver.number, "kind": kind}
            self._database.execute(self._REGISTER, values)

    def _runners(self, kind: RecordKind) -> list[int]:
        rows = self._database.rows(self._RUNNERS, {**self._here, "kind": kind})
        return [row["receiver"] for row in rows]

    def are_awaited(self, kind: RecordKind) -> bool:
        """Return whether a living process, such as this one, runs a command for new records."""
        return any(map(self._receiver.is_alive, self._runners(kind)))

    _AWAIT = "UPDATE records SET waiting = TRUE WHERE id = ? AND NOT waiting AND tries = 0"

    def await_command(self, numbers: Iterable[int]) -> None:
        """Make records wait for a command, too, that were fetched when no process ran one."""
        values = [(number,) for number in numbers]
        if values:
            with self._database.transaction():
                self._database.executemany(self._AWAIT, values)

    # The next record, after a number, for which a command is to be run.
    _NEXT = f"""
        SELECT id, runner, tries FROM records
        WHERE waiting AND kind = :kind AND id > :after
            AND EXISTS (
                SELECT 1 FROM answers
                WHERE answers.id = records.answer AND account = :account AND {same_origin("answers")}
            )
        ORDER BY id LIMIT 1
    """
    # Only if no other process has claimed or finished it since it was read.
    _CLAIM = """
        UPDATE records SET runner = :mine, tries = tries + 1
        WHERE id = :id AND waiting AND runner IS :runner AND tries = :tries
    """

    def claim(self, kind: RecordKind, wanted: RecordFilter, after: int) -> Run | None:
        """Claim the next wanted record after a number, or return None after the last.

        A record that was claimed by a process that has ended is free.

        A record whose last try is over is not claimed, and waits no longer.
        """
        values = {**self._here, "kind": kind}
        while (row := self._database.row(self._NEXT, {**values, "after": after})) is not None:
            after = row["id"]
            if self._receiver.is_alive(row["runner"]):
                continue
            _, record = next(select(self._database, kind, self._profile, wanted, [after]), (after, None))
            if record is None:
                continue
            if row["tries"] >= _MOST_TRIES:
                if self._give_up(after, row["runner"]):
                    return Run(after, record, row["tries"], is_over=True)
                continue
            claim = {"mine": self._receiver.number, **dict(row)}
            with self._database.transaction():
                is_mine = self._database.execute(self._CLAIM, claim) == 1
            if is_mine:
                return Run(after, record, row["tries"] + 1, is_over=False)
        return None

    _GIVE_UP = "UPDATE records SET waiting = FALSE, runner = NULL WHERE id = ? AND waiting AND runner IS ?"

    def _give_up(self, number: int, runner: int | None) -> bool:
        """Run no command for a record again. Return False if another process has done this."""
        with self._database.transaction():
            return self._database.execute(self._GIVE_UP, (number, runner)) == 1

    _END = """
        UPDATE records SET runner = NULL, waiting = :waiting, tries = tries - :untried
        WHERE id = :id AND runner = :mine
    """

    def succeed(self, number: int) -> None:
        """Note that the command for a claimed record has run."""
        self._end(number, waiting=False)

    def fail(self, run: Run) -> bool:
        """Note that the command for a claimed record has failed. Return whether it is to run again."""
        waiting = run.tries < _MOST_TRIES
        self._end(run.number, waiting=waiting)
        return waiting

    def put_back(self, number: int) -> None:
        """Note that the command for a claimed record could not even be started."""
        self._end(number, waiting=True, untried=1)

    def _end(self, number: int, *, waiting: bool, untried: int = 0) -> None:
        values = {"id": number, "mine": self._receiver.number, "waiting": waiting, "untried": untried}
        with self._database.transaction():
            self._database.execute(self._END, values)

    _DISMISS = "UPDATE records SET waiting = FALSE WHERE id = ? AND runner IS NULL AND tries = 0"

    def dismiss(self, kind: RecordKind, numbers: Iterable[int]) -> None:
        """Run no command for records, unless another process that lives runs one for new records."""
        mine = self._receiver.number
        if any(number != mine and self._receiver.is_alive(number) for number in self._runners(kind)):
            return
        with self._database.transaction():
            self._database.executemany(self._DISMISS, ((number,) for number in numbers))
