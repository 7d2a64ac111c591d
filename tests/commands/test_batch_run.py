"""`kxsms batch run`: send the batches that are due, each with its own limits and pace."""

import json
from pathlib import Path

import pytest

from tests.conftest import Done, Run
from tests.engines import query_ledger
from tests.ledger.scene import REFUSED, change_terms, people, send_csv, taken, window_around, write_csv
from tests.ledger.test_locks import owner
from tests.scripted_gateway import ScriptedGateway, answer, close

DAY = 24 * 3600


def schedule(run: Run, *options: str, file: str = "people.csv") -> str:
    """Schedule a file for this moment, and return the id of its batch."""
    done = send_csv(run, "--at", "+0s", *options, file=file)
    assert done.status == 0
    assert done.json["accepted"] == 0
    name: str = done.json["batch"]
    return name


def run_due(run: Run, *options: str) -> Done:
    return run("batch", "run", "-o", "json", *options)


def shown(run: Run, name: str) -> Done:
    return run("batch", "show", name)


def state(run: Run, name: str) -> str:
    found: str = run("batch", "show", name, "-o", "json").json["state"]
    return found


@pytest.fixture
def name(run: Run, gateway: ScriptedGateway) -> str:
    """Return the id of a batch of three that is due."""
    write_csv(people(3))
    return schedule(run)


def test_a_batch_that_is_due_is_sent(run: Run, gateway: ScriptedGateway, name: str) -> None:
    done = run_due(run)
    assert done.status == 0
    (result,) = done.json
    assert (result["batch"], result["accepted"], result["exit_status"]) == (name, 3, 0)
    assert result["scheduled_for"]
    assert taken(gateway) == people(3)
    assert state(run, name) == "finished"


def test_the_table_has_a_line_for_each_batch(run: Run, name: str) -> None:
    write_csv(people(2, first=10), "more.csv")
    more = schedule(run, file="more.csv")
    header, *rows = run("batch", "run").lines
    assert header.split("\t")[:4] == ["batch", "source", "state", "recipients"]
    assert [row.split("\t")[:4] for row in rows] == [
        [name, "people.csv", "finished", "3"],
        [more, "more.csv", "finished", "2"],
    ]


def test_nothing_is_due_before_the_time(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(1))
    send_csv(run, "--at", "+1h")
    assert run_due(run).json == []
    assert taken(gateway) == []


@pytest.mark.parametrize("options", [(), ("-o", "csv"), ("-o", "jsonl")])
def test_it_is_silent_where_nothing_is_due(
    run: Run, gateway: ScriptedGateway, options: tuple[str, ...]
) -> None:
    done = run("batch", "run", *options)
    assert (done.status, done.out, done.err) == (0, b"", "")


@pytest.mark.parametrize("options", [(), ("--watch", "-o", "jsonl")])
def test_a_profile_that_does_not_exist_is_an_error_also_where_nothing_is_due(
    run: Run, options: tuple[str, ...]
) -> None:
    done = run("batch", "run", "-p", "nope", *options)
    assert done.status == 4
    assert "there is no profile 'nope'" in done.err


@pytest.mark.sqlite  # a server lets it join: tests/faults/test_hosts.py
def test_it_is_silent_where_another_process_sends_the_batch(
    run: Run, gateway: ScriptedGateway, name: str
) -> None:
    with owner() as process:
        done = run("batch", "run")
        process.kill()
    assert (done.status, done.out, done.err) == (0, b"", "")
    assert taken(gateway) == []


def test_a_batch_is_sent_once(run: Run, gateway: ScriptedGateway, name: str) -> None:
    run_due(run)
    taken(gateway)
    assert run_due(run).json == []
    assert taken(gateway) == []


def test_a_cancelled_batch_is_not_sent(run: Run, gateway: ScriptedGateway, name: str) -> None:
    run("batch", "cancel", name, "--yes")
    assert run_due(run).json == []
    assert taken(gateway) == []


