"""The same record twice is one record; two people who both answer `1` are two."""

import pytest

from tests.conftest import Run
from tests.inbox.scene import EMPTY, ONE, TIME, TWO, Hatch, a_reply, a_report, data, fetch, look


def test_fetches_until_nothing_is_new(run: Run, gateway: Hatch) -> None:
    gateway.hand(*(data(a_report(task=str(number))) for number in range(5)))
    assert [record["task_id"] for record in fetch(run)] == ["0", "1", "2", "3", "4"]
    assert gateway.asked() == 6


def test_a_gateway_that_repeats_itself_is_left_alone(run: Run, gateway: Hatch) -> None:
    body = data(a_report())
    gateway.hand(*[body] * 5)
    assert len(fetch(run)) == 1
    assert gateway.asked() == 2
    assert fetch(run) == []
    assert len(fetch(run, "--no-pull")) == 1


def test_the_same_report_in_another_answer(run: Run, gateway: Hatch) -> None:
    gateway.hand(data(a_report(), a_report()), data(a_report(), a_report(TWO)))
    assert [record["mobile"] for record in fetch(run)] == [ONE, TWO]


def test_reports_that_differ_in_one_thing_are_two(run: Run, gateway: Hatch) -> None:
    gateway.hand(
        data(
            a_report(),
            a_report(mobile=TWO),
            a_report(task="8"),
            a_report(status="UNDELIV"),
            a_report(time="2026-11-22 10:00:01"),
            {**a_report(), "Fee": "2"},
        )
    )
    assert len(fetch(run)) == 6


def test_the_same_reply_in_another_answer(run: Run, gateway: Hatch) -> None:
    gateway.hand(data(a_reply()), data(a_reply(), a_reply(TWO)))
    assert [record["mobile"] for record in fetch(run, command="mo")] == [ONE, TWO]


@pytest.mark.parametrize("time", [TIME, None])
def test_two_people_answer_the_same(run: Run, gateway: Hatch, time: str | None) -> None:
    gateway.hand(data(a_reply(ONE, "1", time), a_reply(TWO, "1", time)))
    assert [(r["mobile"], r["content"]) for r in fetch(run, command="mo")] == [(ONE, "1"), (TWO, "1")]


def test_one_person_answers_twice_without_a_time(run: Run, gateway: Hatch) -> None:
    """In one answer two replies; the same answer again, byte for byte, has none that is new."""
    twice = data(a_reply(time=None), a_reply(time=None))
    gateway.hand(twice, twice)
    assert [record["content"] for record in fetch(run, command="mo")] == ["1", "1"]
    gateway.hand(twice)
    assert fetch(run, command="mo") == []
    assert len(fetch(run, "--no-pull", command="mo")) == 2


def test_one_person_answers_again_in_another_answer(run: Run, gateway: Hatch) -> None:
    gateway.hand(data(a_reply(time=None)), data(a_reply(TWO, time=None), a_reply(time=None)))
    assert [record["mobile"] for record in fetch(run, command="mo")] == [ONE, TWO, ONE]


def test_of_two_accounts_each_has_its_own(run: Run, gateway: Hatch) -> None:
    gateway.hand(data(a_report()), EMPTY, data(a_report()))
    assert len(fetch(run)) == 1
    done = run("report", "-o", "json", env={"KXSMS_ACCOUNT": "other"})
    assert len(done.json) == 1
    assert len(fetch(run, "--no-pull")) == 1


def test_answers_without_records_are_not_kept(run: Run, gateway: Hatch) -> None:
    gateway.hand(data(a_report()), EMPTY)
    fetch(run)
    fetch(run)
    assert look("SELECT state FROM answers") == [("read",)]


def test_reparse_adds_nothing(run: Run, gateway: Hatch) -> None:
    gateway.hand(data(a_reply(time=None), a_reply(time=None), a_reply(TWO)))
    assert len(fetch(run, command="mo")) == 3
    assert fetch(run, "--reparse", command="mo") == []
    assert len(fetch(run, "--no-pull", command="mo")) == 3


def test_reparse_with_a_new_name_for_a_field_adds_nothing(run: Run, gateway: Hatch) -> None:
    gateway.hand(data({**a_report(), "port": "0042"}))
    assert fetch(run)[0]["extno"] is None
    assert run("config", "set", "-p", "t", "fields.extno", "port").status == 0
    fetch(run, "--reparse")
    assert [record["mobile"] for record in fetch(run, "--no-pull")] == [ONE]


def test_a_list_whose_numbers_have_an_unknown_name(run: Run, gateway: Hatch) -> None:
    """Once the config names them there is one record, with its number."""
    gateway.hand(data({"hm": ONE, "TaskId": "7", "Status": "DELIVRD", "ReportTime": TIME}))
    run("report")
    assert run("config", "set", "-p", "t", "fields.mobile", "hm").status == 0
    run("report", "--reparse")
    assert [record["mobile"] for record in fetch(run, "--no-pull")] == [ONE]
