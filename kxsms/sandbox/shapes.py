"""Reports and replies as different gateways of this kind hand them out, for trying what reads them."""

import codecs
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from kxsms.domain.product import WireFormat
from kxsms.domain.times import DEFAULT_ZONE, zone
from kxsms.sandbox.behaviour import AnswerShape

Row = dict[str, str | int | float]
"""A record's fields. A float is a time in seconds since 1970, which `shaped` writes as the shape has it."""

_Names = Mapping[str, str]

_TIMES: Mapping[AnswerShape, Callable[[datetime], str | int]] = {
    AnswerShape.NUMBERS: lambda moment: int(moment.strftime("%Y%m%d%H%M%S")),
    AnswerShape.UNIX: lambda moment: int(moment.timestamp()),
    AnswerShape.SMPP: lambda moment: moment.strftime("%y%m%d%H%M"),
}
_REPORT_NAMES: Mapping[AnswerShape, _Names] = {
    AnswerShape.LOWER: {
        "TaskId": "smsid",
        "Mobile": "phone",
        "Status": "stat",
        "ReportTime": "donetime",
        "ExtNo": "spcode",
    },
    AnswerShape.SMPP: {"TaskId": "MsgId", "Status": "Stat", "ReportTime": "DoneTime"},
}
_REPLY_NAMES: Mapping[AnswerShape, _Names] = {
    AnswerShape.LOWER: {
        "TaskId": "smsid",
        "Mobile": "tel",
        "Content": "motext",
        "MoTime": "recvtime",
        "ExtNo": "spcode",
    },
    AnswerShape.SMPP: {"TaskId": "MsgId", "MoTime": "DoneTime"},
}
_REPLACEMENT = "\ufffd"
_REFERENCES = {"\r": "&#13;"}  # a bare one would come out of a parser as a line feed
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def shaped(name: str, item: str, rows: Sequence[Row], form: WireFormat, shape: AnswerShape) -> bytes:
    """An answer that holds these records: a list called `name` of those called `item`."""
    names = (_REPLY_NAMES if item == "Reply" else _REPORT_NAMES).get(shape, {})
    records: list[Row] = [
        {names.get(key, key): _value(key, value, shape) for key, value in row.items()} for row in rows
    ]
    if shape is AnswerShape.LOWER:
        name, item = name.lower(), item.lower()
    text = (_in_json if form is WireFormat.JSON else _in_xml)(name, item, records, shape)
    if shape is AnswerShape.GB18030:
        return text.encode("gb18030")
    return (codecs.BOM_UTF8 if shape is AnswerShape.BOM else b"") + text.encode()


def compact(document: object) -> bytes:
    """JSON as the vendor's pages show it: no blanks, and Chinese as it is."""
    return _json(document).encode()


def element(name: str, text: str) -> str:
    """An XML element with a text, in which what XML cannot hold is replaced."""
    return f"<{name}>{escape(_NOT_XML.sub(_REPLACEMENT, text), _REFERENCES)}</{name}>"


def _value(key: str, value: str | int | float, shape: AnswerShape) -> str | int:
    if isinstance(value, float):
        moment = datetime.fromtimestamp(value, zone(DEFAULT_ZONE))
        return _TIMES[shape](moment) if shape in _TIMES else moment.strftime("%Y-%m-%d %H:%M:%S")
    return int(f"86{value}") if shape is AnswerShape.NUMBERS and key == "Mobile" else value


def _in_json(name: str, item: str, rows: Sequence[Row], shape: AnswerShape) -> str:
    envelope: dict[str, object] = {"Code": "0", "Message": "查询成功"}
    match shape:
        case AnswerShape.FLAT:
            return _json(rows)
        case AnswerShape.NESTED:
            envelope["data"] = {"result": {"total": len(rows), "items": rows}}
        case AnswerShape.BY_TASK:
            envelope["Tasks"] = [{"TaskId": task, name: of_it} for task, of_it in _by_task(rows).items()]
        case AnswerShape.LOWER:
            envelope = {"code": "0", "message": "查询成功", name: rows}
        case AnswerShape.SINGLE if len(rows) == 1:
            envelope[item] = rows[0]
        case _:
            envelope[name] = rows
    return _json(envelope)


def _in_xml(name: str, item: str, rows: Sequence[Row], shape: AnswerShape) -> str:
    elements = "".join(
        (_attributes if shape is AnswerShape.ATTRIBUTES else _children)(item, row) for row in rows
    )
    code = "<Code>0</Code>"
    match shape:
        case AnswerShape.FLAT:
            return f"<{name}>{elements}</{name}>"
        case AnswerShape.NESTED:
            elements = f"<data><result><total>{len(rows)}</total><items>{elements}</items></result></data>"
        case AnswerShape.BY_TASK:
            tasks = "".join(
                f"<Task>{element('TaskId', task)}"
                f"<{name}>{''.join(_children(item, row) for row in of_it)}</{name}></Task>"
                for task, of_it in _by_task(rows).items()
            )
            elements = f"<Tasks>{tasks}</Tasks>"
        case AnswerShape.LOWER:
            code, elements = "<code>0</code>", f"<{name}>{elements}</{name}>"
        case AnswerShape.SINGLE if len(rows) == 1:
            pass  # the record stands in the envelope itself
        case _:
            elements = f"<{name}>{elements}</{name}>"
    return f"<Response>{code}{elements}</Response>"


def _by_task(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each task, without their task ids."""
    tasks: dict[str, list[Row]] = {}
    for row in rows:
        tasks.setdefault(str(row["TaskId"]), []).append({**row})
        del tasks[str(row["TaskId"])][-1]["TaskId"]
    return tasks


def _children(item: str, row: Row) -> str:
    return f"<{item}>{''.join(element(key, str(value)) for key, value in row.items())}</{item}>"


def _attributes(item: str, row: Row) -> str:
    texts = {key: _NOT_XML.sub(_REPLACEMENT, str(value)) for key, value in row.items()}
    return f"<{item} {' '.join(f'{key}={quoteattr(text)}' for key, text in texts.items())}/>"


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
