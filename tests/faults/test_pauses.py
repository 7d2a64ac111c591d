"""Pauses and retries: a batch pauses after repeated failures, and waits for a retry at no cost."""

import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest

from tests.conftest import TOKEN, Run
from tests.faults.batch_audit import states
from tests.faults.client import Client
from tests.faults.gateway import FaultGateway, pairs
from tests.ledger.scene import NOWHERE, counts, people, send_csv, write_csv
from tests.scripted_gateway import Act, Received, answer

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no resource usage of children")
REFUSED = answer('{"Code":"-5","Message":"余额不足"}')
SLOWER = answer("slow down", status=429)


def in_turn(*acts: Act | None) -> Callable[[Received], Act | None]:
    """Return a plan with these acts for the next requests, which accepts the later ones."""
    left = iter(acts)
    return lambda request: next(left, None)


def test_pause_after_0_never_pauses(run: Run, gateway: FaultGateway) -> None:
    rows = people(30)
    gateway.plan = lambda request: (SLOWER, REFUSED)[int(request.numbers[0]) % 2]

    done = send_csv(run, "--pause-after", "0", "--retries", "0", file=write_csv(rows))

    assert done.status == 5
    assert counts(done) == (0, 15, 15, 0)
    assert states() == {"rejected": 15, "not_sent": 15}
    assert gateway.arrived == Counter(rows)


def test_pause_after_0_never_pauses_without_a_gateway(run: Run) -> None:
    nowhere = {**NOWHERE, "KXSMS_ACCOUNT": "12345", "KXSMS_TOKEN": TOKEN}
    file = write_csv(people(5))

    done = send_csv(run, "--pause-after", "0", "--retries", "0", file=file, env=nowhere)

    assert done.status == 5
    assert counts(done) == (0, 0, 5, 0)
    assert states() == {"not_sent": 5}


@pytest.mark.parametrize("acts", [(SLOWER,), (SLOWER, SLOWER, None, SLOWER, SLOWER)])
def test_fewer_than_three_429_in_a_row_do_not_pause_the_batch(
    run: Run, gateway: FaultGateway, acts: tuple[Act | None, ...]
) -> None:
    rows = people(8)
    gateway.plan = in_turn(*acts)

    done = send_csv(run, "--retries", "0", file=write_csv(rows))

    failed = sum(act is not None for act in acts)
    assert done.status == 5
    assert counts(done) == (8 - failed, 0, failed, 0)
    assert gateway.arrived == Counter(rows)


def test_three_429_in_a_row_pause_the_batch(run: Run, gateway: FaultGateway) -> None:
    rows = people(20)
    gateway.plan = lambda request: SLOWER

    done = send_csv(run, "--retries", "0", file=write_csv(rows))

    assert done.status == 5
    assert 3 <= len(gateway.received) <= 5  # the next two have been claimed
    assert states()["planned"] == 20 - len(gateway.received)


@POSIX
def test_waiting_for_a_retry_uses_no_processor_time(gateway: FaultGateway, client: Client) -> None:
    """Two requests are due for a retry, and the rate lets one per second go."""
    import resource

    both = threading.Event()

    def slower(connection: socket.socket) -> None:
        both.wait(30)
        SLOWER(connection)

    def plan(request: Received) -> Act | None:
        if len(gateway.received) == 2:
            both.set()
        return slower if gateway.arrived[pairs(request)[0]] == 1 else None

    def spent() -> tuple[float, float]:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime, time.monotonic()

    client.run("send", "13900000000", "-m", "【科迅】")  # compiles the bytecode
    gateway.received.clear()
    gateway.plan = plan
    write_csv(people(2))
    before = spent()

    done = client.run("send", "--csv", "people.csv", "--yes", "--rate", "1", "--concurrency", "2")

    busy, wall = (now - then for now, then in zip(spent(), before, strict=True))
    assert done.status == 0
    assert len(gateway.received) == 4
    assert wall > 2
    assert busy < wall / 3
