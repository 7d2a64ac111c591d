"""`kxsms send --at`: a batch that is planned and written now, and sent later."""

import os
import sys
import time
from datetime import datetime

import pytest

from kxsms.domain.zones import DEFAULT_ZONE, zone
from tests.conftest import Done, Run
from tests.engines import query_ledger
from tests.ledger.scene import (
    DECLINED,
    ONE,
    TEXT,
    batches,
    people,
    send_csv,
    taken,
    window_around,
    write_csv,
)
from tests.ledger.test_locks import owner
from tests.scripted_gateway import ScriptedGateway, answer
from tests.terminal import on_terminal


def schedule(run: Run, at: str, *options: str) -> Done:
    """Schedule people.csv."""
    return send_csv(run, "--at", at, *options)


@pytest.fixture
def people_file(gateway: ScriptedGateway) -> None:
    write_csv(people(3))


pytestmark = pytest.mark.usefixtures("people_file")


def test_nothing_is_sent_before_the_time(run: Run, gateway: ScriptedGateway) -> None:
    done = schedule(run, "+1h")
    assert done.status == 0
    assert done.json["exit_status"] == 0
    assert (done.json["recipients"], done.json["not_sent"], done.json["accepted"]) == (3, 3, 0)
    assert taken(gateway) == []


def test_the_time_is_in_the_json_in_the_zone_of_the_profile(run: Run) -> None:
    said = schedule(run, "+1h").json["scheduled_for"]
    assert said.endswith("+08:00")
    assert 3500 < datetime.fromisoformat(said).timestamp() - time.time() <= 3600


def test_a_time_of_day_is_that_of_the_next_day_once_it_has_passed(run: Run) -> None:
    shanghai = datetime.fromtimestamp(time.time() - 60, zone(DEFAULT_ZONE))
    done = schedule(run, f"{shanghai:%H:%M}")
    moment = datetime.fromisoformat(done.json["scheduled_for"])
    assert 23 * 3600 < moment.timestamp() - time.time() < 24 * 3600


def test_the_batch_is_listed_as_scheduled(run: Run) -> None:
    done = schedule(run, "+1h")
    (listed,) = run("batch", "list", "--state", "scheduled", "-o", "json").json
    assert listed["batch"] == done.json["batch"]
    assert listed["scheduled_for"] == done.json["scheduled_for"]
    assert listed["state"] == "scheduled"


def test_show_names_the_time_and_the_next_commands(run: Run) -> None:
    done = schedule(run, "+1h")
    name = done.json["batch"]
    shown = run("batch", "show", name)
    assert f"scheduled for {done.json['scheduled_for']}" in shown.err
    assert f"kxsms batch resume {name}" in shown.err
    assert f"kxsms batch cancel {name}" in shown.err
    assert run("batch", "show", name, "-o", "json").json["scheduled_for"] == done.json["scheduled_for"]


def test_it_says_when_and_how_it_will_be_sent(run: Run) -> None:
    done = run("send", "--csv", "people.csv", "--yes", "--at", "+1h")
    assert "is scheduled for 20" in done.err
    assert "kxsms batch run" in done.err
    assert "error" not in done.err


def test_a_single_send_with_a_time_is_a_batch(run: Run, gateway: ScriptedGateway) -> None:
    done = run("send", ONE, "-m", TEXT, "--at", "+1h", "-o", "json")
    assert done.status == 2
    assert done.error["hint"] == "use --yes"
    assert run("send", ONE, "-m", TEXT, "--at", "+1h", "--yes", "-o", "json").json["scheduled_for"]
    assert taken(gateway) == []


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals")
def test_on_a_terminal_it_asks(run: Run, gateway: ScriptedGateway) -> None:
    command = [sys.executable, "-m", "kxsms", "send", "--csv", "people.csv", "--at", "+1h"]
    status, shown = on_terminal(command, answers=["y"])
    assert status == 0
    assert "Send 3 billed messages to 3 recipients at 20" in " ".join(shown.split())
    assert run("batch", "list", "-o", "json").json[0]["state"] == "scheduled"


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("2020-01-01 10:00", "has passed"),
        ("soon", "is not a time such as"),
        ("tomorrow", "names no time of the day"),
        ("25:00", "no such day or hour"),
        ("", "is not a time such as"),
    ],
)
def test_what_is_no_time_to_come_is_refused(run: Run, gateway: ScriptedGateway, at: str, says: str) -> None:
    done = schedule(run, at)
    assert done.status == 2
    assert says in done.error["message"]
    assert batches() == 0
    assert taken(gateway) == []