def test_a_batch_whose_key_another_one_took_over_is_not_sent(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    schedule(run, "--idempotency-key", "k")
    write_csv(people(1, first=9))
    send_csv(run, "--idempotency-key", "k")
    taken(gateway)
    assert run_due(run).json == []
    assert taken(gateway) == []


def test_a_batch_of_another_product_is_sent_as_that(run: Run, gateway: ScriptedGateway, name: str) -> None:
    write_csv(people(1, first=10), "vip.csv")
    schedule(run, "--product", "vip", file="vip.csv")
    assert [result["product"] for result in run_due(run).json] == ["sms", "vip"]
    assert {request.path.split("/")[1] for request in gateway.received} == {"SMS", "VIP"}


def test_a_batch_keeps_its_pace(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(5))
    name = schedule(run, "--pause-after", "1")
    gateway.otherwise = REFUSED
    done = run_due(run)
    assert done.status == 3
    assert len(taken(gateway)) == 1
    assert state(run, name) == "unfinished"


def test_a_paused_batch_waits_for_a_person(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(5))
    schedule(run, "--pause-after", "1")
    gateway.otherwise = REFUSED
    run_due(run)
    gateway.otherwise = answer()
    taken(gateway)
    assert run_due(run).json == []
    assert taken(gateway) == []


def test_the_worst_status_counts(run: Run, gateway: ScriptedGateway) -> None:
    for number, _ in enumerate(("refused", "unknown", "accepted")):
        write_csv(people(1, first=number * 10 + 1), f"{number}.csv")
        schedule(run, file=f"{number}.csv")
    gateway.script = [REFUSED, close]
    done = run_due(run)
    assert done.status == 6
    assert [result["exit_status"] for result in done.json] == [3, 6, 0]


def test_errors_name_their_batch(run: Run, gateway: ScriptedGateway, name: str) -> None:
    gateway.otherwise = REFUSED
    assert f"error: batch {name}: the gateway refused: code -3 “余额不足”" in run("batch", "run").err


def overlap(run: Run) -> None:
    """Send the texts of the first two of people.csv from another file."""
    write_csv(people(2), "other.csv")
    assert send_csv(run, "--again", file="other.csv").status == 0


def test_overlap_is_checked_again(run: Run, gateway: ScriptedGateway, name: str) -> None:
    overlap(run)
    taken(gateway)
    done = run_due(run)
    assert done.status == 7
    assert done.json[0]["exit_status"] == 7
    assert "has sent the same text to 2 recipients still waiting" in done.error["message"]
    assert taken(gateway) == []


def test_a_batch_that_a_check_stops_waits_with_the_reason(run: Run, name: str) -> None:
    overlap(run)
    run_due(run)
    assert state(run, name) == "waiting"
    said = shown(run, name).err
    assert "has sent the same text to 2 recipients still waiting" in said
    assert f"kxsms batch resume {name}" in said
    assert run("batch", "list", "--state", "waiting", "-o", "json").json[0]["batch"] == name


def test_a_batch_that_waits_for_a_check_is_tried_again(run: Run, gateway: ScriptedGateway, name: str) -> None:
    overlap(run)
    assert run_due(run).status == 7
    assert run_due(run).status == 7
    taken(gateway)
    change_terms(again=True)
    assert run_due(run).status == 0
    assert taken(gateway) == people(3)


def test_skip_sent_is_kept(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    schedule(run, "--skip-sent")
    overlap(run)
    taken(gateway)
    (result,) = run_due(run).json
    assert (result["accepted"], result["skipped"]) == (1, 2)
    assert taken(gateway) == people(1, first=3)


def test_max_cost_is_checked_again(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    name = schedule(run, "--max-cost", "3")
    change_terms(max_cost=2)
    assert run_due(run).status == 7
    assert "more than --max-cost 2" in shown(run, name).err
    assert taken(gateway) == []


def test_a_batch_without_usable_credentials_waits(
    run: Run, gateway: ScriptedGateway, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KXSMS_ACCOUNT", "999")
    done = run_due(run)
    assert done.status == 7
    assert "belongs to account 12345" in done.error["message"]
    assert state(run, name) == "waiting"
    monkeypatch.setenv("KXSMS_ACCOUNT", "12345")
    assert run_due(run).status == 0
    assert taken(gateway) == people(3)


def test_a_batch_that_cannot_be_sent_holds_up_no_other(run: Run, gateway: ScriptedGateway, name: str) -> None:
    query_ledger("UPDATE batches SET account = 'other'")
    write_csv(people(1, first=10), "more.csv")
    schedule(run, file="more.csv")
    done = run_due(run)
    assert done.status == 7
    assert [result["accepted"] for result in done.json] == [0, 1]


def make_late(seconds: float) -> None:
    query_ledger("UPDATE batches SET due = due - ?, scheduled_for = scheduled_for - ?", (seconds, seconds))


def test_a_batch_that_is_a_little_late_is_sent(run: Run, gateway: ScriptedGateway, name: str) -> None:
    make_late(DAY - 60)
    assert run_due(run).json[0]["accepted"] == 3


def test_a_batch_that_is_a_day_late_is_not_sent(run: Run, gateway: ScriptedGateway, name: str) -> None:
    make_late(DAY + 60)
    done = run_due(run)
    assert done.status == 7
    assert "more than 24 hours ago" in done.error["message"]
    assert f"kxsms batch resume {name}" in done.error["hint"]
    assert taken(gateway) == []


def test_a_late_batch_is_named_once_and_sent_by_a_person(
    run: Run, gateway: ScriptedGateway, name: str
) -> None:
    make_late(DAY + 60)
    run_due(run)
    assert run_due(run).json == []
    assert query_ledger("SELECT due FROM batches") == [(None,)]
    assert state(run, name) == "unfinished"
    assert "more than 24 hours ago" in shown(run, name).err
    assert run("batch", "resume", name).status == 0
    assert len(taken(gateway)) == 3


def test_a_late_batch_can_be_scheduled_again(run: Run, name: str) -> None:
    make_late(DAY + 60)
    run_due(run)
    done = send_csv(run, "--at", "+1h")
    assert done.json["batch"] == name
    assert state(run, name) == "scheduled"


def closed_now(run: Run, gateway: ScriptedGateway) -> str:
    """Return the id of a batch that waits for its window, which opens in an hour or more."""
    write_csv(people(2))
    done = send_csv(run, "--window", window_around(3))
    assert done.status == 7
    name: str = done.json["batch"]
    return name


def test_a_batch_waits_for_its_window(run: Run, gateway: ScriptedGateway) -> None:
    name = closed_now(run, gateway)
    assert state(run, name) == "waiting"
    assert run_due(run).json == []
    assert taken(gateway) == []


def test_a_waiting_batch_is_sent_when_its_window_is_open(run: Run, gateway: ScriptedGateway) -> None:
    name = closed_now(run, gateway)
    change_terms(window="00:00-24:00")
    query_ledger("UPDATE batches SET due = due - 86000")
    assert run_due(run).json[0]["accepted"] == 2
    assert taken(gateway) == people(2)
    assert state(run, name) == "finished"


def test_a_window_that_is_closed_when_the_batch_is_due_makes_it_wait(
    run: Run, gateway: ScriptedGateway
) -> None:
    name = closed_now(run, gateway)
    (before,) = query_ledger("SELECT due FROM batches")[0]
    query_ledger("UPDATE batches SET due = due - 86000")
    done = run_due(run)
    assert done.status == 7
    assert "the hours in which texts may leave are" in done.error["message"]
    assert query_ledger("SELECT due FROM batches") == [(before,)]
    assert state(run, name) == "waiting"
    assert taken(gateway) == []


def test_only_the_batches_of_a_profile(run: Run, gateway: ScriptedGateway, name: str, home: Path) -> None:
    (home / "config.toml").write_text('[profiles.other]\naccount = "12345"\n')
    query_ledger("UPDATE batches SET profile = 'gone'")
    assert run_due(run, "-p", "other").json == []


def test_jsonl_has_a_line_for_each_batch(run: Run, name: str) -> None:
    lines = [json.loads(line) for line in run("batch", "run", "-o", "jsonl").lines]
    assert lines[-1]["batch"] == name


def test_raw_output_is_refused(run: Run, name: str) -> None:
    assert run("batch", "run", "-o", "raw-json").status == 2


def test_a_watch_has_no_json_document(run: Run, gateway: ScriptedGateway) -> None:
    done = run("batch", "run", "--watch", "-o", "json")
    assert done.status == 2
    assert done.error["hint"] == "use -o jsonl"


def test_the_rows_add_up(run: Run, gateway: ScriptedGateway) -> None:
    write_csv([*people(3), people(1)[0], ("138", "x")])
    name = schedule(run, "--skip-invalid", "--skip-sent")
    overlap(run)
    gateway.script = [REFUSED]
    run_due(run)
    outcomes = [
        json.loads(line)["kxsms_outcome"] for line in run("batch", "export", name, "-o", "jsonl").lines
    ]
    assert outcomes == ["skipped", "skipped", "rejected", "duplicate", "invalid"]
    assert run("batch", "check").status == 0
