"""`kxsms batch`: list and show batches, resume them, and retry their refused and unknown recipients."""

import os
import sys
from datetime import datetime

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.ledger.scene import (
    DECLINED,
    REFUSED,
    batches,
    counts,
    ledger_file,
    people,
    send_csv,
    send_one,
    taken,
    unfinished,
    write_csv,
)
from tests.scripted_gateway import ScriptedGateway, answer, close
from tests.terminal import on_terminal

LIST_KEYS = [
    *("batch", "created", "finished", "scheduled_for", "profile", "product", "source", "text", "state"),
    "recipients",
    *("segments", "requests", "cost"),
    *(
        "accepted",
        "rejected",
        "not_sent",
        "in_flight",
        "unknown",
        "delivered",
        "failed",
        "pending",
        "replies",
    ),
]


def send_with_mixed_outcomes(run: Run, gateway: ScriptedGateway) -> str:
    """Send a batch of four (accepted, refused, unknown, accepted) and return its id."""
    write_csv(people(4))
    gateway.script = [answer(), REFUSED, close]
    done = send_csv(run)
    assert done.status == 6
    assert counts(done) == (2, 1, 0, 1)
    taken(gateway)
    return str(done.json["batch"])


def test_the_list_is_empty_without_a_ledger(run: Run) -> None:
    listed = run("batch", "list", "-o", "json")

    assert listed.status == 0
    assert listed.json == []
    assert not ledger_file().exists()


def test_the_list_is_newest_first_and_has_the_documented_keys(run: Run, gateway: ScriptedGateway) -> None:
    single = send_one(run, "--product", "vip").json["batch"]
    write_csv(people(3))
    rest = unfinished(run, gateway).json["batch"]

    newest, oldest = run("batch", "list", "-o", "json").json

    assert list(newest) == list(oldest) == LIST_KEYS
    assert newest["batch"] == rest
    assert oldest["batch"] == single
    assert newest["source"] == "people.csv"
    assert newest["product"] == "sms"
    assert newest["state"] == "unfinished"
    assert {name: newest[name] for name in LIST_KEYS[9:]} == {
        "recipients": 3,
        "segments": 3,
        "requests": 3,
        "cost": None,
        "accepted": 1,
        "rejected": 1,
        "not_sent": 1,
        "in_flight": 0,
        "unknown": 0,
        "delivered": 0,
        "failed": 0,
        "pending": 1,
        "replies": 0,
    }
    assert oldest["product"] == "vip"
    assert oldest["state"] == "finished"
    assert newest["finished"] is None
    assert datetime.fromisoformat(oldest["created"]) <= datetime.fromisoformat(oldest["finished"])


def test_tables_in_a_pipe_are_tab_separated(run: Run, gateway: ScriptedGateway) -> None:
    name = send_with_mixed_outcomes(run, gateway)

    header, row = run("batch", "list").lines
    assert header.split("\t") == LIST_KEYS
    assert row.split("\t")[0] == name
    shown = dict(zip(*(line.split("\t") for line in run("batch", "show", name).lines), strict=True))
    assert shown["batch"] == name
    assert shown["recipients"] == "4"
    assert shown["accepted"] == "2"
    assert run("batch", "check").lines[1].split("\t")[1:] == ["1", "ok"]
    assert run("batch", "check", "-o", "json").json["state"] == "ok"


def test_show_explains_the_outcomes_and_names_the_retry_commands(run: Run, gateway: ScriptedGateway) -> None:
    name = send_with_mixed_outcomes(run, gateway)

    document = run("batch", "show", name, "-o", "json").json

    assert list(document) == [*LIST_KEYS, "refusals", "delivery", "evidence", "account", "pruned"]
    assert document["refusals"] == [{"code": "-3", "message": "余额不足", "recipients": 1}]
    assert {key: document[key] for key in LIST_KEYS} == run("batch", "list", "-o", "json").json[0]
    said = run("batch", "show", name).err
    assert "outcome unknown for 1 recipient" in said
    for command in ("--rejected", "--unknown"):
        assert f"kxsms batch retry {name} {command}" in said


