"""Hosts for tests: processes with state directories of their own, and one ledger in PostgreSQL."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from tests.conftest import Done, Run
from tests.faults.batch_audit import exported
from tests.faults.client import Client
from tests.faults.gateway import FaultGateway, Pair

_SHORT_LEASE = """
import sys
from kxsms.ledger.postgres import sessions
sessions.LEASE_SECONDS, sessions._RENEWAL_SECONDS, sessions._MARGIN_SECONDS = 2.5, 0.4, 0.5
from kxsms.main import main
sys.exit(main(sys.argv[1:]))
"""


class Hosts:
    """The hosts that share a ledger."""

    def __init__(self, url: str, directory: Path, run: Run) -> None:
        self._url = url
        self._ledger = f"{url}&schema={psycopg.conninfo.conninfo_to_dict(url)['user']}"
        self._directory = directory
        self.run: Run = partial(run, env={"KXSMS_LEDGER": self._ledger})
        self.all: list[Client] = []

    def start(self, *arguments: str, short_lease: bool = False) -> Client:
        """Run a command on a host of its own."""
        state = self._directory / f"host{len(self.all)}"
        way = ("-c", _SHORT_LEASE) if short_lease else ("-m", "kxsms")
        host = Client({"KXSMS_STATE_DIR": str(state), "KXSMS_LEDGER": self._ledger}, way=way)
        self.all.append(host)
        host.start(*arguments)
        return host

    @property
    def batch(self) -> str:
        """Return the name of the only batch."""
        return str(self.query("SELECT name FROM batches"))

    def query(self, statement: str) -> Any:
        with psycopg.connect(self._url) as connection:
            cursor = connection.execute(statement.encode())
            row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None

    def wait_for(self, statement: str) -> None:
        """Wait until there is a ledger, of which a query returns something true."""

        def is_true() -> bool:
            with suppress(psycopg.errors.UndefinedTable):
                return bool(self.query(statement))
            return False

        _wait(is_true, statement)

    def outcomes(self, gateway: FaultGateway, rows: Sequence[Pair]) -> Counter[str]:
        """Return the outcomes of the batch, after nobody was sent a text twice, and the ledger adds up."""
        assert max(gateway.arrived.values()) == 1
        outcomes = {pair: row["kxsms_outcome"] for pair, row in exported(self.run, self.batch).items()}
        assert set(outcomes) == set(rows)
        assert all(gateway.arrived[pair] for pair, outcome in outcomes.items() if outcome == "accepted")
        assert self.run("batch", "check", "-o", "json").json["state"] == "ok"
        return Counter(outcomes.values())


def wait_for_requests(gateway: FaultGateway, count: int) -> None:
    _wait(lambda: len(gateway.received) >= count, f"{count} requests")


def _wait(is_true: Callable[[], bool], words: str) -> None:
    deadline = time.monotonic() + 30
    while not is_true():
        assert time.monotonic() < deadline, words
        time.sleep(0.01)


def document(done: Done) -> dict[str, Any]:
    """Return the figures of a send that every host reports alike."""
    names = ("batch", "recipients", "accepted", "rejected", "not_sent", "unknown")
    return {name: done.json[name] for name in names}
