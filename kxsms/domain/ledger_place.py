"""Where a ledger is."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class PostgresPlace:
    """A schema on a server of PostgreSQL."""

    shown: str
    conninfo: Any = field(repr=False)
    schema: str
    host: str
