"""The view of the checks of `doctor`."""

from kxsms.compat import override
from kxsms.domain.health import Check, check_name
from kxsms.domain.results import Health
from kxsms.errors import Failure
from kxsms.exit_status import ExitStatus
from kxsms.language import joined, tr
from kxsms.output.json import Items
from kxsms.output.view import Checklist, Explanation, Table, View


class HealthView(View[Health]):
    """A line for each check."""

    @override
    def document(self) -> Items:
        return Items(check._asdict() for check in self.result.checks)

    @override
    def table(self, *, for_people: bool) -> Table | Checklist:
        return Checklist(self.result.checks) if for_people else Table(Check._fields, self.result.checks)

    @override
    def explanation(self) -> Explanation:
        failed = [check.check for check in self.result.checks if check.ok is False]
        if not failed:
            return Explanation()
        all_checks = len(self.result.checks)
        return Explanation(
            [
                Failure(
                    tr(
                        "{failed} of {count} checks failed: {names}",
                        failed=len(failed),
                        count=all_checks,
                        names=joined(map(check_name, failed)),
                    )
                )
            ]
        )

    @override
    def exit_status(self) -> ExitStatus:
        has_failed = any(check.ok is False for check in self.result.checks)
        return ExitStatus.FAILURE if has_failed else ExitStatus.OK