def test_a_time_outside_the_window_is_refused(run: Run) -> None:
    window = window_around(6)
    done = schedule(run, "+1h", "--window", window)
    assert done.status == 2
    assert f"outside the hours in which texts may leave, {window}" in done.error["message"]
    assert batches() == 0


def test_a_time_inside_the_window_is_taken(run: Run) -> None:
    assert schedule(run, "+7h", "--window", window_around(6)).status == 0


def test_a_dry_run_names_the_time_and_writes_nothing(run: Run) -> None:
    done = run("send", "--csv", "people.csv", "--at", "+1h", "--dry-run", "-o", "json")
    assert done.status == 0
    assert done.json["scheduled_for"]
    assert batches() == 0


def test_a_dry_run_for_people_names_the_time(run: Run) -> None:
    done = run("send", "--csv", "people.csv", "--at", "+1h", "--dry-run")
    assert "it would be scheduled for 20" in done.err


def test_the_table_names_the_time(run: Run) -> None:
    done = run("send", "--csv", "people.csv", "--yes", "--at", "+1h")
    header, row = done.lines
    assert header.split("\t") == ["batch", "scheduled_for", "recipients", "segments"]
    assert row.split("\t")[2:] == ["3", "3"]


def test_limits_are_checked_now(run: Run) -> None:
    assert schedule(run, "+1h", "--max-cost", "2").status == 7
    assert batches() == 0


