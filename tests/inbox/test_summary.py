"""`report` and `mo` sum up many records on a terminal, and any number of them with --summary."""

import sys

import pytest

from tests.conftest import Run
from tests.inbox.records_gateway import (
    ISO,
    ONE,
    RecordsGateway,
    a_reply,
    a_report,
    body_of,
    fetch,
    send,
    write_profile,
)
from tests.inbox.test_written_out import into_full_disk, needs_full
from tests.scripted_gateway import close
from tests.terminal import on_terminal

KXSMS = [sys.executable, "-m", "kxsms"]
LATER, LATER_ISO = "2026-11-23 11:30:00", "2026-11-23T11:30:00+08:00"


def numbers(count: int) -> list[str]:
    return [f"138{number:08}" for number in range(count)]


def on_screen(*arguments: str, columns: int = 80) -> str:
    status, shown = on_terminal([*KXSMS, *arguments], columns=columns, env={"NO_COLOR": "1"})
    assert status == 0, shown
    return shown


def rows(shown: str) -> int:
    """Return how many lines show a record."""
    return sum("1380000" in line for line in shown.splitlines())


@pytest.fixture
def many(gateway: RecordsGateway) -> list[str]:
    """Prepare 51 reports, of which 34 are delivered. Return their numbers."""
    found = numbers(51)
    gateway.prepare(
        body_of(*(a_report(one, status="DELIVRD" if i % 3 else "MK:0005") for i, one in enumerate(found)))
    )
    return found


def test_a_terminal_shows_figures_and_the_last_20_of_more_than_50(many: list[str]) -> None:
    write_profile(codes={"MK:0005": "空号"}, states={"MK:0005": "failed"})
    shown = on_screen("report")
    lines = [" ".join(line.replace("█", "").replace("▒", "").split()) for line in shown.splitlines()]
    assert lines[0] == f"51 reports at {ISO}"
    assert "delivered 34 (67 %)" in lines
    assert "MK:0005: 空号 17 (33 %)" in lines
    assert [number for number in many if number in shown] == many[-20:]
    assert "run kxsms report --no-pull --all to see every one" in " ".join(lines)


def test_a_terminal_shows_50_records_one_by_one(gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(*map(a_reply, numbers(50))))
    shown = on_screen("mo")
    assert rows(shown) == 50
    assert "50 replies" not in shown


def test_the_figures_are_those_of_all_records(gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(*(a_reply(one, content="退订") for one in numbers(120))))
    shown = on_screen("mo")
    assert f"120 replies at {ISO}\n\nopt-outs: 120 (100 %)\n" in shown


def test_all_shows_every_record(many: list[str]) -> None:
    assert rows(on_screen("report", "--all")) == 51


def test_a_pipe_gets_every_record(run: Run, many: list[str]) -> None:
    assert len(run("report").lines) == 52


def test_csv_on_a_terminal_has_every_record(many: list[str]) -> None:
    assert rows(on_screen("report", "-o", "csv")) == 51


def test_quiet_hides_the_note_and_not_the_figures(many: list[str]) -> None:
    shown = on_screen("report", "-q")
    assert "51 reports" in shown
    assert "kxsms:" not in shown


def test_the_hint_repeats_the_filters(many: list[str]) -> None:
    shown = " ".join(on_screen("report", "--since", "2026-11-22 09:00", "--task", "7").split())
    assert "kxsms report --no-pull --all --since '2026-11-22 09:00' --task 7" in shown


def test_a_long_status_leaves_room_for_its_number(gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(*(a_report(one, status="状态" * 30) for one in numbers(51))))
    assert on_screen("report", "--summary", columns=40).count("51 (100 %)") == 3


def test_mask_hides_the_numbers_in_a_summary(gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(*(a_report(one, status=f"to {one}") for one in numbers(51))))
    shown = on_screen("report", "--mask", columns=120)
    assert "138****0050" in shown
    assert [number for number in numbers(51) if number in shown] == []


def test_records_that_were_summed_up_count_as_shown(run: Run, many: list[str]) -> None:
    on_screen("report")
    assert fetch(run) == []
    assert len(fetch(run, "--no-pull")) == 51


