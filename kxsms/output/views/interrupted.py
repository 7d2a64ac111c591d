"""The view of a command that ran until a signal ended it: it writes nothing."""

from kxsms.compat import override
from kxsms.domain.results import Interrupted
from kxsms.exit_status import ExitStatus
from kxsms.output.view import PlainView


class InterruptedView(PlainView[Interrupted]):
    """No output, and the exit status of the signal."""

    @override
    def document(self) -> None:
        return None

    @override
    def table(self, *, for_people: bool) -> None:
        return None

    @override
    def exit_status(self) -> ExitStatus:
        return ExitStatus.of_signal(self.result.status)
