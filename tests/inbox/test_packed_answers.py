"""Answers with JSON packed into a text: opened and read, unless a phone may have written that text."""

import json

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.inbox.records_gateway import (
    ISO,
    ONE,
    TWO,
    RecordsGateway,
    a_reply,
    a_report,
    body_of,
    fetch,
    keep_unread_answer,
)

RECORDS = [a_report(ONE), a_report(TWO, status="UNDELIV")]


def packed(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


SHAPES = {
    "a list": {"Code": "0", "Data": packed(RECORDS)},
    "blanks": {"Code": "0", "Data": f"\r\n {packed(RECORDS)} "},
    "a list inside a list": {"Code": "0", "Data": packed({"List": packed(RECORDS)})},
    "packed twice": {"Code": "0", "Data": packed(packed(RECORDS))},
    "a whole answer": {"d": packed({"Code": "0", "Data": packed(RECORDS)})},
    "each record": {"Code": "0", "Data": [packed(record) for record in RECORDS]},
    "one list per task": {"Code": "0", "Data": [{"TaskId": "7", "Reports": packed(RECORDS)}]},
    "the message of the answer": {"Code": "0", "Message": packed(RECORDS)},
    "its content": {"code": 0, "content": packed(RECORDS)},
    "an object in between": {"Code": "0", "Result": {"Total": "2", "Items": packed(RECORDS)}},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_reports_in_a_packed_answer_are_read(run: Run, gateway: RecordsGateway, shape: str) -> None:
    gateway.prepare(packed(SHAPES[shape]))
    found = fetch(run)
    assert [(one["mobile"], one["state"], one["task_id"]) for one in found] == [
        (ONE, "delivered", "7"),
        (TWO, "failed", "7"),
    ]


def test_json_packed_into_xml_is_read(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(f"<Response><Code>0</Code><Data>{packed([a_reply()])}</Data></Response>")
    assert [one["content"] for one in fetch(run, command="mo")] == ["1"]


def test_a_packed_answer_without_records_is_nothing_new(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare('{"Code":"0","Data":"[]"}')
    assert fetch(run) == []


def test_an_answer_that_an_earlier_version_could_not_read_is_read_now(
    run: Run, gateway: RecordsGateway
) -> None:
    fetch(run)
    keep_unread_answer("report", packed(SHAPES["a list"]))
    query_ledger("UPDATE answers SET state = 'unread', tried = '(''0.1.0'', [], [])'")
    assert len(fetch(run)) == 2


def test_a_text_from_a_phone_is_not_opened(run: Run, gateway: RecordsGateway) -> None:
    text = packed([a_reply(TWO, "退订")])
    gateway.prepare(body_of(a_reply(ONE, text)))
    assert [(one["mobile"], one["content"]) for one in fetch(run, command="mo")] == [(ONE, text)]


@pytest.mark.parametrize("name", ["Content", "nr"])
def test_a_text_from_a_phone_is_not_opened_in_an_answer_that_cannot_be_read(
    run: Run, gateway: RecordsGateway, name: str
) -> None:
    gateway.prepare(body_of({"hm": ONE, name: packed([a_reply(TWO, "退订")])}))
    fetch(run, command="mo", status=1)
    assert fetch(run, "--no-pull", command="mo") == []


def test_a_text_packed_too_often_is_an_unread_answer(run: Run, gateway: RecordsGateway) -> None:
    value: object = RECORDS
    for _ in range(9):
        value = packed(value)
    gateway.prepare(packed({"Code": "0", "Data": value}))
    fetch(run, status=1)
    assert query_ledger("SELECT state FROM answers") == [("unread",)]


@pytest.mark.parametrize("name", ["Message", "content"])
def test_a_text_from_a_phone_is_not_opened_beside_a_code(
    run: Run, gateway: RecordsGateway, name: str
) -> None:
    text = packed([a_reply(TWO, "退订")])
    gateway.prepare(packed({"Code": "0", "Replies": [{"Code": "0", "hm": "***", name: text}]}))
    fetch(run, command="mo", status=1)
    assert fetch(run, "--no-pull", command="mo") == []


@pytest.mark.parametrize(
    "time", ["2026/11/22 星期日 10:00:00", "2026/11/22 上午 10:00:00", "2026/11/22 星期日 上午10:00:00"]
)
def test_a_time_in_the_chinese_form_of_dotnet_is_read(run: Run, gateway: RecordsGateway, time: str) -> None:
    gateway.prepare(body_of(a_report(time=time)))
    assert fetch(run)[0]["time"] == ISO
