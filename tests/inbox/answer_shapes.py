"""Shapes of answers with the same two records. They follow the protocol, not the code that reads them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

Row = dict[str, str]
NAMES = {
    "report": {"mobile": "Mobile", "task": "TaskId", "value": "Status", "time": "ReportTime"},
    "mo": {"mobile": "Mobile", "task": "TaskId", "value": "Content", "time": "MoTime"},
}
SYNONYMS = {
    "report": {"mobile": "TEL", "task": "msgid", "value": "Stat", "time": "recvTime"},
    "mo": {"mobile": "phone", "task": "smsid", "value": "motext", "time": "receivetime"},
}
CUSTOM = {"mobile": "hm", "task": "bh", "value": "zt", "time": "sj"}
VALUES = {"report": ("DELIVRD", "UNDELIV"), "mo": ('退订 <T> & "1"', "1")}
STATES = {"DELIVRD": "delivered", "UNDELIV": "failed"}
MOBILES, TASKS = ("13800000001", "13900000002"), ("501", "98765432109876543210")
TIMES = ("2026-11-22 10:00:00", "2026-11-22 10:01:30")
ISOS = ("2026-11-22T10:00:00+08:00", "2026-11-22T10:01:30+08:00")


def rows(names: Mapping[str, str], kind: str) -> list[Row]:
    """Return the two records under these names of their fields."""
    return [
        {
            names["mobile"]: MOBILES[index],
            names["task"]: TASKS[index],
            names["value"]: VALUES[kind][index],
            names["time"]: TIMES[index],
            "Fee": f"¥{index}",
        }
        for index in range(2)
    ]


def dump(document: object) -> str:
    return json.dumps(document, ensure_ascii=False)


def plain_list(kind: str) -> str:
    return dump(rows(NAMES[kind], kind))


def envelope(kind: str) -> str:
    return dump({"Code": "0", "Message": "提交成功", "Count": 2, "Data": rows(NAMES[kind], kind)})


def deep(kind: str) -> str:
    return dump({"code": 0, "result": {"page": {"size": "100", "items": [rows(NAMES[kind], kind)]}}})


def list_per_task(kind: str) -> str:
    tasks = []
    for row in rows(NAMES[kind], kind):
        task = row.pop("TaskId")
        tasks.append({"TaskId": task, "List": [row]})
    return dump({"Code": 0, "Tasks": tasks})


def list_per_task_bare(kind: str) -> str:
    first, second = rows(NAMES[kind], kind)
    return dump(
        [{"smsid": first.pop("TaskId"), "r": [first]}, {"smsid": second.pop("TaskId"), "r": [second]}]
    )


def elements(kind: str) -> str:
    records = "".join(
        "<Item>" + "".join(f"<{name} >{escape(text)}</{name} >\n" for name, text in row.items()) + "</Item>"
        for row in rows(NAMES[kind], kind)
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<Response>\n<Code>0</Code><List>{records}</List></Response>'
    )


def elements_without_end(kind: str) -> str:
    return elements(kind).removesuffix("</Response>")


def attributes(kind: str) -> str:
    records = "".join(
        "<r " + " ".join(f"{name}={quoteattr(text)}" for name, text in row.items()) + "/>"
        for row in rows(NAMES[kind], kind)
    )
    return f"<Response><Code>0</Code><Reports>{records}</Reports></Response>"


def other_names(kind: str) -> str:
    return dump({"code": "0", "rows": rows(SYNONYMS[kind], kind)})


def upper_case(kind: str) -> str:
    return dump([{name.upper(): text for name, text in row.items()} for row in rows(NAMES[kind], kind)])


def with_country(kind: str) -> str:
    first, second = rows(NAMES[kind], kind)
    return dump(
        {
            "Code": "0",
            "Data": [first | {"Mobile": "86" + MOBILES[0]}, second | {"Mobile": "+86" + MOBILES[1]}],
        }
    )


def as_numbers(kind: str) -> str:
    found = dump({"Code": 0, "Data": rows(NAMES[kind], kind)})
    for text in (*MOBILES, *TASKS):
        found = found.replace(f'"{text}"', text)
    return found


def custom_names(kind: str) -> str:
    return dump({"Code": "0", "Data": rows(CUSTOM, kind)})


def single(kind: str) -> str:
    return dump({"Code": "0", **rows(NAMES[kind], kind)[0]})


def single_element(kind: str) -> str:
    row = rows(NAMES[kind], kind)[0]
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in row.items())
    return f"<Response><Code>0</Code>{inner}</Response>"


def object_per_record(kind: str) -> str:
    first, second = rows(NAMES[kind], kind)
    return dump({"Code": "0", "Data": {"0": first, "1": second}})


@dataclass(frozen=True)
class AnswerShape:
    """A way to write an answer, and how many of the two records it has."""

    write: Callable[[str], str]
    encoding: str = "utf-8"
    count: int = 2
    settings: Mapping[str, object] = field(default_factory=dict)


def custom_fields(kind: str) -> dict[str, object]:
    """Return the setting `fields` that explains the custom names."""
    value = "status" if kind == "report" else "content"
    return {"mobile": ["hm"], "task": ["bh"], value: ["zt"], "time": ["sj"]}


SHAPES = {
    "list": AnswerShape(plain_list),
    "envelope": AnswerShape(envelope),
    "deep": AnswerShape(deep),
    "a list per task": AnswerShape(list_per_task),
    "a list per task, bare": AnswerShape(list_per_task_bare),
    "single object": AnswerShape(single, count=1),
    "an object per record": AnswerShape(object_per_record),
    "elements": AnswerShape(elements),
    "elements without end": AnswerShape(elements_without_end),
    "single element": AnswerShape(single_element, count=1),
    "attributes": AnswerShape(attributes),
    "other names": AnswerShape(other_names),
    "upper case": AnswerShape(upper_case),
    "86": AnswerShape(with_country),
    "numbers": AnswerShape(as_numbers),
    "gb18030": AnswerShape(envelope, "gb18030"),
    "gb18030 xml": AnswerShape(lambda kind: attributes(kind), "gb18030"),
    "bom": AnswerShape(envelope, "utf-8-sig"),
    "custom names": AnswerShape(custom_names),
}
