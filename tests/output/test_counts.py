"""Counts are numbers in JSON, exactly as the gateway gave them, and its own text in tables and CSV."""

import json

import pytest

from tests.conftest import Run
from tests.scripted_gateway import ScriptedGateway, answer

HUGE = "123456789012345678901234567890"


def with_count(count: str) -> str:
    return json.dumps({"Code": "0", "Count": count})


@pytest.mark.parametrize(
    ("text", "written"),
    [("1200", "1200"), ("-5", "-5"), (HUGE, HUGE), ("12.50", "12.5"), ("0.1", "0.1"), ("007", "7")],
)
def test_a_count_is_a_number_in_json(run: Run, gateway: ScriptedGateway, text: str, written: str) -> None:
    gateway.otherwise = answer(with_count(text))
    assert f'"count": {written}\n' in run("balance", "-o", "json").text


def test_a_number_has_no_count_text(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = answer(with_count("1200"))
    assert "count_text" not in run("balance", "-o", "json").json


@pytest.mark.parametrize("text", ["unlimited", "1,200", "0.12345678901234567890123"])
def test_a_count_that_is_no_number_is_null_beside_its_text(
    run: Run, gateway: ScriptedGateway, text: str
) -> None:
    gateway.otherwise = answer(with_count(text))
    document = run("balance", "-o", "jsonl").json
    assert (document["count"], document["count_text"]) == (None, text)


def test_without_an_answer_there_is_neither_count_nor_text(run: Run, gateway: ScriptedGateway) -> None:
    gateway.script = [answer('{"Code":"-3"}')]
    document = run("balance", "-o", "json").json
    assert "count_text" not in document
    assert document["count"] is None


@pytest.mark.parametrize("format", ["csv", "table"])
@pytest.mark.parametrize("text", ["1200.50", "unlimited", HUGE])
def test_a_table_has_the_count_as_it_came(run: Run, gateway: ScriptedGateway, format: str, text: str) -> None:
    gateway.otherwise = answer(with_count(text))
    assert run("balance", "-o", format).lines[1].endswith(text)


@pytest.mark.parametrize(("text", "status"), [("499.99", 7), ("500", 0), (HUGE, 0), ("many", 5)])
def test_a_minimum_compares_the_number(run: Run, gateway: ScriptedGateway, text: str, status: int) -> None:
    gateway.otherwise = answer(with_count(text))
    assert run("balance", "--min", "500").status == status


def test_codes_stay_text(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = answer('{"Code":0,"Count":7}')
    assert run("balance", "-o", "json").json["code"] == "0"


def test_task_ids_stay_text(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = answer('{"Code":0,"TaskId":11}')
    done = run("send", "13800000000", "-m", "【科】您好", "-o", "json")
    assert done.json["tasks"][0]["task_id"] == "11"


def test_the_count_of_a_login_is_a_number(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = answer(with_count("42"))
    done = run("login", "--product", "sms", "--account", "1", "--token-stdin", "-o", "json", stdin=b"t")
    assert done.json["count"] == 42


def test_the_count_of_a_login_that_is_no_number_keeps_its_text(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = answer(with_count("unlimited"))
    done = run("login", "--product", "sms", "--account", "1", "--token-stdin", "-o", "json", stdin=b"t")
    assert (done.json["count"], done.json["count_text"]) == (None, "unlimited")


def test_the_batches_of_a_check_are_a_number(run: Run) -> None:
    run("send", "--sandbox", "13800000000", "-m", "【科】您好")
    assert run("batch", "check", "--sandbox", "-o", "json").json["batches"] == 1
