"""A server that lacks claims of this host, as after a failover to an asynchronous standby, is refused."""

import os
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.ledger.scene import send_one
from tests.scripted_gateway import ScriptedGateway


@pytest.fixture
def behind(run: Run, gateway: ScriptedGateway) -> None:
    """Let the server have lost the last claim."""
    send_one(run)
    query_ledger("UPDATE turns SET turn = turn - 1")


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
def test_nothing_is_sent_from_a_ledger_that_lost_claims(
    run: Run, gateway: ScriptedGateway, engine: str, behind: None
) -> None:
    sent = len(gateway.received)
    done = send_one(run, "--again")
    assert (done.status, "lacks its newest entries" in done.err) == (1, True)
    assert len(gateway.received) == sent


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
def test_a_person_may_go_on(run: Run, gateway: ScriptedGateway, engine: str, behind: None) -> None:
    (kept,) = Path(os.environ["KXSMS_STATE_DIR"]).glob("turn-*")
    kept.unlink()
    assert send_one(run, "--again").status == 0
