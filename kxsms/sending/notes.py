"""Notes on a send for people: who is skipped, and what carriers may block."""

from collections.abc import Iterable

from kxsms.domain.batch import LeftOut
from kxsms.domain.words import counted
from kxsms.sending.ports import SendConsole


def note_duplicates(console: SendConsole, duplicates: int, *, is_csv: bool) -> None:
    """Note how many rows or numbers are skipped because they repeat another."""
    if duplicates:
        what = counted(duplicates, "repeated row" if is_csv else "repeated number")
        console.note(f"skipped {what}: each recipient gets the text once")


def note_skipped(console: SendConsole, skipped: int) -> None:
    """Note how many recipients are skipped because another batch sent them the same text."""
    were = "it was" if skipped == 1 else "they were"
    console.note(f"skipped {counted(skipped, 'recipient')}: {were} sent the same text in the last 7 days")


def note_left_out(console: SendConsole, left_out: LeftOut) -> None:
    """Note how many recipients are skipped, and why."""
    if left_out.excluded:
        console.note(f"skipped {counted(left_out.excluded, 'recipient')}: excluded by --exclude")
    if left_out.opted_out:
        console.note(f"skipped {counted(left_out.opted_out, 'recipient')}: opted out")
    if left_out.skipped:
        note_skipped(console, left_out.skipped)
    if left_out.forgotten:
        console.note(f"skipped {counted(left_out.forgotten, 'recipient')}: forgotten by kxsms forget")
    if left_out.capped:
        were = "it was" if left_out.capped == 1 else "they were"
        recipients = counted(left_out.capped, "recipient")
        console.note(f"skipped {recipients}: {were} sent as many texts as the cap allows")


def note_marketing(console: SendConsole, notes: Iterable[tuple[str, str]]) -> None:
    """Note what carriers may block in marketing texts, and what these lack."""
    for text, hint in notes:
        console.note(text, hint)
