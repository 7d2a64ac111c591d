"""The messages that were or may have been billed, by sender and day."""

from collections import Counter

from kxsms.ledger.consent import Sender
from kxsms.ledger.database import Database

_BILLED = """
    SELECT segments FROM billed
    WHERE origin = :origin AND account = :account AND product = :product AND day = :day
"""


def billed_on(database: Database, sender: Sender, day: str) -> int:
    """Return how many messages of a sender were or may have been billed on a day, such as 2026-11-22."""
    row = database.row(_BILLED, {**_named(sender), "day": day})
    return 0 if row is None else int(row["segments"])


_ADD = """
    INSERT INTO billed (origin, account, product, day, segments)
    VALUES (:origin, :account, :product, :day, :segments)
    ON CONFLICT (origin, account, product, day) DO UPDATE SET segments = billed.segments + excluded.segments
"""


def add_billed(database: Database, sender: Sender, days: Counter[str]) -> None:
    """Add to the billed messages of days what was claimed, less what turned out not to be billed."""
    for day, segments in days.items():
        if segments:
            database.execute_later(_ADD, {**_named(sender), "day": day, "segments": segments})


def _named(sender: Sender) -> dict[str, str]:
    return {**sender._asdict(), "origin": sender.origin or ""}
