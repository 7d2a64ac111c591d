"""Unknown outcomes stay unknown: no later failure makes kxsms send such a text again."""

import os
import signal

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.faults.batch_audit import states
from tests.faults.client import Client
from tests.faults.gateway import FaultGateway, accept_all
from tests.ledger.scene import TEXT, counts, people, send_csv, write_csv
from tests.scripted_gateway import Act, answer, close

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
REFUSED = answer('{"Code":"-5","Message":"余额不足"}')
SLOWER = answer("slow down", status=429)
DAY = 24 * 3600.0
RESUME = ("--rate", "0", "--concurrency", "1", "-o", "json")


def some_unknown(run: Run, gateway: FaultGateway, count: int) -> str:
    """Send a batch with `count` unknown recipients and one accepted one, and return its id."""
    gateway.plan = lambda request: close if len(gateway.received) <= count else None
    done = send_csv(run, file=write_csv(people(count + 1)))
    assert done.status == 6
    assert counts(done) == (1, 0, 0, count)
    return str(done.json["batch"])


def assert_stay_unknown(run: Run, gateway: FaultGateway, name: str, count: int) -> None:
    """Check that neither a resume of the batch nor the same send sends anything."""
    gateway.plan = accept_all
    before = len(gateway.received)
    for done in (run("batch", "resume", name, *RESUME), send_csv(run), send_csv(run, "--skip-sent")):
        assert done.status == 6, done.err
        assert counts(done) == (1, 0, 0, count)
    assert len(gateway.received) == before
    assert run("batch", "check").status == 0


@pytest.mark.parametrize(
    "act",
    [answer("", status=403), REFUSED, SLOWER, close],
    ids=["403", "refused", "429", "unknown"],
)
def test_a_retry_that_fails_leaves_the_outcome_unknown(run: Run, gateway: FaultGateway, act: Act) -> None:
    name = some_unknown(run, gateway, 1)
    gateway.plan = lambda request: act
    command = ("batch", "retry", name, "--unknown", "--yes", "--retries", "0", *RESUME)

    done = run(*command)

    assert done.status == 6
    assert done.json["exit_status"] == 6
    assert counts(done) == (1, 0, 0, 1)
    assert_stay_unknown(run, gateway, name, 1)
    assert run(*command).status == 0
    assert gateway.accepted == dict.fromkeys(people(2), 1)


@POSIX
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=str)
def test_a_retry_that_is_cut_short_leaves_the_outcome_unknown(
    run: Run, gateway: FaultGateway, client: Client, number: signal.Signals
) -> None:
    """The signal comes before the last two are retried: they are planned."""
    name = some_unknown(run, gateway, 4)
    hit = client.hit_at(2, number, lambda request: SLOWER)
    gateway.plan = lambda request: hit(request) or SLOWER

    command = ("batch", "retry", name, "--unknown", "--yes", *RESUME)
    client.run(*command)

    assert_stay_unknown(run, gateway, name, 4)
    done = run(*command)  # also retries the recipients that the first retry did not reach
    assert done.status == 0, done.err
    assert counts(done) == (5, 0, 0, 0)


@POSIX
@pytest.mark.parametrize(("seconds", "status"), [(0, 6), (2 * DAY, 0)])
def test_a_killed_single_send_is_replayed_for_an_hour(
    run: Run, gateway: FaultGateway, client: Client, seconds: float, status: int
) -> None:
    gateway.plan = client.hit_at(1, signal.SIGKILL, lambda request: gateway.silent)
    client.run("send", people(1)[0][0], "-m", TEXT)
    assert states() == {"sending": 1}
    query_ledger("UPDATE requests SET claimed = claimed - ?", (seconds,))
    gateway.plan = accept_all
    before = len(gateway.received)

    done = run("send", people(1)[0][0], "-m", TEXT, "-o", "json")

    assert done.status == status, done.err
    assert done.json["replayed"] == (status == 6)
    assert len(gateway.received) - before == (status == 0)
