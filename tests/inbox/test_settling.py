"""A report settles an unknown request: a foreign task id, a later time, and exactly one that fits."""

import signal
import socket

import pytest

from tests.conftest import Run
from tests.faults.client import Client
from tests.inbox.scene import (
    FUTURE,
    LONG_AGO,
    ONE,
    TEXT,
    THREE,
    TWO,
    Hatch,
    a_reply,
    a_report,
    accept_as,
    data,
    fetch,
    send,
    show,
)
from tests.scripted_gateway import close

pytestmark = pytest.mark.usefixtures("sound")


def lose(run: Run, gateway: Hatch, *mobiles: str, text: str = TEXT) -> str:
    """Send, and get no answer: the batch, whose outcome is unknown."""
    gateway.sends.append(close)
    done = run("send", *mobiles, "-m", text, "-o", "json")
    assert done.status == 6, done.err
    return str(done.json["batch"])


def counts(shown: dict[str, object]) -> tuple[object, ...]:
    return tuple(shown[name] for name in ("accepted", "unknown", "delivered", "failed"))


@pytest.mark.parametrize("command", ["report", "report -o json"])
def test_settled(run: Run, gateway: Hatch, command: str) -> None:
    batch = lose(run, gateway, ONE, TWO)
    assert counts(show(run, batch)) == (0, 2, 0, 0)
    gateway.hand(data(a_report(ONE, "77", time=FUTURE)))
    done = run(*command.split())
    assert done.status == 0
    assert batch in done.err
    assert "2 " in done.err
    assert counts(show(run, batch)) == (2, 0, 1, 0)
    assert fetch(run, "--batch", batch)[0]["task_id"] == "77"
    assert "77" in run("batch", "export", batch).text
    gateway.hand(data(a_report(TWO, "77", "UNDELIV", FUTURE)))
    assert run("report").err == ""
    assert counts(show(run, batch)) == (2, 0, 1, 1)


def test_quietly(run: Run, gateway: Hatch) -> None:
    batch = lose(run, gateway, ONE)
    gateway.hand(data(a_report(ONE, "77", time=FUTURE)))
    assert run("report", "-q").err == ""
    assert counts(show(run, batch)) == (1, 0, 1, 0)


def test_a_failure_settles_as_well(run: Run, gateway: Hatch) -> None:
    batch = lose(run, gateway, ONE)
    gateway.hand(data(a_report(ONE, "77", "UNDELIV", FUTURE)))
    fetch(run)
    assert counts(show(run, batch)) == (1, 0, 0, 1)


def test_settled_within_one_answer(run: Run, gateway: Hatch) -> None:
    batch = lose(run, gateway, ONE, TWO)
    gateway.hand(data(a_report(ONE, "77", time=FUTURE), a_report(TWO, "77", time=FUTURE)))
    fetch(run)
    assert counts(show(run, batch)) == (2, 0, 2, 0)


def test_a_known_task_id(run: Run, gateway: Hatch) -> None:
    send(run, gateway, "77", THREE)
    batch = lose(run, gateway, ONE)
    gateway.hand(data(a_report(ONE, "77", time=FUTURE)))
    assert fetch(run)[0]["batch"] is None
    assert counts(show(run, batch)) == (0, 1, 0, 0)


def test_a_time_before_the_request(run: Run, gateway: Hatch) -> None:
    batch = lose(run, gateway, ONE)
    gateway.hand(data(a_report(ONE, "77", time=LONG_AGO)))
    assert fetch(run)[0]["batch"] is None
    assert counts(show(run, batch)) == (0, 1, 0, 0)


@pytest.mark.parametrize("time", ["", "soon"])
def test_no_time(run: Run, gateway: Hatch, time: str) -> None:
    batch = lose(run, gateway, ONE)
    gateway.hand(data(a_report(ONE, "77", time=time)))
    assert fetch(run)[0]["batch"] is None
    assert counts(show(run, batch)) == (0, 1, 0, 0)


def test_no_task_id(run: Run, gateway: Hatch) -> None:
    batch = lose(run, gateway, ONE)
    gateway.hand(data({"Mobile": ONE, "Status": "DELIVRD", "ReportTime": FUTURE}))
    assert fetch(run)[0]["batch"] is None
    assert counts(show(run, batch)) == (0, 1, 0, 0)


