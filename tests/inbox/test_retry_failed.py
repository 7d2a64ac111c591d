"""`kxsms batch retry --failed`: recipients whose delivery failed get the text once more, and only once."""

from pathlib import Path

import pytest

from tests.conftest import Done, Run
from tests.inbox.records_gateway import (
    ONE,
    TEXT,
    THREE,
    TWO,
    RecordsGateway,
    a_report,
    accept_as,
    body_of,
    fetch,
    send,
)
from tests.scripted_gateway import answer

pytestmark = pytest.mark.usefixtures("consistent_ledger")

FAILED = "UNDELIV"


def report(run: Run, gateway: RecordsGateway, *reports: tuple[str, str, str]) -> None:
    """Fetch reports: the number, the task and the status of each."""
    gateway.prepare(body_of(*(a_report(mobile, task, status) for mobile, task, status in reports)))
    fetch(run)


def retry(run: Run, batch: str, *options: str) -> Done:
    return run("batch", "retry", batch, "--failed", "--yes", "-o", "json", *options)


def sent_to(gateway: RecordsGateway) -> list[str]:
    """Return the numbers in the sends since the last call."""
    found = [n for one in gateway.received if one.path.endswith("/Send") for n in one.numbers]
    gateway.received.clear()
    return found


@pytest.fixture
def batch(run: Run, gateway: RecordsGateway) -> str:
    """Return a batch of three: delivered, failed and without a report."""
    name = send(run, gateway, "7", ONE, TWO, THREE)
    report(run, gateway, (ONE, "7", "DELIVRD"), (TWO, "7", FAILED))
    gateway.received.clear()
    return name


def test_it_sends_to_the_failed_recipients_alone(run: Run, gateway: RecordsGateway, batch: str) -> None:
    assert retry(run, batch).status == 0
    (request,) = gateway.received
    assert request.numbers == [TWO]
    assert request.form["content"] == TEXT


def test_it_makes_a_new_batch(run: Run, gateway: RecordsGateway, batch: str) -> None:
    done = retry(run, batch)
    assert done.json["batch"] != batch
    assert done.json["recipients"] == 1
    assert run("batch", "show", batch, "-o", "json").json["accepted"] == 3
    shown = run("batch", "show", done.json["batch"], "-o", "json").json
    assert shown["source"] == f"retry of {batch}"


def test_it_has_the_text_of_the_first_batch(run: Run, gateway: RecordsGateway, batch: str) -> None:
    name = retry(run, batch).json["batch"]
    assert run("batch", "show", name, "-o", "json").json["text"] == TEXT


def test_it_asks_first(run: Run, gateway: RecordsGateway, batch: str) -> None:
    done = run("batch", "retry", batch, "--failed", "-o", "json")
    assert done.status == 2
    assert done.error["hint"] == "use --yes"
    assert sent_to(gateway) == []


def test_the_same_command_again_shows_the_outcome(run: Run, gateway: RecordsGateway, batch: str) -> None:
    first = retry(run, batch)
    sent_to(gateway)
    again = retry(run, batch)
    assert again.status == 0
    assert again.json["batch"] == first.json["batch"]
    assert again.json["replayed"] is True
    assert f"failed again, run kxsms batch retry {again.json['batch']} --failed" in again.err
    assert sent_to(gateway) == []


def test_the_same_command_again_resumes(run: Run, gateway: RecordsGateway, batch: str) -> None:
    gateway.send_answers.append(answer("", status=404))
    first = retry(run, batch)
    assert first.status == 5
    sent_to(gateway)
    again = retry(run, batch)
    assert again.status == 0
    assert again.json["batch"] == first.json["batch"]
    assert again.json["resumed"] is True
    assert sent_to(gateway) == [TWO]


def test_resuming_asks_too(run: Run, gateway: RecordsGateway, batch: str) -> None:
    gateway.send_answers.append(answer("", status=404))
    retry(run, batch)
    sent_to(gateway)
    assert run("batch", "retry", batch, "--failed", "-o", "json").status == 2
    assert sent_to(gateway) == []


def test_a_refused_retry_is_not_sent_again(run: Run, gateway: RecordsGateway, batch: str) -> None:
    gateway.send_answers.append(answer('{"Code":"-3","Message":"余额不足"}'))
    assert retry(run, batch).status == 3
    sent_to(gateway)
    assert retry(run, batch).status == 3
    assert sent_to(gateway) == []


