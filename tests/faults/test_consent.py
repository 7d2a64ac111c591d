"""Opt-outs, caps and the daily limit, asked again when a request is claimed: bytes at the gateway."""

import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.conftest import Done, Run
from tests.engines import query_ledger
from tests.faults.client import kxsms
from tests.faults.gateway import FaultGateway, accept_all
from tests.ledger.scene import REFUSED, people, send_csv, taken, write_csv
from tests.scripted_gateway import Act, Received, answer, close

THROTTLED = answer("", status=429)


def at_request(gateway: FaultGateway, nth: int, act: Callable[[Received], Act | None]) -> None:
    """Make the gateway do something at the nth request from now, before it answers."""
    before = len(gateway.received)
    gateway.plan = lambda request: act(request) if len(gateway.received) == before + nth else None


def opt_out(*mobiles: str) -> Callable[[Received], None]:
    """Return a function that lets another process add numbers to the list."""

    def add(_: Received) -> None:
        assert kxsms("optout", "add", *mobiles).status == 0

    return add


def meanwhile(gateway: FaultGateway, *command: str) -> Callable[[Received], Act]:
    """Return a function that lets another process send something before it accepts a request."""

    def plan(request: Received) -> Act:
        accept = gateway.accept(request)

        def act(connection: socket.socket) -> None:
            gateway.plan = accept_all
            assert kxsms(*command).status == 0
            accept(connection)

        return act

    return plan


def outcomes(run: Run, done: Done) -> dict[str, str]:
    """Return the outcome of each number in the export of a batch."""
    rows = run("batch", "export", done.json["batch"], "-o", "json").json
    return {row["mobile"]: row["kxsms_outcome"] for row in rows}


@pytest.fixture
def rows() -> list[tuple[str, str]]:
    rows = people(4)
    write_csv(rows)
    return rows


def test_a_batch_skips_who_opted_out(run: Run, gateway: FaultGateway, rows: list[tuple[str, str]]) -> None:
    run("optout", "add", rows[1][0])

    done = send_csv(run)

    assert taken(gateway) == [rows[0], *rows[2:]]
    assert (done.json["recipients"], done.json["opted_out"]) == (3, 1)
    assert outcomes(run, done)[rows[1][0]] == "opted_out"
    assert "skipped 1 recipient: opted out" in done.err


def test_a_dry_run_counts_who_opted_out(run: Run, gateway: FaultGateway, rows: list[tuple[str, str]]) -> None:
    run("optout", "add", rows[1][0])
    assert send_csv(run, "--dry-run").json["opted_out"] == 1


def test_a_single_send_reaches_who_opted_out(run: Run, gateway: FaultGateway) -> None:
    run("optout", "add", "13800000000")
    assert run("send", "13800000000", "-m", "【科迅】您的验证码为:1").status == 0
    assert taken(gateway) == [("13800000000", "【科迅】您的验证码为:1")]


def test_opt_out_false_in_the_profile_asks_nobody(
    run: Run, gateway: FaultGateway, rows: list[tuple[str, str]], home: Path
) -> None:
    text = f'[profiles.p]\naccount = "12345"\ntoken = "t"\nbase_url = "{gateway.url}"\nopt_out = false\n'
    (home / "config.toml").write_text(text)
    run("optout", "add", rows[1][0], "-p", "p")
    assert send_csv(run, "-p", "p").json["opted_out"] == 0


def test_the_list_of_another_account_does_not_count(
    run: Run, gateway: FaultGateway, rows: list[tuple[str, str]]
) -> None:
    run("optout", "add", rows[1][0], env={"KXSMS_ACCOUNT": "other"})
    assert send_csv(run).json["opted_out"] == 0


def test_the_same_command_after_an_opt_out_replays(
    run: Run, gateway: FaultGateway, rows: list[tuple[str, str]]
) -> None:
    first = send_csv(run)
    run("optout", "add", rows[1][0])
    again = send_csv(run)
    assert (again.json["batch"], again.json["replayed"]) == (first.json["batch"], True)


def test_who_opts_out_while_a_batch_runs_gets_nothing_more(
    run: Run, gateway: FaultGateway, rows: list[tuple[str, str]]
) -> None:
    at_request(gateway, 1, opt_out(rows[3][0]))

    done = send_csv(run)

    assert taken(gateway) == rows[:3]
    assert (done.status, done.json["opted_out"]) == (0, 1)


