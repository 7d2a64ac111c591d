"""The recipients who opted out, by gateway and account, for all products."""

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from kxsms.domain.mobile import InvalidMobile, normalise
from kxsms.domain.opt_out import OptOut, OptOutKeywords, OptOutSource
from kxsms.domain.profile import Profile
from kxsms.domain.records import RecordKind
from kxsms.ledger.database import Database
from kxsms.ledger.forgotten import Forgotten
from kxsms.ledger.origins import same_origin
from kxsms.sqlite import storable, stored


class OptOuts:
    """The opt-outs of one account at one gateway. Every method raises Failure as `Database` does."""

    def __init__(self, database: Database, profile: Profile) -> None:
        self._database = database
        self._keywords = OptOutKeywords(profile.opt_out_keywords)
        self._here = {"origin": profile.origin, "account": profile.account or ""}

    # Adds a number. One that a person removed comes back only with what kxsms learned after that; the clock
    # may have been wrong then, and so what is news to the ledger always came after that.
    _ADD = """
        INSERT INTO opt_outs (mobile, origin, account, number, since, source, reason, record)
        VALUES (
            :mobile, :origin, :account, (SELECT coalesce(max(number), 0) + 1 FROM opt_outs), :since, :source,
            :reason, :record
        )
        ON CONFLICT (mobile, origin, account) DO UPDATE SET
            number = excluded.number, since = excluded.since, source = excluded.source,
            reason = excluded.reason, record = excluded.record, removed = NULL
        WHERE opt_outs.removed < :learned
    """

    # The numbers of a list, each once; the facts of its first row count.
    _INCOMING = (
        """
        CREATE TEMP TABLE IF NOT EXISTS opting_out (
            mobile INTEGER PRIMARY KEY, since REAL, source TEXT, reason TEXT
        )
        """,
        "DELETE FROM temp.opting_out",
    )
    _ADD_INCOMING = """
        INSERT OR IGNORE INTO temp.opting_out (mobile, since, source, reason) VALUES (?, ?, ?, ?)
    """

    # Does for each number of a list what `_ADD` does for one. In their order: a million take a tenth of the
    # time then. The WHERE is for SQLite, which takes ON CONFLICT for a join without it.
    _ADD_ALL = """
        INSERT INTO opt_outs (mobile, origin, account, number, since, source, reason)
        SELECT mobile, :origin, :account, :last + row_number() OVER (ORDER BY mobile), since, source, reason
        FROM temp.opting_out WHERE TRUE ORDER BY mobile
        ON CONFLICT (mobile, origin, account) DO UPDATE SET
            number = excluded.number, since = excluded.since, source = excluded.source,
            reason = excluded.reason, record = excluded.record, removed = NULL
        WHERE opt_outs.removed IS NOT NULL
    """
    _LAST = "SELECT coalesce(max(number), 0) FROM opt_outs"

    def add(self, lists: Iterable[Sequence[OptOut]]) -> int:
        """Add the numbers that a person gives, some thousand at a time. Return how many were not on the list.

        If an error interrupts the lists, none is added.
        """
        for statement in self._INCOMING:
            self._database.execute(statement)
        for opt_outs in lists:
            values = [(mobile, since, source, storable(reason)) for mobile, since, source, reason in opt_outs]
            with self._database.temporary():
                self._database.executemany(self._ADD_INCOMING, values)
        with self._database.transaction():
            self._rename_forgotten()
            last = self._database.value(self._LAST)
            return self._database.execute(self._ADD_ALL, {**self._here, "last": last})

    # Two numbers of a list never have the same pseudonym, but a list may hold a pseudonym.
    _RENAME = (
        "DELETE FROM temp.opting_out WHERE mobile = :name",
        "UPDATE temp.opting_out SET mobile = :name WHERE mobile = :mobile",
    )

    def _rename_forgotten(self) -> None:
        """Give forgotten numbers of a list their pseudonyms, so that the ledger does not learn them again."""
        if forgotten := Forgotten(self._database):
            mobiles = [row[0] for row in self._database.stream("SELECT mobile FROM temp.opting_out")]
            for mobile in mobiles:
                values = {"name": forgotten.name(mobile), "mobile": mobile}
                if values["name"] != mobile:
                    for statement in self._RENAME:
                        self._database.execute(statement, values)

    def _add(self, mobile: str, facts: dict[str, object], *, learned: float) -> int:
        values = {**self._here, **facts, "mobile": int(mobile), "learned": learned}
        return self._database.execute(self._ADD, values)

    # The replies with numbers from `first` to `last`, and when kxsms fetched them.
    _REPLIES = f"""
        SELECT records.id, records.mobile, records.content, records.moment, answers.fetched
        FROM records JOIN answers ON answers.id = records.answer
        WHERE records.id BETWEEN :first AND :last AND records.kind = '{RecordKind.MO}'
            AND answers.account = :account AND {same_origin("answers")}
        ORDER BY records.id
    """

    def add_replies(self, first: int, last: int, *, are_new: bool = False) -> int:
        """Add the numbers of the replies that opt out. Return how many. Runs in the caller's transaction.

        `are_new`: the ledger gets them just now.
        """
        added = 0
        for row in self._database.rows(self._REPLIES, {**self._here, "first": first, "last": last}):
            number, moment, learned = row["id"], row["moment"], math.inf if are_new else row["fetched"]
            mobile, content = stored(row["mobile"]) or "", stored(row["content"]) or ""
            if not self._keywords.match(content):
                continue
            reason = storable(content.strip())
            facts = {"since": moment, "source": OptOutSource.REPLY, "reason": reason, "record": number}
            if mobile.startswith("-"):  # a forgotten number
                added += self._add(mobile, facts, learned=learned)
                continue
            with suppress(InvalidMobile):
                added += self._add(normalise(mobile), facts, learned=learned)
        return added

    _LAST_REPLY = "SELECT coalesce(max(id), 0) FROM records"

    def import_replies(self) -> int:
        """Add the numbers of all kept replies that opt out. Return how many were not on the list."""
        with self._database.transaction():
            return self.add_replies(0, self._database.value(self._LAST_REPLY))

    _HAS_FETCHED = f"""
        SELECT EXISTS (
            SELECT 1 FROM answers
            WHERE kind = '{RecordKind.MO}' AND account = :account AND {same_origin("answers")}
        )
    """

    def has_fetched_replies(self) -> bool:
        """Return whether the ledger has an answer with replies to the account."""
        return bool(self._database.value(self._HAS_FETCHED, self._here))

    _REMOVE = """
        UPDATE opt_outs SET removed = :now
        WHERE origin = :origin AND account = :account AND mobile IN (:mobile, :pseudonym)
            AND removed IS NULL
    """

    def remove(self, mobiles: Iterable[str]) -> int:
        """Remove normalised numbers. Return how many were on the list."""
        now = self._database.now()
        with self._database.transaction():
            pseudonym = Forgotten(self._database).pseudonym
            return sum(
                self._database.execute(
                    self._REMOVE,
                    {**self._here, "mobile": int(mobile), "pseudonym": pseudonym(int(mobile)), "now": now},
                )
                for mobile in mobiles
            )

    _LIST = """
        SELECT mobile, since, source, reason FROM opt_outs
        WHERE origin = :origin AND account = :account AND removed IS NULL ORDER BY since, mobile
    """

    def list(self) -> Iterator[OptOut]:
        """Yield the opt-outs, the oldest first. A forgotten one has no number."""
        for mobile, since, source, reason in self._database.stream(self._LIST, self._here):
            yield OptOut(str(mobile) if mobile > 0 else None, since, OptOutSource(source), stored(reason))

    _COUNT = "SELECT count(*) FROM opt_outs WHERE origin = :origin AND account = :account AND removed IS NULL"

    def count(self) -> int:
        """Return how many recipients have opted out."""
        return int(self._database.value(self._COUNT, self._here))
