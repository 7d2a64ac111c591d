"""Texts as they arrive: without what nobody sees, without damage, and with the signature that was meant."""

from pathlib import Path

import pytest

from tests.conftest import Done, Run
from tests.ledger.scene import taken
from tests.scripted_gateway import ScriptedGateway

TEMPLATE = "{姓名}您好"


def send(
    run: Run, rows: str, text: str | None = TEMPLATE, *options: str, header: str = "手机号,姓名"
) -> Done:
    Path("people.csv").write_bytes(f"{header}\n{rows}\n".encode())
    given = () if text is None else ("-m", text)
    return run("send", "--csv", "people.csv", *given, "--yes", "--signature", "科迅", "-o", "json", *options)


def test_invisible_differences_make_one_text(run: Run, gateway: ScriptedGateway) -> None:
    done = send(run, "13800000001,张三\n13800000001,张三 \n13800000001,\u3000张三")
    assert done.json["duplicates"] == 2
    assert taken(gateway) == [("13800000001", "【科迅】张三您好")]


def test_an_edited_blank_is_the_same_batch(run: Run, gateway: ScriptedGateway) -> None:
    send(run, "13800000001,张三\n13800000002,李四")
    taken(gateway)
    done = send(run, "13800000001,张三 \n13800000002,李四")
    assert done.json["replayed"] is True
    assert taken(gateway) == []


@pytest.mark.parametrize(
    "text", [b"{\xe5\xa7\x93\xe5\x90\x8d}\r\nb\r\n", b"{\xe5\xa7\x93\xe5\x90\x8d}\nb\n \n"]
)
def test_a_text_has_lf_and_no_blanks_at_its_end(run: Run, gateway: ScriptedGateway, text: bytes) -> None:
    Path("text.txt").write_bytes(text)
    assert send(run, "13800000001,张三", None, "--message-file", "text.txt").status == 0
    assert taken(gateway) == [("13800000001", "【科迅】张三\nb")]


def test_a_text_without_a_file_has_lf_and_no_blanks_at_its_end(run: Run, gateway: ScriptedGateway) -> None:
    assert run("send", "13800000001", "-m", "【科迅】a\r\nb \r\n").status == 0
    assert taken(gateway) == [("13800000001", "【科迅】a\nb")]


@pytest.mark.parametrize(
    "value", ["#N/A", "########", "6.22E+018", "NULL", "nan", "\\N", "张\ufffd", "锟斤拷"]
)
def test_a_damaged_value_stops_the_batch(run: Run, gateway: ScriptedGateway, value: str) -> None:
    done = send(run, f"13800000001,张三\n13800000002,{value}")
    assert done.status == 2
    expected = f"people.csv:3: '13800000002' has a damaged value in the column '姓名': {value!r}"
    assert done.error["message"] == expected
    assert "--trust-values" in done.error["hint"]
    assert taken(gateway) == []


def test_a_damaged_text_of_a_row_stops_the_batch(run: Run, gateway: ScriptedGateway) -> None:
    assert send(run, "13800000001,#N/A", None, header="手机号,内容").status == 2
    assert taken(gateway) == []


def test_damage_in_a_column_that_no_text_uses_does_not_matter(run: Run, gateway: ScriptedGateway) -> None:
    assert send(run, "13800000001,张三,#N/A", header="手机号,姓名,x").status == 0
    assert taken(gateway) == [("13800000001", "【科迅】张三您好")]


def test_trusted_values_are_sent_as_they_stand(run: Run, gateway: ScriptedGateway) -> None:
    assert send(run, "13800000001,#N/A", TEMPLATE, "--trust-values").status == 0
    assert taken(gateway) == [("13800000001", "【科迅】#N/A您好")]


def test_damaged_rows_can_be_skipped(run: Run, gateway: ScriptedGateway) -> None:
    done = send(run, "13800000001,nan\n13800000002,李四", TEMPLATE, "--skip-invalid")
    assert done.json["invalid"] == 1
    assert taken(gateway) == [("13800000002", "【科迅】李四您好")]


@pytest.mark.parametrize("value", ["\u200b", "\ufeff", '=""', " "])
def test_a_value_that_nobody_sees_is_empty(run: Run, gateway: ScriptedGateway, value: str) -> None:
    done = send(run, f"13800000001,{value}")
    assert done.status == 2
    assert "has no value in the column '姓名'" in done.error["message"]
    assert taken(gateway) == []


def test_a_formula_that_keeps_a_text_is_unwrapped(run: Run, gateway: ScriptedGateway) -> None:
    assert send(run, '13800000001,"=""007"""').status == 0
    assert taken(gateway) == [("13800000001", "【科迅】007您好")]


@pytest.mark.parametrize("value", ["【某银行】", "【VIP】李四"])
def test_the_value_of_a_row_is_no_signature(run: Run, gateway: ScriptedGateway, value: str) -> None:
    assert send(run, f"13800000001,{value}").status == 0
    assert taken(gateway) == [("13800000001", f"【科迅】{value}您好")]


def test_the_template_has_the_first_word(run: Run, gateway: ScriptedGateway) -> None:
    assert send(run, "13800000001,张三", "【别家】{姓名}您好").status == 0
    assert taken(gateway) == [("13800000001", "【别家】张三您好")]


@pytest.mark.parametrize("text", [None, "{内容}"])
def test_a_text_of_a_row_has_its_own_signature(run: Run, gateway: ScriptedGateway, text: str | None) -> None:
    assert send(run, "13800000001,【别家】您好\n13800000002,您好", text, header="手机号,内容").status == 0
    assert sorted(taken(gateway)) == [("13800000001", "【别家】您好"), ("13800000002", "【科迅】您好")]


def test_a_signature_behind_invisible_marks_is_found(run: Run, gateway: ScriptedGateway) -> None:
    assert send(run, "13800000001,张三", "\ufeff \u200b【别家】{姓名}").status == 0
    assert taken(gateway) == [("13800000001", "【别家】张三")]


@pytest.mark.parametrize("text", ["您好【别家】", "[别家]您好", "「别家」您好"])
def test_a_signature_elsewhere_gets_a_note(run: Run, gateway: ScriptedGateway, text: str) -> None:
    done = run("send", "13800000001", "-m", text)
    assert done.status == 0
    assert "is no signature where it stands" in done.err
    assert "write 【别家】 in front of the text" in done.err


def test_a_template_without_a_signature_is_noted_though_a_value_looks_like_one(
    run: Run, gateway: ScriptedGateway
) -> None:
    Path("people.csv").write_text("手机号,姓名\n13800000001,【VIP】李四\n")
    done = run("send", "--csv", "people.csv", "-m", TEMPLATE, "--yes")
    assert "has no signature" in done.err


@pytest.mark.parametrize("broken", ["\ufffd", "锟斤拷"])
def test_a_text_with_broken_characters_is_refused(run: Run, gateway: ScriptedGateway, broken: str) -> None:
    assert send(run, "13800000001,张三", f"{{姓名}}{broken}").status == 2
    assert run("send", "13800000001", "-m", f"【科迅】{broken}").status == 2
    assert run("send", "13800000001", "-m", "您好", "--signature", broken).status == 2
    assert taken(gateway) == []
    assert run("send", "13800000001", "-m", f"【科迅】{broken}", "--literal").status == 0
    assert taken(gateway) == [("13800000001", f"【科迅】{broken}")]
