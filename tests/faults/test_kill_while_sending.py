"""kill -9 while a batch is sent: no recipient gets a text twice, and none is lost."""

import os
import random
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.conftest import Done, Run
from tests.engines import is_sqlite, locked_ledger, query_ledger
from tests.faults.batch_audit import audit, counts, states
from tests.faults.client import Client
from tests.faults.conftest import SEND, MakeRows
from tests.faults.gateway import FaultGateway, accept_all
from tests.scripted_gateway import Act, Received, answer, close

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

REFUSED = '{"Code":"-3","Message":"余额不足"}'
SERIES = 2
KILLS = 12
BEFORE_A_KILL = 30
CONCURRENCY = 4
CLAIMED = 2 * CONCURRENCY


def send_with_kills(state: Path) -> tuple[FaultGateway, Done]:
    """Kill the same command at random requests, let the last one finish, and return its result."""
    chance = random.Random(state.name)
    with FaultGateway() as gateway:
        environ = {"KXSMS_STATE_DIR": str(state), "KXSMS_BASE_URL": gateway.url}
        with closing(Client(environ)) as client:
            for _ in range(KILLS):
                first = chance.random() < 0.5
                nth = chance.randint(1, BEFORE_A_KILL)
                gateway.plan = client.hit_at(nth, signal.SIGKILL, gateway.accept, first=first)
                assert client.run(*SEND).status == -signal.SIGKILL
            gateway.plan = accept_all
            return gateway, client.run(*SEND)


def test_a_send_that_is_killed_repeatedly_reaches_each_recipient_once(
    gateway: FaultGateway, run: Run, make_rows: MakeRows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = make_rows(KILLS * (BEFORE_A_KILL + CLAIMED))
    series = [tmp_path / f"state-{number}" for number in range(SERIES if is_sqlite() else 1)]
    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(send_with_kills, series))

    for state, (seen, done) in zip(series, ends, strict=True):
        monkeypatch.setenv("KXSMS_STATE_DIR", str(state))
        unknown = list(audit(run, seen, rows, done.json).values()).count("unknown")
        assert done.status == (6 if unknown else 0)
        assert unknown <= KILLS * CLAIMED
        assert seen.arrived.total() >= len(rows) - unknown


@pytest.mark.parametrize("nth", [1, 9, 10])
def test_a_killed_send_is_called_unknown(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows, nth: int
) -> None:
    rows = make_rows(10)
    gateway.plan = client.hit_at(nth, signal.SIGKILL, gateway.accept)
    assert client.run(*SEND, "--concurrency", "1").status == -signal.SIGKILL
    assert states()["sending"]

    gateway.plan = accept_all
    done = client.run(*SEND)

    outcomes = audit(run, gateway, rows, done.json)
    assert outcomes[rows[nth - 1]] == "unknown"
    assert done.status == 6
    assert list(outcomes.values()).count("unknown") <= 2


def test_answers_that_were_never_recorded_are_called_unknown(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows
) -> None:
    """Everything in flight is answered, but the process is killed before it can record the answers."""
    rows = make_rows(20)
    locks = ExitStack()

    def lock() -> None:
        locks.enter_context(locked_ledger())

    together = threading.Barrier(CONCURRENCY, lock, timeout=20)
    answered = threading.Barrier(CONCURRENCY, client.kill, timeout=20)

    def plan(request: Received) -> Act:
        if len(gateway.received) > CONCURRENCY:
            return close  # sent just before the process died
        act = gateway.accept(request)

        def delayed(connection: socket.socket) -> None:
            together.wait()
            act(connection)
            answered.wait()

        return delayed

    gateway.plan = plan
    assert client.run(*SEND).status == -signal.SIGKILL
    locks.close()
    assert states() == {"sending": CLAIMED, "planned": len(rows) - CLAIMED}

    gateway.plan = accept_all
    done = client.run(*SEND)

    audit(run, gateway, rows, done.json)
    assert done.status == 6
    assert counts(done.json) == {"accepted": len(rows) - CLAIMED, "unknown": CLAIMED}
    again = run(*SEND)
    assert again.status == 6
    assert again.json["replayed"]
    assert counts(again.json) == counts(done.json)
    assert gateway.arrived.total() <= len(rows)


def test_a_request_is_recorded_before_it_leaves(
    gateway: FaultGateway, client: Client, make_rows: MakeRows
) -> None:
    """When a request arrives, other processes see it as `sending` in the ledger."""
    rows = make_rows(100)
    seen: list[str] = []

    def plan(request: Received) -> None:
        query = "SELECT state FROM requests JOIN rows ON rows.request = requests.id WHERE mobile = ?"
        seen.extend(state for (state,) in query_ledger(query, [int(number) for number in request.numbers]))

    gateway.plan = plan

    assert client.run(*SEND).status == 0
    assert seen == ["sending"] * len(rows)


def test_a_killed_retry_reaches_each_recipient_once(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows
) -> None:
    rows = make_rows(30)
    gateway.plan = client.hit_at(5, signal.SIGKILL, gateway.accept)
    client.run(*SEND)
    gateway.plan = lambda request: answer(REFUSED)
    first = client.run(*SEND, "--pause-after", "0")
    assert first.status == 6
    found = counts(first.json)
    assert sum(found.values()) == len(rows)

    retry = ("batch", "retry", first.json["batch"], "--rejected", "-o", "json", "--rate", "0")
    gateway.plan = client.hit_at(5, signal.SIGKILL, gateway.accept, first=False)
    assert client.run(*retry).status == -signal.SIGKILL
    gateway.plan = accept_all
    assert client.run(*retry).status == 2  # the batch must be resumed first
    done = client.run("batch", "resume", first.json["batch"], "-o", "json", "--rate", "0")

    outcomes = audit(run, gateway, rows, done.json, most=2)
    assert done.status == 6
    assert set(outcomes.values()) == {"accepted", "unknown"}
    assert max(gateway.accepted.values()) == 1
