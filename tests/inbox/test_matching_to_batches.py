"""Records matched to batches: reports by task id and number, replies by the last text to their number."""

import csv
import io
import socket
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.faults.client import Client
from tests.inbox.records_gateway import (
    ONE,
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
)
from tests.scripted_gateway import answer

pytestmark = pytest.mark.usefixtures("consistent_ledger")
SHANGHAI = timezone(timedelta(hours=8))


def minutes_from_now(minutes: float) -> str:
    """Return a time as the gateway writes it."""
    return (datetime.now(SHANGHAI) + timedelta(minutes=minutes)).strftime("%Y-%m-%d %H:%M:%S")


class Figures(NamedTuple):
    """The recipients of a batch by delivery, and its replies."""

    delivered: object = 0
    failed: object = 0
    pending: object = 0
    replies: object = 0


def figures(document: dict[str, object]) -> Figures:
    """Return the figures of a batch in `batch show` or `batch list`."""
    return Figures(*(document[name] for name in Figures._fields))


def test_a_report_matches_by_task_id_and_number(run: Run, gateway: RecordsGateway) -> None:
    first, second = send(run, gateway, "7", ONE, TWO), send(run, gateway, "8", ONE, text="【科迅】再见")
    gateway.prepare(body_of(a_report(ONE, "7"), a_report(ONE, "8"), a_report(TWO, "8"), a_report(THREE, "7")))
    assert [record["batch"] for record in fetch(run)] == [first, second, None, None]
    assert figures(show_batch(run, first)) == Figures(delivered=1, pending=1)
    assert figures(show_batch(run, second)) == Figures(delivered=1)


def test_a_report_matches_a_number_with_its_country_code(run: Run, gateway: RecordsGateway) -> None:
    batch = send(run, gateway, "7", ONE)
    gateway.prepare(body_of(a_report("86" + ONE, "7")))
    assert [record["batch"] for record in fetch(run)] == [batch]


def test_of_two_batches_with_one_task_id_a_report_matches_the_later(
    run: Run, gateway: RecordsGateway
) -> None:
    send(run, gateway, "7", ONE)
    later = send(run, gateway, "7", ONE, text="【科迅】再见")
    gateway.prepare(body_of(a_report(ONE, "7")))
    assert [record["batch"] for record in fetch(run)] == [later]


def test_of_two_batches_with_one_task_id_a_report_matches_the_one_with_its_number(
    run: Run, gateway: RecordsGateway
) -> None:
    earlier = send(run, gateway, "7", ONE)
    send(run, gateway, "7", TWO)
    gateway.prepare(body_of(a_report(ONE, "7")))
    assert [record["batch"] for record in fetch(run)] == [earlier]


def test_a_report_of_another_account_matches_nothing(run: Run, gateway: RecordsGateway) -> None:
    batch = send(run, gateway, "7", ONE)
    gateway.prepare(body_of(a_report(ONE, "7")), body_of(a_reply(ONE)))
    other = {"KXSMS_ACCOUNT": "other"}
    assert run("report", "-o", "json", env=other).json[0]["batch"] is None
    assert figures(show_batch(run, batch)) == Figures(pending=1)


def test_a_reply_to_another_account_matches_nothing(run: Run, gateway: RecordsGateway) -> None:
    batch = send(run, gateway, "7", ONE)
    gateway.prepare(body_of(a_reply(ONE)))
    assert run("mo", "-o", "json", env={"KXSMS_ACCOUNT": "other"}).json[0]["batch"] is None
    assert figures(show_batch(run, batch)) == Figures(pending=1)


def test_a_reply_matches_the_last_text_to_its_number(run: Run, gateway: RecordsGateway) -> None:
    send(run, gateway, "7", ONE, TWO)
    second = send(run, gateway, "8", ONE, text="【科迅】再见")
    gateway.prepare(body_of(a_reply(ONE), a_reply(ONE, "2"), a_reply(THREE)))
    assert [record["batch"] for record in fetch(run, command="mo")] == [second, second, None]
    assert figures(show_batch(run, second)) == Figures(pending=1, replies=2)


def test_a_reply_does_not_match_a_refused_text(run: Run, gateway: RecordsGateway) -> None:
    first = send(run, gateway, "7", ONE)
    gateway.send_answers.append(answer('{"Code":"-3","Message":"no"}'))
    assert run("send", ONE, "-m", "【科迅】再见", "-o", "json").status == 3
    gateway.prepare(body_of(a_reply(ONE)))
    assert [record["batch"] for record in fetch(run, command="mo")] == [first]


