"""One request to the gateway as a log shows it: neither its text nor its token."""

from typing import NamedTuple


class Exchange(NamedTuple):
    """One request and its end.

    `number` counts the requests of this process, from 1. A Send names `recipients` numbers, of which `mobile`
    is the first, and has an `outcome`. `status` is that of the HTTP answer, None if there was none: `problem`
    then says why. `milliseconds` is how long the answer took.
    """

    number: int
    operation: str
    product: str
    milliseconds: float
    mobile: str | None = None
    recipients: int | None = None
    status: int | None = None
    outcome: str | None = None
    code: str | None = None
    task_id: str | None = None
    problem: str | None = None
