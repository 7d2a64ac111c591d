"""Equal records: two of one answer are two; in another answer one is a repetition if it has an identity."""

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.inbox.records_gateway import (
    EMPTY,
    ONE,
    TIME,
    TWO,
    RecordsGateway,
    a_reply,
    a_report,
    body_of,
    fetch,
)


def test_a_call_fetches_until_an_answer_has_nothing_new(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(*(body_of(a_report(task=str(number))) for number in range(5)))
    assert [record["task_id"] for record in fetch(run)] == ["0", "1", "2", "3", "4"]
    assert gateway.query_count() == 6


def test_a_call_stops_at_a_repeated_answer(run: Run, gateway: RecordsGateway) -> None:
    body = body_of(a_report())
    gateway.prepare(*[body] * 5)
    assert len(fetch(run)) == 1
    assert gateway.query_count() == 2
    assert fetch(run) == []
    assert len(fetch(run, "--no-pull")) == 1


@pytest.mark.parametrize("command", ["report", "mo"])
def test_equal_records_of_one_answer_are_two(run: Run, gateway: RecordsGateway, command: str) -> None:
    one = a_report() if command == "report" else a_reply()
    gateway.prepare(body_of(one, one))
    assert [record["mobile"] for record in fetch(run, command=command)] == [ONE, ONE]


def test_a_record_with_a_time_in_seconds_is_a_repetition_in_another_answer(
    run: Run, gateway: RecordsGateway
) -> None:
    gateway.prepare(body_of(a_report(), a_report()), body_of(a_report(), a_report(TWO)))
    assert [record["mobile"] for record in fetch(run)] == [ONE, ONE, TWO]


def test_a_third_equal_record_in_another_answer_is_new(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_reply(), a_reply()), body_of(a_reply(), a_reply(), a_reply()))
    assert len(fetch(run, command="mo")) == 3


VAGUE = {
    "no time": None,
    "minutes": "2026-11-22 10:00",
    "minutes in digits": "202611221000",
    "a day": "2026-11-22",
    "no time at all": "soon",
}


@pytest.mark.parametrize("time", VAGUE.values(), ids=VAGUE)
def test_equal_replies_without_seconds_in_two_polls_are_two(
    run: Run, gateway: RecordsGateway, time: str | None
) -> None:
    for _ in range(2):
        gateway.prepare(body_of(a_reply(time=time)), EMPTY)
        assert [record["content"] for record in fetch(run, command="mo")] == ["1"]
    assert len(fetch(run, "--no-pull", command="mo")) == 2


@pytest.mark.parametrize("task", [{}, {"TaskId": "7"}])
def test_a_reply_to_the_same_text_is_no_repetition(
    run: Run, gateway: RecordsGateway, task: dict[str, str]
) -> None:
    one, two = ({**a_reply(content=content, time=None), **task} for content in "12")
    gateway.prepare(body_of(one), body_of(two), body_of(one))
    assert [record["content"] for record in fetch(run, command="mo")] == ["1", "2", "1"]


def test_a_reply_with_an_id_is_a_repetition_in_another_answer(run: Run, gateway: RecordsGateway) -> None:
    one = {**a_reply(time=None), "Id": "77"}
    gateway.prepare(body_of(one), body_of(one, {**one, "Id": "78"}))
    assert [record["extra"]["Id"] for record in fetch(run, command="mo")] == ["77", "78"]


def test_equal_reports_without_seconds_in_two_polls_are_two(run: Run, gateway: RecordsGateway) -> None:
    for _ in range(2):
        gateway.prepare(body_of(a_report(time="2026-11-22 10:00")), EMPTY)
        assert len(fetch(run)) == 1


def test_a_call_stops_at_an_answer_that_repeats_for_ever(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(*[body_of(a_reply(time=None))] * 50)
    assert len(fetch(run, command="mo")) == 2
    assert gateway.query_count() == 2


def test_reports_that_differ_in_one_field_are_two(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(
        body_of(
            a_report(),
            a_report(mobile=TWO),
            a_report(task="8"),
            a_report(status="UNDELIV"),
            a_report(time="2026-11-22 10:00:01"),
            {**a_report(), "Fee": "2"},
        )
    )
    assert len(fetch(run)) == 6


def test_the_same_reply_in_two_answers_is_one(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_reply()), body_of(a_reply(), a_reply(TWO)))
    assert [record["mobile"] for record in fetch(run, command="mo")] == [ONE, TWO]


@pytest.mark.parametrize("time", [TIME, None])
def test_equal_replies_of_two_people_are_two(run: Run, gateway: RecordsGateway, time: str | None) -> None:
    gateway.prepare(body_of(a_reply(ONE, "1", time), a_reply(TWO, "1", time)))
    assert [(r["mobile"], r["content"]) for r in fetch(run, command="mo")] == [(ONE, "1"), (TWO, "1")]


def test_equal_replies_without_a_time_in_different_answers_are_two(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_reply(time=None)), body_of(a_reply(TWO, time=None), a_reply(time=None)))
    assert [record["mobile"] for record in fetch(run, command="mo")] == [ONE, TWO, ONE]


def test_each_account_has_its_own_records(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_report()), EMPTY, body_of(a_report()))
    assert len(fetch(run)) == 1
    done = run("report", "-o", "json", env={"KXSMS_ACCOUNT": "other"})
    assert len(done.json) == 1
    assert len(fetch(run, "--no-pull")) == 1


def test_answers_without_records_are_not_kept(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_report()), EMPTY)
    fetch(run)
    fetch(run)
    assert query_ledger("SELECT state FROM answers") == [("read",)]


def test_reparse_adds_nothing(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_reply(time=None), a_reply(time=None), a_reply(TWO)))
    assert len(fetch(run, command="mo")) == 3
    assert fetch(run, "--reparse", command="mo") == []
    assert len(fetch(run, "--no-pull", command="mo")) == 3


def test_reparse_with_a_new_name_for_a_field_adds_nothing(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of({**a_report(), "port": "0042"}))
    assert fetch(run)[0]["extno"] is None
    assert run("config", "set", "-y", "-p", "t", "fields.extno", "port").status == 0
    fetch(run, "--reparse")
    assert [record["mobile"] for record in fetch(run, "--no-pull")] == [ONE]


def test_a_field_of_numbers_named_later_gives_one_record(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of({"hm": ONE, "TaskId": "7", "Status": "DELIVRD", "ReportTime": TIME}))
    run("report")
    assert run("config", "set", "-y", "-p", "t", "fields.mobile", "hm").status == 0
    run("report", "--reparse")
    assert [record["mobile"] for record in fetch(run, "--no-pull")] == [ONE]
