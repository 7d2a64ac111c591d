"""`--watch`: each record as a line when it arrives, until a signal comes or stdout has no reader."""

import json
import signal
import socket
from collections.abc import Callable

import pytest

from tests.engines import query_ledger
from tests.faults.client import Client
from tests.forks import Process
from tests.inbox.records_gateway import (
    EMPTY,
    ONE,
    THREE,
    TWO,
    RecordsGateway,
    a_reply,
    a_report,
    body_of,
    write_profile,
)
from tests.scripted_gateway import Act, answer, close

WATCH = ("mo", "--watch", "--interval", "0.1")


def when_asked(do: Callable[[], object], act: Act | None = None) -> Act:
    """Return an act that calls `do`, and then acts as given or gives an empty answer."""

    def do_and_answer(connection: socket.socket) -> None:
        do()
        (act or answer(EMPTY))(connection)

    return do_and_answer


def interrupt(client: Client) -> Act:
    """Return an act that interrupts the client and gives an empty answer."""
    return when_asked(lambda: client.process.send_signal(signal.SIGINT))


def read_line(process: Process) -> bytes:
    assert process.stdout is not None
    return process.stdout.readline()


def test_each_record_is_shown_when_it_arrives(gateway: RecordsGateway, client: Client) -> None:
    gateway.prepare(body_of(a_report(ONE)))
    process = client.start("report", "--watch", "--interval", "0.1", "-o", "jsonl")
    assert json.loads(read_line(process))["mobile"] == ONE
    gateway.prepare(body_of(a_report(TWO), a_report(ONE)))
    assert json.loads(read_line(process))["mobile"] == TWO
    gateway.prepare(body_of(a_report(THREE)))
    assert json.loads(read_line(process))["mobile"] == THREE
    process.send_signal(signal.SIGINT)
    done = client.end()
    assert done.status == 130
    assert done.out == b""
    assert "Traceback" not in done.err


def test_sigterm_ends_with_143(gateway: RecordsGateway, client: Client) -> None:
    gateway.prepare(body_of(a_reply()))
    process = client.start("mo", "--watch", "-o", "jsonl")
    assert read_line(process)
    process.terminate()
    assert client.end().status == 143


def test_a_table_escapes_control_characters(gateway: RecordsGateway, client: Client) -> None:
    gateway.prepare(body_of(a_reply(content="a\tb\nc\x1b[2J")))
    process = client.start(*WATCH)
    shown = read_line(process)
    while ONE.encode() not in shown:
        shown = read_line(process)
    assert b"\x1b" not in shown
    process.send_signal(signal.SIGINT)
    assert client.end().status == 130


@pytest.mark.parametrize("interval", ["0.1", "60"])
def test_watch_ends_with_0_when_stdout_is_closed(
    gateway: RecordsGateway, client: Client, interval: str
) -> None:
    gateway.prepare(body_of(a_reply()))
    process = client.start("mo", "--watch", "-o", "jsonl", "--interval", interval)
    assert read_line(process)
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(20) == 0
    assert process.stderr is not None
    assert process.stderr.read() == b""


def test_a_filter_hides_a_record_but_keeps_it(gateway: RecordsGateway, client: Client) -> None:
    """The interrupt arrives during the long wait between two queries."""
    gateway.prepare(body_of(a_reply(TWO), a_reply(ONE)))
    process = client.start("mo", "--watch", "--mobile", ONE, "-o", "jsonl")
    assert json.loads(read_line(process))["mobile"] == ONE
    process.send_signal(signal.SIGINT)
    assert process.wait(5) == 130
    assert query_ledger("SELECT count(*) FROM records") == [(2,)]


def test_watch_warns_once_and_asks_until_the_gateway_answers(gateway: RecordsGateway, client: Client) -> None:
    page = answer("<html>502</html>", 502, "text/html")
    gateway.answers += [close, page, answer(body_of(a_reply())), answer(EMPTY), interrupt(client)]
    client.start(*WATCH, "-o", "jsonl")
    done = client.end()
    assert done.status == 130
    assert json.loads(done.out)["mobile"] == ONE
    assert done.err.count("waiting for the gateway") == 1
    assert done.err.count("answers again") == 1


def test_watch_waits_for_a_gateway_that_starts_later(gateway: RecordsGateway, client: Client) -> None:
    gateway.leave()
    process = client.start(*WATCH, "-o", "jsonl")
    client.read_until(b"waiting for the gateway")
    with RecordsGateway(wanted_port=gateway.port) as again:
        again.prepare(body_of(a_reply()))
        assert json.loads(read_line(process))["mobile"] == ONE
        process.send_signal(signal.SIGINT)
        assert client.end().status == 130
    with RecordsGateway() as other:  # the fixture closes its gateway again after this test
        gateway._listener = other._listener


def test_an_unreadable_answer_does_not_end_watch(gateway: RecordsGateway, client: Client) -> None:
    strange = answer('{"Code":"0","hm":"13800000001"}')
    gateway.answers += [strange, strange, answer(body_of(a_reply())), answer(EMPTY), interrupt(client)]
    client.start(*WATCH, "-o", "jsonl", "-q")
    done = client.end()
    assert done.status == 130
    assert json.loads(done.out)["mobile"] == ONE
    assert done.err.count("an answer cannot be read") == 1


def test_earlier_unreadable_answers_are_noted_at_most_once(gateway: RecordsGateway, client: Client) -> None:
    strange = answer('{"Code":"0","hm":"13800000001"}')
    nothing = answer(EMPTY)
    gateway.answers += [strange, nothing, nothing, nothing, interrupt(client)]
    client.start(*WATCH, "-o", "jsonl")
    assert client.end().err.count("still cannot be read") <= 1


def test_a_throttle_code_does_not_end_watch(gateway: RecordsGateway, client: Client) -> None:
    write_profile(throttle_codes=["-9"])
    slow = answer('{"Code":"-9","Message":"too fast"}')
    gateway.answers += [slow, answer(body_of(a_reply())), answer(EMPTY), interrupt(client)]
    client.start(*WATCH, "-o", "jsonl")
    done = client.end()
    assert done.status == 130
    assert json.loads(done.out or b"{}").get("mobile") == ONE


def test_a_refusal_ends_watch(gateway: RecordsGateway, client: Client) -> None:
    gateway.prepare(body_of(a_reply()), EMPTY, '{"Code":"-3","Message":"no such account"}')
    client.start(*WATCH, "-o", "jsonl")
    done = client.end()
    assert done.status == 3
    assert json.loads(done.out)["mobile"] == ONE
