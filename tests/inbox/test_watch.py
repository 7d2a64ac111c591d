"""`--watch`: each record as it comes, until Ctrl-C or until nobody reads."""

import json
import signal
import socket
import subprocess
from collections.abc import Callable

import pytest

from tests.faults.client import Client
from tests.inbox.scene import EMPTY, ONE, THREE, TWO, Hatch, a_reply, a_report, configure, data, look
from tests.scripted_gateway import Act, answer, close

WATCH = ("mo", "--watch", "--interval", "0.1")


def when_asked(do: Callable[[], object], act: Act | None = None) -> Act:
    """Do something, and then answer that there is nothing, or what is given."""

    def acting(connection: socket.socket) -> None:
        do()
        (act or answer(EMPTY))(connection)

    return acting


def interrupt(client: Client) -> Act:
    return when_asked(lambda: client.process.send_signal(signal.SIGINT))


def line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    return process.stdout.readline()


def test_a_line_as_it_comes(gateway: Hatch, client: Client) -> None:
    gateway.hand(data(a_report(ONE)))
    process = client.start("report", "--watch", "--interval", "0.1", "-o", "jsonl")
    assert json.loads(line(process))["mobile"] == ONE
    gateway.hand(data(a_report(TWO), a_report(ONE)))
    assert json.loads(line(process))["mobile"] == TWO
    gateway.hand(data(a_report(THREE)))
    assert json.loads(line(process))["mobile"] == THREE
    process.send_signal(signal.SIGINT)
    done = client.end()
    assert (done.status, done.out) == (130, b"")
    assert "Traceback" not in done.err


def test_sigterm(gateway: Hatch, client: Client) -> None:
    gateway.hand(data(a_reply()))
    process = client.start("mo", "--watch", "-o", "jsonl")
    assert line(process)
    process.terminate()
    assert client.end().status == 143


def test_as_a_table(gateway: Hatch, client: Client) -> None:
    gateway.hand(data(a_reply(content="a\tb\nc\x1b[2J")))
    process = client.start(*WATCH)
    shown = line(process)
    while ONE.encode() not in shown:
        shown = line(process)
    assert b"\x1b" not in shown
    process.send_signal(signal.SIGINT)
    assert client.end().status == 130


@pytest.mark.parametrize("interval", ["0.1", "60"])
def test_nobody_reads_any_more(gateway: Hatch, client: Client, interval: str) -> None:
    gateway.hand(data(a_reply()))
    process = client.start("mo", "--watch", "-o", "jsonl", "--interval", interval)
    assert line(process)
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(20) == 0
    assert process.stderr is not None
    assert process.stderr.read() == b""


def test_interrupted_while_it_waits(gateway: Hatch, client: Client) -> None:
    """A filter keeps a record from being shown, not from being kept."""
    gateway.hand(data(a_reply(TWO), a_reply(ONE)))
    process = client.start("mo", "--watch", "--mobile", ONE, "-o", "jsonl")
    assert json.loads(line(process))["mobile"] == ONE
    process.send_signal(signal.SIGINT)
    assert process.wait(5) == 130
    assert look("SELECT count(*) FROM records") == [(2,)]


def test_the_gateway_is_away(gateway: Hatch, client: Client) -> None:
    """Told once, however often it is asked, and asked until it is back."""
    page = answer("<html>502</html>", 502, "text/html")
    gateway.handed += [close, page, answer(data(a_reply())), answer(EMPTY), interrupt(client)]
    client.start(*WATCH, "-o", "jsonl")
    done = client.end()
    assert (done.status, json.loads(done.out)["mobile"]) == (130, ONE)
    assert done.err.count("waiting for the gateway") == 1
    assert done.err.count("answers again") == 1


def test_nobody_listens_at_first(gateway: Hatch, client: Client) -> None:
    gateway.leave()
    process = client.start(*WATCH, "-o", "jsonl")
    client.read_until(b"waiting for the gateway")
    with Hatch(wanted_port=gateway.port) as again:
        again.hand(data(a_reply()))
        assert json.loads(line(process))["mobile"] == ONE
        process.send_signal(signal.SIGINT)
        assert client.end().status == 130
    with Hatch() as other:  # `gateway` ends once more after this test
        gateway._listener = other._listener


def test_an_unreadable_answer_ends_nothing(gateway: Hatch, client: Client) -> None:
    strange = answer('{"Code":"0","hm":"13800000001"}')
    gateway.handed += [strange, strange, answer(data(a_reply())), answer(EMPTY), interrupt(client)]
    client.start(*WATCH, "-o", "jsonl", "-q")
    done = client.end()
    assert (done.status, json.loads(done.out)["mobile"]) == (130, ONE)
    assert len(done.err.splitlines()) == 1


def test_a_note_of_before_is_told_once(gateway: Hatch, client: Client) -> None:
    strange = answer('{"Code":"0","hm":"13800000001"}')
    nothing = answer(EMPTY)
    gateway.handed += [strange, nothing, nothing, nothing, interrupt(client)]
    client.start(*WATCH, "-o", "jsonl")
    assert client.end().err.count("still cannot be read") <= 1


def test_too_fast(gateway: Hatch, client: Client) -> None:
    """A code that means "wait and try again" does not end it."""
    configure(throttle_codes=["-9"])
    slow = answer('{"Code":"-9","Message":"too fast"}')
    gateway.handed += [slow, answer(data(a_reply())), answer(EMPTY), interrupt(client)]
    client.start(*WATCH, "-o", "jsonl")
    done = client.end()
    assert (done.status, json.loads(done.out or b"{}").get("mobile")) == (130, ONE)


def test_a_refusal_ends_it(gateway: Hatch, client: Client) -> None:
    gateway.hand(data(a_reply()), EMPTY, '{"Code":"-3","Message":"no such account"}')
    client.start(*WATCH, "-o", "jsonl")
    done = client.end()
    assert (done.status, json.loads(done.out)["mobile"]) == (3, ONE)