def test_a_claim_that_no_thread_sends_yet_goes_back(
    run: Run, gateway: FaultGateway, rows: list[tuple[str, str]]
) -> None:
    """With one thread the second request is claimed too while the first one is in flight."""

    def act(request: Received) -> None:
        assert query_ledger("SELECT count(*) FROM requests WHERE state = 'sending'") == [(2,)]
        opt_out(rows[1][0])(request)
        while query_ledger("SELECT count(*) FROM rows WHERE fate = 'opted_out'") == [(0,)]:
            pass

    at_request(gateway, 1, act)

    done = send_csv(run)

    assert taken(gateway) == [rows[0], *rows[2:]]
    assert outcomes(run, done)[rows[1][0]] == "opted_out"


def test_a_request_loses_the_one_number_that_opted_out(run: Run, gateway: FaultGateway) -> None:
    numbers = [mobile for mobile, _ in people(3)]
    Path("numbers.txt").write_text("\n".join(numbers))

    def act(request: Received) -> Act:
        opt_out(numbers[1])(request)
        return THROTTLED

    at_request(gateway, 1, act)

    done = run("send", "--to-file", "numbers.txt", "-m", "【科迅】您好", "--yes", "-o", "json")

    assert gateway.received[1].numbers == [numbers[0], numbers[2]]
    assert (done.json["accepted"], done.json["opted_out"]) == (2, 1)


def test_a_retry_of_refused_recipients_asks_the_list(
    run: Run, gateway: FaultGateway, rows: list[tuple[str, str]]
) -> None:
    gateway.plan = lambda request: REFUSED
    name = send_csv(run).json["batch"]
    gateway.plan = accept_all
    taken(gateway)
    run("optout", "add", rows[2][0])

    done = run("batch", "retry", name, "--rejected", "-o", "json", "--concurrency", "1")

    assert taken(gateway) == [*rows[:2], rows[3]]
    assert outcomes(run, done)[rows[2][0]] == "opted_out"


def test_who_opted_out_stays_unknown_in_a_retry_of_unknown_recipients(
    run: Run, gateway: FaultGateway
) -> None:
    numbers = [mobile for mobile, _ in people(3)]
    Path("numbers.txt").write_text("\n".join(numbers))
    gateway.plan = lambda request: close
    name = run("send", "--to-file", "numbers.txt", "-m", "【科迅】您好", "--yes", "-o", "json").json["batch"]
    gateway.plan = accept_all
    taken(gateway)
    run("optout", "add", numbers[1])

    done = run("batch", "retry", name, "--unknown", "--yes", "-o", "json")

    assert [mobile for mobile, _ in taken(gateway)] == [numbers[0], numbers[2]]
    assert outcomes(run, done)[numbers[1]] == "unknown"
    assert run("batch", "check").status == 0


def test_who_had_enough_stays_unknown_in_a_retry_of_unknown_recipients(
    run: Run, gateway: FaultGateway
) -> None:
    numbers = [mobile for mobile, _ in people(4)]
    Path("numbers.txt").write_text("\n".join(numbers))
    gateway.plan = lambda request: close
    options = ("--to-file", "numbers.txt", "-m", "【科迅】您好", "--cap", "1/24h", "--yes", "-o", "json")
    name = run("send", *options).json["batch"]
    gateway.plan = accept_all
    query_ledger("UPDATE requests SET claimed = claimed - 90000, settled = settled - 90000")
    run("send", numbers[1], "-m", "【科迅】别的")
    run("optout", "add", numbers[3])
    taken(gateway)

    done = run("batch", "retry", name, "--unknown", "--yes", "-o", "json")

    assert [mobile for mobile, _ in taken(gateway)] == [numbers[0], numbers[2]]
    assert [outcomes(run, done)[numbers[n]] for n in (1, 3)] == ["unknown", "unknown"]
    assert run("batch", "check").status == 0


def test_who_opts_out_during_a_retry_of_unknown_recipients_stays_unknown(
    run: Run, gateway: FaultGateway, rows: list[tuple[str, str]]
) -> None:
    gateway.plan = lambda request: close
    name = send_csv(run).json["batch"]
    taken(gateway)
    at_request(gateway, 1, opt_out(rows[3][0]))

    done = run("batch", "retry", name, "--unknown", "--yes", "-o", "json", "--concurrency", "1")

    assert taken(gateway) == rows[:3]
    assert outcomes(run, done)[rows[3][0]] == "unknown"


