"""`kxsms stats`: the figures of what was sent, by day, product, batch and code."""

import csv
import io
import json
import subprocess
from typing import Any

import pytest

from kxsms.ledger.batches import Ledger
from tests.conftest import Done, Run
from tests.engines import ledger_place, query_ledger
from tests.inbox.records_gateway import (
    ONE,
    THREE,
    TWO,
    RecordsGateway,
    a_reply,
    a_report,
    body_of,
    fetch,
    send,
    started,
    write_profile,
)
from tests.scripted_gateway import answer
from tests.terminal import PROGRAMS, on_terminal

REFUSED = answer('{"Code":"-3","Message":"余额不足"}')
LONG = "【科迅】" + "您" * 100  # two billed messages
KEYS = (
    *("key", "recipients", "segments", "cost", "accepted", "rejected", "unknown", "delivered", "failed"),
    *("pending", "replies", "opted_out"),
)


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Any:
    yield from started(monkeypatch)


def stats(run: Run, *options: str) -> list[dict[str, Any]]:
    done: Done = run("stats", "-o", "json", *options)
    assert done.status == 0, done.err
    found: list[dict[str, Any]] = done.json
    return found


def the_row(run: Run, *options: str) -> dict[str, Any]:
    (row,) = stats(run, *options)
    return row


@pytest.fixture
def batch(run: Run, gateway: RecordsGateway) -> str:
    """Return a batch of three: delivered with an opt-out, failed with a reply, and without a report."""
    name = send(run, gateway, "7", ONE, TWO, THREE)
    gateway.prepare(body_of(a_report(ONE, "7"), a_report(TWO, "7", "UNDELIV")))
    fetch(run)
    gateway.prepare(body_of(a_reply(ONE, "TD"), a_reply(TWO, "好")))
    fetch(run, command="mo")
    return name


@pytest.fixture
def refused(run: Run, gateway: RecordsGateway) -> str:
    """Return a batch of one, which the gateway refused."""
    gateway.send_answers.append(REFUSED)
    name: str = run("send", ONE, "-m", "【科迅】再见", "-o", "json").json["batch"]
    return name


EVERY_WAY = pytest.mark.parametrize("by", ["day", "product", "batch", "code"])


COUNTS = {
    **{"recipients": 3, "accepted": 3, "rejected": 0, "unknown": 0, "delivered": 1},
    **{"failed": 1, "pending": 1, "replies": 2, "opted_out": 1, "segments": 3},
}


@EVERY_WAY
def test_it_counts_what_became_of_a_batch(run: Run, batch: str, by: str) -> None:
    row = the_row(run, "--by", by)
    assert {key: row[key] for key in COUNTS} == COUNTS


def test_the_keys_are_those_of_the_contract(run: Run, batch: str) -> None:
    assert tuple(the_row(run)) == KEYS


def test_the_key_of_a_batch_is_its_id(run: Run, batch: str) -> None:
    assert the_row(run, "--by", "batch")["key"] == batch


def test_the_key_of_a_code_is_that_of_the_gateway(run: Run, batch: str, refused: str) -> None:
    found = {row["key"]: (row["accepted"], row["rejected"]) for row in stats(run, "--by", "code")}
    assert found == {"0": (3, 0), "-3": (0, 1)}


def test_a_request_without_a_code_has_no_key(run: Run, gateway: RecordsGateway) -> None:
    gateway.send_answers.append(answer("no JSON"))
    run("send", ONE, "-m", LONG)
    row = the_row(run, "--by", "code")
    assert (row["key"], row["unknown"]) == (None, 1)


def test_products_are_apart_and_the_larger_one_is_first(run: Run, gateway: RecordsGateway) -> None:
    run("send", ONE, "-m", LONG, "--product", "vip")
    send(run, gateway, "7", ONE, TWO)
    assert [(row["key"], row["recipients"]) for row in stats(run, "--by", "product")] == [
        ("sms", 2),
        ("vip", 1),
    ]


def test_batches_come_from_the_oldest_on(run: Run, batch: str, refused: str) -> None:
    assert [row["key"] for row in stats(run, "--by", "batch")] == [batch, refused]


