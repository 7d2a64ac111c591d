"""Exit statuses: their numbers, their meanings, and the one function that decides between them."""

from enum import IntEnum
from typing import TYPE_CHECKING

from kxsms import errors, interrupts
from kxsms.language import mark, tr

if TYPE_CHECKING:
    from kxsms.domain.results import Result


class ExitStatus(IntEnum):
    """An exit status and its meaning, a contract with scripts. Help pages print these meanings."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> "ExitStatus":
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    OK = 0, mark("success; after a send: all recipients accepted, or scheduled")
    FAILURE = 1, mark("a defect or an unexpected failure of kxsms or of its disk")
    USAGE = 2, mark("wrong usage or bad input; nothing sent")
    REFUSED = 3, mark("the gateway refused all or part")
    NO_PROFILE = 4, mark("no usable profile: run kxsms login")
    NO_ANSWER = 5, mark("no usable answer; some or all messages were not sent")
    UNKNOWN = 6, mark("outcome unknown: something may have been sent")
    LIMIT = 7, mark("stopped by a limit, such as --max-cost, a template, or an earlier batch")
    BUSY = 8, mark("another process is sending this batch, or its text to some recipients")
    INTERRUPTED = interrupts.INTERRUPTED, mark("interrupted by Ctrl-C")
    TERMINATED = interrupts.TERMINATED, mark("ended by SIGTERM, or because the terminal was closed")

    @classmethod
    def of_signal(cls, number: int) -> "ExitStatus":
        """Return the status with the number that a signal has left."""
        return next(status for status in cls if status == number)


ERROR_STATUSES: dict[type[errors.KxsmsError], ExitStatus] = {
    errors.Failure: ExitStatus.FAILURE,
    errors.NotKept: ExitStatus.FAILURE,
    errors.ConnectionLost: ExitStatus.FAILURE,
    errors.Spooled: ExitStatus.FAILURE,
    errors.UsageError: ExitStatus.USAGE,
    errors.InputError: ExitStatus.USAGE,
    errors.ProfileError: ExitStatus.NO_PROFILE,
    errors.LimitReached: ExitStatus.LIMIT,
    errors.Busy: ExitStatus.BUSY,
    errors.Refused: ExitStatus.REFUSED,
    errors.NoAnswer: ExitStatus.NO_ANSWER,
    errors.Unread: ExitStatus.FAILURE,
    errors.OutcomeUnknown: ExitStatus.UNKNOWN,
    errors.UserInterrupt: ExitStatus.INTERRUPTED,
    errors.Termination: ExitStatus.TERMINATED,
}
"""The status of every error that can be raised."""


def status_for(ending: "Result | errors.KxsmsError") -> ExitStatus:
    """Return the exit status of a result, which its view knows, or of an error."""
    if isinstance(ending, errors.KxsmsError):
        return ERROR_STATUSES[type(ending)]
    from kxsms.output.registry import view_of

    return view_of(ending).exit_status()


def listing(row: str = "{status:>4}  {meaning}") -> str:
    """Return every status in a row of its own, for help pages, in the language of the user."""
    return "\n".join(row.format(status=int(status), meaning=tr(status.meaning)) for status in ExitStatus)
