"""`kxsms batch`: what was sent, how it stands, what is left, and once more to whom it failed."""

import os
import sys
from datetime import datetime

import pytest

from tests.conftest import Run
from tests.ledger.scene import (
    NOWHERE,
    REFUSED,
    batches,
    counts,
    ledger_file,
    look,
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
    *("batch", "created", "finished", "profile", "product", "source", "state", "recipients"),
    *("accepted", "rejected", "not_sent", "unknown", "delivered", "failed", "pending", "replies"),
]


def mixed(run: Run, gateway: ScriptedGateway) -> str:
    """A finished batch of four: accepted, refused, unknown, accepted. Its id."""
    write_csv(people(4))
    gateway.script = [answer(), REFUSED, close]
    done = send_csv(run)
    assert (done.status, counts(done)) == (6, (2, 1, 0, 1))
    taken(gateway)
    return str(done.json["batch"])


def test_no_batches_yet(run: Run) -> None:
    listed = run("batch", "list", "-o", "json")

    assert (listed.status, listed.json, ledger_file().exists()) == (0, [], False)


def test_the_list_is_newest_first_with_the_promised_keys(run: Run, gateway: ScriptedGateway) -> None:
    single = send_one(run, "--product", "vip").json["batch"]
    write_csv(people(3))
    rest = unfinished(run, gateway).json["batch"]

    newest, oldest = run("batch", "list", "-o", "json").json

    assert list(newest) == list(oldest) == LIST_KEYS
    assert (newest["batch"], oldest["batch"]) == (rest, single)
    assert (newest["source"], newest["product"], newest["state"]) == ("people.csv", "sms", "unfinished")
    assert [newest[name] for name in LIST_KEYS[7:]] == [3, 1, 1, 1, 0, 0, 0, 1, 0]
    assert (oldest["product"], oldest["state"], newest["finished"]) == ("vip", "finished", None)
    assert datetime.fromisoformat(oldest["created"]) <= datetime.fromisoformat(oldest["finished"])


def test_tables_are_tab_separated(run: Run, gateway: ScriptedGateway) -> None:
    name = mixed(run, gateway)

    header, row = run("batch", "list").lines
    assert header.split("\t") == LIST_KEYS
    assert row.split("\t")[0] == name
    shown = dict(zip(*(line.split("\t") for line in run("batch", "show", name).lines), strict=True))
    assert (shown["batch"], shown["recipients"], shown["accepted"]) == (name, "4", "2")
    assert run("batch", "check").lines[1].split("\t")[1:] == ["1", "ok"]
    assert run("batch", "check", "-o", "json").json["state"] == "ok"


def test_show(run: Run, gateway: ScriptedGateway) -> None:
    name = mixed(run, gateway)

    document = run("batch", "show", name, "-o", "json").json

    assert list(document) == [*LIST_KEYS, "refusals", "delivery"]
    assert document["refusals"] == [{"code": "-3", "message": "余额不足", "recipients": 1}]
    assert {key: document[key] for key in LIST_KEYS} == run("batch", "list", "-o", "json").json[0]
    said = run("batch", "show", name).err
    assert "outcome unknown for 1 recipient" in said
    for command in ("--rejected", "--unknown"):
        assert f"kxsms batch retry {name} {command}" in said


