"""Answers that kxsms does not understand: kept, told of once, and read as soon as they can be."""

import pytest

from tests.conftest import Run
from tests.inbox.scene import ONE, TIME, TWO, Hatch, a_reply, a_report, configure, data, fetch, look
from tests.scripted_gateway import answer, close, half, raw, silent

STRANGE = '{"Code":"0","hm":"13800000001","zt":"DELIVRD"}'
UNREADABLE: dict[str, str | bytes] = {
    "unknown names": STRANGE,
    "lines": f"{ONE},7,DELIVRD,{TIME}\n{TWO},8,UNDELIV,{TIME}\n",
    "packed": '{"Code":"0","Data":"' + f"{ONE}|7|DELIVRD;{TWO}|8|UNDELIV" + '"}',
    "cut json": data(a_report(), a_report(TWO))[:-9],
    "a DTD": f'<!DOCTYPE r [<!ENTITY e "x">]><r><Code>0</Code><i Mobile="{ONE}" Status="&e;"/></r>',
    "bytes": bytes(range(256)),
    "no Code": '{"hm":"13800000001","zt":"DELIVRD"}',
}


def test_told_once_and_noted_later(run: Run, gateway: Hatch) -> None:
    gateway.hand(STRANGE)
    done = run("report")
    assert (done.status, done.text.splitlines()[1:]) == (1, [])
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


def test_told_once_in_json(run: Run, gateway: Hatch) -> None:
    gateway.hand(STRANGE)
    done = run("report", "-o", "json")
    assert (done.status, done.json) == (1, [])
    assert (done.error["kind"], done.error["exit_status"]) == ("unread", 1)
    again = run("report", "-o", "json", "-q")
    assert (again.status, again.json, again.err) == (0, [], "")


@pytest.mark.parametrize("name", UNREADABLE)
def test_kept_and_shown(run: Run, gateway: Hatch, name: str) -> None:
    command = "mo" if name == "lines" else "report"
    body = UNREADABLE[name]
    body = body.encode() if isinstance(body, str) else body
    gateway.hand(body)
    assert run(command).status == 1
    assert run(command, "--no-pull", "-o", "raw-json").out == body + b"\n"
    assert look("SELECT state FROM answers") == [("unread",)]


@pytest.mark.parametrize("options", [(), ("--reparse",), ("--no-pull",), ("--no-pull", "--reparse")])
def test_read_after_a_new_name(run: Run, gateway: Hatch, options: tuple[str, ...]) -> None:
    configure()
    gateway.hand(STRANGE)
    assert run("report").status == 1
    assert run("config", "set", "fields.mobile", "hm").status == 0
    assert run("config", "set", "fields.status", "zt").status == 0
    found = fetch(run, *options)
    assert [(record["mobile"], record["state"]) for record in found] == [(ONE, "delivered")]
    assert run("report").err == ""
    assert look("SELECT state, problem FROM answers") == [("read", None)]


def test_the_same_twice_is_kept_once(run: Run, gateway: Hatch) -> None:
    gateway.hand(STRANGE)
    assert run("report").status == 1
    gateway.hand(STRANGE)
    assert run("report").status == 0
    assert look("SELECT count(*) FROM answers") == [(1,)]
    gateway.hand(STRANGE.replace("01", "02"))
    assert run("report").status == 1
    assert look("SELECT count(*) FROM answers") == [(2,)]
    assert "2 earlier answers still" in run("report").err


def test_others_are_read_all_the_same(run: Run, gateway: Hatch) -> None:
    gateway.hand(STRANGE)
    run("report")
    gateway.hand(data(a_report()))
    done = run("report", "-o", "json")
    assert (done.status, [record["mobile"] for record in done.json]) == (0, [ONE])


def test_what_comes_behind_it_in_the_same_call(run: Run, gateway: Hatch) -> None:
    """Records and then an unreadable answer: status 1, and the records are shown."""
    gateway.hand(data(a_report()), STRANGE)
    done = run("report", "-o", "json")
    assert (done.status, [record["mobile"] for record in done.json]) == (1, [ONE])


def test_a_page_is_not_kept(run: Run, gateway: Hatch) -> None:
    page = f"<!DOCTYPE html><html><body>{ONE} <b>502 Bad Gateway</b></body></html>"
    gateway.handed.append(answer(page, 502, "text/html"))
    assert run("report").status == 5
    gateway.handed.append(answer(page, 200, "text/html"))
    assert run("report").status == 5
    assert look("SELECT count(*) FROM answers") == [(0,)]
    assert run("report").err == ""


def test_a_refusal_is_not_kept(run: Run, gateway: Hatch) -> None:
    gateway.hand('{"Code":"-3","Message":"余额不足"}')
    done = run("report")
    assert done.status == 3
    assert "-3" in done.err
    assert "余额不足" in done.err
    assert look("SELECT count(*) FROM answers") == [(0,)]


def test_a_refusal_that_means_nothing_new(run: Run, gateway: Hatch) -> None:
    configure(empty_codes=["-9"])
    gateway.hand('{"Code":"-9","Message":"没有数据"}')
    done = run("report")
    assert (done.status, done.err) == (0, "")


@pytest.mark.parametrize("kind", ["report", "mo"])
def test_a_cut_answer(run: Run, gateway: Hatch, kind: str) -> None:
    body = data(a_report(), a_report(TWO)) if kind == "report" else data(a_reply(), a_reply(TWO))
    gateway.handed.append(half(body))
    done = run(kind)
    assert done.status == 5
    assert "may be lost" in done.err
    came = body.encode()[: len(body.encode()) // 2]
    assert run(kind, "--no-pull", "-o", "raw-json").out == came + b"\n"
    assert run(kind).status == 0


def test_a_cut_answer_does_not_take_what_came_before(run: Run, gateway: Hatch) -> None:
    gateway.hand(data(a_report()))
    gateway.handed.append(half(data(a_report(TWO))))
    assert run("report").status == 5
    assert [record["mobile"] for record in fetch(run, "--no-pull")] == [ONE]


@pytest.mark.parametrize("act", [close, raw(b"HTTP/1.1 200 OK\r\n"), raw(b"rubbish\r\n\r\n")])
def test_no_answer_at_all(run: Run, gateway: Hatch, act: object) -> None:
    assert callable(act)
    gateway.handed.append(act)
    done = run("report")
    assert done.status == 5
    assert look("SELECT count(*) FROM answers") == [(0,)]


def test_a_slow_gateway(run: Run, gateway: Hatch) -> None:
    configure(read_timeout=0.1)
    gateway.handed.append(silent)
    assert run("report").status == 5


def test_nobody_is_there(run: Run, gateway: Hatch) -> None:
    done = run("report", env={"KXSMS_BASE_URL": "http://127.0.0.1:1"})
    assert done.status == 5
    assert "same command again" in done.err


def test_65_mebibytes(run: Run, gateway: Hatch) -> None:
    start = data(a_report()).encode()[:-2] + b","
    size = 65 << 20
    gateway.handed.append(answer(start + b" " * (size - len(start))))
    done = run("report")
    assert done.status == 5
    assert "64 MiB" in done.err
    assert "Traceback" not in done.err
    ((begin, kept),) = look("SELECT substr(body, 1, ?), length(body) FROM answers", (len(start),))
    assert begin == start
    assert kept >= 63 << 20


def test_the_same_cut_answer_twice_is_kept_once(run: Run, gateway: Hatch) -> None:
    gateway.handed += [half(data(a_report(), a_report(TWO)))] * 2
    assert run("report").status == 5
    assert run("report").status == 5
    assert look("SELECT count(*) FROM answers") == [(1,)]
