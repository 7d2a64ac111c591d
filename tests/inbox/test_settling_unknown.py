"""Reports that settle unknown requests on an account that nobody else uses: a new task id, a later time, and
only one request that fits. `test_evidence` has the reports on an account that others use too."""

import signal
import socket
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import TOKEN, Run
from tests.faults.client import Client
from tests.inbox.records_gateway import (
    FUTURE,
    LONG_AGO,
    ONE,
    TEXT,
    THREE,
    TWO,
    RecordsGateway,
    a_reply,
    a_report,
    accept_as,
    body_of,
    fetch,
    send,
    show_batch,
    write_profile,
)
from tests.scripted_gateway import close

pytestmark = pytest.mark.usefixtures("consistent_ledger", "exclusive")


@pytest.fixture
def exclusive(home: Path) -> None:
    """Write a profile that says that no other program uses the account."""
    write_profile(exclusive=True, account="12345", token=TOKEN)


def send_unknown(run: Run, gateway: RecordsGateway, *mobiles: str, text: str = TEXT) -> str:
    """Send a text that the gateway does not answer. Return the batch, whose outcome is unknown."""
    gateway.send_answers.append(close)
    done = run("send", *mobiles, "-m", text, "-o", "json")
    assert done.status == 6, done.err
    return str(done.json["batch"])


class Counts(NamedTuple):
    """The recipients of a batch by outcome and by delivery."""

    accepted: object = 0
    unknown: object = 0
    delivered: object = 0
    failed: object = 0


def counts(run: Run, batch: str) -> Counts:
    """Return the counts of a batch in `batch show`."""
    document = show_batch(run, batch)
    return Counts(*(document[name] for name in Counts._fields))


@pytest.mark.parametrize("command", ["report", "report -o json"])
def test_a_report_settles_an_unknown_request(run: Run, gateway: RecordsGateway, command: str) -> None:
    batch = send_unknown(run, gateway, ONE, TWO)
    assert counts(run, batch) == Counts(unknown=2)
    gateway.prepare(body_of(a_report(ONE, "77", time=FUTURE)))
    done = run(*command.split())
    assert done.status == 0
    assert batch in done.err
    assert "2 " in done.err
    assert counts(run, batch) == Counts(accepted=2, delivered=1)
    assert fetch(run, "--batch", batch)[0]["task_id"] == "77"
    assert "77" in run("batch", "export", batch).text
    gateway.prepare(body_of(a_report(TWO, "77", "UNDELIV", FUTURE)))
    assert run("report").err == ""
    assert counts(run, batch) == Counts(accepted=2, delivered=1, failed=1)


def test_quiet_settles_without_a_note(run: Run, gateway: RecordsGateway) -> None:
    batch = send_unknown(run, gateway, ONE)
    gateway.prepare(body_of(a_report(ONE, "77", time=FUTURE)))
    assert run("report", "-q").err == ""
    assert counts(run, batch) == Counts(accepted=1, delivered=1)


def test_a_report_of_a_failure_settles_too(run: Run, gateway: RecordsGateway) -> None:
    batch = send_unknown(run, gateway, ONE)
    gateway.prepare(body_of(a_report(ONE, "77", "UNDELIV", FUTURE)))
    fetch(run)
    assert counts(run, batch) == Counts(accepted=1, failed=1)


def test_two_reports_in_one_answer_settle_a_request(run: Run, gateway: RecordsGateway) -> None:
    batch = send_unknown(run, gateway, ONE, TWO)
    gateway.prepare(body_of(a_report(ONE, "77", time=FUTURE), a_report(TWO, "77", time=FUTURE)))
    fetch(run)
    assert counts(run, batch) == Counts(accepted=2, delivered=2)


def test_a_report_with_the_task_id_of_another_request_settles_nothing(
    run: Run, gateway: RecordsGateway
) -> None:
    send(run, gateway, "77", THREE)
    batch = send_unknown(run, gateway, ONE)
    gateway.prepare(body_of(a_report(ONE, "77", time=FUTURE)))
    assert fetch(run)[0]["batch"] is None
    assert counts(run, batch) == Counts(unknown=1)


def test_a_report_from_before_the_request_settles_nothing(run: Run, gateway: RecordsGateway) -> None:
    batch = send_unknown(run, gateway, ONE)
    gateway.prepare(body_of(a_report(ONE, "77", time=LONG_AGO)))
    assert fetch(run)[0]["batch"] is None
    assert counts(run, batch) == Counts(unknown=1)


@pytest.mark.parametrize("time", ["", "soon"])
def test_a_report_without_a_valid_time_settles_nothing(run: Run, gateway: RecordsGateway, time: str) -> None:
    batch = send_unknown(run, gateway, ONE)
    gateway.prepare(body_of(a_report(ONE, "77", time=time)))
    assert fetch(run)[0]["batch"] is None
    assert counts(run, batch) == Counts(unknown=1)


