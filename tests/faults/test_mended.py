"""What a review found broken, a test for each: a hang-up, pauses, a lost ledger, odd options, figures."""

import os
import shutil
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.conftest import TOKEN, Done, Run
from tests.faults.audit import audit, states
from tests.faults.client import Client
from tests.faults.conftest import SEND, MakeRows
from tests.faults.gateway import FaultGateway, accept_all, pairs
from tests.ledger.scene import NOWHERE, counts, ledger_file, people, send_csv, send_one, write_csv
from tests.scripted_gateway import Act, Received, answer

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
REFUSED = answer('{"Code":"-5","Message":"余额不足"}')
SLOWER = answer("slow down", status=429)
RESUME = ("--rate", "0", "--concurrency", "1", "-o", "json")


def in_turn(*acts: Act | None) -> Callable[[Received], Act | None]:
    """These acts for the next requests, and for the later ones to accept them."""
    left = iter(acts)
    return lambda request: next(left, None)


@pytest.fixture
def hangup() -> Iterator[None]:
    """Let SIGHUP do what it does, also if who runs the tests has them ignore it (nohup)."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@POSIX
@pytest.mark.usefixtures("hangup")
def test_a_terminal_that_is_gone(
    run: Run, gateway: FaultGateway, client: Client, make_rows: MakeRows
) -> None:
    rows = make_rows(40)
    gateway.plan = client.hit_at(12, signal.SIGHUP, gateway.accept)

    cut = client.run(*SEND)

    accepted = len(gateway.received)
    assert 12 <= accepted < 12 + 8
    assert (cut.status, cut.json["exit_status"]) == (143, 143)
    assert states() == {"accepted": accepted, "planned": len(rows) - accepted}
    gateway.plan = accept_all
    assert set(audit(run, gateway, rows, run(*SEND).json).values()) == {"accepted"}


def test_without_pauses(run: Run, gateway: FaultGateway) -> None:
    rows = people(30)
    gateway.plan = lambda request: (SLOWER, REFUSED)[int(request.numbers[0]) % 2]

    done = send_csv(run, "--pause-after", "0", "--retries", "0", file=write_csv(rows))

    assert (done.status, counts(done)) == (5, (0, 15, 15, 0))
    assert states() == {"rejected": 15, "not_sent": 15}
    assert gateway.arrived == Counter(rows)


def test_without_pauses_where_nobody_gets_through(run: Run) -> None:
    nowhere = {**NOWHERE, "KXSMS_ACCOUNT": "12345", "KXSMS_TOKEN": TOKEN}
    file = write_csv(people(5))

    done = send_csv(run, "--pause-after", "0", "--retries", "0", file=file, env=nowhere)

    assert (done.status, counts(done), states()) == (5, (0, 0, 5, 0), {"not_sent": 5})


@pytest.mark.parametrize("acts", [(SLOWER,), (SLOWER, SLOWER, None, SLOWER, SLOWER)])
def test_too_fast_now_and_then_is_no_reason_to_pause(
    run: Run, gateway: FaultGateway, acts: tuple[Act | None, ...]
) -> None:
    rows = people(8)
    gateway.plan = in_turn(*acts)

    done = send_csv(run, "--retries", "0", file=write_csv(rows))

    vain = sum(act is not None for act in acts)
    assert (done.status, counts(done)) == (5, (8 - vain, 0, vain, 0))
    assert gateway.arrived == Counter(rows)


def test_three_times_too_fast_is_one(run: Run, gateway: FaultGateway) -> None:
    rows = people(20)
    gateway.plan = lambda request: SLOWER

    done = send_csv(run, "--retries", "0", file=write_csv(rows))

    assert done.status == 5
    assert 3 <= len(gateway.received) <= 5  # the next two are claimed by then
    assert states()["planned"] == 20 - len(gateway.received)


@POSIX
@pytest.mark.parametrize("how", ["file", "directory", "replaced"])
def test_the_ledger_is_removed(run: Run, gateway: FaultGateway, how: str) -> None:
    nth = 10
    file = ledger_file()

    def plan(request: Received) -> None:
        if len(gateway.received) == nth:
            if how == "directory":
                shutil.rmtree(file.parent)
            else:
                file.unlink()
            if how == "replaced":
                file.touch()

    gateway.plan = plan
    done = send_csv(run, file=write_csv(people(40)))

    assert (done.status, done.error["kind"], done.error["exit_status"]) == (1, "failure", 1)
    assert f"{file} was removed or replaced" in done.error["message"]
    assert "Traceback" not in done.err
    assert nth <= len(gateway.received) <= nth + 1  # the next one is claimed by then
    assert people(40)[nth - 1][0] in done.err  # has got it, though that is written nowhere else


@pytest.mark.parametrize("options", [("--idempotency-key", ""), ("--again", "--skip-sent")])
@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_options_that_cannot_be_meant(
    run: Run, gateway: FaultGateway, options: tuple[str, ...], dry: tuple[str, ...]
) -> None:
    write_csv(people(1))

    for done in (send_csv(run, *options, *dry), send_one(run, *options, *dry)):
        assert (done.status, done.error["kind"]) == (2, "usage")
        assert options[0] in done.error["message"]
    assert not gateway.received


def test_a_dry_run_under_a_known_key(run: Run, gateway: FaultGateway) -> None:
    key = ("--idempotency-key", "k")
    first = send_csv(run, *key, file=write_csv(people(2)))
    assert send_csv(run, *key, "--dry-run").status == 0
    write_csv(people(3))

    dry, wet = send_csv(run, *key, "--dry-run"), send_csv(run, *key)

    assert (dry.status, dry.out, dry.error) == (2, b"", wet.error)
    assert first.json["batch"] in dry.error["message"]


def paused(run: Run, gateway: FaultGateway, name: str) -> Done:
    """A batch of six, two of whom share a text: the first one was refused, the rest is planned."""
    rows = people(6)
    rows[5] = rows[5][0], rows[4][1]
    gateway.plan = in_turn(REFUSED)
    done = send_csv(run, "--pause-after", "1", file=write_csv(rows, name))
    gateway.plan = accept_all
    assert (done.status, counts(done)) == (3, (0, 1, 5, 0))
    return done


def test_a_dry_run_of_an_unfinished_one(run: Run, gateway: FaultGateway) -> None:
    name = paused(run, gateway, "people.csv").json["batch"]

    done = send_csv(run, "--dry-run", "-o", "table")

    assert done.status == 0
    assert name in done.err
    assert "5 recipients are left" in done.err


def test_how_many_are_left_out(run: Run, gateway: FaultGateway) -> None:
    send_csv(run, file=write_csv(people(3)))
    write_csv(people(4, first=2))

    names, values = send_csv(run, "--skip-sent", "--dry-run", "-o", "table").lines
    assert dict(zip(names.split("\t"), values.split("\t"), strict=True))["skipped"] == "2"
    assert "skipped 2 recipients" in send_csv(run, "--skip-sent").err


def test_the_figures_of_one_resumed_without_some(run: Run, gateway: FaultGateway) -> None:
    """Of a request to two, one is left out; another request is left out whole."""
    first = paused(run, gateway, "a.csv").json["batch"]
    shared = [people(6)[3], (people(6)[5][0], people(6)[4][1])]
    assert send_csv(run, file=write_csv(shared, "b.csv")).status == 0
    gateway.received.clear()

    done = run("batch", "resume", first, "--skip-sent", *RESUME)

    assert "skipped 2 recipients" in done.err
    assert (done.status, counts(done), done.json["requests"]) == (3, (3, 1, 0, 0), 4)
    assert done.json["segments"] == 4
    assert gateway.arrived == Counter([people(6)[1], people(6)[2], people(6)[4]])
    shown = run("batch", "show", first, "-o", "json").json
    assert [shown[name] for name in ("recipients", "accepted", "rejected", "not_sent")] == [4, 3, 1, 0]
    assert (shown["finished"] is not None, shown["state"]) == (True, "finished")
    exported = run("batch", "export", first, "-o", "json").json
    assert Counter(row["kxsms_outcome"] for row in exported) == {"accepted": 3, "rejected": 1, "skipped": 2}
    assert run("batch", "check", "-o", "json").json["state"] == "ok"


@POSIX
def test_waiting_for_another_try_costs_nothing(gateway: FaultGateway, client: Client) -> None:
    """Two are due for another try, and the rate lets one of them go a second."""
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

    client.run("send", "13900000000", "-m", "【科迅】")  # let the bytecode be compiled by now
    gateway.received.clear()
    gateway.plan = plan
    write_csv(people(2))
    before = spent()

    done = client.run("send", "--csv", "people.csv", "--yes", "--rate", "1", "--concurrency", "2")

    busy, wall = (now - then for now, then in zip(spent(), before, strict=True))
    assert (done.status, len(gateway.received)) == (0, 4)
    assert wall > 2
    assert busy < wall / 3
