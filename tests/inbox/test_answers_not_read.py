"""Answers that kxsms cannot read: kept, reported once, and read as soon as the config explains them."""

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.inbox.records_gateway import (
    ONE,
    TIME,
    TWO,
    RecordsGateway,
    a_reply,
    a_report,
    body_of,
    fetch,
    write_profile,
)
from tests.scripted_gateway import answer, close, half, raw, silent

STRANGE = '{"Code":"0","hm":"13800000001","zt":"DELIVRD"}'
UNREADABLE: dict[str, str | bytes] = {
    "unknown names": STRANGE,
    "lines": f"{ONE},7,DELIVRD,{TIME}\n{TWO},8,UNDELIV,{TIME}\n",
    "packed": '{"Code":"0","Data":"' + f"{ONE}|7|DELIVRD;{TWO}|8|UNDELIV" + '"}',
    "cut json": body_of(a_report(), a_report(TWO))[:-9],
    "a DTD": f'<!DOCTYPE r [<!ENTITY e "x">]><r><Code>0</Code><i Mobile="{ONE}" Status="&e;"/></r>',
    "bytes": bytes(range(256)),
    "no Code": '{"hm":"13800000001","zt":"DELIVRD"}',
}


def test_an_unreadable_answer_is_an_error_once_and_a_note_later(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(STRANGE)
    done = run("report")
    assert done.status == 1
    assert done.text.splitlines()[1:] == []
    assert "kxsms: error: " in done.err
    assert "record" in done.err
    assert "hint: " in done.err
    assert "-o raw-json" in done.err
    assert "fields.mobile" in done.err
    assert "Traceback" not in done.err
    again = run("report")
    assert again.status == 0
    assert "1 earlier answer still" in again.err
    assert "error" not in again.err
    assert run("report", "-q").err == ""


def test_json_reports_an_unreadable_answer_once(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(STRANGE)
    done = run("report", "-o", "json")
    assert done.status == 1
    assert done.json == []
    assert done.error["kind"] == "unread"
    assert done.error["exit_status"] == 1
    again = run("report", "-o", "json", "-q")
    assert again.status == 0
    assert again.json == []
    assert again.err == ""


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_answer_is_kept_and_shown_raw(run: Run, gateway: RecordsGateway, name: str) -> None:
    command = "mo" if name == "lines" else "report"
    body = UNREADABLE[name]
    body = body.encode() if isinstance(body, str) else body
    gateway.prepare(body)
    assert run(command).status == 1
    assert run(command, "--no-pull", "-o", "raw-json").out == body + b"\n"
    assert query_ledger("SELECT state FROM answers") == [("unread",)]


@pytest.mark.parametrize("options", [(), ("--reparse",), ("--no-pull",), ("--no-pull", "--reparse")])
def test_an_answer_is_read_when_the_config_names_its_fields(
    run: Run, gateway: RecordsGateway, options: tuple[str, ...]
) -> None:
    write_profile()
    gateway.prepare(STRANGE)
    assert run("report").status == 1
    assert run("config", "set", "fields.mobile", "hm").status == 0
    assert run("config", "set", "fields.status", "zt").status == 0
    found = fetch(run, *options)
    assert [(record["mobile"], record["state"]) for record in found] == [(ONE, "delivered")]
    assert run("report").err == ""
    assert query_ledger("SELECT state, problem FROM answers") == [("read", None)]


def test_the_same_unreadable_answer_is_kept_once(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(STRANGE)
    assert run("report").status == 1
    gateway.prepare(STRANGE)
    assert run("report").status == 0
    assert query_ledger("SELECT count(*) FROM answers") == [(1,)]
    gateway.prepare(STRANGE.replace("01", "02"))
    assert run("report").status == 1
    assert query_ledger("SELECT count(*) FROM answers") == [(2,)]
    assert "2 earlier answers still" in run("report").err


def test_an_unreadable_answer_does_not_stop_later_answers(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(STRANGE)
    run("report")
    gateway.prepare(body_of(a_report()))
    done = run("report", "-o", "json")
    assert done.status == 0
    assert [record["mobile"] for record in done.json] == [ONE]


def test_records_before_an_unreadable_answer_are_shown(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_report()), STRANGE)
    done = run("report", "-o", "json")
    assert done.status == 1
    assert [record["mobile"] for record in done.json] == [ONE]


def test_an_html_page_is_not_kept(run: Run, gateway: RecordsGateway) -> None:
    page = f"<!DOCTYPE html><html><body>{ONE} <b>502 Bad Gateway</b></body></html>"
    gateway.answers.append(answer(page, 502, "text/html"))
    assert run("report").status == 5
    gateway.answers.append(answer(page, 200, "text/html"))
    assert run("report").status == 5
    assert query_ledger("SELECT count(*) FROM answers") == [(0,)]
    assert run("report").err == ""


def test_a_refusal_is_not_kept(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare('{"Code":"-3","Message":"余额不足"}')
    done = run("report")
    assert done.status == 3
    assert "-3" in done.err
    assert "余额不足" in done.err
    assert query_ledger("SELECT count(*) FROM answers") == [(0,)]


def test_a_code_in_empty_codes_means_nothing_new(run: Run, gateway: RecordsGateway) -> None:
    write_profile(empty_codes=["-9"])
    gateway.prepare('{"Code":"-9","Message":"没有数据"}')
    done = run("report")
    assert done.status == 0
    assert done.err == ""


@pytest.mark.parametrize("kind", ["report", "mo"])
def test_the_bytes_of_a_cut_answer_are_kept(run: Run, gateway: RecordsGateway, kind: str) -> None:
    body = body_of(a_report(), a_report(TWO)) if kind == "report" else body_of(a_reply(), a_reply(TWO))
    gateway.answers.append(half(body))
    done = run(kind)
    assert done.status == 5
    assert "may be lost" in done.err
    arrived = body.encode()[: len(body.encode()) // 2]
    assert run(kind, "--no-pull", "-o", "raw-json").out == arrived + b"\n"
    assert run(kind).status == 0


def test_a_cut_answer_does_not_lose_earlier_records(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_report()))
    gateway.answers.append(half(body_of(a_report(TWO))))
    assert run("report").status == 5
    assert [record["mobile"] for record in fetch(run, "--no-pull")] == [ONE]


@pytest.mark.parametrize("act", [close, raw(b"HTTP/1.1 200 OK\r\n"), raw(b"rubbish\r\n\r\n")])
def test_nothing_is_kept_without_an_answer(run: Run, gateway: RecordsGateway, act: object) -> None:
    assert callable(act)
    gateway.answers.append(act)
    done = run("report")
    assert done.status == 5
    assert query_ledger("SELECT count(*) FROM answers") == [(0,)]


def test_a_gateway_slower_than_the_time_out_gives_no_answer(run: Run, gateway: RecordsGateway) -> None:
    write_profile(read_timeout=0.1)
    gateway.answers.append(silent)
    assert run("report").status == 5


def test_an_unreachable_gateway_gets_the_hint_to_run_again(run: Run, gateway: RecordsGateway) -> None:
    done = run("report", env={"KXSMS_BASE_URL": "http://127.0.0.1:1"})
    assert done.status == 5
    assert "same command again" in done.err


def test_an_answer_over_64_mib_is_refused_and_its_beginning_kept(run: Run, gateway: RecordsGateway) -> None:
    start = body_of(a_report()).encode()[:-2] + b","
    size = 65 << 20
    gateway.answers.append(answer(start + b" " * (size - len(start))))
    done = run("report")
    assert done.status == 5
    assert "64 MiB" in done.err
    assert "Traceback" not in done.err
    ((begin, kept),) = query_ledger("SELECT substr(body, 1, ?), length(body) FROM answers", (len(start),))
    assert begin == start
    assert kept >= 63 << 20


def test_the_same_cut_answer_twice_is_kept_once(run: Run, gateway: RecordsGateway) -> None:
    gateway.answers += [half(body_of(a_report(), a_report(TWO)))] * 2
    assert run("report").status == 5
    assert run("report").status == 5
    assert query_ledger("SELECT count(*) FROM answers") == [(1,)]
