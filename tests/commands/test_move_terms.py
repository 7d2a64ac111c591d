"""A scheduled batch that is moved: who is excluded or opted out is asked then, as where it is sent."""

import socket
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.ledger.scene import change_terms, people, send_csv, taken, terms, write_csv
from tests.scripted_gateway import ScriptedGateway, answer
from tests.terminal import on_terminal


@pytest.fixture(autouse=True)
def scheduled(run: Run, gateway: ScriptedGateway) -> str:
    """Schedule a batch of three, and return its id. The file excluded.txt has the second number."""
    write_csv(people(3))
    Path("excluded.txt").write_text(people(3)[1][0])
    name: str = send_csv(run, "--at", "+1h").json["batch"]
    return name


@pytest.mark.parametrize("at", [("--at", "+2h"), ("--at", "+1h"), ()], ids=["moved", "shown", "without"])
def test_excluded_numbers_are_left_out_of_a_scheduled_batch(
    run: Run, gateway: ScriptedGateway, scheduled: str, at: tuple[str, ...]
) -> None:
    done = send_csv(run, "--exclude", "excluded.txt", *at)
    assert "skipped 1 recipient: excluded by --exclude" in done.err
    run("batch", "resume", scheduled, "--concurrency", "1")
    assert taken(gateway) == [people(3)[0], people(3)[2]]


def test_a_scheduled_batch_of_excluded_numbers_alone_is_shown(run: Run, scheduled: str) -> None:
    Path("excluded.txt").write_text("\n".join(mobile for mobile, _ in people(3)))
    done = send_csv(run, "--exclude", "excluded.txt", "--at", "+2h")
    assert (done.status, done.json["batch"], done.json["skipped"]) == (0, scheduled, 3)


def test_a_move_says_how_many_opted_out(run: Run) -> None:
    run("optout", "add", people(3)[0][0])
    done = send_csv(run, "--at", "+2h", "--include-opted-out")
    assert "this send includes 1 recipient who opted out" in done.err
    assert terms()["includes_opted_out"] is True


def test_a_move_asks_about_who_opted_out(run: Run, gateway: ScriptedGateway) -> None:
    run("optout", "add", people(3)[0][0])
    command = ["kxsms", "send", "--csv", "people.csv", "--at", "+2h", "--include-opted-out"]
    status, shown = on_terminal(command, answers=["n"])
    assert status == 7
    assert "Send to 1 recipient who opted out? [y/N]" in shown
    assert "includes_opted_out" not in terms()


def test_a_batch_that_gets_other_limits_while_a_run_sends_others_is_sent_under_them(
    run: Run, gateway: ScriptedGateway, scheduled: str
) -> None:
    """The run has read the batch with its old terms, and comes to it after another one."""
    write_csv(people(1, first=9), "first.csv")
    send_csv(run, "--at", "+0s", file="first.csv")
    query_ledger("UPDATE batches SET due = due - 4000, scheduled_for = scheduled_for - 4000")
    query_ledger("UPDATE batches SET due = due - 1 WHERE name != ?", (scheduled,))
    accept = answer()

    def move(connection: socket.socket) -> None:
        change_terms(cap="1/24h")
        accept(connection)

    run("send", people(3)[0][0], "-m", "【科迅】别的")
    gateway.received.clear()
    gateway.script = [move]

    for _ in range(2):
        run("batch", "run")

    assert taken(gateway) == [*people(1, first=9), *people(3)[1:]]
