"""Opt-outs and caps in SQL: which recipients of a staged plan may get nothing more.

Some may have been forgotten: the list, and what was sent, know these by the pseudonyms in `temp.aliases`.
"""

import json
from collections.abc import Sequence

from kxsms.domain.cap import Cap
from kxsms.ledger.consent import IS_OF_SENDER, SENT, Sender, has_opted_out, sent_to
from kxsms.ledger.database import Database
from kxsms.ledger.forgotten import alias_of

_SKIP_STAGED = f"""
    UPDATE temp.staged SET fate = 'opted_out' WHERE fate IS NULL AND {has_opted_out("staged.mobile")}
"""


# The same for some rows alone.
_SKIP_SUSPECTS = f"{_SKIP_STAGED} AND row IN (SELECT value FROM json_each(:rows))"

# The same for those whose number stands in a newer entry of the list.
_SKIP_NEWER = f"""
    {_SKIP_STAGED} AND mobile IN (SELECT mobile FROM main.opt_outs WHERE number > :seen)
"""


def leave_out_opted_out(
    database: Database, sender: Sender, *, seen: int = 0, suspects: Sequence[int] | None = None
) -> None:
    """Do not send to recipients of the staged plan who opted out.

    `suspects` are the rows to look at, `seen` is the number up to which entries were looked at before.
    """
    values = sender._asdict()
    if seen:
        database.execute(_SKIP_NEWER, {**values, "seen": seen})
    elif suspects is not None:
        database.execute(_SKIP_SUSPECTS, {**values, "rows": json.dumps(suspects)})
    else:
        database.execute(_SKIP_STAGED, values)


_COUNT_STAGED = f"""
    SELECT count(*) FROM temp.staged WHERE fate IS NULL AND {has_opted_out("staged.mobile")}
"""

# The numbers of the staged plan that were forgotten, and opted out under their pseudonym.
_FORGOTTEN_OPT_OUTS = f"""
    SELECT aliases.mobile FROM temp.aliases
    CROSS JOIN main.opt_outs ON opt_outs.mobile = aliases.pseudonym AND {IS_OF_SENDER}
"""
_SKIP_FORGOTTEN = f"""
    UPDATE temp.staged SET fate = 'opted_out' WHERE fate IS NULL AND mobile IN ({_FORGOTTEN_OPT_OUTS})
"""
_COUNT_FORGOTTEN = f"""
    SELECT count(*) FROM temp.staged
    WHERE fate IS NULL AND mobile IN ({_FORGOTTEN_OPT_OUTS}) AND NOT {has_opted_out("staged.mobile")}
"""


def leave_out_forgotten_opt_outs(database: Database, sender: Sender) -> None:
    """Do not send to recipients of the staged plan who opted out, and then were forgotten."""
    database.execute(_SKIP_FORGOTTEN, sender._asdict())


# Puts the numbers of the staged plan that are sent to again on the list by their number instead of their
# pseudonym. Entries that a person removed do not count, and so stay.
_NAMED_AGAIN = """
    SELECT pseudonym FROM temp.aliases
    WHERE aliases.mobile IN (SELECT staged.mobile FROM temp.staged WHERE fate IS NULL)
"""
_NUMBER_OF = "SELECT aliases.mobile FROM temp.aliases WHERE aliases.pseudonym = opt_outs.mobile"
_NAME_FORGOTTEN = (
    f"""
    DELETE FROM main.opt_outs WHERE EXISTS (
        SELECT 1 FROM temp.aliases JOIN main.opt_outs AS hidden ON hidden.mobile = aliases.pseudonym
        WHERE aliases.mobile = opt_outs.mobile AND hidden.origin = opt_outs.origin
            AND hidden.account = opt_outs.account AND hidden.removed IS NULL
            AND hidden.mobile IN ({_NAMED_AGAIN})
    )
    """,
    f"""
    UPDATE main.opt_outs SET mobile = ({_NUMBER_OF}) WHERE removed IS NULL AND mobile IN ({_NAMED_AGAIN})
    """,
)
_HAS_FORGOTTEN = """
    SELECT 1 FROM temp.aliases CROSS JOIN main.opt_outs ON opt_outs.mobile = aliases.pseudonym
    WHERE removed IS NULL LIMIT 1
"""


def name_forgotten_opt_outs(database: Database) -> None:
    """Let claims find the opt-outs of forgotten numbers that the staged plan sends to again."""
    if database.row(_HAS_FORGOTTEN) is not None:
        for statement in _NAME_FORGOTTEN:
            database.execute(statement)


def count_opted_out(database: Database, sender: Sender, *, has_forgotten: bool) -> int:
    """Return how many recipients to whom the staged plan sends have opted out."""
    found = int(database.value(_COUNT_STAGED, sender._asdict()))
    return found + (int(database.value(_COUNT_FORGOTTEN, sender._asdict())) if has_forgotten else 0)


def _cap_staged(sent: str) -> str:
    """Return the statement, with the expression that counts what was sent.

    Of the rows with one number the first may get as many texts as the cap still allows.
    """
    return f"""
        UPDATE temp.staged SET fate = 'capped' WHERE row IN (
            SELECT mine.row
            FROM (
                SELECT row, -1 AS id, mobile, row_number() OVER (PARTITION BY mobile ORDER BY row) AS place
                FROM temp.staged WHERE fate IS NULL
            ) AS mine
            WHERE mine.place + {sent} > :texts
        )
    """


_CAP_STAGED = _cap_staged(SENT)
_CAP_WITH_FORGOTTEN = _cap_staged(sent_to(f"other.mobile IN (mine.mobile, {alias_of('mine.mobile')})"))


def leave_out_capped(database: Database, sender: Sender, cap: Cap, at: float, *, has_forgotten: bool) -> None:
    """Do not send to recipients of the staged plan who will have had as many texts as the cap allows.

    `at` is when the plan is sent, in seconds since 1970.
    """
    values = {**sender._asdict(), "texts": cap.texts, "since": at - cap.seconds}
    database.execute(_CAP_WITH_FORGOTTEN if has_forgotten else _CAP_STAGED, values)
