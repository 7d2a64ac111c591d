"""The daily limit is checked before a batch starts, together with what was billed today."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.ledger.scene import TEXT, batches, people, send_csv, send_one, taken, unfinished, write_csv
from tests.scripted_gateway import ScriptedGateway, answer

IN_ZONE = ZoneInfo("Pacific/Kiritimati")
"""A zone in which it is already tomorrow for most of a day in UTC."""


@pytest.fixture
def limit(home: Path, gateway: ScriptedGateway) -> None:
    text = (
        f'default_profile = "p"\n[profiles.p]\naccount = "12345"\ntoken = "t"\nbase_url = "{gateway.url}"\n'
    )
    settings = f'daily_limit = 5\ntimezone = "{IN_ZONE.key}"\n'
    (home / "config.toml").write_text(text + settings)


@pytest.fixture
def sent(run: Run, limit: None, gateway: ScriptedGateway) -> None:
    """Send two messages of the five that a day allows."""
    assert send_one(run, "13900000001").status == 0
    taken(gateway)


def send(run: Run, count: int, *options: str) -> int:
    write_csv(people(count))
    return send_csv(run, *options).status


def test_a_batch_that_would_pass_it_is_stopped(run: Run, sent: None, gateway: ScriptedGateway) -> None:
    write_csv(people(4))

    done = send_csv(run)

    assert done.status == 7
    assert done.error["kind"] == "guard"
    assert done.error["message"] == (
        "4 messages would be billed, more than the daily limit of 5 allows: 2 were billed today"
    )
    assert "--limit" in done.error["hint"]
    assert taken(gateway) == []
    assert gateway.asked == 0
    assert batches() == 1


def test_a_batch_that_is_larger_than_it_is_stopped(run: Run, limit: None, gateway: ScriptedGateway) -> None:
    write_csv(people(6))
    done = send_csv(run)
    assert done.status == 7
    assert done.error["message"] == "6 messages would be billed, more than the daily limit of 5 allows"
    assert taken(gateway) == []


def test_a_batch_that_just_fits_is_sent(run: Run, sent: None, gateway: ScriptedGateway) -> None:
    assert send(run, 4, "--limit", "3") == 0
    assert send(run, 4, "--skip-sent") == 7
    assert len(taken(gateway)) == 3


def test_a_dry_run_says_so(run: Run, sent: None, gateway: ScriptedGateway) -> None:
    assert send(run, 3, "--dry-run") == 0
    write_csv(people(4))
    done = send_csv(run, "--dry-run")
    assert done.status == 7
    assert "the daily limit of 5 allows" in done.error["message"]


def test_a_dry_run_of_what_was_sent_does_not_count_it_twice(
    run: Run, limit: None, gateway: ScriptedGateway
) -> None:
    assert send(run, 3) == 0
    assert send(run, 3, "--dry-run") == 0


def test_the_hint_names_only_options_that_there_are(run: Run, sent: None) -> None:
    Path("numbers.txt").write_text("\n".join(mobile for mobile, _ in people(4)))
    done = run("send", "--to-file", "numbers.txt", "-m", TEXT, "--yes", "-o", "json")
    assert done.status == 7
    assert done.error["hint"].startswith("run the same command again tomorrow, or raise the limit with ")


def test_single_sends_count_and_are_not_stopped(run: Run, sent: None, gateway: ScriptedGateway) -> None:
    for _ in range(3):
        assert send_one(run).status == 0
    assert send_one(run).status == 0
    assert send(run, 1) == 7


def test_it_is_that_of_a_day_in_the_zone_of_the_profile(
    run: Run, sent: None, gateway: ScriptedGateway
) -> None:
    today = datetime.now(IN_ZONE).date().isoformat()
    assert query_ledger("SELECT day, segments FROM billed") == [(today, 2)]
    query_ledger("UPDATE billed SET day = '2026-01-01'")
    assert send(run, 5) == 0


@pytest.mark.parametrize("column", ["product", "account", "origin"])
def test_it_is_that_of_a_gateway_an_account_and_a_product(
    run: Run, sent: None, gateway: ScriptedGateway, column: str
) -> None:
    query_ledger(f"UPDATE billed SET {column} = 'other'")
    assert send(run, 5) == 0


def test_a_batch_that_has_started_waits_instead(run: Run, limit: None, gateway: ScriptedGateway) -> None:
    write_csv(people(5))
    name = unfinished(run, gateway).json["batch"]
    for _ in range(3):
        send_one(run)
    taken(gateway)

    done = run("batch", "resume", name, "-o", "json")

    assert done.status == 7
    assert "daily limit of 5" in done.error["message"]
    assert len(taken(gateway)) == 1
    (batch,) = run("batch", "list", "--state", "waiting", "-o", "json").json
    assert batch["batch"] == name


def test_a_batch_for_another_day_is_measured_against_that_day(
    run: Run, sent: None, gateway: ScriptedGateway
) -> None:
    write_csv(people(4))
    later = send_csv(run, "--at", "+48h")
    assert later.status == 0
    assert send_csv(run, "--at", "+2s").status == 7
    assert send_csv(run, "--at", "+72h").json["batch"] == later.json["batch"]
    assert taken(gateway) == []


def test_a_dry_run_for_another_day_is_measured_against_that_day(
    run: Run, sent: None, gateway: ScriptedGateway
) -> None:
    assert send(run, 4, "--dry-run", "--at", "+48h") == 0
    assert send(run, 6, "--dry-run", "--at", "+48h") == 7


def test_a_retry_that_would_pass_it_is_stopped(run: Run, limit: None, gateway: ScriptedGateway) -> None:
    gateway.otherwise = answer('{"Code":"-3"}')
    write_csv(people(3))
    name = send_csv(run).json["batch"]
    gateway.otherwise = answer()
    for _ in range(3):
        send_one(run)
    taken(gateway)
    assert run("batch", "retry", name, "--rejected").status == 7
    assert taken(gateway) == []
    assert query_ledger("SELECT rejected FROM batches WHERE name = ?", (name,)) == [(3,)]


def test_without_a_limit_nothing_is_counted_against_a_batch(run: Run, gateway: ScriptedGateway) -> None:
    send_one(run)
    assert send(run, 5) == 0