@EVERY_WAY
def test_only_accepted_and_unknown_recipients_are_billed(run: Run, gateway: RecordsGateway, by: str) -> None:
    gateway.send_answers += [answer('{"Code":"0"}'), REFUSED, answer("no JSON")]
    rows = "\n".join(f"{mobile},{LONG}{mobile}" for mobile in (ONE, TWO, THREE))
    csv_file = f"mobile,content\n{rows}\n".encode()
    run("send", "--csv", "-", "--yes", "--concurrency", "1", stdin=csv_file)
    found = stats(run, "--by", by)
    assert sum(row["segments"] for row in found) == 4
    assert sum(row["unknown"] for row in found) == 1


def test_a_batch_from_which_nothing_left_costs_nothing(run: Run, gateway: RecordsGateway) -> None:
    run("send", ONE, "-m", LONG, "--retries", "0", env={"KXSMS_BASE_URL": "http://127.0.0.1:1"})
    row = the_row(run)
    assert (row["recipients"], row["segments"], row["cost"]) == (1, 0, None)


@EVERY_WAY
def test_the_cost_is_exact(run: Run, batch: str, by: str) -> None:
    query_ledger("UPDATE batches SET price = '0.04501'")
    done = run("stats", "--by", by, "-o", "json")
    assert '"cost": 0.13503,' in done.text


@EVERY_WAY
def test_costs_of_different_prices_are_added_up(run: Run, gateway: RecordsGateway, by: str) -> None:
    for price, name in (("0.1", send(run, gateway, "7", ONE)), ("0.2", send(run, gateway, "8", TWO, THREE))):
        query_ledger("UPDATE batches SET price = ? WHERE name = ?", (price, name))
    assert round(sum(row["cost"] for row in stats(run, "--by", by)), 5) == 0.5


def test_a_cost_without_a_price_for_each_message_is_null(run: Run, gateway: RecordsGateway) -> None:
    name = send(run, gateway, "7", ONE)
    send(run, gateway, "8", TWO)
    query_ledger("UPDATE batches SET price = '0.1' WHERE name = ?", (name,))
    assert the_row(run)["cost"] is None


def test_a_refused_batch_without_a_price_hides_no_cost(run: Run, batch: str, refused: str) -> None:
    query_ledger("UPDATE batches SET price = '0.1' WHERE name = ?", (batch,))
    assert the_row(run)["cost"] == 0.3


@EVERY_WAY
def test_tests_are_not_counted(run: Run, batch: str, by: str) -> None:
    query_ledger("UPDATE batches SET is_test = TRUE")
    assert stats(run, "--by", by) == []


@EVERY_WAY
def test_an_older_batch_is_not_counted(run: Run, batch: str, by: str) -> None:
    query_ledger("UPDATE batches SET created = created - 31 * 86400")
    assert (stats(run, "--by", by), len(stats(run, "--by", by, "--since", "32d"))) == ([], 1)


def test_only_batches_of_the_named_profile_are_counted(run: Run, batch: str) -> None:
    write_profile(account="12345")
    assert stats(run, "--profile", "t") == []


@pytest.mark.parametrize(
    ("timezone", "day"),
    [("Asia/Shanghai", "2026-11-22"), ("UTC", "2026-11-21"), ("Asia/Kathmandu", "2026-11-22")],
)
def test_a_day_begins_at_midnight_in_the_zone_of_the_profile(
    run: Run, batch: str, timezone: str, day: str
) -> None:
    write_profile(timezone=timezone)
    query_ledger("UPDATE batches SET created = 1795285800.0")  # 2026-11-21T18:30:00Z
    assert the_row(run, "--since", "2026-11-01")["key"] == day


def test_days_are_in_their_order(run: Run, gateway: RecordsGateway) -> None:
    names = [send(run, gateway, task, ONE, text=f"【科迅】{task}") for task in "789"]
    for name, days in zip(names, (1, 3, 2), strict=True):
        query_ledger("UPDATE batches SET created = created - ? WHERE name = ?", (86400 * days, name))
    found = [row["key"] for row in stats(run)]
    assert (len(found), found) == (3, sorted(found))


def test_a_scheduled_batch_counts_on_its_day(run: Run, batch: str) -> None:
    query_ledger("UPDATE batches SET created = 1795285800.0, scheduled_for = 1795385800.0")
    assert the_row(run, "--since", "2026-11-01")["key"] == "2026-11-23"


