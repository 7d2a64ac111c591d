"""Notes on a send for people: who is skipped, and what carriers may block."""

from collections.abc import Iterable

from kxsms.domain.batch import Batch, LeftOut
from kxsms.domain.results import SendResult
from kxsms.domain.words import counted
from kxsms.language import joined, plural, tr
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


def note_part(console: SendConsole, before: Batch, result: SendResult) -> None:
    """Note what this command has sent, and the whole batch, where the result counts earlier runs too."""
    then, now = before.counts, result.counts
    if then.unfinished in (0, then.recipients):
        return
    run = _in_words(
        now.accepted - then.accepted,
        now.rejected - then.rejected,
        result.unknown - then.unknown,
        now.unfinished,
    )
    whole = _in_words(now.accepted, now.rejected, result.unknown, now.unfinished)
    recipients = counted(now.recipients, "recipient")
    console.note(
        tr(
            "this time: {run}; batch {name} as a whole, {recipients}: {whole}",
            run=run,
            name=before.name,
            recipients=recipients,
            whole=whole,
        )
    )


def _in_words(accepted: int, rejected: int, unknown: int, not_sent: int) -> str:
    parts = [
        (accepted, tr("{count:,} accepted", count=accepted)),
        (rejected, tr("{count:,} rejected", count=rejected)),
        (unknown, tr("{count:,} unknown", count=unknown)),
        (not_sent, tr("{count:,} not sent", count=not_sent)),
    ]
    return joined(words for count, words in parts if count)
