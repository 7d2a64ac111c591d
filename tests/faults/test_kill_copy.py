"""kill -9 before each step of a copy of the ledger, and then the same command again."""

import os
import signal
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.faults.kill_each_step import LONG_STRIDE, Copies, launched
from tests.faults.test_kill_each_step import ROWS, SEND, copies
from tests.ledger.scene import REFUSED, ledger_file, send_csv, write_csv
from tests.ledger.test_copy import ledger_url
from tests.postgres.fixtures import Lend

__all__ = ["copies"]

pytestmark = [
    pytest.mark.sqlite,  # each test names the engine of the ledgers
    pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals"),
]


@pytest.fixture(autouse=True)
def batch(copies: Copies, run: Run) -> None:
    """Prepare a ledger with a batch."""
    write_csv(ROWS)
    with copies.prepared() as gateway:
        gateway.send_answers = [REFUSED]
        send_csv(run)


def new_file() -> Path:
    return ledger_file().with_name("new.sqlite3")


def is_usable(run: Run, place: str) -> bool:
    """Return whether a ledger has a batch, and lets one be sent."""
    env = {"KXSMS_LEDGER": place}
    has_batch = run("batch", "list", "-o", "json", env=env).json != []
    return has_batch and run("batch", "run", env=env).status == 0


def killed(run: Run, nth: int, old: str, new: str) -> bool:
    """Kill a copy at its nth step, and finish it. Check the promises; return whether it was killed."""
    where = f"killed before step {nth}"
    with closing(launched("--at", str(nth), "--die", environ={"KXSMS_LEDGER": old})) as client:
        status = client.run("ledger", "copy", "--to", new, "--yes").status
    assert status in (-signal.SIGKILL, 0), where
    assert not (is_usable(run, new) and is_usable(run, old)), where
    done = run("ledger", "copy", "--to", new, "--yes", env={"KXSMS_LEDGER": old})
    assert done.status == 0, (where, done.err)
    assert not is_usable(run, old), where
    replay = run(*SEND, env={"KXSMS_LEDGER": new}).json
    assert (replay["replayed"], replay["accepted"], replay["rejected"]) == (True, 3, 1), where
    return status != 0


def test_a_killed_copy_is_finished_by_the_same_command(copies: Copies, run: Run) -> None:
    for nth in count(1, LONG_STRIDE):
        with copies.copy():
            if not killed(run, nth, str(ledger_file()), str(new_file())):
                return


def test_a_killed_copy_to_postgresql_is_finished_by_the_same_command(
    copies: Copies, run: Run, postgres: Lend
) -> None:
    for nth in count(1, LONG_STRIDE):
        with copies.copy(), postgres() as url:
            if not killed(run, nth, str(ledger_file()), ledger_url(url)):
                return


def test_a_killed_copy_from_postgresql_is_finished_by_the_same_command(
    copies: Copies, run: Run, postgres: Lend
) -> None:
    for nth in count(1, LONG_STRIDE):
        with copies.copy(), postgres() as url:
            run("ledger", "copy", "--to", ledger_url(url), "--yes")
            if not killed(run, nth, ledger_url(url), str(new_file())):
                return