def test_a_report_without_a_task_id_settles_nothing(run: Run, gateway: RecordsGateway) -> None:
    batch = send_unknown(run, gateway, ONE)
    gateway.prepare(body_of({"Mobile": ONE, "Status": "DELIVRD", "ReportTime": FUTURE}))
    assert fetch(run)[0]["batch"] is None
    assert counts(run, batch) == Counts(unknown=1)


def test_a_report_that_fits_two_requests_settles_neither(run: Run, gateway: RecordsGateway) -> None:
    first, second = send_unknown(run, gateway, ONE, TWO), send_unknown(run, gateway, ONE, text="【科迅】再见")
    gateway.prepare(body_of(a_report(ONE, "77", time=FUTURE)))
    assert fetch(run)[0]["batch"] is None
    assert counts(run, first) == Counts(unknown=2)
    assert counts(run, second) == Counts(unknown=1)
    gateway.prepare(body_of(a_report(TWO, "78", time=FUTURE)))
    fetch(run)
    assert counts(run, first) == Counts(accepted=2, delivered=1)
    assert counts(run, second) == Counts(unknown=1)


def test_a_report_of_another_number_settles_nothing(run: Run, gateway: RecordsGateway) -> None:
    batch = send_unknown(run, gateway, ONE)
    gateway.prepare(body_of(a_report(TWO, "77", time=FUTURE)))
    fetch(run)
    assert counts(run, batch) == Counts(unknown=1)


def test_a_report_of_another_account_settles_nothing(run: Run, gateway: RecordsGateway) -> None:
    batch = send_unknown(run, gateway, ONE)
    gateway.prepare(body_of(a_report(ONE, "77", time=FUTURE)))
    run("report", env={"KXSMS_ACCOUNT": "other"})
    assert counts(run, batch) == Counts(unknown=1)


def test_a_reply_settles_nothing(run: Run, gateway: RecordsGateway) -> None:
    batch = send_unknown(run, gateway, ONE)
    gateway.prepare(body_of({**a_reply(ONE, time=FUTURE), "TaskId": "77"}))
    assert fetch(run, command="mo")[0]["batch"] == batch
    assert counts(run, batch) == Counts(unknown=1)


def test_a_settled_recipient_is_not_resent(run: Run, gateway: RecordsGateway) -> None:
    batch = send_unknown(run, gateway, ONE)
    gateway.prepare(body_of(a_report(ONE, "77", time=FUTURE)))
    fetch(run)
    sent = len(gateway.received)
    done = run("batch", "retry", batch, "--unknown", "--yes", "-o", "json")
    assert len(gateway.received) == sent
    assert done.status in (0, 2)


def test_a_report_settles_the_request_of_a_killed_process(
    run: Run, gateway: RecordsGateway, client: Client
) -> None:
    """No process has opened the batch since the kill: its request is unknown nevertheless."""
    plan = client.hit_at(1, signal.SIGKILL, lambda request: close)
    original, gateway.plan = gateway.plan, plan
    client.start("send", ONE, "-m", TEXT)
    assert client.end().status == -9
    gateway.plan = original
    gateway.prepare(body_of(a_report(ONE, "77", time=FUTURE)))
    fetch(run)
    (batch,) = run("batch", "list", "-o", "json").json
    assert counts(run, str(batch["batch"])) == Counts(accepted=1, delivered=1)


def test_a_report_settles_nothing_while_a_request_in_flight_fits_too(
    run: Run, gateway: RecordsGateway, client: Client
) -> None:

    def report_first(connection: socket.socket) -> None:
        client.run("report")
        accept_as("77")(connection)

    lost = send_unknown(run, gateway, ONE, text="【科迅】甲")
    gateway.prepare(body_of(a_report(ONE, "77", time=FUTURE)))
    gateway.send_answers.append(report_first)
    sent = str(run("send", ONE, "-m", "【科迅】乙", "-o", "json").json["batch"])
    assert counts(run, lost) == Counts(unknown=1)
    fetch(run)
    assert counts(run, lost) == Counts(unknown=1)
    assert counts(run, sent) == Counts(accepted=1, delivered=1)


def test_a_report_settles_nothing_if_an_attempt_before_a_retry_fits_too(
    run: Run, gateway: RecordsGateway
) -> None:
    """The gateway accepted the first attempt, but its answer was lost: its task id is not in the ledger."""
    first = send_unknown(run, gateway, ONE, text="【科迅】甲")
    gateway.send_answers.append(accept_as("2"))
    assert run("batch", "retry", first, "--unknown", "--yes").status == 0
    second = send_unknown(run, gateway, ONE, text="【科迅】乙")
    gateway.prepare(body_of(a_report(ONE, "77", time=FUTURE)))
    fetch(run)
    assert counts(run, second) == Counts(unknown=1)
