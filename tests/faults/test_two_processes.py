"""Two processes and one batch: one sends it, the other is refused; the end of the first releases it."""

import os
import shutil
import signal
import socket
import threading
from collections import Counter
from pathlib import Path

import pytest

from kxsms.ledger.batches import Ledger
from tests.conftest import Run
from tests.engines import ledger_place, query_ledger
from tests.faults.batch_audit import audit, counts
from tests.faults.client import Client, kxsms
from tests.faults.conftest import SEND, MakeRows
from tests.faults.gateway import FaultGateway, accept_all
from tests.inbox.records_gateway import EMPTY, write_profile
from tests.scripted_gateway import Act, Received, answer

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


def test_the_second_process_is_refused_until_the_first_is_dead(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows
) -> None:
    rows = make_rows(20)
    waiting = threading.Event()

    def plan(request: Received) -> Act | None:
        if len(gateway.received) < 5:
            return None
        waiting.set()
        return gateway.silent

    gateway.plan = plan
    client.start(*SEND, "--concurrency", "1")
    assert waiting.wait(20)
    (batch,) = run("batch", "list", "-o", "json").json
    assert batch["state"] == "running"
    assert batch["accepted"] in (3, 4)  # the next request may leave before the last answer is recorded

    second = Client()
    for command in (SEND, ("batch", "resume", batch["batch"], "-o", "json")):
        refused = second.run(*command)
        assert refused.status == 8
        assert refused.error["exit_status"] == 8
        assert refused.out == b""
        assert batch["batch"] in refused.error["message"]
    assert len(gateway.received) == 5

    gateway.plan = accept_all
    client.kill()
    assert client.end().status == -signal.SIGKILL
    done = second.run("batch", "resume", batch["batch"], "-o", "json", "--rate", "0")

    assert done.status == 6
    outcomes = audit(run, gateway, rows, done.json)
    assert outcomes[rows[4]] == "unknown"
    assert 1 <= counts(done.json)["unknown"] <= 2


def test_an_interrupted_process_releases_the_batch(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows
) -> None:
    rows = make_rows(20)
    gateway.plan = client.hit_at(5, signal.SIGINT, gateway.accept)
    assert client.run(*SEND).status == 130
    gateway.plan = accept_all

    clients = [Client() for _ in range(4)]
    for each in clients:
        each.start(*SEND)
    all_done = [each.end() for each in clients]

    assert {done.status for done in all_done} <= {0, 8}, all_done
    (done, *_) = [done for done in all_done if done.status == 0]
    assert set(audit(run, gateway, rows, done.json).values()) == {"accepted"}


def test_the_same_send_in_many_processes_at_once_sends_once(
    gateway: FaultGateway, run: Run, make_rows: MakeRows
) -> None:
    """Every other process resumes the batch, replays its outcome, or is refused."""
    rows = make_rows(40)
    clients = [Client() for _ in range(4)]
    for each in clients:
        each.start(*SEND)
    all_done = [each.end() for each in clients]

    assert {done.status for done in all_done} <= {0, 8}, all_done
    (done, *_) = [done for done in all_done if done.status == 0]
    assert set(audit(run, gateway, rows, done.json).values()) == {"accepted"}


def test_the_same_send_that_another_process_made_during_the_checks_is_busy(
    gateway: FaultGateway, run: Run, home: Path, make_rows: MakeRows
) -> None:
    """The other process begins and ends while this one fetches replies, after it looked for such a batch."""
    rows = make_rows(4)
    write_profile()
    config = home / "plain.toml"
    shutil.copy2(home / "config.toml", config)
    write_profile(fetch_replies=True)
    statuses: list[int] = []

    def act(connection: socket.socket) -> None:
        statuses.append(kxsms(*SEND, env={"KXSMS_CONFIG": str(config)}).status)
        answer(EMPTY)(connection)

    def plan(request: Received) -> Act | None:
        return act if request.path.endswith("QueryMo") and not statuses else None

    gateway.plan = plan
    done = run(*SEND)

    assert statuses == [0]
    assert done.status == 8
    assert gateway.accepted == Counter(rows)


@pytest.mark.parametrize("options", [(), ("--idempotency-key", "k")], ids=["csv", "key"])
def test_the_same_send_is_refused_while_the_first_writes_its_batch(
    gateway: FaultGateway, client: Client, make_rows: MakeRows, options: tuple[str, ...]
) -> None:
    """The test takes the part of the first process: it owns a batch that is not ready."""
    make_rows(20)
    gateway.plan = client.hit_at(1, signal.SIGKILL, gateway.accept)
    client.run(*SEND, *options, "--concurrency", "1")
    gateway.received.clear()
    gateway.plan = accept_all
    with Ledger(ledger_place(), writable=True) as first, first.own(first.batches()[0]):
        query_ledger("UPDATE batches SET ready = FALSE, unknown = 0")
        query_ledger("UPDATE requests SET state = 'planned', attempts = 0, claimed = NULL")

        done = client.run(*SEND, *options)

    assert not gateway.received  # otherwise each recipient would get the text twice
    assert done.status == 8, done.err
