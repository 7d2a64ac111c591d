"""Helpers for the tests of pruning: a ledger that grows older, and what is found in its files."""

from tests.engines import query_ledger, stored_bytes

DAY = 86_400.0
_TIMES = {
    "batches": ("created", "finished", "scheduled_for", "due"),
    "requests": ("claimed", "settled"),
    "attempts": ("claimed", "settled"),
    "answers": ("fetched",),
    "records": ("moment",),
}


def age_ledger(days: float, *, sandbox: bool = False, is_unfinished: bool = False) -> None:
    """Make everything in a ledger so many days older, and its batches unfinished if that is said."""
    for table, columns in _TIMES.items():
        changes = ", ".join(f"{column} = {column} - ?" for column in columns)
        query_ledger(f"UPDATE {table} SET {changes}", [days * DAY] * len(columns), sandbox=sandbox)
    if is_unfinished:
        query_ledger("UPDATE batches SET finished = NULL", sandbox=sandbox)


def found_in_files(*texts: str) -> set[str]:
    """Return those of the texts whose bytes the ledger holds, in deleted entries too where it is a file."""
    content = stored_bytes()
    numbers = {text: int(text).to_bytes(6, "big") for text in texts if text.isdecimal()}
    return {text for text in texts if text.encode() in content or numbers.get(text, b"\xff" * 9) in content}


def rows_left() -> dict[str, int]:
    """Return how many entries the tables have whose content pruning deletes, those that have any."""
    tables = ("rows", "requests", "attempts", "deliveries", "records", "pruning")
    counts = {table: query_ledger(f"SELECT count(*) FROM {table}")[0][0] for table in tables}
    return {table: count for table, count in counts.items() if count}