def test_two_that_fit(run: Run, gateway: Hatch) -> None:
    first, second = lose(run, gateway, ONE, TWO), lose(run, gateway, ONE, text="【科迅】再见")
    gateway.hand(data(a_report(ONE, "77", time=FUTURE)))
    assert fetch(run)[0]["batch"] is None
    assert counts(show(run, first)) == (0, 2, 0, 0)
    assert counts(show(run, second)) == (0, 1, 0, 0)
    gateway.hand(data(a_report(TWO, "78", time=FUTURE)))
    fetch(run)
    assert counts(show(run, first)) == (2, 0, 1, 0)
    assert counts(show(run, second)) == (0, 1, 0, 0)


def test_another_number(run: Run, gateway: Hatch) -> None:
    batch = lose(run, gateway, ONE)
    gateway.hand(data(a_report(TWO, "77", time=FUTURE)))
    fetch(run)
    assert counts(show(run, batch)) == (0, 1, 0, 0)


def test_another_account(run: Run, gateway: Hatch) -> None:
    batch = lose(run, gateway, ONE)
    gateway.hand(data(a_report(ONE, "77", time=FUTURE)))
    run("report", env={"KXSMS_ACCOUNT": "other"})
    assert counts(show(run, batch)) == (0, 1, 0, 0)


def test_a_reply_settles_nothing(run: Run, gateway: Hatch) -> None:
    batch = lose(run, gateway, ONE)
    gateway.hand(data({**a_reply(ONE, time=FUTURE), "TaskId": "77"}))
    assert fetch(run, command="mo")[0]["batch"] == batch
    assert counts(show(run, batch)) == (0, 1, 0, 0)


def test_what_was_settled_is_not_sent_again(run: Run, gateway: Hatch) -> None:
    batch = lose(run, gateway, ONE)
    gateway.hand(data(a_report(ONE, "77", time=FUTURE)))
    fetch(run)
    sent = len(gateway.received)
    done = run("batch", "retry", batch, "--unknown", "--yes", "-o", "json")
    assert len(gateway.received) == sent
    assert done.status in (0, 2)


def test_a_killed_send_is_settled(run: Run, gateway: Hatch, client: Client) -> None:
    """Nobody has opened the batch since its process was killed: its request is unknown all the same."""
    plan = client.hit_at(1, signal.SIGKILL, lambda request: close)
    original, gateway.plan = gateway.plan, plan
    client.start("send", ONE, "-m", TEXT)
    assert client.end().status == -9
    gateway.plan = original
    gateway.hand(data(a_report(ONE, "77", time=FUTURE)))
    fetch(run)
    (batch,) = run("batch", "list", "-o", "json").json
    assert counts(show(run, str(batch["batch"]))) == (1, 0, 1, 0)


def test_a_request_in_flight_may_be_the_one(run: Run, gateway: Hatch, client: Client) -> None:
    """The report is of what has yet to be answered, or of what is unknown: until then nobody can tell."""

    def meanwhile(connection: socket.socket) -> None:
        client.run("report")
        accept_as("77")(connection)

    lost = lose(run, gateway, ONE, text="【科迅】甲")
    gateway.hand(data(a_report(ONE, "77", time=FUTURE)))
    gateway.sends.append(meanwhile)
    sent = str(run("send", ONE, "-m", "【科迅】乙", "-o", "json").json["batch"])
    assert counts(show(run, lost)) == (0, 1, 0, 0)
    fetch(run)
    assert (counts(show(run, lost)), counts(show(run, sent))) == ((0, 1, 0, 0), (1, 0, 1, 0))


def test_an_attempt_before_a_retry_may_be_the_one(run: Run, gateway: Hatch) -> None:
    """The gateway took the first attempt, whose answer was lost, and now reports it under its own task id."""
    first = lose(run, gateway, ONE, text="【科迅】甲")
    gateway.sends.append(accept_as("2"))
    assert run("batch", "retry", first, "--unknown", "--yes").status == 0
    second = lose(run, gateway, ONE, text="【科迅】乙")
    gateway.hand(data(a_report(ONE, "77", time=FUTURE)))
    fetch(run)
    assert counts(show(run, second)) == (0, 1, 0, 0)
