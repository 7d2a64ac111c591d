"""Several hosts and one batch in PostgreSQL, with the gateway as the judge."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.faults.client import Client
from tests.faults.conftest import SEND, MakeRows
from tests.faults.gateway import FaultGateway
from tests.faults.hosts import Hosts, document, wait_for_requests
from tests.scripted_gateway import Act, Received, answer

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

JOIN = ("-o", "json", "--join", "--rate", "0", "--concurrency", "4")
BOTH_CLAIM = "SELECT count(DISTINCT runner) = 2 FROM requests WHERE state = 'sending'"
REFUSAL = '{"Code":"-3","Message":"余额不足"}'
SETTLED = "SELECT sending = 0 AND accepted + rejected + not_sent + unknown = recipients FROM batches"


@pytest.fixture
def hosts(postgres_url: str, tmp_path: Path, run: Run) -> Iterator[Hosts]:
    hosts = Hosts(postgres_url, tmp_path, run)
    yield hosts
    for host in hosts.all:
        host.close()


@pytest.fixture
def gate(gateway: FaultGateway) -> threading.Event:
    """Return an event for which every answer waits."""
    return hold(gateway, gateway.accept)


def hold(gateway: FaultGateway, reply: Callable[[Received], Act]) -> threading.Event:
    """Let the answers wait for the event that this returns."""
    gate = threading.Event()

    def plan(request: Received) -> Act:
        act = reply(request)

        def held(connection: socket.socket) -> None:
            gate.wait(30)
            act(connection)

        return held

    gateway.plan = plan
    return gate


def both(hosts: Hosts, *options: str, short_lease: bool = False) -> tuple[Client, Client]:
    """Start a send on one host and join it on another. Return when both have requests in flight."""
    first = hosts.start(*SEND, *options, short_lease=short_lease)
    hosts.wait_for("SELECT count(*) > 0 FROM requests WHERE state = 'sending'")
    second = hosts.start("batch", "resume", hosts.batch, *JOIN, *options)
    hosts.wait_for(BOTH_CLAIM)
    return first, second


def test_hosts_send_a_batch_together(
    hosts: Hosts, gateway: FaultGateway, gate: threading.Event, make_rows: MakeRows
) -> None:
    rows = make_rows(40)
    first, second = both(hosts)
    gate.set()
    all_done = [first.end(), second.end()]

    assert [done.status for done in all_done] == [0, 0], all_done
    assert [document(done) for done in all_done] == [document(all_done[0])] * 2
    assert hosts.outcomes(gateway, rows) == {"accepted": 40}


def test_batch_run_on_several_hosts_sends_a_due_batch_together(
    hosts: Hosts, gateway: FaultGateway, gate: threading.Event, make_rows: MakeRows
) -> None:
    rows = make_rows(40)
    hosts.run(*SEND, "--at", "+1h")
    hosts.query("UPDATE batches SET due = extract(epoch FROM now()) - 1")
    all_hosts = [hosts.start("batch", "run", "-o", "json") for _ in range(2)]
    hosts.wait_for(BOTH_CLAIM)
    gate.set()

    assert [host.end().status for host in all_hosts] == [0, 0]
    assert hosts.outcomes(gateway, rows) == {"accepted": 40}


def test_a_host_with_nothing_to_claim_waits_for_the_other(
    hosts: Hosts, gateway: FaultGateway, gate: threading.Event, make_rows: MakeRows
) -> None:
    make_rows(4)
    first = hosts.start(*SEND)
    wait_for_requests(gateway, 4)
    second = hosts.start("batch", "resume", hosts.batch, *JOIN)
    hosts.wait_for("SELECT count(*) = 2 FROM owners")
    with pytest.raises(subprocess.TimeoutExpired):
        second.process.wait(1)
    gate.set()
    all_done = [first.end(), second.end()]
    assert [done.status for done in all_done] == [0, 0], all_done
    assert document(all_done[0]) == document(all_done[1])


def test_the_rest_of_a_batch_is_sent_when_one_host_is_killed(
    hosts: Hosts, gateway: FaultGateway, gate: threading.Event, make_rows: MakeRows
) -> None:
    rows = make_rows(40)
    first, second = both(hosts)
    third = hosts.start("batch", "resume", hosts.batch, *JOIN)
    hosts.wait_for("SELECT count(*) = 3 FROM owners")
    in_flight = hosts.query("SELECT count(*) FROM requests WHERE runner = 1 AND state = 'sending'")
    first.kill()
    first.end()
    gate.set()

    all_done = [second.end(), third.end()]
    assert [done.status for done in all_done] == [6, 6], all_done
    assert document(all_done[0]) == document(all_done[1])
    assert hosts.outcomes(gateway, rows) == {"accepted": 40 - in_flight, "unknown": in_flight}


def test_a_host_that_is_interrupted_leaves_the_batch_to_the_other(
    hosts: Hosts, gateway: FaultGateway, gate: threading.Event, make_rows: MakeRows
) -> None:
    rows = make_rows(40)
    first, second = both(hosts)
    held = hold(gateway, gateway.accept)  # what the second claims from now on
    first.process.send_signal(signal.SIGINT)
    first.read_until(b"repeat the signal")
    gate.set()
    done = first.end()
    held.set()

    assert done.status == 130, done.err
    assert "another process still sends batch" in done.err
    assert done.json["unknown"] == 0
    assert second.end().status == 0
    assert hosts.outcomes(gateway, rows) == {"accepted": 40}


def test_late_answers_settle_what_others_made_unknown(
    hosts: Hosts, gateway: FaultGateway, make_rows: MakeRows
) -> None:
    """The first host is stopped for longer than its lease; then its answers arrive, one of them a refusal."""
    rows = make_rows(40)
    refused = answer(REFUSAL)
    gate = hold(gateway, lambda request: refused if len(gateway.received) == 1 else gateway.accept(request))
    first, second = both(hosts, short_lease=True)
    wait_for_requests(gateway, 8)
    in_flight = hosts.query("SELECT count(*) FROM requests WHERE runner = 1 AND state = 'sending'")
    first.process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, first.process.pid, os.WSTOPPED | os.WNOWAIT)
    gate.set()
    done = second.end()
    assert done.status == 6, done.err
    assert done.json["unknown"] == in_flight

    first.process.send_signal(signal.SIGCONT)
    done = first.end()
    assert done.status == 1
    assert "could not renew its lease" in done.err
    assert hosts.outcomes(gateway, rows) == {"accepted": 35, "rejected": 1, "unknown": 4}


def test_a_rate_is_that_of_all_hosts(
    hosts: Hosts, gateway: FaultGateway, gate: threading.Event, make_rows: MakeRows
) -> None:
    rows = make_rows(60)
    first, second = both(hosts, "--rate", "40")
    arrived = [0.0]

    def plan(_: Received) -> None:
        arrived.append(time.monotonic())

    gateway.plan = plan
    opened = time.monotonic()
    gate.set()
    assert [first.end().status, second.end().status] == [0, 0]
    assert arrived[-1] - opened >= (60 - 16 - 1) / 40 - 0.1  # each had claimed 8 at most
    assert hosts.outcomes(gateway, rows) == {"accepted": 60}


def test_equal_refusals_pause_all_hosts(hosts: Hosts, gateway: FaultGateway, make_rows: MakeRows) -> None:
    make_rows(60)
    refused = answer(REFUSAL)
    gate = hold(gateway, lambda _: refused)
    first, second = both(hosts, "--concurrency", "1", "--pause-after", "6")
    gate.set()
    all_done = [first.end(), second.end()]

    assert [done.status for done in all_done] == [3, 3], all_done
    assert all("in a row: the gateway refused: code -3" in done.err for done in all_done)
    assert 6 <= len(gateway.received) <= 10  # each host alone would have sent as many


@pytest.mark.sqlite
def test_a_ledger_in_a_file_has_no_batch_to_join(
    run: Run, gateway: FaultGateway, make_rows: MakeRows
) -> None:
    make_rows(1)
    batch = run(*SEND).json["batch"]
    refused = run("batch", "resume", batch, "--join", "-o", "json")
    assert refused.status == 2
    assert "--join needs a ledger in PostgreSQL" in refused.error["message"]