def test_show_names_the_resume_command_of_an_unfinished_batch(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    name = unfinished(run, gateway).json["batch"]

    done = run("batch", "show", name)

    assert done.status == 0
    assert "1 recipient is left" in done.err
    assert f"kxsms batch resume {name}" in done.err


def test_an_unambiguous_prefix_of_an_id_is_enough(run: Run, gateway: ScriptedGateway) -> None:
    for _ in range(2):
        send_one(run)
    query_ledger("UPDATE batches SET name = CASE id WHEN 1 THEN 'abc10000' ELSE 'abc20000' END")

    assert run("batch", "show", "abc2", "-o", "json").json["batch"] == "abc20000"
    for prefix in ("abc", "", "abc3", "abc20000x", "%"):
        done = run("batch", "show", prefix, "-o", "json")
        assert done.status == 2
        assert done.error["kind"] == "input"
        assert done.out == b""
    assert "abc20000, abc10000" in run("batch", "show", "abc").err
    commands = [("resume",), ("export",), ("retry", "--rejected")]
    assert [run("batch", *command, "zzz").status for command in commands] == [2, 2, 2]


def test_resume_sends_the_rest_once(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(4))
    name = unfinished(run, gateway).json["batch"]

    done = run("batch", "resume", name[:4], "--concurrency", "1", "-o", "json")
    again = run("batch", "resume", name, "-o", "json")

    assert done.status == 3
    assert done.json["resumed"] is True
    assert counts(done) == (3, 1, 0, 0)
    assert taken(gateway) == people(2, first=3)
    assert again.status == 3
    assert counts(again) == (3, 1, 0, 0)


def test_resume_uses_the_account_product_and_extno_of_the_batch(run: Run, gateway: ScriptedGateway) -> None:
    gateway.script = [DECLINED]
    name = send_one(run, "--product", "vip", "--extno", "7", "--retries", "0").json["batch"]
    gateway.received.clear()

    other = run("batch", "resume", name, "-o", "json", env={"KXSMS_ACCOUNT": "another"})
    assert other.status == 4
    assert gateway.received == []
    assert run("batch", "resume", name).status == 0
    (request,) = gateway.received
    assert request.path.lower().count("vip") == 1
    assert request.form["extno"] == "7"


def test_retry_of_refused_recipients_keeps_the_earlier_attempts(run: Run, gateway: ScriptedGateway) -> None:
    name = send_with_mixed_outcomes(run, gateway)
    gateway.script = [REFUSED]

    first = run("batch", "retry", name, "--rejected", "-o", "json")
    second = run("batch", "retry", name, "--rejected", "-o", "json")

    assert counts(first) == (2, 1, 0, 1)
    assert counts(second) == (3, 0, 0, 1)
    assert batches() == 1
    assert second.status == 6
    assert second.json["batch"] == name
    assert taken(gateway) == [people(2)[1]] * 2
    query = "SELECT request, attempt, state, code, message FROM attempts ORDER BY attempt"
    assert query_ledger(query) == [(2, attempt, "rejected", "-3", "余额不足") for attempt in (1, 2)]
    assert run("batch", "check").status == 0


def test_retry_of_unknown_recipients_needs_confirmation(run: Run, gateway: ScriptedGateway) -> None:
    name = send_with_mixed_outcomes(run, gateway)

    asked = run("batch", "retry", name, "--unknown", "-o", "json")
    assert asked.status == 2
    assert "--yes" in asked.error["hint"]
    assert taken(gateway) == []
    assert "may get the text twice" in asked.error["message"]
    assert run("batch", "show", name, "-o", "json").json["unknown"] == 1
    done = run("batch", "retry", name, "--unknown", "--yes", "-o", "json")

    assert done.status == 3
    assert counts(done) == (3, 1, 0, 0)
    assert taken(gateway) == [people(3)[2]]
    assert query_ledger("SELECT request, attempt, state FROM attempts") == [(3, 1, "unknown")]


@pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal")
@pytest.mark.parametrize(("typed", "status", "arrived"), [("n", 7, 0), ("y", 3, 1)])
def test_retry_of_unknown_recipients_asks_on_a_terminal(
    run: Run, gateway: ScriptedGateway, typed: str, status: int, arrived: int
) -> None:
    name = send_with_mixed_outcomes(run, gateway)

    command = [sys.executable, "-m", "kxsms", "batch", "retry", name, "--unknown"]
    ended, shown = on_terminal(command, answers=[typed], columns=120)

    assert ended == status
    assert len(taken(gateway)) == arrived
    assert "may get the text twice" in shown


@pytest.mark.parametrize("options", [(), ("--rejected", "--unknown")])
def test_retry_needs_exactly_one_of_rejected_and_unknown(
    run: Run, gateway: ScriptedGateway, options: tuple[str, ...]
) -> None:
    name = send_with_mixed_outcomes(run, gateway)

    assert run("batch", "retry", name, *options).status == 2
    assert taken(gateway) == []


def test_retry_of_an_unfinished_batch_names_the_resume_command(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    name = unfinished(run, gateway).json["batch"]

    done = run("batch", "retry", name, "--rejected", "-o", "json")

    assert done.status == 2
    assert f"kxsms batch resume {name}" in done.error["hint"]
    assert taken(gateway) == []


def test_retry_without_refused_recipients_changes_nothing(run: Run, gateway: ScriptedGateway) -> None:
    name = send_one(run).json["batch"]
    before = query_ledger("SELECT finished FROM batches")

    assert run("batch", "retry", name, "--rejected").status == 0
    assert query_ledger("SELECT finished FROM batches") == before
    assert len(taken(gateway)) == 1
