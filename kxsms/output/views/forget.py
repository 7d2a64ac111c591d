"""The view of what was removed of a number."""

from kxsms.compat import override
from kxsms.domain.forgetting import ForgetResult
from kxsms.exit_status import ExitStatus
from kxsms.language import tr
from kxsms.output.json import Document
from kxsms.output.view import Explanation, Note, Table, View


class ForgetView(View[ForgetResult]):
    """The removal of a number: how much had it."""

    @override
    def document(self) -> Document:
        result = self.result
        return {"mobile": result.mobile, "dry_run": result.dry_run, **result.forgot._asdict()}

    @override
    def table(self, *, for_people: bool) -> Table:
        facts: dict[str, object] = {"mobile": self.result.mobile, **self.result.forgot._asdict()}
        return Table(tuple(facts), (tuple(facts.values()),), sideways=True)

    @override
    def explanation(self) -> Explanation:
        if self.result.forgot.is_nothing:
            return Explanation(notes=[Note(tr("found nothing of this number"))])
        if self.result.dry_run:
            return Explanation(notes=[Note(tr("this was a dry run: nothing was removed"))])
        about = tr("exports, pages and backups that were made earlier still hold the number")
        return Explanation(notes=[Note(about, tr("delete them yourself"))])

    @override
    def exit_status(self) -> ExitStatus:
        return ExitStatus.OK
