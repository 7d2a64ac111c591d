"""The choice of the batches that may be pruned.

A batch keeps its rows as long as another send or a report may be compared with them. That is so while it is
unfinished or has unknown recipients, while a cap counts it, and while its records were not shown. It is also
so while an older batch that is kept has recipients who were not accepted: `batch resume` and `batch retry`
ask which batches have sent to these since, and reports may name them.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from kxsms.domain.cap import Cap, InvalidCap
from kxsms.domain.pruning import Kept, PruneTerms, Reason
from kxsms.domain.terms import Terms
from kxsms.ledger.database import Database

_LATE_SECONDS = 7 * 24 * 3600.0
"""The time within which a report on a recipient comes."""

RETRY_OF = "retry of "
"""The beginning of the source of a batch that `batch retry --failed` made."""


class Candidate(NamedTuple):
    """A batch that may be pruned: its id, its name, its recipients, and its rows."""

    id: int
    name: str
    recipients: int
    rows: int


# The batches that ended before a moment, or were made before it and never ended, from the oldest on.
_OLD = """
    SELECT id, name, recipients, last_row - first_row + 1 AS rows, source, unknown + sending AS unknown,
        finished IS NULL AND superseded_by IS NULL AS is_unfinished,
        coalesce(finished, created) > :capped AS is_capped
    FROM batches
    WHERE ready AND pruned IS NULL AND coalesce(finished, created) < :before ORDER BY id
"""

# The batches with an attempt that may have arrived, though a later one was made.
_DOUBTFUL = """
    SELECT DISTINCT requests.batch FROM attempts JOIN requests ON requests.id = attempts.request
    WHERE attempts.state = 'unknown'
"""

# The batches with records that no command has shown, or for which one has yet to be run.
_NOT_SHOWN = """
    SELECT DISTINCT batch FROM unshown JOIN records ON records.id BETWEEN first AND last
    WHERE batch IS NOT NULL
    UNION SELECT DISTINCT batch FROM records WHERE waiting AND batch IS NOT NULL
"""

# The other batches that are not so new that no old one can matter to them, if a recipient of theirs was not
# accepted, or was only accepted according to reports, which others may contradict.
_DEMANDING = """
    SELECT id FROM batches
    WHERE ready AND pruned IS NULL AND created - :late < :before AND (
        accepted < recipients OR id IN (SELECT batch FROM requests WHERE reported)
    )
"""

_NEEDED = (
    "CREATE TEMP TABLE IF NOT EXISTS needed (mobile INTEGER PRIMARY KEY, turn INTEGER, created REAL)",
    "DELETE FROM temp.needed",
)

# The numbers of such recipients of a batch, with the turn and the time in which the first one was written.
_NEED = """
    INSERT INTO temp.needed (mobile, turn, created)
    SELECT DISTINCT rows.mobile, batches.turn, batches.created
    FROM batches
    CROSS JOIN requests ON requests.id BETWEEN batches.first_request AND batches.last_request
        AND (requests.state != 'accepted' OR requests.reported)
    CROSS JOIN rows ON rows.id BETWEEN requests.first_row AND requests.last_row
        AND rows.request = requests.id
    WHERE batches.id = ?
    ON CONFLICT (mobile) DO UPDATE SET
        turn = min(needed.turn, excluded.turn), created = min(needed.created, excluded.created)
"""

# The batches that were sent to one of these numbers later, or so shortly before that reports may be late.
_SENT_LATER = """
    SELECT DISTINCT requests.batch
    FROM temp.needed
    CROSS JOIN main.rows ON rows.mobile = needed.mobile AND rows.request IS NOT NULL
    CROSS JOIN main.requests ON requests.id = rows.request
    CROSS JOIN main.batches ON batches.id = requests.batch
    WHERE batches.last_turn > needed.turn
        OR coalesce(batches.finished, batches.created) > needed.created - :late
