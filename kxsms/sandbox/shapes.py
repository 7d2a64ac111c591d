"""The shapes of reports and replies: each is that of some gateway, so that users can try what reads them."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import assert_never
from xml.sax.saxutils import escape, quoteattr

from kxsms.domain.product import WireFormat
from kxsms.domain.zones import DEFAULT_ZONE, zone
from kxsms.sandbox.behaviour import AnswerShape

Row = dict[str, str | int | float]
"""The fields of a record. A float is a time in seconds since 1970, which each shape writes in its own way."""

CONTENT_TYPES = {
    WireFormat.JSON: "application/json; charset=utf-8",
    WireFormat.XML: "text/xml; charset=utf-8",
}
_WITHOUT_CHARSET = {form: name.partition(";")[0] for form, name in CONTENT_TYPES.items()}
_HTML = dict.fromkeys(WireFormat, "text/html")
_LOWER_NAMES = {"TaskId": "smsid", "ExtNo": "spcode"}
_LOWER_REPORT = _LOWER_NAMES | {"Mobile": "phone", "Status": "stat", "ReportTime": "donetime"}
_LOWER_REPLY = _LOWER_NAMES | {"Mobile": "tel", "Content": "motext", "MoTime": "recvtime"}
_SMPP_REPORT = {"TaskId": "MsgId", "Status": "Stat", "ReportTime": "DoneTime"}
_SMPP_REPLY = {"TaskId": "MsgId", "MoTime": "DoneTime"}
_BOX_NAMES = {
    "TaskId": "taskid",
    "Mobile": "mobile",
    "Status": "errorcode",
    "ReportTime": "receivetime",
    "Content": "content",
    "MoTime": "receivetime",
    "ExtNo": "extno",
}
_BOXES = {"Report": "statusbox", "Reply": "callbox"}
_REPLACEMENT = "\ufffd"
_REFERENCES = {"\r": "&#13;"}  # a parser would read a bare one as a line feed
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Layout(Enum):
    """The place of the records in an answer."""

    LIST = auto()
    BARE_LIST = auto()
    NESTED = auto()
    BY_TASK = auto()
    SINGLE = auto()
    BOXES = auto()
    PACKED = auto()


def _plain_time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True)
class _Style:
    """The differences between one shape and the plain one. The names map the plain shape's field names."""

    layout: _Layout = _Layout.LIST
    report_names: Mapping[str, str] = field(default_factory=dict)
    reply_names: Mapping[str, str] = field(default_factory=dict)
    lower_case: bool = False
    attributes: bool = False
    numeric_mobiles: bool = False
    time: Callable[[datetime], str | int] = _plain_time
    encoding: str = "utf-8"
    content_types: Mapping[WireFormat, str] = field(default_factory=lambda: CONTENT_TYPES)


_STYLES: Mapping[AnswerShape, _Style] = {
    AnswerShape.PLAIN: _Style(),
    AnswerShape.FLAT: _Style(_Layout.BARE_LIST),
    AnswerShape.NESTED: _Style(_Layout.NESTED),
    AnswerShape.BY_TASK: _Style(_Layout.BY_TASK),
    AnswerShape.LOWER: _Style(report_names=_LOWER_REPORT, reply_names=_LOWER_REPLY, lower_case=True),
    AnswerShape.SINGLE: _Style(_Layout.SINGLE),
    AnswerShape.ATTRIBUTES: _Style(attributes=True),
    AnswerShape.NUMBERS: _Style(numeric_mobiles=True, time=lambda time: int(time.strftime("%Y%m%d%H%M%S"))),
    AnswerShape.UNIX: _Style(time=lambda time: int(time.timestamp())),
    AnswerShape.SMPP: _Style(
        report_names=_SMPP_REPORT, reply_names=_SMPP_REPLY, time=lambda time: time.strftime("%y%m%d%H%M")
    ),
    AnswerShape.GB18030: _Style(encoding="gb18030", content_types=_WITHOUT_CHARSET),
    AnswerShape.BOXES: _Style(_Layout.BOXES, report_names=_BOX_NAMES, reply_names=_BOX_NAMES),
    AnswerShape.PACKED: _Style(_Layout.PACKED),
    AnswerShape.BOM: _Style(encoding="utf-8-sig", content_types=_HTML),
}
"""Every shape; a test asks for each."""


def content_type(form: WireFormat, shape: AnswerShape) -> str:
    """Return the content type of reports and replies. Other answers use CONTENT_TYPES."""
    return _STYLES[shape].content_types[form]


def shape_reports(rows: Sequence[Row], form: WireFormat, shape: AnswerShape) -> bytes:
    """Return the body of an answer with delivery reports."""
    style = _STYLES[shape]
    return _shape("Reports", "Report", rows, form, style, style.report_names)