def test_only_the_last_report_of_a_recipient_counts(run: Run, gateway: RecordsGateway) -> None:
    batch = send(run, gateway, "7", ONE)
    gateway.prepare(body_of(a_report(status="ACCEPTD")))
    fetch(run)
    assert figures(show_batch(run, batch)) == Figures(pending=1)
    gateway.prepare(body_of(a_report(status="DELIVRD")))
    fetch(run)
    assert figures(show_batch(run, batch)) == Figures(delivered=1)
    gateway.prepare(body_of(a_report(status="ACCEPTD", time=minutes_from_now(60))))
    gateway.prepare(body_of(a_report(status="DELIVRD", time=minutes_from_now(61))))
    fetch(run)
    assert figures(show_batch(run, batch)) == Figures(delivered=1)
    assert show_batch(run, batch)["delivery"]["delivered"] == 1


def test_failures_are_counted_by_status(run: Run, gateway: RecordsGateway) -> None:
    numbers = [f"1380000000{number}" for number in range(6)]
    batch = send(run, gateway, "7", *numbers)
    words = ["DELIVRD", "UNDELIV", "EXPIRED", "UNDELIV", "MK:0001", "ACCEPTD"]
    pairs = zip(numbers, words, strict=True)
    gateway.prepare(body_of(*(a_report(number, "7", word) for number, word in pairs)))
    fetch(run)
    shown = show_batch(run, batch)
    assert figures(shown) == Figures(delivered=1, failed=3, pending=2)
    assert {item["status"]: item["recipients"] for item in shown["delivery"]["failures"]} == {
        "UNDELIV": 2,
        "EXPIRED": 1,
    }
    (listed,) = run("batch", "list", "-o", "json").json
    assert figures(listed) == Figures(delivered=1, failed=3, pending=2)


def test_show_has_the_minutes_until_delivery_by_percentile(run: Run, gateway: RecordsGateway) -> None:
    numbers = [f"138{number:08d}" for number in range(100)]
    batch = send(run, gateway, "7", *numbers)
    (claimed,) = query_ledger("SELECT claimed FROM requests")[0]
    at = [datetime.fromtimestamp(claimed + 60 * (place + 1), SHANGHAI) for place in range(100)]
    times = [moment.strftime("%Y-%m-%d %H:%M:%S") for moment in at]
    pairs = list(zip(numbers, times, strict=True))
    gateway.prepare(body_of(*(a_report(number, "7", time=time) for number, time in reversed(pairs))))
    fetch(run)
    minutes = show_batch(run, batch)["delivery"]["minutes_until"]
    assert [round(minutes[percent]) for percent in ("50", "90", "99")] == [50, 90, 99]


def test_export_has_the_delivery_and_the_reply_of_each_recipient(run: Run, gateway: RecordsGateway) -> None:
    batch = send(run, gateway, "7", ONE, TWO, THREE)
    gateway.prepare(body_of(a_report(ONE, "7"), a_report(TWO, "7", "UNDELIV")))
    fetch(run)
    gateway.prepare(body_of(a_reply(ONE, "T"), a_reply(ONE, "=1+1")))
    fetch(run, command="mo")
    text = run("batch", "export", batch).out.decode("utf-8-sig")
    found = {row["mobile"]: row for row in csv.DictReader(io.StringIO(text))}
    assert [found[number]["kxsms_delivery"] for number in (ONE, TWO)] == ["delivered", "failed"]
    assert found[ONE]["kxsms_delivered_at"] == "2026-11-22T10:00:00+08:00"
    assert found[ONE]["kxsms_reply"].lstrip("'\t ") == "=1+1"
    assert found[THREE]["kxsms_delivery"] in ("", "pending")
    assert {row["kxsms_task_id"] for row in found.values()} == {"7"}


def test_a_status_mapped_later_counts_in_the_figures_of_the_batch(run: Run, gateway: RecordsGateway) -> None:
    batch = send(run, gateway, "7", ONE)
    gateway.prepare(body_of(a_report(status="OK1")))
    assert fetch(run)[0]["state"] == "unknown"
    assert run("config", "set", "-y", "-p", "t", "states.OK1", "delivered").status == 0
    assert fetch(run, "--reparse", "--no-pull")[0]["state"] == "delivered"
    assert figures(show_batch(run, batch)) == Figures(delivered=1)


def test_a_report_fetched_before_the_answer_to_the_send_matches_later(
    run: Run, gateway: RecordsGateway, client: Client
) -> None:

    def report_first(connection: socket.socket) -> None:
        client.run("report")
        accept_as("7")(connection)

    gateway.prepare(body_of(a_report(ONE, "7", time=minutes_from_now(0.1))))
    gateway.send_answers.append(report_first)
    batch = str(run("send", ONE, "-m", "【科迅】您好", "-o", "json").json["batch"])
    run("report", "--reparse")
    assert figures(show_batch(run, batch)) == Figures(delivered=1)
