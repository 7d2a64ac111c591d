"""kill -9 before anything is sent: nothing is left of the batch, and the same command starts again."""

import os
import random
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.faults.batch_audit import audit, half_written, size, states
from tests.faults.client import Client, write_csv
from tests.faults.conftest import SEND, MakeRows
from tests.faults.gateway import FaultGateway, Pair, accept_all, pairs

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

MANY = 100_000
CAPACITY = 2_500
TEXTS = [f"【科迅云通讯】尊敬的客户,您的{product}已到期。" for product in ("套餐", "会员", "合同")]
PIPE = 1 << 16


def write_many(home: Path, count: int) -> list[Pair]:
    """Write `people.csv` with numbers in random order, each with one of a few texts; return the rows."""
    chance = random.Random(1)
    numbers = [f"13{number:09d}" for number in range(count)]
    chance.shuffle(numbers)
    rows = [(number, chance.choice(TEXTS)) for number in numbers]
    write_csv(home / "people.csv", rows)
    return rows


@pytest.mark.sqlite  # of the planner
def test_rows_with_the_same_text_share_requests(gateway: FaultGateway, client: Client, home: Path) -> None:
    many = write_many(home, MANY)

    done = client.run(*SEND)

    of_text = Counter(text for _, text in many)
    assert done.status == 0
    assert Counter(request.form["content"] for request in gateway.received) == {
        text: -(-count // CAPACITY) for text, count in of_text.items()
    }
    assert max(len(request.numbers) for request in gateway.received) == CAPACITY
    assert gateway.arrived == Counter(many)
    assert done.json["requests"] == len(gateway.received)
    assert done.json["recipients"] == MANY
    assert done.json["accepted"] == MANY
    place = {pair: number for number, pair in enumerate(many)}
    for request in gateway.received:
        places = [place[pair] for pair in pairs(request)]
        assert places == sorted(places)


def test_a_send_killed_while_it_writes_the_batch_leaves_no_batch(
    gateway: FaultGateway, client: Client, run: Run, home: Path
) -> None:
    many = write_many(home, 130_000)
    client.start(*SEND)
    while not half_written():
        assert client.process.poll() is None
    client.kill()
    assert client.end().status == -signal.SIGKILL
    assert half_written()
    assert run("batch", "list", "-o", "json").json == []

    rows = many[:10]
    write_csv(home / "people.csv", rows)
    done = client.run(*SEND)

    assert done.status == 0
    assert set(audit(run, gateway, rows, done.json).values()) == {"accepted"}
    assert size() == (1, len(rows), done.json["requests"])


@pytest.mark.parametrize("killed_with", ["rows", "requests"])
def test_a_half_written_batch_is_removed(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows, killed_with: str
) -> None:
    """A batch that a crash left half written neither blocks a send nor is ever sent."""
    rows = make_rows(20)
    gateway.plan = client.hit_at(1, signal.SIGKILL, gateway.accept)
    client.run(*SEND, "--limit", "10", "--concurrency", "1")
    query_ledger("UPDATE batches SET ready = FALSE, sending = 0")
    query_ledger("UPDATE requests SET state = 'planned', attempts = 0, claimed = NULL")
    query_ledger("DELETE FROM rows WHERE id > 5")
    if killed_with == "rows":
        query_ledger("DELETE FROM requests")
    gateway.received.clear()

    done = client.run(*SEND)

    assert done.status == 0
    assert not done.json["resumed"]
    assert set(audit(run, gateway, rows, done.json).values()) == {"accepted"}
    assert size() == (1, len(rows), len(rows))


@pytest.mark.parametrize("way", ["stdin", "fifo"])
def test_a_send_killed_while_it_reads_stdin_leaves_no_batch(
    gateway: FaultGateway, client: Client, run: Run, home: Path, make_rows: MakeRows, way: str
) -> None:
    rows = make_rows(12_000)
    data = (home / "people.csv").read_bytes()
    assert len(data) > 4 * PIPE
    name = "-" if way == "stdin" else "pipe"
    command = [name if word == "people.csv" else word for word in SEND]
    if way == "fifo":
        os.mkfifo("pipe")
        client.start(*command)
        feeder = os.open("pipe", os.O_WRONLY)
    else:
        stdin = client.start(*command, stdin=subprocess.PIPE).stdin
        assert stdin is not None
        feeder = os.dup(stdin.fileno())
        stdin.close()
        client.process.stdin = None
    written = 0
    while written < 3 * PIPE:  # more than a pipe can contain: the client is reading
        written += os.write(feeder, data[written : 3 * PIPE])
    client.kill()
    assert client.end().status == -signal.SIGKILL
    os.close(feeder)
    assert run("batch", "list", "-o", "json").json == []
    assert not gateway.received

    write_csv(home / "people.csv", rows[:20])
    with (home / "people.csv").open("rb") as file:
        command = [word if word != name else "-" for word in command]
        client.start(*command, stdin=file.fileno())
        done = client.end()

    assert done.status == 0
    assert set(audit(run, gateway, rows[:20], done.json).values()) == {"accepted"}


def test_a_kill_makes_whole_requests_unknown(
    gateway: FaultGateway, client: Client, run: Run, home: Path
) -> None:
    """Other requests with the same text are not unknown."""
    rows = write_many(home, 25_000)
    gateway.plan = client.hit_at(5, signal.SIGKILL, gateway.accept)
    assert client.run(*SEND).status == -signal.SIGKILL
    in_flight = states()["sending"]
    assert in_flight

    gateway.plan = accept_all
    done = client.run(*SEND)

    outcomes = audit(run, gateway, rows, done.json)
    assert done.status == 6
    assert Counter(outcomes.values())["unknown"] == in_flight
