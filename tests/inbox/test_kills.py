"""Kill -9 while an answer is read: its bytes were in the ledger before, and no record is lost or doubled."""

import random
import socket
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing

import pytest

from tests.conftest import Run
from tests.faults.client import Client
from tests.inbox.scene import ONE, TIME, Hatch, a_reply, a_report, data, fetch, look, put_new
from tests.ledger.scene import ledger_file
from tests.scripted_gateway import Act, Received, answer

_MANY = 12_600
_TRIES = 3_000_000


def records(count: int, first: int = 0) -> list[dict[str, str]]:
    return [a_report(f"13{number:09d}", f"t{number}") for number in range(first, first + count)]


def killed_after(act: Act, client: Client, until: Callable[[], bool]) -> Act:
    """Answer, and kill the client as soon as something is so."""

    def answered(connection: socket.socket) -> None:
        act(connection)
        for _ in range(_TRIES):
            if client.process.poll() is not None or until():
                break
        client.kill()

    return answered


def in_ledger(query: str) -> Callable[[], bool]:
    """Whether a query finds something in the ledger of a process at work."""

    def found() -> bool:
        try:
            with closing(sqlite3.connect(f"{ledger_file().as_uri()}?mode=ro", uri=True)) as connection:
                return connection.execute(query).fetchone() is not None
        except sqlite3.OperationalError:
            return False

    return found


MOMENTS: dict[str, Callable[[int], Callable[[], bool]]] = {
    "at once": lambda _: lambda: True,
    "kept": lambda before: in_ledger(f"SELECT 1 FROM answers LIMIT 1 OFFSET {before}"),
    "read in part": lambda before: in_ledger(f"SELECT 1 FROM records LIMIT 1 OFFSET {before}"),
}
"""When to kill, if there are so many answers of one record before."""


@pytest.mark.parametrize("seed", range(15))
def test_killed_after_the_answer(run: Run, gateway: Hatch, client: Client, seed: int) -> None:
    moment = list(MOMENTS)[seed % len(MOMENTS)]
    chance = random.Random(seed)
    count = _MANY if moment == "read in part" else chance.randrange(1, 500)
    before = chance.randrange(3)
    gateway.hand(*(data(*records(1, 900_000 + number)) for number in range(before)))
    killing = answer(data(*records(count)))
    gateway.handed.append(killed_after(killing, client, MOMENTS[moment](before)))
    client.start("report", "-q")
    assert client.end().status == -9
    arrived = exists() and len(look("SELECT id FROM answers")) > before
    assert arrived or moment == "at once"
    assert run("report", "-q", "-o", "csv").status == 0
    kept = Counter(task for (task,) in look("SELECT task_id FROM records"))
    expected = {f"t{900_000 + number}" for number in range(before)}
    whole = {f"t{number}" for number in range(count)}
    assert set(kept) == (expected | whole if arrived else expected)
    assert max(kept.values(), default=1) == 1
    assert look("SELECT count(*) FROM answers WHERE state != 'read'") == [(0,)]


def exists() -> bool:
    return ledger_file().exists() and bool(look("SELECT 1 FROM sqlite_master WHERE name = 'answers'"))


def test_killed_while_the_answer_is_on_its_way(run: Run, gateway: Hatch, client: Client) -> None:
    """The gateway dies with it, half an answer sent: that one never arrived."""
    whole = data(*records(50)).encode()

    def half(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(whole) + whole[:900])
        client.kill()

    gateway.handed.append(half)
    client.start("report")
    assert client.end().status == -9
    gateway.hand(data(*records(2)))
    assert len(fetch(run)) == 2


@pytest.mark.parametrize("command", ["report", "mo"])
def test_an_answer_that_nobody_has_read(run: Run, gateway: Hatch, command: str) -> None:
    """The next call reads what a killed one has left, shows it as new, and once."""
    fetch(run, command=command)
    one = a_report() if command == "report" else a_reply()
    put_new("report" if command == "report" else "mo", data(one, one))
    assert [record["mobile"] for record in fetch(run, command=command)] == [ONE]
    assert fetch(run, command=command) == []
    gateway.hand(data(one))
    assert fetch(run, command=command) == []
    assert look("SELECT kind, time FROM records") == [(command, "2026-11-22T10:00:00+08:00")]


def test_an_answer_that_was_read_in_part(run: Run, gateway: Hatch) -> None:
    """Records of an answer that is still new: what is there is not new again, what is missing is added."""
    gateway.hand(data(*records(5)))
    fetch(run)
    look("UPDATE answers SET state = 'new'")
    look("DELETE FROM records WHERE task_id IN ('t3', 't4')")
    assert [record["task_id"] for record in fetch(run)] == ["t3", "t4"]
    assert len(fetch(run, "--no-pull")) == 5


def test_what_nobody_has_read_is_read_without_a_gateway(run: Run, gateway: Hatch) -> None:
    fetch(run)
    put_new("report", data(a_report()))
    assert [record["mobile"] for record in fetch(run, "--no-pull")] == [ONE]
    assert gateway.asked() == 1


def test_of_another_account_it_is_left_alone(run: Run, gateway: Hatch) -> None:
    fetch(run)
    put_new("report", data(a_report()), account="other")
    assert fetch(run) == []
    assert fetch(run, "--no-pull") == []
    done = run("report", "-o", "json", env={"KXSMS_ACCOUNT": "other"})
    assert [record["mobile"] for record in done.json] == [ONE]


def test_the_bytes_are_kept_before_they_are_read(run: Run, gateway: Hatch, client: Client) -> None:
    """An answer that no reader understands, and a process that dies over it: its bytes are there."""
    body = '{"Code":"0","Data":"' + ONE + ",7,DELIVRD," + TIME + '"}'
    kept = MOMENTS["kept"](0)
    gateway.handed.append(killed_after(answer(body), client, kept))
    client.start("report")
    client.end()
    assert look("SELECT body FROM answers") == [(body.encode(),)]


def test_one_request_at_a_time(run: Run, gateway: Hatch) -> None:
    """Nothing is asked for while an answer is not yet in the ledger."""
    seen: list[int] = []

    def act(nth: int) -> Act:
        whole = answer(data(*records(1, nth)))

        def answered(connection: socket.socket) -> None:
            seen.append(look("SELECT count(*) FROM answers")[0][0])
            whole(connection)

        return answered

    fetch(run)
    gateway.handed += [act(nth) for nth in range(4)]
    assert len(fetch(run)) == 4
    assert seen == [0, 1, 2, 3]
    assert all(isinstance(request, Received) for request in gateway.received)
