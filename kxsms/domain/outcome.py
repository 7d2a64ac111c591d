"""What became of one Send request. Which of the four it is decides whether it may ever be sent again."""

from typing import NamedTuple


class Accepted(NamedTuple):
    """The gateway answered code 0: the message is on its way and paid for."""

    code: str
    message: str | None
    task_id: str | None


class Rejected(NamedTuple):
    """The gateway answered with another code: it did not take the message."""

    code: str
    message: str | None


class NotSent(NamedTuple):
    """Certainly nothing reached the gateway's application. `reason` is a sentence for people.

    `again`: the cause may pass, so the same request is worth another try by itself. `status` is that of the
    HTTP answer which declined it, `code` that of a gateway which asked to go slower.
    """

    reason: str
    again: bool = False
    status: int | None = None
    code: str | None = None


class Unknown(NamedTuple):
    """Something left, and no usable answer came back. `reason` is a sentence for people."""

    reason: str


Outcome = Accepted | Rejected | NotSent | Unknown


def refusal(code: str, message: str | None, own: str | None = None) -> str:
    """A refusal in words: code and message as they came, and the user's own words for the code."""
    said = f" “{message}”" if message else ""
    return f"the gateway refused: code {code}{said}{f' ({own})' if own else ''}"
