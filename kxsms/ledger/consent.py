"""Opt-outs and caps in SQL: which recipients of a batch may get nothing more.

The rules hold between processes: they are asked again in the transaction that claims a request.
"""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from kxsms.domain.cap import Cap
from kxsms.domain.profile import Profile
from kxsms.domain.states import RequestState
from kxsms.ledger.database import Database
from kxsms.ledger.leaving_out import ROWS_IN_STATE, clear_leaving
from kxsms.ledger.origins import same_origin


class Sender(NamedTuple):
    """The sender to whom opt-outs and caps apply: opt-outs of all its products, caps of one."""

    origin: str | None
    account: str
    product: str

    @classmethod
    def of(cls, profile: Profile) -> "Sender":
        """Return the sender that a profile is."""
        return cls(profile.origin, profile.account or "", profile.product)

    @property
    def name(self) -> str:
        """Return the name under which what counts over its batches is written by one process at a time."""
        return "\0".join((self.origin or "", self.account, self.product))


_LAST = "SELECT number FROM opt_outs ORDER BY number DESC LIMIT 1"


def last_opt_out(database: Database) -> int:
    """Return the number of the last entry of the list of opt-outs, or 0."""
    row = database.row(_LAST)
    return 0 if row is None else int(row["number"])


def is_of_sender(table: str) -> str:
    """Return the condition that an entry of the list is one of the sender's, and was not removed."""
    return f"{table}.account = :account AND {same_origin(table)} AND {table}.removed IS NULL"


IS_OF_SENDER = is_of_sender("opt_outs")


def has_opted_out(mobile: str) -> str:
    """Return the condition that a number is on the list of the sender."""
    return f"EXISTS (SELECT 1 FROM main.opt_outs WHERE opt_outs.mobile = {mobile} AND {IS_OF_SENDER})"


def sent_to(is_mine: str) -> str:
    """Return the expression for how many texts the sender has sent, or may have sent, since a moment.

    An attempt that ended unknown counts beside a later one. `is_mine` is the condition that the row `other`
    has the number of the row `mine`.
    """
    return f"""
    (
        SELECT coalesce(sum(
            CASE WHEN theirs.state IN ('accepted', 'unknown', 'sending')
                AND coalesce(theirs.claimed, theirs.settled, 0) > :since THEN 1 ELSE 0 END
            + (
                SELECT count(*) FROM main.attempts
                WHERE attempts.request = theirs.id AND attempts.state = 'unknown'
                    AND attempts.claimed > :since
                    AND (attempts.attempt < theirs.attempts OR theirs.state = 'planned')
            )
        ), 0)
        FROM main.rows AS other
        JOIN main.requests AS theirs ON theirs.id = other.request
        JOIN main.batches AS their_batch ON their_batch.id = theirs.batch
        WHERE {is_mine} AND other.request IS NOT NULL AND other.id != mine.id
            AND their_batch.account = :account AND their_batch.product = :product
            AND NOT their_batch.is_test AND {same_origin("their_batch")}
    )
    """


SENT = sent_to("other.mobile = mine.mobile")

_FIND_OPTED_OUT = f"""
    INSERT OR IGNORE INTO temp.leaving SELECT row.id, request.id FROM {ROWS_IN_STATE}
        AND {has_opted_out("row.mobile")}
"""

# The same for some requests alone.
_FIND_OPTED_OUT_AMONG = f"{_FIND_OPTED_OUT} AND request.id IN (SELECT value FROM json_each(:among))"


def find_opted_out(
    database: Database,
    sender: Sender,
    requests: dict[str, Any],
    state: RequestState = RequestState.PLANNED,
    among: Iterable[int] | None = None,
) -> None:
    """Fill `leaving` with the recipients of a range of requests, or of some in it, who opted out."""
    clear_leaving(database)
    values = {**sender._asdict(), **requests, "state": state}
    if among is None:
        database.execute(_FIND_OPTED_OUT, values)
    else:
        database.execute(_FIND_OPTED_OUT_AMONG, {**values, "among": json.dumps(list(among))})


# The rows of the requests of a batch in one state whose number stands in a newer entry of the list.
_NEWLY_OPTED_OUT = f"""
    SELECT row.id AS row, request.id AS request
    FROM main.opt_outs
    CROSS JOIN main.rows AS row ON row.mobile = opt_outs.mobile AND row.request IS NOT NULL
    CROSS JOIN main.requests AS request ON request.id = row.request
    WHERE opt_outs.number > :seen AND {IS_OF_SENDER}
        AND request.id BETWEEN :first AND :last AND request.state = :state
"""


def find_newly_opted_out(database: Database, sender: Sender, requests: dict[str, Any], seen: int) -> bool:
    """Fill `leaving` with the planned recipients whose number stands in an entry after `seen`.

    Return whether a request that is being sent names one, too.
    """
    clear_leaving(database)
    values = {**sender._asdict(), **requests, "seen": seen}
    planned = {**values, "state": RequestState.PLANNED}
    database.execute(f"INSERT OR IGNORE INTO temp.leaving {_NEWLY_OPTED_OUT}", planned)
    sending = {**values, "state": RequestState.SENDING}
    return database.row(f"{_NEWLY_OPTED_OUT} LIMIT 1", sending) is not None


_FIND_CAPPED = f"""
    INSERT OR IGNORE INTO temp.leaving
    SELECT mine.id, mine.request
    FROM (
        SELECT row.id AS id, request.id AS request, row.mobile,
            row_number() OVER (PARTITION BY row.mobile ORDER BY row.id) AS place
        FROM {ROWS_IN_STATE} AND (:among IS NULL OR request.id IN (SELECT value FROM json_each(:among)))
    ) AS mine
    WHERE mine.place + {SENT} > :texts
"""


def find_capped(
    database: Database,
    sender: Sender,
    cap: Cap,
    requests: dict[str, Any],
    at: float,
    among: Iterable[int] | None = None,
    state: RequestState = RequestState.PLANNED,
) -> None:
    """Fill `leaving` with the recipients in a state who will have had as many texts as the cap allows.

    Look at a range of requests, or at some in it. `at` is when they are sent, in seconds since 1970.
    """
    clear_leaving(database)
    values = {**sender._asdict(), **requests, "texts": cap.texts, "since": at - cap.seconds}
    listed = None if among is None else json.dumps(list(among))
    database.execute(_FIND_CAPPED, {**values, "state": state, "among": listed})