"""

_OPEN_TERMS = "SELECT DISTINCT terms FROM batches WHERE finished IS NULL AND superseded_by IS NULL"


class Candidates:
    """The batches of a ledger that may be pruned: `found`, and why others may not: `kept`.

    `is_taken` says whether a process owns a batch.
    """

    def __init__(self, database: Database, terms: PruneTerms, is_taken: Callable[[int], bool]) -> None:
        self._database = database
        self._is_taken = is_taken
        self._before = terms.before
        self.found: dict[int, Candidate] = {}
        self._kept: dict[Reason, list[str]] = {}
        self._retries: dict[str, list[int]] = {}
        self._sort(database.now() - max(terms.cap_seconds, self._longest_cap()))
        self._keep_needed()

    @property
    def kept(self) -> tuple[Kept, ...]:
        """Return the batches that are not pruned, counted by the reason."""
        return tuple(
            Kept(reason, len(names), names[0]) for reason in Reason if (names := self._kept.get(reason))
        )

    def keep_from(self, first: int) -> None:
        """Keep a batch and all that follow: another process has just taken or changed it."""
        for batch in [batch for batch in self.found if batch >= first]:
            self._keep(batch, Reason.IN_USE)

    def _keep(self, batch: int, reason: Reason) -> None:
        self._note(self.found.pop(batch).name, reason)

    def _note(self, name: str, reason: Reason) -> None:
        self._kept.setdefault(reason, []).append(name)

    def _longest_cap(self) -> float:
        """Return the seconds of the longest cap with which an unfinished batch was made."""
        seconds = [0]
        for (text,) in self._database.rows(_OPEN_TERMS):
            cap = Terms.of_json(text).cap
            try:
                seconds.append(0 if cap is None else Cap.parse(cap).seconds)
            except InvalidCap:
                continue  # of a version with another spelling: its batch cannot be sent with it
        return max(seconds)

    def _sort(self, capped: float) -> None:
        doubtful, not_shown = self._ids(_DOUBTFUL), self._ids(_NOT_SHOWN)
        for row in self._database.stream(_OLD, {"before": self._before, "capped": capped}):
            reasons = {
                Reason.UNFINISHED: row["is_unfinished"],
                Reason.UNKNOWN: row["unknown"],
                Reason.DOUBTFUL: row["id"] in doubtful,
                Reason.CAP: row["is_capped"],
                Reason.NOT_SHOWN: row["id"] in not_shown,
            }
            reason = next((reason for reason, holds in reasons.items() if holds), None)
            if reason is None and self._is_taken(row["id"]):
                reason = Reason.IN_USE
            if reason is not None:
                self._note(row["name"], reason)
                continue
            self.found[row["id"]] = Candidate(row["id"], row["name"], row["recipients"], row["rows"])
            if row["source"].startswith(RETRY_OF):
                self._retries.setdefault(row["source"].removeprefix(RETRY_OF), []).append(row["id"])

    def _keep_needed(self) -> None:
        """Keep the batches that a kept one needs, and those that these need in turn."""
        values = {"before": self._before, "late": _LATE_SECONDS}
        retries = self._retries_of_kept()
        self._keep_all(retries)
        demanding = self._ids(_DEMANDING, values) - self.found.keys()
        while demanding:
            for statement in _NEEDED:
                self._database.execute(statement)
            with self._database.temporary():
                self._database.executemany(_NEED, ((batch,) for batch in sorted(demanding)))
            demanding = self._ids(_SENT_LATER, {"late": _LATE_SECONDS}) & self.found.keys()
            self._keep_all(demanding)
            retries = self._retries_of_kept()
            self._keep_all(retries)
            demanding |= retries

    def _retries_of_kept(self) -> set[int]:
        """Return the retries of batches that are kept: these must not retry the same recipients again."""
        wanted = {candidate.name for candidate in self.found.values()}
        return {
            retry
            for name, retries in self._retries.items()
            if name not in wanted and self._is_unpruned(name)
            for retry in retries
            if retry in self.found
        }

    _UNPRUNED = "SELECT 1 FROM batches WHERE name = ? AND pruned IS NULL"

    def _is_unpruned(self, name: str) -> bool:
        return self._database.row(self._UNPRUNED, (name,)) is not None

    def _keep_all(self, batches: Iterable[int]) -> None:
        for batch in sorted(batches):
            self._keep(batch, Reason.NEEDED)

    def _ids(self, statement: str, values: dict[str, float] | None = None) -> set[int]:
        return {row[0] for row in self._database.stream(statement, values or {})}
