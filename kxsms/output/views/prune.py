"""The view of a pruning: what was deleted, and which batches keep their rows and why."""

from kxsms.compat import override
from kxsms.domain.pruning import Kept, Reason
from kxsms.domain.results import PruneResult
from kxsms.domain.words import size
from kxsms.exit_status import ExitStatus
from kxsms.language import mark, tr
from kxsms.output.json import Document
from kxsms.output.view import Explanation, Note, Table, View

_WHY: dict[Reason, tuple[str, str]] = {
    Reason.UNFINISHED: (
        mark("something of it is left to send"),
        mark("run kxsms batch resume {batch} or batch cancel {batch}"),
    ),
    Reason.UNKNOWN: (
        mark("the outcome of some recipients is unknown"),
        mark("run kxsms batch show {batch}, then kxsms batch settle {batch}"),
    ),
    Reason.DOUBTFUL: (
        mark("an attempt before a retry may have arrived, and so must not be forgotten"),
        mark("run kxsms batch show {batch} to see it; no command lifts this"),
    ),
    Reason.CAP: (
        mark("a cap counts what was sent in that time"),
        mark("run the same command later, or shorten cap in the config"),
    ),
    Reason.NOT_SHOWN: (
        mark("some of its reports or replies were never shown"),
        mark("run kxsms report and kxsms mo to show them"),
    ),
    Reason.NEEDED: (
        mark("an older batch that is kept too has recipients in common with it"),
        mark("lift the reason for the older one first, or prune again later"),
    ),
    Reason.IN_USE: (
        mark("another process uses it, or has just changed it"),
        mark("run the same command again"),
    ),
}


class PruneView(View[PruneResult]):
    """The counts of a pruning."""

    @override
    def document(self) -> Document:
        result, pruned = self.result, self.result.pruned
        return {
            "older_than": result.older_than,
            "dry_run": result.dry_run,
            "batches": pruned.batches,
            "recipients": pruned.recipients,
            "records": pruned.records,
            "answers": pruned.answers,
            "kept": [
                {"reason": kept.reason.value, "batches": kept.batches, "example": kept.example}
                for kept in pruned.kept
            ],
            "bytes_freed": pruned.bytes_freed,
        }

    @override
    def table(self, *, for_people: bool) -> Table:
        pruned = self.result.pruned
        facts: dict[str, object] = {
            "batches": pruned.batches,
            "recipients": pruned.recipients,
            "records": pruned.records,
            "answers": pruned.answers,
        }
        if for_people:
            facts |= {} if pruned.bytes_freed is None else {"freed": size(pruned.bytes_freed)}
        else:
            facts |= {
                "kept": sum(kept.batches for kept in pruned.kept),
                "bytes_freed": pruned.bytes_freed,
            }
        return Table(tuple(facts), (tuple(facts.values()),), sideways=True)

    @override
    def explanation(self) -> Explanation:
        notes = [_note(kept) for kept in self.result.pruned.kept]
        if self.result.dry_run:
            notes.append(Note(tr("this was a dry run: nothing was deleted")))
        elif not self.result.pruned.can_shrink:
            notes.append(
                Note(
                    tr(
                        "kxsms will use the freed space again, but the file of the ledger stays as large:"
                        " an older version of kxsms created it"
                    ),
                    tr("to make it smaller, see kxsms help privacy"),
                )
            )
        return Explanation(notes=notes)

    @override
    def exit_status(self) -> ExitStatus:
        return ExitStatus.OK


def _note(kept: Kept) -> Note:
    words, hint = _WHY[kept.reason]
    if kept.batches == 1:
        text = tr("kept 1 old batch, {example}: {reason}", example=kept.example, reason=tr(words))
    else:
        text = tr(
            "kept {count} old batches, such as {example}: {reason}",
            count=f"{kept.batches:,}",
            example=kept.example,
            reason=tr(words),
        )
    return Note(text, tr(hint, batch=kept.example) if "{" in hint else tr(hint))
