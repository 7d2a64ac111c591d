"""The list of opt-outs: replies and persons add to it, and a removed number may come back."""

from pathlib import Path

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.inbox.records_gateway import (
    ONE,
    THREE,
    TWO,
    RecordsGateway,
    a_reply,
    body_of,
    fetch,
    write_profile,
)


def listed(run: Run) -> dict[str, str]:
    """Return the reason of each number on the list."""
    return {item["mobile"]: item["reason"] for item in run("optout", "list", "-o", "json").json}


def test_a_reply_puts_its_number_on_the_list(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_reply("+86 " + ONE, "退订。"), a_reply(TWO, "T恤还有吗")))
    fetch(run, command="mo")
    (found,) = run("optout", "list", "-o", "json").json
    assert list(found) == ["mobile", "since", "source", "reason"]
    assert (found["mobile"], found["source"], found["reason"]) == (ONE, "reply", "退订。")
    assert query_ledger("SELECT record FROM opt_outs")[0][0] == 1


def test_a_person_adds_numbers(run: Run, gateway: RecordsGateway) -> None:
    assert "added 2 numbers" in run("optout", "add", ONE, "138-0000-0002", ONE, "--reason", "phone").err
    assert "added 0 numbers" in run("optout", "add", ONE).err
    assert listed(run)[ONE] == "phone"


def test_an_invalid_number_adds_none(run: Run, gateway: RecordsGateway) -> None:
    assert run("optout", "add", ONE, "123").status == 2
    assert listed(run) == {}


def test_replies_of_an_earlier_version_are_imported(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_reply(ONE, "TD")))
    fetch(run, command="mo")
    query_ledger("DELETE FROM opt_outs")
    assert "added 1 number" in run("optout", "import", "--from-replies").err
    assert listed(run) == {ONE: "TD"}


def test_a_removed_number_comes_back_only_with_a_new_reply(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_reply(ONE, "TD")))
    fetch(run, command="mo")
    assert run("optout", "remove", ONE).status == 2
    run("optout", "remove", ONE, "--yes")
    run("optout", "import", "--from-replies")
    assert listed(run) == {}
    gateway.prepare(body_of(a_reply(ONE, "R", "2026-11-23 10:00:00")))
    fetch(run, command="mo")
    assert listed(run) == {ONE: "R"}


def test_a_clock_that_was_ahead_when_a_number_was_removed_keeps_no_reply_off_the_list(
    run: Run, gateway: RecordsGateway
) -> None:
    run("optout", "add", ONE)
    run("optout", "remove", ONE, "--yes")
    query_ledger("UPDATE opt_outs SET removed = removed + 86400")
    gateway.prepare(body_of(a_reply(ONE, "R")))
    fetch(run, command="mo")
    assert listed(run) == {ONE: "R"}


def test_a_clock_that_was_ahead_when_a_number_was_removed_keeps_no_person_from_adding_it(
    run: Run, gateway: RecordsGateway
) -> None:
    run("optout", "add", ONE)
    run("optout", "remove", ONE, "--yes")
    query_ledger("UPDATE opt_outs SET removed = removed + 86400")
    assert "added 1 number" in run("optout", "add", ONE).err
    assert list(listed(run)) == [ONE]


def test_replies_that_are_parsed_again_opt_out(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of({"Mobile": ONE, "Words": "TD"}, {"Mobile": TWO, "Words": "R"}))
    fetch(run, command="mo")
    assert listed(run) == {}
    write_profile(fields={"content": ["Words"]})
    fetch(run, "--reparse", command="mo")
    assert listed(run) == {ONE: "TD", TWO: "R"}


def test_a_removed_number_does_not_come_back_when_its_reply_is_parsed_again(
    run: Run, gateway: RecordsGateway
) -> None:
    gateway.prepare(body_of(a_reply(ONE, "TD")))
    fetch(run, command="mo")
    run("optout", "remove", ONE, "--yes")
    fetch(run, "--reparse", command="mo")
    assert listed(run) == {}


