"""Records count as shown only when they have been written out, and no process shows those of another."""

import json
import os
import socket
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.faults.client import Client, kxsms
from tests.inbox.records_gateway import (
    EMPTY,
    ONE,
    THREE,
    TWO,
    RecordsGateway,
    a_reply,
    a_report,
    body_of,
    fetch,
)
from tests.scripted_gateway import answer, close

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")


def into_full_disk(*arguments: str) -> int:
    with FULL.open("wb") as full:
        return kxsms(*arguments, stdout=full).status


@needs_full
@pytest.mark.parametrize("options", [[], ["-o", "json"], ["-o", "csv"], ["--watch"]])
@pytest.mark.parametrize("command", ["report", "mo"])
def test_a_record_that_could_not_be_written_is_shown_by_the_next_call(
    run: Run, gateway: RecordsGateway, command: str, options: list[str]
) -> None:
    gateway.prepare(body_of(a_report() if command == "report" else a_reply()))
    assert into_full_disk(command, *options) == 1
    assert [one["mobile"] for one in fetch(run, command=command)] == [ONE]
    assert fetch(run, command=command) == []


@needs_full
def test_a_raw_answer_that_could_not_be_written_is_shown_by_the_next_call(
    run: Run, gateway: RecordsGateway
) -> None:
    body = body_of(a_reply())
    gateway.prepare(body)
    assert into_full_disk("mo", "-o", "raw-json") == 1
    assert body in run("mo", "-o", "raw-json").text
    assert body not in run("mo", "-o", "raw-json").text


@needs_full
def test_a_lost_record_is_shown_although_the_gateway_fails(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_reply()))
    into_full_disk("mo")
    gateway.answers.append(close)
    assert [one["mobile"] for one in fetch(run, command="mo", status=5)] == [ONE]


def test_a_record_counts_as_shown_where_the_reader_has_gone(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_reply()))
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        assert kxsms("mo", stdout=pipe).status == 0
    assert fetch(run, command="mo") == []


def test_a_record_that_a_filter_hides_is_shown_later(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(*(a_reply(number) for number in (ONE, TWO, THREE, TWO))))
    assert len(fetch(run, "--mobile", TWO, command="mo")) == 2
    assert [one["mobile"] for one in fetch(run, command="mo")] == [ONE, THREE]
    assert fetch(run, command="mo") == []


def test_a_record_that_a_killed_process_did_not_write_is_shown_by_the_next_call(
    run: Run, gateway: RecordsGateway, client: Client
) -> None:
    def kill(connection: socket.socket) -> None:
        client.kill()

    gateway.prepare(body_of(a_reply()))
    gateway.answers.append(kill)
    client.start("mo")
    client.end()
    assert query_ledger("SELECT count(*) FROM records") == [(1,)]
    assert [one["mobile"] for one in fetch(run, command="mo")] == [ONE]


def test_a_call_waits_for_another_and_shows_none_of_its_records(
    gateway: RecordsGateway, client: Client
) -> None:
    first_has_come, go_on = threading.Event(), threading.Event()

    def hold(connection: socket.socket) -> None:
        first_has_come.set()
        go_on.wait(30)
        answer(EMPTY)(connection)

    gateway.prepare(body_of(a_reply(ONE)))
    gateway.answers.append(hold)
    client.start("mo", "-o", "jsonl")
    assert first_has_come.wait(30)
    with closing(Client()) as second:
        gateway.prepare(body_of(a_reply(TWO)))
        process = second.start("mo", "-o", "jsonl")
        with pytest.raises(TimeoutError):
            wait_for_end(process.pid, 1.5)
        assert gateway.query_count() == 2
        go_on.set()
        lines = [json.loads(text)["mobile"] for done in (client.end(), second.end()) for text in done.lines]
    assert lines == [ONE, TWO]


def wait_for_end(process: int, seconds: float) -> None:
    """Wait for the end of a child. Raise TimeoutError if it does not end in time."""
    import select

    handle = os.pidfd_open(process)
    try:
        if not select.select([handle], [], [], seconds)[0]:
            raise TimeoutError
    finally:
        os.close(handle)


@needs_full
def test_what_a_living_process_is_writing_out_is_not_shown_by_another(
    run: Run, gateway: RecordsGateway, client: Client
) -> None:
    """The first process cannot write more than the pipe takes. The other asks the ledger of what is left."""
    many = [f"13{number:09d}" for number in range(3000)]
    gateway.prepare(body_of(*map(a_reply, many)))
    process = client.start("mo", "-o", "jsonl")
    assert process.stdout is not None
    first = process.stdout.readline()
    gateway.prepare(body_of(a_reply(TWO)))
    with closing(Client()) as second:
        second.start("mo", "--watch", "--interval", "0.1", "-o", "jsonl")
        rest = process.stdout.read()
        shown = second.process.stdout
        assert shown is not None
        assert json.loads(shown.readline())["mobile"] == TWO
    numbers = Counter(json.loads(line)["mobile"] for line in (first + rest).splitlines())
    assert numbers == Counter(many)


def test_records_kept_by_an_earlier_version_count_as_shown(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_reply()))
    fetch(run, command="mo")
    assert query_ledger("SELECT count(*) FROM unshown") == [(0,)]
