"""A report finds its recipient by task id and number, a reply the last text that its number got."""

import csv
import io
import socket
from datetime import datetime, timedelta, timezone

import pytest

from tests.conftest import Run
from tests.faults.client import Client
from tests.inbox.scene import (
    ONE,
    THREE,
    TWO,
    Hatch,
    a_reply,
    a_report,
    accept_as,
    data,
    fetch,
    look,
    send,
    show,
)
from tests.scripted_gateway import answer

pytestmark = pytest.mark.usefixtures("sound")
SHANGHAI = timezone(timedelta(hours=8))


def in_minutes(minutes: float) -> str:
    return (datetime.now(SHANGHAI) + timedelta(minutes=minutes)).strftime("%Y-%m-%d %H:%M:%S")


def figures(shown: dict[str, object]) -> tuple[object, ...]:
    return tuple(shown[name] for name in ("delivered", "failed", "pending", "replies"))


def test_by_task_and_number(run: Run, gateway: Hatch) -> None:
    first, second = send(run, gateway, "7", ONE, TWO), send(run, gateway, "8", ONE, text="【科迅】再见")
    gateway.hand(data(a_report(ONE, "7"), a_report(ONE, "8"), a_report(TWO, "8"), a_report(THREE, "7")))
    assert [record["batch"] for record in fetch(run)] == [first, second, None, None]
    assert figures(show(run, first)) == (1, 0, 1, 0)
    assert figures(show(run, second)) == (1, 0, 0, 0)


def test_spelling_of_the_number_does_not_matter(run: Run, gateway: Hatch) -> None:
    batch = send(run, gateway, "7", ONE)
    gateway.hand(data(a_report("86" + ONE, "7")))
    assert [record["batch"] for record in fetch(run)] == [batch]


def test_two_batches_of_one_task_id(run: Run, gateway: Hatch) -> None:
    send(run, gateway, "7", ONE)
    later = send(run, gateway, "7", ONE, text="【科迅】再见")
    gateway.hand(data(a_report(ONE, "7")))
    assert [record["batch"] for record in fetch(run)] == [later]


def test_two_batches_of_one_task_id_to_different_people(run: Run, gateway: Hatch) -> None:
    earlier = send(run, gateway, "7", ONE)
    send(run, gateway, "7", TWO)
    gateway.hand(data(a_report(ONE, "7")))
    assert [record["batch"] for record in fetch(run)] == [earlier]


def test_another_accounts_batch(run: Run, gateway: Hatch) -> None:
    batch = send(run, gateway, "7", ONE)
    gateway.hand(data(a_report(ONE, "7")), data(a_reply(ONE)))
    other = {"KXSMS_ACCOUNT": "other"}
    assert run("report", "-o", "json", env=other).json[0]["batch"] is None
    assert figures(show(run, batch)) == (0, 0, 1, 0)


def test_another_accounts_reply(run: Run, gateway: Hatch) -> None:
    batch = send(run, gateway, "7", ONE)
    gateway.hand(data(a_reply(ONE)))
    assert run("mo", "-o", "json", env={"KXSMS_ACCOUNT": "other"}).json[0]["batch"] is None
    assert figures(show(run, batch)) == (0, 0, 1, 0)


def test_a_reply_finds_the_last_text(run: Run, gateway: Hatch) -> None:
    send(run, gateway, "7", ONE, TWO)
    second = send(run, gateway, "8", ONE, text="【科迅】再见")
    gateway.hand(data(a_reply(ONE), a_reply(ONE, "2"), a_reply(THREE)))
    assert [record["batch"] for record in fetch(run, command="mo")] == [second, second, None]
    assert figures(show(run, second)) == (0, 0, 1, 2)


def test_a_refused_text_is_not_answered(run: Run, gateway: Hatch) -> None:
    first = send(run, gateway, "7", ONE)
    gateway.sends.append(answer('{"Code":"-3","Message":"no"}'))
    assert run("send", ONE, "-m", "【科迅】再见", "-o", "json").status == 3
    gateway.hand(data(a_reply(ONE)))
    assert [record["batch"] for record in fetch(run, command="mo")] == [first]


