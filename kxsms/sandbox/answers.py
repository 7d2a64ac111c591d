"""The bytes of the sandbox's answers, in the shapes that the vendor's pages show."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

from kxsms.domain.product import WireFormat
from kxsms.sandbox.behaviour import Refusal
from kxsms.sandbox.state import Reply, Report

CONTENT_TYPES = {
    WireFormat.JSON: "application/json; charset=utf-8",
    WireFormat.XML: "text/xml; charset=utf-8",
}
RUBBISH = b"\x89\xffrubbish\x00 from the sandbox: neither JSON nor XML\r\n"
"""What the fault of that name answers."""

_SHANGHAI = timedelta(hours=8)  # no summer time since 1991, so no need of a time zone database
_PROLOG = '<?xml version="1.0" encoding="utf-8"?>\n'
_REPLACEMENT = "\ufffd"
_REFERENCES = {"\r": "&#13;"}  # a bare one would come out of a parser as a line feed
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def accepted(task_id: str, form: WireFormat) -> bytes:
    """Code 0 of a Send, byte for byte as published, the spaces inside the XML's tags included."""
    if form is WireFormat.JSON:
        return _json({"Code": "0", "Message": "提交成功", "TaskId": task_id})
    return (
        f"{_PROLOG}<Response>\n<Code>0</Code>\n<Message>提交成功</Message>\n"
        f"<TaskId >{task_id}</TaskId >\n</Response>"
    ).encode()


def refused(refusal: Refusal, form: WireFormat) -> bytes:
    """A code other than 0, and why. No refusal is published: it is a Send's answer without a task."""
    if form is WireFormat.JSON:
        return _json({"Code": refusal.code, "Message": refusal.message})
    return (
        f"{_PROLOG}<Response>\n{_element('Code', refusal.code)}\n"
        f"{_element('Message', refusal.message)}\n</Response>"
    ).encode()


def balance(count: int, form: WireFormat) -> bytes:
    """The balance, byte for byte as published."""
    if form is WireFormat.JSON:
        return _json({"Code": "0", "Count": str(count)})
    return f"<Response><Code>0</Code><Count>{count}</Count></Response>".encode()


def reports(records: Sequence[Report], form: WireFormat) -> bytes:
    """Delivery reports. The shape is the sandbox's own: the vendor has published none."""
    rows = [
        {
            "TaskId": record.task_id,
            "Mobile": record.mobile,
            "Status": record.status,
            "ReportTime": _time(record.time),
            "ExtNo": record.extno,
        }
        for record in records
    ]
    return _list("Reports", "Report", rows, form)


def replies(records: Sequence[Reply], form: WireFormat) -> bytes:
    """Replies from phones. The shape is the sandbox's own: the vendor has published none."""
    rows = [
        {
            "Mobile": record.mobile,
            "Content": record.content,
            "MoTime": _time(record.time),
            "ExtNo": record.extno,
            "TaskId": record.task_id,
        }
        for record in records
    ]
    return _list("Replies", "Reply", rows, form)


def _list(name: str, item: str, rows: Sequence[Mapping[str, str]], form: WireFormat) -> bytes:
    if form is WireFormat.JSON:
        return _json({"Code": "0", "Message": "查询成功", name: rows})
    elements = "".join(
        f"<{item}>{''.join(_element(key, value) for key, value in row.items())}</{item}>" for row in rows
    )
    return f"<Response><Code>0</Code><{name}>{elements}</{name}></Response>".encode()


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(_NOT_XML.sub(_REPLACEMENT, text), _REFERENCES)}</{name}>"


def _time(seconds: float) -> str:
    return (datetime.fromtimestamp(seconds, UTC) + _SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
