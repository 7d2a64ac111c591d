"""The list of opt-outs: replies and persons add to it, and a removed number may come back."""

from tests.conftest import Run
from tests.inbox.records_gateway import ONE, TWO, RecordsGateway, a_reply, body_of, fetch, query_ledger


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


def test_a_reply_with_half_a_character_is_listed(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_reply(ONE, "T@")).replace("@", r"\ud83d"))
    fetch(run, command="mo")
    assert list(listed(run)) == [ONE]