def test_the_last_word_counts_once(run: Run, gateway: Hatch) -> None:
    batch = send(run, gateway, "7", ONE)
    gateway.hand(data(a_report(status="ACCEPTD")))
    fetch(run)
    assert figures(show(run, batch)) == (0, 0, 1, 0)
    gateway.hand(data(a_report(status="DELIVRD")))
    fetch(run)
    assert figures(show(run, batch)) == (1, 0, 0, 0)
    gateway.hand(data(a_report(status="ACCEPTD", time=in_minutes(60))))
    gateway.hand(data(a_report(status="DELIVRD", time=in_minutes(61))))
    fetch(run)
    assert figures(show(run, batch)) == (1, 0, 0, 0)
    assert show(run, batch)["delivery"]["delivered"] == 1


def test_failed_with_its_status(run: Run, gateway: Hatch) -> None:
    numbers = [f"1380000000{number}" for number in range(6)]
    batch = send(run, gateway, "7", *numbers)
    words = ["DELIVRD", "UNDELIV", "EXPIRED", "UNDELIV", "MK:0001", "ACCEPTD"]
    gateway.hand(data(*(a_report(number, "7", word) for number, word in zip(numbers, words, strict=True))))
    fetch(run)
    shown = show(run, batch)
    assert figures(shown) == (1, 3, 2, 0)
    assert {item["status"]: item["recipients"] for item in shown["delivery"]["failures"]} == {
        "UNDELIV": 2,
        "EXPIRED": 1,
    }
    (listed,) = run("batch", "list", "-o", "json").json
    assert figures(listed) == (1, 3, 2, 0)


def test_minutes_until(run: Run, gateway: Hatch) -> None:
    numbers = [f"138{number:08d}" for number in range(100)]
    batch = send(run, gateway, "7", *numbers)
    (claimed,) = look("SELECT claimed FROM requests")[0]
    at = [datetime.fromtimestamp(claimed + 60 * (place + 1), SHANGHAI) for place in range(100)]
    times = [moment.strftime("%Y-%m-%d %H:%M:%S") for moment in at]
    pairs = list(zip(numbers, times, strict=True))
    gateway.hand(data(*(a_report(number, "7", time=time) for number, time in reversed(pairs))))
    fetch(run)
    minutes = show(run, batch)["delivery"]["minutes_until"]
    assert [round(minutes[percent]) for percent in ("50", "90", "99")] == [50, 90, 99]


def test_export(run: Run, gateway: Hatch) -> None:
    batch = send(run, gateway, "7", ONE, TWO, THREE)
    gateway.hand(data(a_report(ONE, "7"), a_report(TWO, "7", "UNDELIV")))
    fetch(run)
    gateway.hand(data(a_reply(ONE, "T"), a_reply(ONE, "=1+1")))
    fetch(run, command="mo")
    text = run("batch", "export", batch).out.decode("utf-8-sig")
    found = {row["mobile"]: row for row in csv.DictReader(io.StringIO(text))}
    assert [found[number]["kxsms_delivery"] for number in (ONE, TWO)] == ["delivered", "failed"]
    assert found[ONE]["kxsms_delivered_at"] == "2026-11-22T10:00:00+08:00"
    assert found[ONE]["kxsms_reply"].lstrip("'\t ") == "=1+1"
    assert found[THREE]["kxsms_delivery"] in ("", "pending")
    assert {row["kxsms_task_id"] for row in found.values()} == {"7"}


def test_a_new_word_of_the_config_counts(run: Run, gateway: Hatch) -> None:
    """A status that the config explains later counts in the batch's figures as in the report."""
    batch = send(run, gateway, "7", ONE)
    gateway.hand(data(a_report(status="OK1")))
    assert fetch(run)[0]["state"] == "unknown"
    assert run("config", "set", "-p", "t", "states.OK1", "delivered").status == 0
    assert fetch(run, "--reparse", "--no-pull")[0]["state"] == "delivered"
    assert figures(show(run, batch)) == (1, 0, 0, 0)


def test_a_report_that_overtakes_the_answer(run: Run, gateway: Hatch, client: Client) -> None:
    """Cron fetches it while the gateway has yet to answer the send: it is the batch's all the same."""

    def meanwhile(connection: socket.socket) -> None:
        client.run("report")
        accept_as("7")(connection)

    gateway.hand(data(a_report(ONE, "7", time=in_minutes(0.1))))
    gateway.sends.append(meanwhile)
    batch = str(run("send", ONE, "-m", "【科迅】您好", "-o", "json").json["batch"])
    run("report", "--reparse")
    assert figures(show(run, batch)) == (1, 0, 0, 0)
