"""Exit statuses: their numbers, their meanings, and the one place that decides between them."""

from enum import IntEnum
from typing import TYPE_CHECKING

from kxsms import errors, interrupts

if TYPE_CHECKING:
    from kxsms.domain.results import Balance, RecordsResult, Result, SendResult


class ExitStatus(IntEnum):
    """The contract with scripts. Help and README print these meanings."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> "ExitStatus":
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    OK = 0, "all accepted, or the question answered"
    FAILURE = 1, "a defect or an unexpected failure of kxsms or of its disk"
    USAGE = 2, "wrong usage or bad input; nothing was sent"
    REFUSED = 3, "the gateway refused all or part"
    NO_PROFILE = 4, "no usable profile: run kxsms login"
    NO_ANSWER = 5, "no usable answer, and certainly not sent (all or the rest)"
    UNKNOWN = 6, "outcome unknown: something may have been sent"
    LIMIT = 7, "a guard said no: --min, --max-cost, or an earlier batch"
    BUSY = 8, "another process is at this batch"
    INTERRUPTED = interrupts.INTERRUPTED, "interrupted by Ctrl-C"
    TERMINATED = interrupts.TERMINATED, "ended by SIGTERM, or by the loss of the terminal"


_ERRORS: dict[type[errors.KxsmsError], ExitStatus] = {
    errors.Failure: ExitStatus.FAILURE,
    errors.NotKept: ExitStatus.FAILURE,
    errors.UsageError: ExitStatus.USAGE,
    errors.InputError: ExitStatus.USAGE,
    errors.ProfileError: ExitStatus.NO_PROFILE,
    errors.LimitReached: ExitStatus.LIMIT,
    errors.Busy: ExitStatus.BUSY,
    errors.Refused: ExitStatus.REFUSED,
    errors.NoAnswer: ExitStatus.NO_ANSWER,
    errors.Unread: ExitStatus.FAILURE,
}


def status_for(ending: "Result | errors.KxsmsError") -> ExitStatus:
    """The exit status of a result or an error. Where several hold, the highest of 6, 5, 3 wins."""
    if isinstance(ending, errors.KxsmsError):
        return _ERRORS[type(ending)]
    from kxsms.domain.results import BalanceResult, Interrupted, RecordsResult, SendResult

    match ending:
        case SendResult():
            return _status_of_send(ending)
        case BalanceResult(balances=balances):
            return _status_of_balances(balances)
        case RecordsResult():
            return _status_of_records(ending)
        case Interrupted(status=status):
            return _numbered(status)
    return ExitStatus.OK


def _numbered(number: int) -> ExitStatus:
    return next(status for status in ExitStatus if status == number)


def _status_of_send(result: "SendResult") -> ExitStatus:
    if result.dry_run:
        return ExitStatus.LIMIT if result.guard else ExitStatus.OK
    if result.interrupted is not None:
        return _numbered(result.interrupted)
    if result.unknown:
        return ExitStatus.UNKNOWN
    # What is merely planned says nothing: a pause leaves it so, whatever the pause is for.
    if result.tried_in_vain:
        return ExitStatus.NO_ANSWER
    if result.counts.rejected:
        return ExitStatus.REFUSED
    return ExitStatus.NO_ANSWER if result.counts.unfinished else ExitStatus.OK


def _status_of_records(result: "RecordsResult") -> ExitStatus:
    if result.ending is not None:
        return ExitStatus.REFUSED if result.ending.is_refusal else ExitStatus.NO_ANSWER
    return ExitStatus.FAILURE if result.unread else ExitStatus.OK


def _status_of_balances(balances: "tuple[Balance, ...]") -> ExitStatus:
    if any(balance.short_of is not None for balance in balances):
        return ExitStatus.LIMIT
    if not all(balance.is_answer for balance in balances):
        return ExitStatus.NO_ANSWER
    return ExitStatus.REFUSED if any(balance.code != "0" for balance in balances) else ExitStatus.OK


def listing(row: str = "{status:>4}  {meaning}") -> str:
    """Every status in a row of its own, for help and README."""
    return "\n".join(row.format(status=int(status), meaning=status.meaning) for status in ExitStatus)