def test_a_failure_of_the_retry_is_retried_by_its_own_id(
    run: Run, gateway: RecordsGateway, batch: str
) -> None:
    gateway.send_answers.append(accept_as("8"))
    second = retry(run, batch).json["batch"]
    report(run, gateway, (TWO, "8", FAILED))
    sent_to(gateway)
    assert retry(run, batch).json["batch"] == second
    assert sent_to(gateway) == []
    third = retry(run, second).json["batch"]
    assert third not in (batch, second)
    assert sent_to(gateway) == [TWO]
    assert retry(run, second).json["batch"] == third
    assert sent_to(gateway) == []


def test_a_later_failure_gets_a_round_of_its_own(run: Run, gateway: RecordsGateway, batch: str) -> None:
    gateway.send_answers.append(accept_as("8"))
    first = retry(run, batch).json["batch"]
    report(run, gateway, (THREE, "7", FAILED))
    sent_to(gateway)
    second = retry(run, batch).json["batch"]
    assert second not in (batch, first)
    assert sent_to(gateway) == [THREE]


@pytest.mark.parametrize("order", [("DELIVRD", FAILED), (FAILED, "DELIVRD")])
def test_who_was_delivered_to_by_any_report_is_not_retried(
    run: Run, gateway: RecordsGateway, order: tuple[str, str]
) -> None:
    name = send(run, gateway, "7", ONE)
    for status in order:
        report(run, gateway, (ONE, "7", status))
    sent_to(gateway)
    done = retry(run, name)
    assert done.status == 0
    assert f"batch {name} has no recipients left whose delivery failed" in done.err
    assert sent_to(gateway) == []


def test_who_got_the_text_from_another_batch_since_is_skipped(
    run: Run, gateway: RecordsGateway, batch: str
) -> None:
    send(run, gateway, "9", TWO)
    sent_to(gateway)
    done = retry(run, batch)
    assert "skipped 1 recipient: it was sent the same text" in done.err
    assert sent_to(gateway) == []
    assert retry(run, batch, "--again").status == 0
    assert sent_to(gateway) == [TWO]


def test_an_unfinished_batch_is_resumed_first(run: Run, gateway: RecordsGateway) -> None:
    gateway.send_answers.append(answer("", status=404))
    name = run("send", ONE, "-m", TEXT, "-o", "json").json["batch"]
    done = retry(run, name)
    assert done.status == 2
    assert done.error["hint"] == f"run kxsms batch resume {name} first"


def test_the_sent_again_send_still_shows_the_original(run: Run, gateway: RecordsGateway) -> None:
    mobiles = [f"138{number:08d}" for number in range(11)]
    gateway.send_answers.append(accept_as("7"))
    command = ("send", *mobiles, "-m", TEXT, "--yes", "-o", "json")
    name = run(*command).json["batch"]
    report(run, gateway, *((mobile, "7", FAILED) for mobile in mobiles))
    assert retry(run, name).json["recipients"] == 11
    sent_to(gateway)
    assert run(*command).json["batch"] == name
    assert sent_to(gateway) == []


def test_each_text_of_a_file_is_sent_as_it_was(run: Run, gateway: RecordsGateway) -> None:
    Path("people.csv").write_text(f"mobile,name\n{ONE},A\n{TWO},B\n{THREE},A\n")
    one_by_one = ("--yes", "--concurrency", "1", "-o", "json")
    done = run("send", "--csv", "people.csv", "-m", "【科】{name}", *one_by_one)
    tasks = {mobile: one["task_id"] for mobile, one in zip((ONE, TWO), done.json["tasks"], strict=True)}
    reports = [(ONE, tasks[ONE], FAILED), (TWO, tasks[TWO], FAILED), (THREE, tasks[ONE], FAILED)]
    report(run, gateway, *reports)
    gateway.received.clear()
    again = retry(run, done.json["batch"], "--concurrency", "1")
    assert again.status == 0
    assert [(one.numbers, one.form["content"]) for one in gateway.received] == [
        ([ONE, THREE], "【科】A"),
        ([TWO], "【科】B"),
    ]
    rows = run("batch", "export", again.json["batch"], "-o", "csv").lines
    assert [row.split(",")[:2] for row in rows[1:]] == [[ONE, "A"], [TWO, "B"], [THREE, "A"]]


def test_batch_show_names_the_command(run: Run, batch: str) -> None:
    said = run("batch", "show", batch).err
    assert "kxsms: delivery failed for 1 recipient\n" in said
    assert f"hint: run kxsms batch retry {batch} --failed to resend to recipients not retried yet\n" in said
