"""The outcome of one Send request. Which of the four it is decides whether it may ever be sent again."""

from typing import NamedTuple

from kxsms.language import tr


class Accepted(NamedTuple):
    """The gateway answered code 0: it took the message, which is paid for."""

    code: str
    message: str | None
    task_id: str | None


class Rejected(NamedTuple):
    """The gateway answered with another code: it did not take the message."""

    code: str
    message: str | None


class NotSent(NamedTuple):
    """Nothing reached the gateway's application. `reason` is a sentence for people.

    `is_retryable`: the cause may pass, so that kxsms retries the same request. `status` is the HTTP status
    that declined it, `code` the code by which the gateway asked to go slower.
    """

    reason: str
    is_retryable: bool = False
    status: int | None = None
    code: str | None = None


class Unknown(NamedTuple):
    """A part of the request left, and no usable answer came. `reason` is a sentence for people."""

    reason: str


Outcome = Accepted | Rejected | NotSent | Unknown


def refusal(code: str, message: str | None, own: str | None = None) -> str:
    """Return a refusal in words: code and message as they came, and the profile's own words for the code."""
    said = f" “{message}”" if message else ""
    words = tr("the gateway refused: code {code}{said}", code=code, said=said)
    return tr("{words} ({own})", words=words, own=own) if own else words


def login_hint(profile: str | None) -> str:
    """Return the hint for an account of which no call has succeeded yet."""
    option = f" -p {profile}" if profile else ""
    return tr("check account and token: run kxsms login{option}", option=option)


def answered(outcome: Outcome | None) -> tuple[str | None, str | None, str | None]:
    """Return the code, the message and the task id of an outcome, as the ledger keeps them."""
    match outcome:
        case None:
            return None, None, None
        case Accepted(code=code, message=message, task_id=task_id):
            return code, message, task_id
        case Rejected(code=code, message=message):
            return code, message, None
        case NotSent(code=code, reason=reason):
            return code, reason, None
        case Unknown(reason=reason):
            return None, reason, None
