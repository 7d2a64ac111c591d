"""Finding batches: by name, by key, by content, and the newest."""

import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Self

from kxsms.domain.batch import Batch
from kxsms.domain.states import BatchState
from kxsms.errors import InputError
from kxsms.language import joined, plural, tr
from kxsms.ledger.cancelling import IS_EARLIER
from kxsms.ledger.database import Database, Values
from kxsms.ledger.forgotten import HAS_KEY, keys_of
from kxsms.ledger.origins import same_origin
from kxsms.ledger.owners import Owners
from kxsms.ledger.queries import batch_of
from kxsms.ledger.seal import SEALED, seal_in

if TYPE_CHECKING:
    from kxsms.domain.profile import Profile
    from kxsms.ledger.opt_outs import OptOuts
    from kxsms.ledger.report import ReportQueries
    from kxsms.ledger.stats import StatsQueries

_NAMED = 5
"""The most batches that an error names."""


class BatchLookup:
    """The batches of a ledger. Every method raises Failure where the ledger cannot be read."""

    def __init__(self, database: Database, owners: Owners) -> None:
        self._database = database
        self._owners = owners

    def now(self) -> float:
        """Return the time by the clock of the ledger, in seconds since 1970: hosts may differ."""
        return self._database.now()

    def noting(self, note: Callable[[str, str], None]) -> Self:
        """Note that the ledger is sealed, if it is: it is not the one in which to look for what is new."""
        seal = seal_in(self._database.row(SEALED))
        if seal is not None:
            note(*seal.words(self._database.shown))
        return self

    def settle_spooled(self, note: Callable[[str], None]) -> None:
        """Write to the ledger what local files hold because its server was away, and note it."""
        spool = self._database.spool
        if not self._database.writable or spool is None:
            return
        settled = spool.settle(self._database)
        if settled.outcomes:
            note(
                plural(
                    "settled {count} outcome that came while the ledger could not be reached",
                    "settled {count} outcomes that came while the ledger could not be reached",
                    settled.outcomes,
                )
            )
        if settled.answers:
            note(
                plural(
                    "kept {count} answer of the gateway that came while the ledger could not be reached",
                    "kept {count} answers of the gateway that came while the ledger could not be reached",
                    settled.answers,
                )
            )

    _OF_KEY = f"""
        SELECT * FROM batches
        WHERE ready AND {HAS_KEY} AND {same_origin("batches")}
    """

    def of_key(self, key: str, origin: str | None) -> Batch | None:
        """Return the batch of an idempotency key at the gateway of an origin."""
        values = {**keys_of(self._database, origin, key), "origin": origin}
        return next(self._batches(self._OF_KEY, values), None)

    # The batches of the same input, or of the same content (one of them is NULL) that no other superseded:
    # unfinished ones first, then the newest.
    _SAME = f"""
        SELECT * FROM batches
        WHERE ready AND superseded_by IS NULL AND (source_key = :source_key OR fingerprint = :fingerprint)
            AND {same_origin("batches")} AND {IS_EARLIER}
        ORDER BY accepted + rejected + unknown = recipients, id DESC
    """

    def same(
        self, origin: str | None, *, fingerprint: bytes | None = None, source_key: bytes | None = None
    ) -> Batch | None:
        """Return the batch of the same input or content, sent to the gateway of an origin.

        This is an unfinished one, or the newest.
        """
        values = {"fingerprint": fingerprint, "source_key": source_key, "origin": origin}
        return next(self._batches(self._SAME, values), None)

    _SPELLINGS = "SELECT spelling FROM spellings WHERE account = ?"

    def spellings(self, account: str) -> list[str]:
        """Return the other spellings, with blanks around it, that an account had in older fingerprints."""
        return [row["spelling"] for row in self._database.rows(self._SPELLINGS, (account,))]

    def adopt(self, fingerprint: bytes, older: Sequence[bytes]) -> None:
        """Give the batches of the same content with an older fingerprint the one of today."""
        if older:
            values = [(fingerprint, one) for one in older]
            with self._database.transaction():
                self._database.executemany("UPDATE batches SET fingerprint = ? WHERE fingerprint = ?", values)

    # The batches of the same content with a request that was settled after a moment, and is unknown.
    _DOUBTFUL = f"""
        SELECT * FROM batches
        WHERE ready AND fingerprint = :fingerprint AND {same_origin("batches")} AND unknown > 0 AND EXISTS (
            SELECT 1 FROM requests WHERE requests.id BETWEEN first_request AND last_request
                AND state = 'unknown' AND max(claimed, settled) > :since
        ) ORDER BY id DESC
    """

    def doubtful(self, fingerprint: bytes, since: float, origin: str | None) -> Batch | None:
        """Return the newest batch of the same content that ended unknown since then (seconds since 1970).

        It was sent to the gateway of an origin.
        """
        values = {"fingerprint": fingerprint, "since": since, "origin": origin}
        return next(self._batches(self._DOUBTFUL, values), None)

    _CLAIMED_SINCE = """
        SELECT 1 FROM batches JOIN requests ON requests.id BETWEEN first_request AND last_request
        WHERE batches.id = ? AND claimed > ? LIMIT 1
    """

    def is_unshown(self, batch: Batch, since: float) -> bool:
        """Return whether a batch that was sent since then has a result that was never written out."""
        return not batch.is_shown and self._database.row(self._CLAIMED_SINCE, (batch.id, since)) is not None

    # The batches that were created after a moment, of one profile, and with something left or not.
    _LISTED = """
        SELECT * FROM batches
        WHERE ready AND (:since IS NULL OR created >= :since) AND (:profile IS NULL OR profile = :profile)
            AND (:is_open IS NULL OR (finished IS NULL) = :is_open)
        ORDER BY id DESC
    """

    def batches(
        self,
        limit: int | None = None,
        *,
        since: float | None = None,
        profile: str | None = None,
        state: BatchState | None = None,
    ) -> list[Batch]:
        """Return the newest batches, the newest first; None stands for all. `since` is in seconds since
        1970."""
        is_open = None if state is None else not state.is_over
        most = None if limit is None else min(limit, sys.maxsize)
        found = self._batches(self._LISTED, {"since": since, "profile": profile, "is_open": is_open})
        return list(islice((batch for batch in found if state in (None, batch.state)), most))

    # The unfinished batches that may be sent at a moment, of one profile.
    _DUE = """
        SELECT * FROM batches
        WHERE ready AND due <= :now AND finished IS NULL AND superseded_by IS NULL
            AND (:profile IS NULL OR profile = :profile)
        ORDER BY due, id
    """

    def due(self, now: float, profile: str | None = None) -> list[Batch]:
        """Return the batches that `batch run` may send now, those that waited longest first."""
        return list(self._batches(self._DUE, {"now": now, "profile": profile}))

    def count(self) -> int:
        """Return the number of batches."""
        return int(self._database.value("SELECT count(*) FROM batches WHERE ready"))

    # Names are hexadecimal: those with a prefix lie between it and the same with a letter behind f.
    _BY_PREFIX = """
        SELECT * FROM batches
        WHERE ready AND name BETWEEN :prefix AND :prefix || 'g'
            AND substr(name, 1, length(:prefix)) = :prefix
        ORDER BY id DESC
    """

    def latest(self, prefix: str, most: int) -> list[Batch]:
        """Return the newest batches whose names begin so, at most `most`, the newest first."""
        if not prefix:
            return self.batches(most)
        return list(islice(self._batches(self._BY_PREFIX, {"prefix": prefix}), most))

    def find(self, name: str) -> Batch:
        """Return the batch whose name begins so. Raise InputError if there is none, or more than one."""
        is_possible = name and name.isascii()
        found = self.latest(name, _NAMED + 1) if is_possible else []
        if len(found) == 1:
            return found[0]
        if not found:
            raise InputError(
                tr("there is no batch {name!r}", name=name), tr("run kxsms batch list to see all batches")
            )
        raise InputError(
            tr(
                "several batches begin with {name!r}: {names}",
                name=name,
                names=joined(batch.name for batch in found[:_NAMED]),
            ),
            tr("give more of the name"),
        )

    def opt_outs(self, profile: "Profile") -> "OptOuts":
        """Return the opt-outs of the account of a profile."""
        from kxsms.ledger.opt_outs import OptOuts

        return OptOuts(self._database, profile)

    def report(self, batch: Batch) -> "ReportQueries":
        """Return the queries for the report of a batch."""
        from kxsms.ledger.report import ReportQueries

        return ReportQueries(self._database, batch)

    def stats(self) -> "StatsQueries":
        """Return the queries for the figures of many batches."""
        from kxsms.ledger.stats import StatsQueries

        return StatsQueries(self._database, self._owners.is_taken)

    def _batches(self, statement: str, values: Values = ()) -> Iterator[Batch]:
        """Yield the batches of a query for whole rows of `batches`."""
        for row in self._database.stream(statement, values):
            yield batch_of(row, self._owners.is_taken)
