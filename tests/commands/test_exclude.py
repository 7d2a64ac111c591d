"""`send --exclude` and `send --include-opted-out`: who is not sent to, and who is in spite of it."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Done, Run
from tests.engines import query_ledger
from tests.ledger.scene import ONE, batches, people, send_csv, taken, unfinished, write_csv
from tests.scripted_gateway import ScriptedGateway
from tests.source.sheets import workbook
from tests.terminal import on_terminal

MOBILES = [mobile for mobile, _ in people(4)]


def exclude(*mobiles: str, name: str = "x.txt") -> str:
    Path(name).write_text("\n".join(mobiles))
    return name


def sent(gateway: ScriptedGateway) -> list[str]:
    return sorted(mobile for mobile, _ in taken(gateway))


def exported(run: Run, done: Done) -> dict[str, Any]:
    """Return the outcome of each number in the export of a batch."""
    rows = run("batch", "export", done.json["batch"], "-o", "json").json
    return {row["mobile"]: row["kxsms_outcome"] for row in rows}


def test_numbers_of_several_files_are_skipped(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(4))
    book = workbook([["姓名", "手机号"], ["张三", MOBILES[1]]], name="x.xlsx")
    done = send_csv(run, "--exclude", exclude(f"+86 {MOBILES[0]}"), "--exclude", book)
    assert sent(gateway) == MOBILES[2:]
    assert (done.json["skipped"], done.json["accepted"]) == (2, 2)
    assert "skipped 2 recipients: excluded by --exclude" in done.err
    assert list(exported(run, done).values()) == ["skipped", "skipped", "accepted", "accepted"]


def test_a_dry_run_excludes_too(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(4))
    done = send_csv(run, "--dry-run", "--exclude", exclude(MOBILES[0]))
    assert (done.json["recipients"], done.json["skipped"]) == (3, 1)


def test_excluded_numbers_are_no_part_of_the_identity(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(4))
    send_csv(run, "--exclude", exclude(MOBILES[0]))
    assert send_csv(run).json["replayed"] is True
    assert batches() == 1


def test_an_unfinished_batch_is_resumed_without_them(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(4))
    first = unfinished(run, gateway)
    left = [mobile for mobile, outcome in exported(run, first).items() if outcome in ("planned", "not_sent")]
    taken(gateway)
    done = send_csv(run, "--exclude", exclude(left[-1]))
    assert sent(gateway) == left[:-1]
    assert (done.json["batch"], done.json["skipped"]) == (first.json["batch"], 1)
    assert run("batch", "check").status == 0


def test_a_single_send_to_an_excluded_number_sends_nothing(run: Run, gateway: ScriptedGateway) -> None:
    done = run("send", ONE, "-m", "【科】x", "--exclude", exclude(ONE), "-o", "json")
    assert (done.status, done.json["skipped"], sent(gateway)) == (0, 1, [])


def test_a_list_is_read_from_stdin(run: Run, gateway: ScriptedGateway) -> None:
    run("send", ONE, "-m", "【科】x", "--exclude", "-", stdin=ONE.encode())
    assert sent(gateway) == []


def test_an_empty_list_excludes_nobody_and_is_warned_of(run: Run, gateway: ScriptedGateway) -> None:
    done = run("send", ONE, "-m", "【科】x", "--exclude", exclude())
    assert sent(gateway) == [ONE]
    assert "warning: x.txt: there is no number to exclude" in done.err


BAD = {
    "a missing file": (["--exclude", "no.txt"], "no.txt: No such file or directory"),
    "an unset variable": (["--exclude", ""], "'': Is a directory"),
    "an invalid line": (["--exclude", "bad.txt"], "bad.txt:2: '123' has 3 digits"),
    "stdin twice": (["--exclude", "-", "--exclude", "-"], "cannot both read stdin"),
    "stdin for two": (["--exclude", "-", "--message-file", "-"], "cannot both read stdin"),
}


@pytest.mark.parametrize(("options", "problem"), BAD.values(), ids=BAD)
def test_a_bad_list_stops_the_send(
    run: Run, gateway: ScriptedGateway, options: list[str], problem: str
) -> None:
    exclude(ONE, "123", name="bad.txt")
    text = [] if "--message-file" in options else ["-m", "【科】x"]
    done = run("send", ONE, *text, *options, stdin="【科】x".encode())
    assert (done.status, sent(gateway)) == (2, [])
    assert problem in done.err


def test_a_bad_list_stops_a_send_that_would_be_shown_again(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(2))
    send_csv(run)
    assert send_csv(run, "--exclude", "no.txt").status == 2


def test_recipients_who_opted_out_can_be_included(run: Run, gateway: ScriptedGateway) -> None:
    run("optout", "add", MOBILES[0])
    write_csv(people(2))
    done = send_csv(run, "--include-opted-out")
    assert sent(gateway) == MOBILES[:2]
    assert done.json["opted_out"] == 0
    assert "this send includes 1 recipient who opted out" in done.err


def test_the_ledger_keeps_that_they_were_included(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(2))
    name = send_csv(run, "--include-opted-out").json["batch"]
    assert "--include-opted-out" in run("batch", "show", name).err
    assert query_ledger("SELECT terms FROM batches")[0][0].startswith('{"includes_opted_out": true')


def test_a_batch_is_resumed_for_all(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(4))
    first = unfinished(run, gateway)
    left = [mobile for mobile, outcome in exported(run, first).items() if outcome in ("planned", "not_sent")]
    run("optout", "add", left[-1])
    taken(gateway)
    done = send_csv(run, "--include-opted-out")
    assert sent(gateway) == left
    assert "this send includes 1 recipient who opted out" in done.err
    assert "--include-opted-out" in run("batch", "show", first.json["batch"]).err


@pytest.mark.parametrize(("typed", "status"), [("n", 7), ("y", 0)])
def test_a_person_is_asked_about_them(run: Run, gateway: ScriptedGateway, typed: str, status: int) -> None:
    run("optout", "add", ONE)
    command = ["kxsms", "send", ONE, "-m", "【科】x", "--include-opted-out"]
    ended, shown = on_terminal(command, answers=[typed])
    assert ended == status
    assert "Send to 1 recipient who opted out? [y/N]" in shown
    assert sent(gateway) == ([ONE] if typed == "y" else [])


def test_off_a_terminal_it_needs_yes(run: Run, gateway: ScriptedGateway) -> None:
    run("optout", "add", ONE)
    done = run("send", ONE, "-m", "【科】x", "--include-opted-out")
    assert (done.status, sent(gateway)) == (2, [])
    assert "use --yes" in done.err