def test_a_number_gets_as_many_texts_as_the_cap_allows(run: Run, gateway: FaultGateway) -> None:
    rows = [("13800000001", f"【科迅】您好{number}") for number in range(3)]
    write_csv(rows)

    done = send_csv(run, "--cap", "2/24h")

    assert taken(gateway) == rows[:2]
    assert (done.json["recipients"], done.json["capped"]) == (2, 1)


def test_the_cap_counts_unknown_and_not_refused_texts_of_other_batches(
    run: Run, gateway: FaultGateway
) -> None:
    gateway.plan = lambda request: close if request.numbers == ["13800000001"] else REFUSED
    send_csv(run, file=write_csv(people(2)))
    gateway.plan = accept_all
    taken(gateway)
    write_csv([(mobile, f"{text}!") for mobile, text in people(2)])

    done = send_csv(run, "--cap", "1/24h")

    assert [mobile for mobile, _ in taken(gateway)] == ["13800000002"]
    assert outcomes(run, done) == {"13800000001": "capped", "13800000002": "accepted"}


def test_a_cap_counts_up_to_the_time_at_which_the_window_opens(run: Run, gateway: FaultGateway) -> None:
    """The window opens in two hours: then the text of now is more than an hour old."""
    rows = people(1)
    send_csv(run, file=write_csv(rows))
    write_csv([(rows[0][0], "【科迅】再见")])

    done = send_csv(run, "--cap", "1/1h", "--window", closed_window())
    again = send_csv(run, "--cap", "1/1h", "--window", closed_window())

    assert (done.json["capped"], done.json["not_sent"]) == (0, 1)
    assert (again.json["capped"], again.json["not_sent"]) == (0, 1)


def test_the_cap_of_another_product_is_another_one(run: Run, gateway: FaultGateway) -> None:
    send_csv(run, file=write_csv(people(1)))
    write_csv([(people(1)[0][0], "【科迅】再见")])
    assert send_csv(run, "--cap", "1/24h", "--product", "vip").json["capped"] == 0


def test_the_cap_is_looked_at_again_when_a_request_is_claimed(
    run: Run, gateway: FaultGateway, rows: list[tuple[str, str]]
) -> None:
    at_request(gateway, 1, meanwhile(gateway, "send", rows[3][0], "-m", "【科迅】别的"))

    done = send_csv(run, "--cap", "1/24h")

    assert taken(gateway) == [rows[0], (rows[3][0], "【科迅】别的"), *rows[1:3]]
    assert (done.status, done.json["capped"]) == (0, 1)


def test_the_cap_counts_an_unknown_text_that_is_being_retried(
    run: Run, gateway: FaultGateway, rows: list[tuple[str, str]]
) -> None:
    gateway.plan = lambda request: close
    name = send_csv(run).json["batch"]
    taken(gateway)
    at_request(gateway, 1, meanwhile(gateway, "send", rows[3][0], "-m", "【科迅】别的", "--cap", "1/24h"))

    run("batch", "retry", name, "--unknown", "--yes", "--concurrency", "1")

    assert taken(gateway) == rows


def test_the_cap_counts_both_texts_where_an_unknown_one_was_sent_again(
    run: Run, gateway: FaultGateway
) -> None:
    rows = people(1)
    write_csv(rows)
    gateway.plan = lambda request: close
    name = send_csv(run).json["batch"]
    gateway.plan = accept_all
    run("batch", "retry", name, "--unknown", "--yes")
    taken(gateway)

    assert run("send", rows[0][0], "-m", "【科迅】别的", "--cap", "2/24h").status == 7
    assert run("send", rows[0][0], "-m", "【科迅】别的", "--cap", "3/24h", "-o", "json").json["capped"] == 0


def test_the_batch_keeps_its_cap(run: Run, gateway: FaultGateway, rows: list[tuple[str, str]]) -> None:
    gateway.plan = lambda request: REFUSED
    name = send_csv(run, "--cap", "1/24h", "--pause-after", "1").json["batch"]
    gateway.plan = accept_all
    run("send", rows[3][0], "-m", "【科迅】别的")
    taken(gateway)

    assert run("batch", "resume", name, "-o", "json", "--concurrency", "1").json["capped"] == 1
    assert rows[3] not in taken(gateway)