def test_show_names_the_way_on(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    name = unfinished(run, gateway).json["batch"]

    done = run("batch", "show", name)

    assert (done.status, "1 recipient is left" in done.err) == (0, True)
    assert f"kxsms batch resume {name}" in done.err


def test_a_prefix_is_enough(run: Run, gateway: ScriptedGateway) -> None:
    for _ in range(2):
        send_one(run)
    look("UPDATE batches SET name = CASE id WHEN 1 THEN 'abc10000' ELSE 'abc20000' END")

    assert run("batch", "show", "abc2", "-o", "json").json["batch"] == "abc20000"
    for prefix in ("abc", "", "abc3", "abc20000x", "%"):
        done = run("batch", "show", prefix, "-o", "json")
        assert (done.status, done.error["kind"], done.out) == (2, "input", b"")
    assert "abc20000, abc10000" in run("batch", "show", "abc").err
    commands = [("resume",), ("export",), ("retry", "--rejected")]
    assert [run("batch", *command, "zzz").status for command in commands] == [2, 2, 2]


def test_resume(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(4))
    name = unfinished(run, gateway).json["batch"]

    done = run("batch", "resume", name[:4], "--concurrency", "1", "-o", "json")
    again = run("batch", "resume", name, "-o", "json")

    assert (done.status, done.json["resumed"], counts(done)) == (3, True, (3, 1, 0, 0))
    assert taken(gateway) == people(2, first=3)
    assert (again.status, counts(again)) == (3, (3, 1, 0, 0))


def test_resume_takes_the_account_and_product_of_the_batch(run: Run, gateway: ScriptedGateway) -> None:
    name = send_one(run, "--product", "vip", "--extno", "7", "--retries", "0", env=NOWHERE).json["batch"]

    other = run("batch", "resume", name, "-o", "json", env={"KXSMS_ACCOUNT": "another"})
    assert (other.status, gateway.received) == (4, [])
    assert run("batch", "resume", name).status == 0
    (request,) = gateway.received
    assert (request.path.lower().count("vip"), request.form["extno"]) == (1, "7")


def test_retry_of_the_refused_keeps_history(run: Run, gateway: ScriptedGateway) -> None:
    name = mixed(run, gateway)
    gateway.script = [REFUSED]

    first = run("batch", "retry", name, "--rejected", "-o", "json")
    second = run("batch", "retry", name, "--rejected", "-o", "json")

    assert (counts(first), counts(second), batches()) == ((2, 1, 0, 1), (3, 0, 0, 1), 1)
    assert (second.status, second.json["batch"]) == (6, name)
    assert taken(gateway) == [people(2)[1]] * 2
    query = "SELECT request, attempt, state, code, message FROM attempts ORDER BY attempt"
    assert look(query) == [(2, attempt, "rejected", "-3", "余额不足") for attempt in (1, 2)]
    assert run("batch", "check").status == 0


def test_retry_of_the_unknown_asks(run: Run, gateway: ScriptedGateway) -> None:
    name = mixed(run, gateway)

    asked = run("batch", "retry", name, "--unknown", "-o", "json")
    assert (asked.status, "--yes" in asked.error["hint"], taken(gateway)) == (2, True, [])
    assert "may get the text twice" in asked.error["message"]
    assert run("batch", "show", name, "-o", "json").json["unknown"] == 1
    done = run("batch", "retry", name, "--unknown", "--yes", "-o", "json")

    assert (done.status, counts(done), taken(gateway)) == (3, (3, 1, 0, 0), [people(3)[2]])
    assert look("SELECT request, attempt, state FROM attempts") == [(3, 1, "unknown")]


@pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal")
@pytest.mark.parametrize(("said", "status", "arrived"), [("n", 7, 0), ("y", 3, 1)])
def test_retry_of_the_unknown_on_a_terminal(
    run: Run, gateway: ScriptedGateway, said: str, status: int, arrived: int
) -> None:
    name = mixed(run, gateway)

    command = [sys.executable, "-m", "kxsms", "batch", "retry", name, "--unknown"]
    ended, shown = on_terminal(command, answers=[said])

    assert ended == status
    assert len(taken(gateway)) == arrived
    assert "may get the text twice" in shown


@pytest.mark.parametrize("options", [(), ("--rejected", "--unknown")])
def test_retry_wants_to_know_which_ones(run: Run, gateway: ScriptedGateway, options: tuple[str, ...]) -> None:
    name = mixed(run, gateway)

    assert run("batch", "retry", name, *options).status == 2
    assert taken(gateway) == []


def test_an_unfinished_batch_is_resumed_first(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    name = unfinished(run, gateway).json["batch"]

    done = run("batch", "retry", name, "--rejected", "-o", "json")

    assert (done.status, f"kxsms batch resume {name}" in done.error["hint"], taken(gateway)) == (2, True, [])


def test_retry_of_nobody_changes_nothing(run: Run, gateway: ScriptedGateway) -> None:
    name = send_one(run).json["batch"]
    before = look("SELECT finished FROM batches")

    assert run("batch", "retry", name, "--rejected").status == 0
    assert (look("SELECT finished FROM batches"), len(taken(gateway))) == (before, 1)
