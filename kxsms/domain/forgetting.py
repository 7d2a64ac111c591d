"""Forgetting: what is removed of one number."""

from typing import NamedTuple


class Forgot(NamedTuple):
    """The counts of what was removed of a number, or would be.

    `recipients` are its rows, `texts` those that only it got or that hold it, `records` its reports and
    replies and those that hold it, `answers` those of the gateway that hold it.
    """

    batches: int = 0
    recipients: int = 0
    texts: int = 0
    records: int = 0
    answers: int = 0
    opt_outs: int = 0
    log_lines: int = 0

    @property
    def is_nothing(self) -> bool:
        """Return whether the number is nowhere."""
        return not any(self)


class ForgetResult(NamedTuple):
    """The removal of a number, which is masked here."""

    mobile: str
    dry_run: bool
    forgot: Forgot
