"""Notes on a send for people: who is skipped, and what carriers may block."""

from collections.abc import Iterable

from kxsms.domain.batch import LeftOut
from kxsms.domain.words import counted
from kxsms.language import plural, tr
from kxsms.sending.ports import SendConsole


def note_duplicates(console: SendConsole, duplicates: int, *, is_csv: bool) -> None:
    """Note how many rows or numbers are skipped because they repeat another."""
    if duplicates:
        what = counted(duplicates, "repeated row" if is_csv else "repeated number")
        console.note(tr("skipped {what}: each recipient gets the text once", what=what))


def note_skipped(console: SendConsole, skipped: int) -> None:
    """Note how many recipients are skipped because another batch sent them the same text."""
    console.note(
        plural(
            "skipped {count} recipient: it was sent the same text in the last 7 days",
            "skipped {count} recipients: they were sent the same text in the last 7 days",
            skipped,
        )
    )


def note_left_out(console: SendConsole, left_out: LeftOut) -> None:
    """Note how many recipients are skipped, and why."""
    if left_out.excluded:
        console.note(
            tr(
                "skipped {recipients}: excluded by --exclude",
                recipients=counted(left_out.excluded, "recipient"),
            )
        )
    if left_out.opted_out:
        console.note(
            tr("skipped {recipients}: opted out", recipients=counted(left_out.opted_out, "recipient"))
        )
    if left_out.skipped:
        note_skipped(console, left_out.skipped)
    if left_out.forgotten:
        console.note(
            tr(
                "skipped {recipients}: forgotten by kxsms forget",
                recipients=counted(left_out.forgotten, "recipient"),
            )
        )
    if left_out.capped:
        console.note(
            plural(
                "skipped {count} recipient: it was sent as many texts as the cap allows",
                "skipped {count} recipients: they were sent as many texts as the cap allows",
                left_out.capped,
            )
        )


def note_marketing(console: SendConsole, notes: Iterable[tuple[str, str]]) -> None:
    """Note what carriers may block in marketing texts, and what these lack."""
    for text, hint in notes:
        console.note(text, hint)
