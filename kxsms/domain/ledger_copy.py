"""The copying of a ledger into another one."""

from typing import NamedTuple


class CopyPlan(NamedTuple):
    """A ledger to copy, and where to. `is_begun`: an earlier command began. `is_over`: it is copied."""

    source: str
    target: str
    batches: int
    recipients: int
    is_begun: bool
    is_over: bool


class Copied(NamedTuple):
    """A table that was copied, and how many rows it has."""

    table: str
    rows: int