@EVERY_WAY
def test_what_another_process_is_sending_is_not_unknown(run: Run, batch: str, by: str) -> None:
    with Ledger(ledger_place(), writable=True) as ledger, ledger.own(ledger.find(batch)):
        query_ledger("UPDATE requests SET state = 'sending', code = NULL")
        query_ledger("UPDATE batches SET sending = 3, accepted = 0, delivered = 0, failed = 0")
        # In a process of its own: a lock keeps only other processes away.
        during = json.loads(subprocess.check_output([PROGRAMS / "kxsms", "stats", "--by", by, "-o", "json"]))
        query_ledger("UPDATE requests SET state = 'accepted'")
        query_ledger("UPDATE batches SET sending = 0, accepted = 3")
    assert [row["unknown"] for row in during] == [0]


@EVERY_WAY
def test_what_was_in_flight_when_its_process_ended_is_unknown(run: Run, batch: str, by: str) -> None:
    query_ledger("UPDATE requests SET state = 'sending', code = NULL")
    query_ledger("UPDATE batches SET sending = 3, accepted = 0")
    assert the_row(run, "--by", by)["unknown"] == 3


def test_csv_has_every_column(run: Run, batch: str) -> None:
    head, *rows = csv.reader(io.StringIO(run("stats", "-o", "csv").text))
    assert tuple(head) == KEYS
    assert len(rows) == 1


def test_json_lines_have_a_row_each(run: Run, batch: str, refused: str) -> None:
    lines = run("stats", "--by", "batch", "-o", "jsonl").lines
    assert [json.loads(line)["key"] for line in lines] == [batch, refused]


def test_a_wrong_time_is_refused(run: Run) -> None:
    done = run("stats", "--since", "sometime")
    assert done.status == 2
    assert "--since 'sometime' is neither" in done.err


def test_it_has_no_raw_format(run: Run) -> None:
    assert run("stats", "-o", "raw-json").status == 2


def test_an_empty_ledger_has_no_rows(run: Run) -> None:
    assert stats(run) == []


def on_screen(*options: str, columns: int = 80) -> str:
    status, shown = on_terminal(
        [str(PROGRAMS / "kxsms"), "stats", *options], columns=columns, env={"NO_COLOR": "1"}
    )
    assert status == 0, shown
    return shown


def test_a_terminal_has_a_bar_and_its_legend(batch: str) -> None:
    shown = on_screen("--by", "product", columns=120)
    assert "█" * 13 + "▒" * 13 + "·" * 13 + " " in shown
    assert "█ delivered  ▒ failed  · no final report  ░ not accepted" in shown


def test_the_longest_bar_has_every_part(batch: str) -> None:
    query_ledger("UPDATE batches SET recipients = 1002, accepted = 1001, delivered = 999, rejected = 1")
    assert "█" * 9 + "▒·░ " in on_screen()


def test_a_cost_that_is_not_known_is_no_number(batch: str, refused: str) -> None:
    query_ledger("UPDATE batches SET price = '0.1'")
    query_ledger("UPDATE batches SET price = NULL, rejected = 0, accepted = 1 WHERE name = ?", (refused,))
    head, *lines = on_screen("--by", "batch", columns=120).splitlines()
    end = head.index("cost") + len("cost")
    cells = {line[:8]: line[end - 4 : end] for line in lines}
    assert (cells[batch], cells[refused]) == ("0.30", "    ")


def test_a_terminal_has_a_total(batch: str, refused: str) -> None:
    last = next(line for line in on_screen("--by", "batch").splitlines() if line.startswith("total"))
    assert last.split()[:2] == ["total", "4"]


def test_a_terminal_shows_the_share_of_the_accepted_that_was_delivered(batch: str) -> None:
    assert "1 (33 %)" in on_screen()


def test_a_narrow_terminal_names_the_columns_that_it_hides(batch: str, refused: str) -> None:
    shown = on_screen("--by", "batch", columns=60)
    assert "not shown: " in shown
    assert all(len(line) <= 60 for line in shown.splitlines())


def test_a_wide_terminal_hides_nothing(batch: str, refused: str) -> None:
    shown = on_screen("--by", "batch", columns=140)
    assert "not shown" not in shown
    assert "opt-outs" in shown


def test_a_terminal_without_rows_says_so(run: Run) -> None:
    assert on_screen() == "nothing was sent in this time\n"
