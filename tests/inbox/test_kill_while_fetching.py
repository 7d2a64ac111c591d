"""Kills while kxsms reads an answer: the ledger keeps its bytes, and no record is lost or doubled."""

import random
import socket
from collections import Counter
from collections.abc import Callable

import pytest

from tests.conftest import Run
from tests.engines import has_ledger, query_ledger
from tests.faults.client import Client
from tests.inbox.records_gateway import (
    ONE,
    TIME,
    RecordsGateway,
    a_reply,
    a_report,
    body_of,
    fetch,
    keep_unread_answer,
)
from tests.scripted_gateway import Act, Received, answer

_MANY = 12_600
"""So many reports that kxsms is killed while it reads their answer."""

_TRIES = 3_000_000


def reports(count: int, first: int = 0) -> list[dict[str, str]]:
    """Return different reports, each with a task id and a number of its own."""
    return [a_report(f"13{number:09d}", f"t{number}") for number in range(first, first + count)]


def kill_after(act: Act, client: Client, condition: Callable[[], bool]) -> Act:
    """Return an act that answers, and kills the client as soon as a condition is true."""

    def answered(connection: socket.socket) -> None:
        act(connection)
        for _ in range(_TRIES):
            if client.process.poll() is not None or condition():
                break
        client.kill()

    return answered


def in_ledger(query: str) -> Callable[[], bool]:
    """Return a condition: a query finds a row in the ledger while another process writes to it."""
    return lambda: has_ledger() and query_ledger(query) != []


MOMENTS: dict[str, Callable[[int], Callable[[], bool]]] = {
    "at once": lambda _: lambda: True,
    "kept": lambda before: in_ledger(f"SELECT 1 FROM answers LIMIT 1 OFFSET {before}"),
    "read in part": lambda before: in_ledger(f"SELECT 1 FROM records LIMIT 1 OFFSET {before}"),
}
"""The moments of the kill. Each takes the number of earlier answers, which have one record each."""


@pytest.mark.parametrize("seed", range(15))
def test_a_kill_after_the_answer_loses_and_doubles_no_record(
    run: Run, gateway: RecordsGateway, client: Client, seed: int
) -> None:
    moment = list(MOMENTS)[seed % len(MOMENTS)]
    chance = random.Random(seed)
    count = _MANY if moment == "read in part" else chance.randrange(1, 500)
    before = chance.randrange(3)
    gateway.prepare(*(body_of(*reports(1, 900_000 + number)) for number in range(before)))
    killing = answer(body_of(*reports(count)))
    gateway.answers.append(kill_after(killing, client, MOMENTS[moment](before)))
    client.start("report", "-q")
    assert client.end().status == -9
    arrived = has_ledger() and len(query_ledger("SELECT id FROM answers")) > before
    assert arrived or moment == "at once"
    assert run("report", "-q", "-o", "csv").status == 0
    kept = Counter(task for (task,) in query_ledger("SELECT task_id FROM records"))
    expected = {f"t{900_000 + number}" for number in range(before)}
    whole = {f"t{number}" for number in range(count)}
    assert set(kept) == (expected | whole if arrived else expected)
    assert max(kept.values(), default=1) == 1
    assert query_ledger("SELECT count(*) FROM answers WHERE state != 'read'") == [(0,)]


def test_a_kill_before_the_whole_answer_arrived_does_not_stop_the_next_call(
    run: Run, gateway: RecordsGateway, client: Client
) -> None:
    whole = body_of(*reports(50)).encode()

    def half(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(whole) + whole[:900])
        client.kill()

    gateway.answers.append(half)
    client.start("report")
    assert client.end().status == -9
    gateway.prepare(body_of(*reports(2)))
    assert len(fetch(run)) == 2


@pytest.mark.parametrize("command", ["report", "mo"])
def test_the_next_call_reads_an_unread_answer_and_shows_its_records_once(
    run: Run, gateway: RecordsGateway, command: str
) -> None:
    fetch(run, command=command)
    one = a_report() if command == "report" else a_reply()
    keep_unread_answer("report" if command == "report" else "mo", body_of(one, one))
    assert [record["mobile"] for record in fetch(run, command=command)] == [ONE, ONE]
    assert fetch(run, command=command) == []
    gateway.prepare(body_of(one))
    assert fetch(run, command=command) == []
    assert query_ledger("SELECT kind, time FROM records") == [(command, "2026-11-22T10:00:00+08:00")] * 2


def test_the_next_call_adds_only_the_missing_records_of_an_answer(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(*reports(5)))
    fetch(run)
    query_ledger("UPDATE answers SET state = 'new'")
    query_ledger("DELETE FROM records WHERE task_id IN ('t3', 't4')")
    assert [record["task_id"] for record in fetch(run)] == ["t3", "t4"]
    assert len(fetch(run, "--no-pull")) == 5


def test_no_pull_reads_an_unread_answer_without_the_gateway(run: Run, gateway: RecordsGateway) -> None:
    fetch(run)
    keep_unread_answer("report", body_of(a_report()))
    assert [record["mobile"] for record in fetch(run, "--no-pull")] == [ONE]
    assert gateway.query_count() == 1


def test_an_unread_answer_of_another_account_stays_unread(run: Run, gateway: RecordsGateway) -> None:
    fetch(run)
    keep_unread_answer("report", body_of(a_report()), account="other")
    assert fetch(run) == []
    assert fetch(run, "--no-pull") == []
    done = run("report", "-o", "json", env={"KXSMS_ACCOUNT": "other"})
    assert [record["mobile"] for record in done.json] == [ONE]


def test_the_ledger_keeps_the_bytes_before_they_are_read(
    run: Run, gateway: RecordsGateway, client: Client
) -> None:
    """The answer cannot be read, and the process is killed when the ledger has it."""
    body = '{"Code":"0","Data":"' + ONE + ",7,DELIVRD," + TIME + '"}'
    kept = MOMENTS["kept"](0)
    gateway.answers.append(kill_after(answer(body), client, kept))
    client.start("report")
    client.end()
    assert query_ledger("SELECT body FROM answers") == [(body.encode(),)]


def test_each_answer_is_in_the_ledger_before_the_next_query(run: Run, gateway: RecordsGateway) -> None:
    seen: list[int] = []

    def act(nth: int) -> Act:
        whole = answer(body_of(*reports(1, nth)))

        def answered(connection: socket.socket) -> None:
            seen.append(query_ledger("SELECT count(*) FROM answers")[0][0])
            whole(connection)

        return answered

    fetch(run)
    gateway.answers += [act(nth) for nth in range(4)]
    assert len(fetch(run)) == 4
    assert seen == [0, 1, 2, 3]
    assert all(isinstance(request, Received) for request in gateway.received)
