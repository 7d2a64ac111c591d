"""The rows of a batch's input, as they are exported and retried."""

from typing import NamedTuple


class FailedRow(NamedTuple):
    """A recipient whose delivery failed: a row of the input, its fields joined by NUL, and the text sent."""

    row: int
    line: int | None
    mobile: int
    fields: str
    content: str
    segments: int


class ExportRow(NamedTuple):
    """One row of the input and its outcome: a RequestState, or the reason why it is in no request.

    `text` is the text as it was sent, where it was asked for.
    """

    fields: tuple[str, ...]
    outcome: str
    task_id: str | None = None
    code: str | None = None
    message: str | None = None
    delivery: str | None = None
    delivered_at: str | None = None
    reply: str | None = None
    text: str | None = None
