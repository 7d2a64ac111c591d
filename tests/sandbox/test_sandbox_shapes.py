"""The shapes of reports and replies: kxsms reads the same records from each of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kxsms.domain.product import Product
from kxsms.errors import UsageError
from kxsms.sandbox.behaviour import AnswerShape, Behaviour, MagicNumber, parse_shape
from kxsms.sandbox.server import SandboxServer
from kxsms.sandbox.state import SandboxState
from tests.conftest import Run
from tests.sandbox.conftest import Client, Clock

Scene = Callable[[SandboxState], None]
Read = Callable[[AnswerShape, Scene, str], tuple[Any, Any]]

HOSTILE = '<b>&"\'\t]]> 您好\n第二行 {"Mobile":"1"} 😀'


def nothing(state: SandboxState) -> None:
    """Add no report and no reply."""


def one(state: SandboxState) -> None:
    """Add one report and one reply."""
    state.accept(Product.SMS, [MagicNumber.REPLIES.mobile], "【科迅】您好", "77")


def many(state: SandboxState) -> None:
    """Add reports of three tasks, delivered and not, and replies to two tasks and to none."""
    state.accept(Product.SMS, ["13800000001", "13800000002", MagicNumber.UNDELIVERED.mobile], "x", "77")
    state.accept(Product.SMS, [MagicNumber.REPLIES.mobile], "y")
    state.accept(Product.SMS, ["13800000001", "13800000003"], "z", "78")
    state.add_reply("13800000002", "收到")
    state.add_reply("13800000002", HOSTILE)
    state.add_reply("13800000002", "123")
    state.add_reply("13800000099", "谁?")


_plain: dict[tuple[Scene, str], tuple[Any, Any]] = {}
"""What is kept of each scene in the plain shape and a format, with which all shapes are compared."""


@pytest.fixture
def read(run: Run, tmp_path: Path) -> Read:
    """Return a function that serves a scene in a shape, fetches it in a format, and returns what is kept."""

    def call(shape: AnswerShape, scene: Scene, output: str) -> tuple[Any, Any]:
        directory = tmp_path / "served" / shape.word
        scene(SandboxState(directory, clock=Clock()))
        with SandboxServer(directory, behaviour=Behaviour(shape=shape), clock=Clock()) as server:
            env = {
                "KXSMS_BASE_URL": server.url,
                "KXSMS_ACCOUNT": "sandbox",
                "KXSMS_TOKEN": "sandbox-token",
                "KXSMS_STATE_DIR": str(tmp_path / "kept" / shape.word),
            }
            kept = []
            for command in ("report", "mo"):
                fetched = run(command, "-o", output, env=env)
                assert fetched.err == ""
                assert fetched.status == 0
                kept.append(run(command, "--no-pull", "-o", "json", env=env).json)
        return kept[0], kept[1]

    return call


def sorted_core(records: list[dict[str, Any]]) -> list[str]:
    """Return the fields that every shape must keep, sorted: by-task loses the order of arrival."""
    names = ("mobile", "task_id", "content", "time", "extno")
    return sorted(json.dumps([record.get(name) for name in names]) for record in records)


def status_of(report: dict[str, Any]) -> tuple[str, str, str]:
    return report["mobile"], report["state"], report["status"]


@pytest.mark.parametrize("output", ["raw-json", "raw-xml"])
@pytest.mark.parametrize(("scene", "counts"), [(nothing, (0, 0)), (one, (1, 1)), (many, (6, 5))])
@pytest.mark.parametrize("shape", AnswerShape, ids=lambda shape: shape.word)
def test_every_shape_is_read_like_the_plain_one(
    read: Read, shape: AnswerShape, scene: Scene, counts: tuple[int, int], output: str
) -> None:
    reports, replies = read(shape, scene, output)
    assert len(reports) == counts[0]
    assert len(replies) == counts[1]
    if shape is AnswerShape.PLAIN:
        assert all(report["time"] == "2026-11-22T10:00:00+08:00" for report in reports)
        assert {report["status"] for report in reports} <= {"DELIVRD", "UNDELIV"}
        return
    if (scene, output) not in _plain:
        _plain[scene, output] = read(AnswerShape.PLAIN, scene, output)
    plain_reports, plain_replies = _plain[scene, output]
    assert sorted_core(reports) == sorted_core(plain_reports)
    assert sorted_core(replies) == sorted_core(plain_replies)
    if shape is not AnswerShape.BOXES:  # its status is a number of its own
        assert sorted(map(status_of, reports)) == sorted(map(status_of, plain_reports))
    if shape is not AnswerShape.BY_TASK:
        assert [report["mobile"] for report in reports] == [report["mobile"] for report in plain_reports]
        assert [reply["content"] for reply in replies] == [reply["content"] for reply in plain_replies]


CODE = '{"Code":"0","Message":"查询成功",'
PLAIN_ROW = (
    '{"TaskId":"1","Mobile":"13800000000","Status":"DELIVRD","ReportTime":"2026-11-22 10:00:00","ExtNo":"7"}'
)
ROW_OF_TASK = PLAIN_ROW.replace('"TaskId":"1",', "")
XML_ROW = (
    "<TaskId>1</TaskId><Mobile>13800000000</Mobile><Status>DELIVRD</Status>"
    "<ReportTime>2026-11-22 10:00:00</ReportTime><ExtNo>7</ExtNo>"
)


@pytest.mark.parametrize(
    ("shape", "type_", "expected"),
    [
        (AnswerShape.FLAT, "0", f"[{PLAIN_ROW}]"),
        (AnswerShape.FLAT, "1", f"<Reports><Report>{XML_ROW}</Report></Reports>"),
        (AnswerShape.NESTED, "0", CODE + f'"data":{{"result":{{"total":1,"items":[{PLAIN_ROW}]}}}}}}'),
        (
            AnswerShape.BY_TASK,
            "0",
            CODE + f'"Tasks":[{{"TaskId":"1","Reports":[{ROW_OF_TASK}]}}]}}',
        ),
        (
            AnswerShape.LOWER,
            "0",
            '{"code":"0","message":"查询成功","reports":[{"smsid":"1","phone":"13800000000",'
            '"stat":"DELIVRD","donetime":"2026-11-22 10:00:00","spcode":"7"}]}',
        ),
        (AnswerShape.SINGLE, "0", CODE + f'"Report":{PLAIN_ROW}}}'),
        (AnswerShape.SINGLE, "1", f"<Response><Code>0</Code><Report>{XML_ROW}</Report></Response>"),
        (AnswerShape.ATTRIBUTES, "0", CODE + f'"Reports":[{PLAIN_ROW}]}}'),
        (
            AnswerShape.ATTRIBUTES,
            "1",
            '<Response><Code>0</Code><Reports><Report TaskId="1" Mobile="13800000000" Status="DELIVRD" '
            'ReportTime="2026-11-22 10:00:00" ExtNo="7"/></Reports></Response>',
        ),
        (
            AnswerShape.NUMBERS,
            "0",
            CODE + '"Reports":[{"TaskId":"1","Mobile":8613800000000,"Status":"DELIVRD",'
            '"ReportTime":20261122100000,"ExtNo":"7"}]}',
        ),
        (
            AnswerShape.UNIX,
            "0",
            CODE + '"Reports":[{"TaskId":"1","Mobile":"13800000000","Status":"DELIVRD",'
            '"ReportTime":1795312800,"ExtNo":"7"}]}',
        ),
        (
            AnswerShape.SMPP,
            "0",
            CODE + '"Reports":[{"MsgId":"1","Mobile":"13800000000","Stat":"DELIVRD",'
            '"DoneTime":"2611221000","ExtNo":"7"}]}',
        ),
        (
            AnswerShape.PACKED,
            "0",
            CODE + f'"Data":"[{PLAIN_ROW}]"}}'.replace(PLAIN_ROW, PLAIN_ROW.replace('"', '\\"')),
        ),
        (
            AnswerShape.PACKED,
            "1",
            f"<Response><Code>0</Code><Data>[{PLAIN_ROW}]</Data></Response>",
        ),
        (AnswerShape.BOM, "0", "\ufeff" + CODE + f'"Reports":[{PLAIN_ROW}]}}'),
    ],
    ids=lambda value: value.word if isinstance(value, AnswerShape) else "",
)
def test_a_shape_writes_these_bytes_for_a_report(
    serve: Callable[..., Client], shape: AnswerShape, type_: str, expected: str
) -> None:
    client = serve(Behaviour(shape=shape))
    client.send("13800000000", extno="7")
    assert client.reports(type=type_) == expected.encode()


@pytest.mark.parametrize("shape", AnswerShape, ids=lambda shape: shape.word)
def test_a_shape_changes_no_records_and_no_other_answers(
    serve: Callable[..., Client], shape: AnswerShape
) -> None:
    client = serve(Behaviour(shape=shape))
    assert client.send("13800000000") == '{"Code":"0","Message":"提交成功","TaskId":"1"}'.encode()
    assert client.balance() == b'{"Code":"0","Count":"99999"}'
    empty = client.reports("VIP")
    first = client.reports()
    assert b"13800000000" in first
    assert b"13800000000" not in client.reports()
    assert client.reports() == empty
    refusal = client.post("/SMS/QueryReport", token="wrong")
    assert refusal == b'{"Code":"9001","Message":"sandbox: wrong account or token"}'


@pytest.mark.parametrize(
    ("shape", "type_", "expected"),
    [
        (AnswerShape.PLAIN, "0", "application/json; charset=utf-8"),
        (AnswerShape.GB18030, "0", "application/json"),
        (AnswerShape.GB18030, "1", "text/xml"),
        (AnswerShape.BOM, "1", "text/html"),
    ],
)
def test_a_shape_has_its_content_type(
    serve: Callable[..., Client], shape: AnswerShape, type_: str, expected: str
) -> None:
    client = serve(Behaviour(shape=shape))
    query = f"account=sandbox&token=sandbox-token&type={type_}"
    assert client.request("GET", f"/SMS/QueryMo?{query}").headers["Content-Type"] == expected
    assert "charset=utf-8" in client.request("GET", f"/SMS/QueryBalance?{query}").headers["Content-Type"]


def test_the_shape_gb18030_is_not_utf8(serve: Callable[..., Client], directory: Path) -> None:
    client = serve(Behaviour(shape=AnswerShape.GB18030))
    SandboxState(directory, clock=client.clock).add_reply("13800000000", "收到😀")
    body = client.replies(type="1")
    assert "<Content>收到😀</Content>".encode("gb18030") in body
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")


@pytest.mark.parametrize("shape", AnswerShape)
def test_every_shape_is_parsed_from_its_name(shape: AnswerShape) -> None:
    assert parse_shape(shape.word) is shape


@pytest.mark.parametrize("text", ["", "Plain", "by_task", "BY_TASK", "round"])
def test_an_unknown_shape_is_refused_with_the_known_ones(run: Run, text: str) -> None:
    with pytest.raises(UsageError, match="there is no shape") as caught:
        parse_shape(text)
    assert "plain, flat, nested, by-task" in str(caught.value.hint)
    done = run("sandbox", "serve", "--shape", text)
    assert done.status == 2
    assert f"there is no shape {text!r}" in done.err