@pytest.mark.parametrize("command", ["report", "mo"])
def test_a_summary_counts_as_shown(run: Run, gateway: RecordsGateway, command: str) -> None:
    gateway.prepare(body_of(a_report() if command == "report" else a_reply()))
    assert run(command, "--summary", "-o", "json").json["records"] == 1
    assert run(command, "--summary", "-o", "json").json["records"] == 0
    assert len(fetch(run, "--no-pull", command=command)) == 1


@needs_full
def test_records_whose_summary_was_not_written_are_shown_by_the_next_call(
    run: Run, gateway: RecordsGateway
) -> None:
    gateway.prepare(body_of(a_reply()))
    assert into_full_disk("mo", "--summary") == 1
    assert [one["mobile"] for one in fetch(run, command="mo")] == [ONE]


def test_a_summary_with_a_filter_leaves_the_others_unshown(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(*map(a_reply, numbers(3))))
    assert run("mo", "--summary", "--mobile", numbers(3)[1], "-o", "json").json["records"] == 1
    assert [one["mobile"] for one in fetch(run, command="mo")] == [numbers(3)[0], numbers(3)[2]]


def test_the_summary_of_reports(run: Run, gateway: RecordsGateway) -> None:
    write_profile(codes={"MK:0005": "空号"})
    batch = send(run, gateway, "7", ONE)
    gateway.prepare(body_of(a_report(), a_report(task="8"), a_report(task="9", status="MK:0005", time=LATER)))
    assert run("report", "--summary", "-o", "json").json == {
        "records": 3,
        "first": ISO,
        "last": LATER_ISO,
        "states": {"delivered": 2, "failed": 0, "pending": 0, "unknown": 1},
        "statuses": [
            {"status": "DELIVRD", "state": "delivered", "words": None, "records": 2},
            {"status": "MK:0005", "state": "unknown", "words": "空号", "records": 1},
        ],
        "statuses_left_out": 0,
        "batches": [{"batch": None, "records": 2}, {"batch": batch, "records": 1}],
        "batches_left_out": 0,
        "opted_out": None,
    }


def test_the_summary_of_replies_counts_opt_outs(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_reply(content="退订"), a_reply(content="好的")))
    found = run("mo", "--summary", "-o", "json").json
    assert (found["records"], found["opted_out"], found["states"]) == (2, 1, {})


def test_a_summary_in_csv_has_a_line_per_figure(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_reply(content="退订")))
    assert run("mo", "--summary", "-o", "csv").lines == [
        "by,key,state,words,records",
        "records,,,,1",
        f"first,{ISO},,,",
        f"last,{ISO},,,",
        "batch,,,,1",
        "opted_out,,,,1",
    ]


def test_a_summary_lists_100_statuses_and_counts_the_others(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(*(a_report(one, status=one) for one in numbers(130))))
    found = run("report", "--summary", "-o", "json").json
    assert len(found["statuses"]) == 100
    assert found["statuses_left_out"] == 30


def test_a_summary_of_nothing_has_all_keys(run: Run, gateway: RecordsGateway) -> None:
    found = run("report", "--summary", "-o", "json").json
    assert (found["records"], found["first"], found["statuses"], found["batches"]) == (0, None, [], [])


def test_a_summary_is_written_although_the_gateway_then_fails(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_reply()))
    gateway.answers.append(close)
    done = run("mo", "--summary", "-o", "json")
    assert (done.status, done.json["records"]) == (5, 1)


@pytest.mark.parametrize(
    ("option", "error"),
    [
        (("--watch",), "--summary does not work with --watch"),
        (("--all",), "--summary and --all contradict each other"),
        (("-o", "raw-json"), "--summary has no raw-json output"),
    ],
)
def test_a_summary_refuses_what_shows_each_record(
    run: Run, gateway: RecordsGateway, option: tuple[str, ...], error: str
) -> None:
    done = run("mo", "--summary", *option)
    assert (done.status, error in done.err, gateway.query_count()) == (2, True, 0)
