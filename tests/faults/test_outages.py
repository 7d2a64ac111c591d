"""Outages of the gateway: it fails, stops, runs out of balance, or asks kxsms to slow down."""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import tomli_w

from tests.conftest import Run
from tests.faults.batch_audit import audit, counts, states
from tests.faults.client import Client
from tests.faults.conftest import SEND, MakeRows
from tests.faults.gateway import FaultGateway, accept_all, pairs
from tests.scripted_gateway import Act, Received, answer, close, half, reset, silent

NO_BALANCE = answer('{"Code":"-3","Message":"余额不足"}')
FAULTS: tuple[Act, ...] = (
    reset,
    close,
    answer("", status=500),
    answer("<html><h1>It works!</h1>", content_type="text/html"),
    half(),
    silent,
)


@pytest.fixture
def profile(home: Path) -> Callable[..., None]:
    """Return a function that writes a config with one profile, the default."""

    def write(**settings: object) -> None:
        document = {"default_profile": "t", "profiles": {"t": settings}}
        (home / "config.toml").write_text(tomli_w.dumps(document), encoding="utf-8")

    return write


def test_failed_requests_are_unknown_and_never_resent(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows, profile: Callable[..., None]
) -> None:
    profile(read_timeout=0.3)
    rows = make_rows(400)
    chosen = random.Random(3).sample(rows, len(rows) // 10)
    fault_of = {pair: FAULTS[place % len(FAULTS)] for place, pair in enumerate(chosen)}
    gateway.plan = lambda request: fault_of.get(pairs(request)[0])

    done = client.run(*SEND)

    outcomes = audit(run, gateway, rows, done.json)
    assert done.status == 6
    assert counts(done.json) == {"accepted": 360, "unknown": 40}
    assert {pair for pair, outcome in outcomes.items() if outcome == "unknown"} == set(fault_of)
    assert gateway.arrived == Counter(rows)

    again = run(*SEND)

    assert again.status == 6
    assert again.json["replayed"]
    assert counts(again.json) == counts(done.json)
    assert gateway.arrived == Counter(rows)


@pytest.mark.parametrize(("concurrency", "statuses"), [("1", {5}), ("4", {5, 6})], ids=["1", "4"])
def test_a_batch_is_finished_after_the_gateway_returns(
    gateway: FaultGateway,
    client: Client,
    run: Run,
    make_rows: MakeRows,
    concurrency: str,
    statuses: set[int],
) -> None:
    rows = make_rows(60)

    def plan(request: Received) -> Act:
        if len(gateway.received) == 20:
            gateway.leave()
        return gateway.accept(request, {"Connection": "close"})

    gateway.plan = plan
    options = ("--retries", "1", "--concurrency", concurrency)

    cut = client.run(*SEND, *options)

    found = counts(cut.json)
    assert cut.status in statuses
    assert found["accepted"] == 20 if concurrency == "1" else found["accepted"] >= 20
    assert states()["planned"] >= 30
    assert sum(found.values()) == len(rows)

    with FaultGateway(wanted_port=gateway.port, task_ids=gateway.task_ids) as back:
        back.received += gateway.received
        done = client.run(*SEND, *options)

    audit(run, back, rows, done.json)
    assert done.json["accepted"] == len(rows) - found.get("unknown", 0)
    assert done.status == (6 if "unknown" in found else 0)


def test_a_batch_is_finished_after_the_balance_returns(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows
) -> None:
    rows = make_rows(100)
    gateway.plan = lambda request: NO_BALANCE if len(gateway.received) >= 5 else None

    done = client.run(*SEND, "-o", "table")

    found = states()
    name = run("batch", "list", "-o", "json").json[0]["batch"]
    assert done.status == 3
    assert found["accepted"] == 4
    assert 10 <= found["rejected"] <= 24
    assert found["planned"] == len(rows) - 4 - found["rejected"]
    assert found.total() == len(rows)
    assert f"kxsms batch resume {name}" in done.err

    gateway.plan = accept_all
    rest = client.run("batch", "resume", name, "-o", "json", "--rate", "0")
    assert rest.status == 3
    assert states() == {"accepted": 100 - found["rejected"], "rejected": found["rejected"]}
    audit(run, gateway, rows, rest.json)

    refused = client.run("batch", "retry", name, "--rejected", "-o", "json", "--rate", "0")
    assert refused.status == 0
    assert set(audit(run, gateway, rows, refused.json, most=2).values()) == {"accepted"}
    assert gateway.accepted == Counter(rows)


def test_a_proxy_that_answers_502_pauses_the_batch(
    gateway: FaultGateway, client: Client, make_rows: MakeRows
) -> None:
    rows = make_rows(100)
    gateway.plan = lambda request: answer("<html>502 Bad Gateway", 502, "text/html")

    done = client.run(*SEND, "--concurrency", "16")

    found = states()
    assert done.status == 6
    assert done.json["exit_status"] == 6
    assert 10 <= found["unknown"] <= 20
    assert found == {"unknown": found["unknown"], "planned": len(rows) - found["unknown"]}
    assert counts(done.json) == {"unknown": found["unknown"], "not_sent": found["planned"]}
    assert len(gateway.received) == found["unknown"]


def test_throttled_requests_are_retried(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows, profile: Callable[..., None]
) -> None:
    profile(throttle_codes=["-9"])
    rows = make_rows(4)
    slower = (answer("", status=429), answer('{"Code":"-9","Message":"提交过快"}'))

    def plan(request: Received) -> Act | None:
        (pair,) = pairs(request)
        return slower[rows.index(pair) % 2] if gateway.arrived[pair] <= 2 else None

    gateway.plan = plan

    without_retries = run(*SEND, "--retries", "0")
    assert without_retries.status == 5
    assert counts(without_retries.json) == {"not_sent": len(rows)}

    gateway.received.clear()
    done = client.run(*SEND)

    assert done.status == 0
    assert set(audit(run, gateway, rows, done.json, most=3).values()) == {"accepted"}
    assert gateway.arrived == Counter(dict.fromkeys(rows, 3))
    assert gateway.accepted == Counter(rows)
