"""A signal while the server works on a statement: what ends the command can still use the ledger."""

import os
import signal
import threading
import time

import psycopg
import pytest

from kxsms.domain.ledger_place import postgres_place
from kxsms.interrupts import StoppedBySignal, raising_on_signal
from kxsms.ledger.engine import engine_for

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

WORKS = "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%'"


def interrupt_the_statement(url: str) -> None:
    """Send SIGINT to this process as soon as the server works on its statement."""
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(WORKS).fetchone() is None:
            time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGINT)


def test_a_signal_during_a_statement_leaves_the_ledger_usable(postgres_url: str) -> None:
    schema = psycopg.conninfo.conninfo_to_dict(postgres_url)["user"]
    place = postgres_place(f"{postgres_url}&schema={schema}", {})
    thread = threading.Thread(target=interrupt_the_statement, args=(postgres_url,))
    with engine_for(place, writable=True).database as database, raising_on_signal():
        thread.start()
        with pytest.raises(StoppedBySignal), database.transaction():
            database.rows("SELECT pg_sleep(60)")
        thread.join()
        assert database.value("SELECT count(*) FROM batches") == 0