def test_a_reply_with_half_a_character_is_listed(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_reply(ONE, "T@")).replace("@", r"\ud83d"))
    fetch(run, command="mo")
    assert list(listed(run)) == [ONE]


def test_a_file_is_imported(run: Run, gateway: RecordsGateway) -> None:
    Path("n.txt").write_text(f"{ONE}\n138 0000 0002\n{ONE}\n")
    done = run("optout", "import", "n.txt", "--reason", "complained")
    assert "added 2 numbers; 1 already on the list or given twice" in done.err
    assert listed(run) == {ONE: "complained", "13800000002": "complained"}


def test_a_list_is_imported_from_stdin(run: Run, gateway: RecordsGateway) -> None:
    assert run("optout", "import", "-", stdin=f"mobile,name\n{ONE},张三\n".encode()).status == 0
    assert list(listed(run)) == [ONE]


def test_a_file_with_an_invalid_number_adds_none(run: Run, gateway: RecordsGateway) -> None:
    Path("n.txt").write_text(f"{ONE}\n123\n")
    done = run("optout", "import", "n.txt")
    assert (done.status, listed(run)) == (2, {})
    assert "n.txt:2: '123' has 3 digits" in done.err


def test_invalid_lines_can_be_skipped(run: Run, gateway: RecordsGateway) -> None:
    Path("n.txt").write_text(f"{ONE}\n123\n")
    assert "n.txt: skipped 1 invalid number" in run("optout", "import", "n.txt", "--skip-invalid").err
    assert list(listed(run)) == [ONE]


def test_an_import_brings_a_removed_number_back(run: Run, gateway: RecordsGateway) -> None:
    run("optout", "add", ONE)
    run("optout", "remove", ONE, "--yes")
    assert "added 1 number" in run("optout", "import", "-", stdin=ONE.encode()).err
    assert list(listed(run)) == [ONE]


def test_each_added_number_grows(run: Run, gateway: RecordsGateway) -> None:
    run("optout", "add", TWO)
    run("optout", "import", "-", stdin=f"{ONE}\n{TWO}\n{THREE}\n".encode())
    numbers = query_ledger("SELECT number FROM opt_outs WHERE mobile != ? ORDER BY number", [TWO])
    assert min(numbers) > query_ledger("SELECT number FROM opt_outs WHERE mobile = ?", [TWO])[0]
    assert len(set(numbers)) == 2


@pytest.mark.parametrize("name", ["e.csv", "e.xlsx", "e.jsonl"])
def test_an_export_is_imported_as_it_was(run: Run, gateway: RecordsGateway, name: str) -> None:
    gateway.prepare(body_of(a_reply(ONE, "TD")))
    fetch(run, command="mo")
    run("optout", "add", TWO, "--reason", "=asked, by phone")
    before = run("optout", "list", "-o", "json").json
    assert run("optout", "export", "--out", name, "-o", "json").json == {"file": name, "rows": 2}
    query_ledger("DELETE FROM opt_outs")
    run("optout", "import", name)
    assert run("optout", "list", "-o", "json").json == before


def test_an_export_to_stdout_is_a_csv(run: Run, gateway: RecordsGateway) -> None:
    run("optout", "add", ONE)
    header, row = run("optout", "export").out.decode("utf-8-sig").splitlines()
    assert header == "mobile,since,source,reason"
    assert row.startswith(f"{ONE},20")


@pytest.mark.parametrize(
    "arguments", [[], ["n.txt", "--from-replies"], ["--from-replies", "--skip-invalid"], ["no.txt"]]
)
def test_an_import_of_nothing_is_refused(run: Run, gateway: RecordsGateway, arguments: list[str]) -> None:
    assert run("optout", "import", *arguments).status == 2


def test_add_says_how_a_file_is_imported(run: Run, gateway: RecordsGateway) -> None:
    Path("n.txt").write_text(ONE)
    assert "run kxsms optout import n.txt" in run("optout", "add", "n.txt").err