def shape_replies(rows: Sequence[Row], form: WireFormat, shape: AnswerShape) -> bytes:
    """Return the body of an answer with replies."""
    style = _STYLES[shape]
    return _shape("Replies", "Reply", rows, form, style, style.reply_names)


def compact(document: object) -> bytes:
    """Return JSON as the vendor's pages show it: without blanks, and with Chinese as it is."""
    return _json(document).encode()


def element(name: str, text: str) -> str:
    """Return an XML element. Characters that XML cannot contain are replaced."""
    return f"<{name}>{escape(_NOT_XML.sub(_REPLACEMENT, text), _REFERENCES)}</{name}>"


def _shape(
    name: str, item: str, rows: Sequence[Row], form: WireFormat, style: _Style, names: Mapping[str, str]
) -> bytes:
    """Return an answer with a list called `name`, whose records are called `item` in XML."""
    records: list[Row] = [
        {names.get(key, key): _value(key, value, style) for key, value in row.items()} for row in rows
    ]
    if style.lower_case:
        name, item = name.lower(), item.lower()
    write = _in_json if form is WireFormat.JSON else _in_xml
    return write(name, item, records, style).encode(style.encoding)


def _value(key: str, value: str | int | float, style: _Style) -> str | int:
    if isinstance(value, float):
        return style.time(datetime.fromtimestamp(value, zone(DEFAULT_ZONE)))
    return int(f"86{value}") if style.numeric_mobiles and key == "Mobile" else value


def _in_json(name: str, item: str, rows: Sequence[Row], style: _Style) -> str:
    content: dict[str, object]
    match style.layout:
        case _Layout.BARE_LIST:
            return _json(rows)
        case _Layout.NESTED:
            content = {"data": {"result": {"total": len(rows), "items": rows}}}
        case _Layout.BY_TASK:
            content = {"Tasks": [{"TaskId": task, name: own} for task, own in _by_task(rows).items()]}
        case _Layout.SINGLE:
            content = {item: rows[0]} if len(rows) == 1 else {name: rows}
        case _Layout.BOXES:
            content = {_BOXES[item]: [_boxed(row) for row in rows]}
        case _Layout.PACKED:
            content = {"Data": _json(rows)}
        case _Layout.LIST:
            content = {name: rows}
        case _:
            assert_never(style.layout)
    code, message = ("code", "message") if style.lower_case else ("Code", "Message")
    return _json({code: "0", message: "查询成功", **content})


def _in_xml(name: str, item: str, rows: Sequence[Row], style: _Style) -> str:
    write = _attributes if style.attributes else _children
    elements = "".join(write(item, row) for row in rows)
    match style.layout:
        case _Layout.BARE_LIST:
            return f"<{name}>{elements}</{name}>"
        case _Layout.NESTED:
            content = f"<data><result><total>{len(rows)}</total><items>{elements}</items></result></data>"
        case _Layout.BY_TASK:
            tasks = "".join(
                f"<Task>{element('TaskId', task)}"
                f"<{name}>{''.join(_children(item, row) for row in own)}</{name}></Task>"
                for task, own in _by_task(rows).items()
            )
            content = f"<Tasks>{tasks}</Tasks>"
        case _Layout.SINGLE:
            content = elements if len(rows) == 1 else f"<{name}>{elements}</{name}>"
        case _Layout.BOXES:
            boxes = "".join(_children(_BOXES[item], _boxed(row)) for row in rows)
            return f"<returnsms>{boxes}</returnsms>"
        case _Layout.PACKED:
            content = element("Data", _json(rows))
        case _Layout.LIST:
            content = f"<{name}>{elements}</{name}>"
        case _:
            assert_never(style.layout)
    code = "<code>0</code>" if style.lower_case else "<Code>0</Code>"
    return f"<Response>{code}{content}</Response>"


def _boxed(row: Row) -> Row:
    """Return a record with the status of an older platform besides: 10 for delivered, 20 for failed."""
    if "errorcode" not in row:
        return row
    return {**row, "status": "10" if row["errorcode"] == "DELIVRD" else "20"}


def _by_task(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Return the rows of each task, without their task ids."""
    tasks: dict[str, list[Row]] = {}
    for row in rows:
        rest = {key: value for key, value in row.items() if key != "TaskId"}
        tasks.setdefault(str(row["TaskId"]), []).append(rest)
    return tasks


def _children(item: str, row: Row) -> str:
    return f"<{item}>{''.join(element(key, str(value)) for key, value in row.items())}</{item}>"


def _attributes(item: str, row: Row) -> str:
    texts = {key: _NOT_XML.sub(_REPLACEMENT, str(value)) for key, value in row.items()}
    return f"<{item} {' '.join(f'{key}={quoteattr(text)}' for key, text in texts.items())}/>"


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