def test_credentials_are_checked_now(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KXSMS_TOKEN")
    assert schedule(run, "+1h").status == 4
    assert batches() == 0


@pytest.mark.parametrize("at", ["+1h", "10:00", "tomorrow 10:00"])
def test_the_same_command_again_shows_the_scheduled_batch(
    run: Run, gateway: ScriptedGateway, at: str
) -> None:
    first = schedule(run, at)
    again = schedule(run, at)
    assert again.status == 0
    assert again.json == {**first.json, "replayed": True}
    assert batches() == 1
    assert taken(gateway) == []


def clock(moment: float) -> str:
    """Return a time as a user writes it, by the clocks of the profile."""
    return f"{datetime.fromtimestamp(moment, zone(DEFAULT_ZONE)):%Y-%m-%d %H:%M:%S}"


def test_the_same_command_after_its_time_shows_the_batch(run: Run, gateway: ScriptedGateway) -> None:
    now = time.time()
    first = schedule(run, clock(now + 3600))
    query_ledger("UPDATE batches SET due = due - 3660, scheduled_for = scheduled_for - 3660")
    again = schedule(run, clock(now - 60))
    assert again.status == 0
    assert again.json["batch"] == first.json["batch"]
    assert again.json["not_sent"] == 3
    run("batch", "run")
    assert schedule(run, clock(now - 60)).json["accepted"] == 3
    assert len(taken(gateway)) == 3


def test_the_same_command_shows_why_the_batch_waits(run: Run, gateway: ScriptedGateway) -> None:
    now = time.time()
    schedule(run, clock(now + 3600), "--max-cost", "3")
    query_ledger(
        "UPDATE batches SET due = due - 3660, scheduled_for = scheduled_for - 3660, waits = 'a reason'"
    )
    again = schedule(run, clock(now - 60), "--max-cost", "3")
    assert again.status == 7
    assert "a reason: 3 recipients wait" in again.error["message"]
    assert "until" not in again.error["message"]


def test_the_same_command_while_the_batch_is_sent_is_8(run: Run, gateway: ScriptedGateway) -> None:
    now = time.time()
    schedule(run, clock(now + 3600))
    query_ledger("UPDATE batches SET due = due - 3660, scheduled_for = scheduled_for - 3660")
    with owner() as process:
        assert schedule(run, clock(now - 60)).status == 8
        process.kill()


def test_a_time_of_day_that_has_come_is_still_that_of_the_batch(run: Run) -> None:
    first = schedule(run, "10:00").json
    query_ledger("UPDATE batches SET due = due - 86400, scheduled_for = scheduled_for - 86400")
    again = schedule(run, "10:00").json
    assert again["batch"] == first["batch"]
    assert again["replayed"] is True
    assert again["scheduled_for"] < first["scheduled_for"]


def test_another_time_moves_it(run: Run) -> None:
    first = schedule(run, "+1h")
    moved = schedule(run, "+2h")
    assert moved.json["batch"] == first.json["batch"]
    assert moved.json["scheduled_for"] > first.json["scheduled_for"]
    assert query_ledger("SELECT due = scheduled_for FROM batches") == [(1,)]
    assert batches() == 1


def test_moving_it_wants_a_yes(run: Run) -> None:
    schedule(run, "+1h")
    done = run("send", "--csv", "people.csv", "--at", "+2h", "-o", "json")
    assert done.status == 2
    assert done.error["hint"] == "use --yes"


def test_a_move_takes_the_new_limits(run: Run) -> None:
    schedule(run, "+1h", "--max-cost", "9")
    assert schedule(run, "+2h", "--max-cost", "2").status == 7
    schedule(run, "+2h", "--max-cost", "5")
    assert '"max_cost": 5' in query_ledger("SELECT terms FROM batches")[0][0]


def test_without_a_time_it_is_stopped_with_the_command_that_sends_it(
    run: Run, gateway: ScriptedGateway
) -> None:
    first = schedule(run, "+1h")
    again = send_csv(run)
    assert again.status == 7
    assert f"kxsms batch resume {first.json['batch']}" in again.error["hint"]
    assert taken(gateway) == []


def test_a_single_send_of_the_same_is_stopped_too(run: Run, gateway: ScriptedGateway) -> None:
    run("send", ONE, "-m", TEXT, "--at", "+1h", "--yes")
    assert run("send", ONE, "-m", TEXT).status == 7
    assert taken(gateway) == []


def test_resume_sends_it_now(run: Run, gateway: ScriptedGateway) -> None:
    name = schedule(run, "+1h").json["batch"]
    done = run("batch", "resume", name, "-o", "json", "--concurrency", "1")
    assert done.status == 0
    assert taken(gateway) == people(3)
    assert run("batch", "show", name, "-o", "json").json["state"] == "finished"


def test_a_part_that_was_sent_is_not_scheduled(run: Run, gateway: ScriptedGateway) -> None:
    gateway.script, gateway.otherwise = [answer()], DECLINED
    name = send_csv(run, "--retries", "0").json["batch"]
    done = schedule(run, "+1h")
    assert done.status == 7
    assert f"kxsms batch resume {name}" in done.error["hint"]


def test_a_send_of_which_nothing_left_can_be_scheduled(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = DECLINED
    name = send_csv(run, "--retries", "0").json["batch"]
    done = schedule(run, "+1h")
    assert done.json["batch"] == name
    assert run("batch", "show", name, "-o", "json").json["state"] == "scheduled"


def test_a_batch_that_is_being_sent_is_not_moved(run: Run) -> None:
    schedule(run, "+1h")
    with owner() as process:
        assert schedule(run, "+2h").status == 8
        process.kill()


def test_a_cancelled_schedule_can_be_made_again(run: Run, gateway: ScriptedGateway) -> None:
    first = schedule(run, "+1h", "--idempotency-key", "k").json["batch"]
    assert run("batch", "cancel", first, "--yes").status == 0
    assert run("batch", "show", first, "-o", "json").json["state"] == "cancelled"
    assert query_ledger("SELECT due FROM batches") == [(None,)]
    second = schedule(run, "+1h", "--idempotency-key", "k")
    assert second.json["batch"] != first
    assert second.json["replayed"] is False


def test_a_cancelled_schedule_can_be_sent_at_once(run: Run, gateway: ScriptedGateway) -> None:
    run("batch", "cancel", schedule(run, "+1h").json["batch"], "--yes")
    assert send_csv(run).status == 0
    assert taken(gateway) == people(3)


def test_its_recipients_count_as_waiting_for_other_batches(run: Run) -> None:
    name = schedule(run, "+1h").json["batch"]
    write_csv(people(4), "more.csv")
    done = send_csv(run, "--skip-sent", file="more.csv")
    assert done.status == 7
    assert name in done.error["message"]
    assert f"kxsms batch cancel {name}" in done.error["hint"]


def test_a_key_takes_another_content_while_nothing_was_sent(run: Run, gateway: ScriptedGateway) -> None:
    first = schedule(run, "+1h", "--idempotency-key", "k").json["batch"]
    write_csv(people(1))
    assert send_csv(run, "--idempotency-key", "k").status == 0
    assert run("batch", "show", first, "-o", "json").json["state"] == "finished"
    assert taken(gateway) == people(1)


def test_a_scheduled_batch_can_be_sent_now(run: Run) -> None:
    name = schedule(run, "+1h").json["batch"]
    assert f"to send it now, run kxsms batch resume {name}" in run("batch", "show", name).err


def test_a_batch_that_waits_for_its_hours_cannot_be_sent_now(run: Run, gateway: ScriptedGateway) -> None:
    name = send_csv(run, "--window", window_around(3)).json["batch"]
    assert "run kxsms batch run then; to cancel it" in run("batch", "show", name).err
    assert run("batch", "resume", name).status == 7
    assert taken(gateway) == []


def test_a_day_that_does_not_exist_is_named(run: Run) -> None:
    done = schedule(run, "2026-02-30 10:00")
    assert "--at '2026-02-30 10:00' is invalid: there is no such day or hour" in done.err