def limited(home: Path, gateway: FaultGateway, limit: int) -> tuple[str, str]:
    text = f'[profiles.p]\naccount = "12345"\ntoken = "t"\nbase_url = "{gateway.url}"\n'
    (home / "config.toml").write_text(f"{text}daily_limit = {limit}\n")
    return ("-p", "p")


def test_a_batch_that_reaches_the_daily_limit_waits_until_the_next_day(
    run: Run, gateway: FaultGateway, rows: list[tuple[str, str]], home: Path
) -> None:
    profile = limited(home, gateway, 5)

    at_request(
        gateway, 1, meanwhile(gateway, "send", "13900000001", "13900000002", "-m", "【科迅】别的", *profile)
    )

    done = send_csv(run, *profile)

    assert len(taken(gateway)) == 2 + 3
    assert (done.status, done.json["accepted"], done.json["not_sent"]) == (7, 3, 1)
    assert "daily limit of 5 billed messages" in done.error["message"]
    (batch,) = run("batch", "list", "--limit", "2", "--state", "waiting", "-o", "json").json
    assert batch["batch"] == done.json["batch"]


def test_the_daily_limit_is_that_of_the_day_on_which_the_window_opens(
    run: Run, gateway: FaultGateway, rows: list[tuple[str, str]], home: Path
) -> None:
    """In a zone where it is noon, the window has just closed, and opens tomorrow."""
    hours = 12 - datetime.now(UTC).hour
    profile = limited(home, gateway, 4)
    with (home / "config.toml").open("a") as config:
        config.write(f'timezone = "Etc/GMT{-hours:+}"\n')
    noon = datetime.now(timezone(timedelta(hours=hours)))
    window = f"{noon - timedelta(minutes=9):%H:%M}-{noon - timedelta(minutes=5):%H:%M}"
    run("send", "13900000001", "-m", "【科迅】别的", *profile)
    taken(gateway)

    done = send_csv(run, *profile, "--window", window)

    assert (done.status, done.json["not_sent"]) == (7, 4)
    assert "the hours in which texts may leave" in done.error["message"]


def test_what_was_refused_is_not_billed(
    run: Run, gateway: FaultGateway, rows: list[tuple[str, str]], home: Path
) -> None:
    gateway.plan = lambda request: REFUSED
    profile = limited(home, gateway, 4)
    name = send_csv(run, *profile).json["batch"]
    assert query_ledger("SELECT segments FROM billed") == [(0,)]
    gateway.plan = accept_all
    done = run("batch", "retry", name, "--rejected", "-o", "json")
    assert done.status == 0
    assert query_ledger("SELECT segments FROM billed") == [(4,)]


def test_a_batch_outside_its_hours_waits(
    run: Run, gateway: FaultGateway, rows: list[tuple[str, str]]
) -> None:
    done = send_csv(run, "--window", closed_window())

    assert taken(gateway) == []
    assert (done.status, done.json["not_sent"]) == (7, 4)
    (batch,) = run("batch", "list", "--state", "waiting", "-o", "json").json
    assert batch["batch"] == done.json["batch"]


def test_the_same_command_with_other_hours_sends_a_waiting_batch(
    run: Run, gateway: FaultGateway, rows: list[tuple[str, str]]
) -> None:
    name = send_csv(run, "--window", closed_window()).json["batch"]
    done = send_csv(run, "--window", "00:00-24:00")
    assert (done.json["batch"], done.json["accepted"]) == (name, 4)


def test_a_single_send_outside_its_hours_is_not_kept(run: Run, gateway: FaultGateway) -> None:
    done = run("send", "13800000001", "-m", "【科迅】您好", "--window", closed_window(), "-o", "json")
    assert done.status == 7
    assert run("batch", "list", "-o", "json").json == []


def closed_window() -> str:
    """Return hours that are two hours away, by the clocks of the default zone."""
    there = datetime.now(timezone(timedelta(hours=8))) + timedelta(hours=2)
    return f"{there:%H:%M}-{there + timedelta(minutes=1):%H:%M}"


@pytest.mark.parametrize(
    "option", [("--window", "9-21"), ("--window", "09:00-09:00"), ("--cap", "3"), ("--cap", "0/1h")]
)
def test_a_wrong_limit_is_one_line_and_sends_nothing(
    run: Run, gateway: FaultGateway, rows: list[tuple[str, str]], option: tuple[str, str]
) -> None:
    done = send_csv(run, *option)
    assert done.status == 2
    assert option[1] in json.dumps(done.error, ensure_ascii=False)
    assert gateway.received == []
