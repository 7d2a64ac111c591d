"""The same records are read the same, whatever the names, the nesting and the format."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from hypothesis import given, settings
from hypothesis import strategies as st

from kxsms.domain.profile import Profile
from kxsms.domain.times import read_time
from kxsms.domain.zones import DEFAULT_ZONE, zone
from kxsms.gateway.records import read_replies, read_reports
from kxsms.gateway.tree import read_tree

NAMES: Mapping[str, Sequence[str]] = {
    "mobile": ("mobile", "phone", "tel"),
    "task": ("taskid", "smsid", "msgid", "batchno", "sendid"),
    "status": ("status", "state", "stat", "reportstatus", "result", "err"),
    "time": ("reporttime", "receivetime", "recvtime", "motime", "time", "times", "donetime"),
    "content": ("content", "msg", "message", "motext"),
    "extno": ("extno", "subcode", "destcode", "spcode", "ext"),
    "own": ("Operator",),
}
"""The names that the documentation of fields promises, likeliest first."""

Record = dict[str, str]
_WORDS = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=12)
# Texts that are no times: times are normalised, and have tests of their own.
_NO_TIMES = _WORDS.filter(lambda word: read_time(word, zone(DEFAULT_ZONE)) is None)
_MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
_DIGITS = st.text("0123456789", min_size=1, max_size=30)
_STATES = st.sampled_from(["DELIVRD", "UNDELIV", "ACCEPTD", "0", "MK:0001"])
_LISTS = st.sampled_from(
    ["Data", "Reports", "list", "Status", "Content", "Mobile", "TaskId", "Result", "列表"]
)


def _records(**fields: st.SearchStrategy[str]) -> st.SearchStrategy[list[Record]]:
    one = st.fixed_dictionaries({"mobile": _MOBILES, "task": _DIGITS, **fields})
    return st.lists(one, min_size=1, max_size=5)


REPORTS = _records(status=_STATES, time=_NO_TIMES)
REPLIES = _records(content=_WORDS, time=_NO_TIMES, extno=_DIGITS, own=_WORDS)


@st.composite
def naming(draw: st.DrawFn) -> Callable[[str], str]:
    """Choose one spelling for every role, in any case."""
    spelled = {}
    for role, names in NAMES.items():
        name = draw(st.sampled_from(names))
        cases = [name] if role == "own" else [name, name.upper(), name.title()]
        spelled[role] = draw(st.sampled_from(cases))
    return spelled.__getitem__


def _renamed(records: list[Record], name: Callable[[str], str]) -> list[dict[str, Any]]:
    return [{name(role): value for role, value in record.items()} for record in records]


@st.composite
def json_bodies(draw: st.DrawFn, records: list[Record]) -> bytes:
    name = draw(naming())
    named = _renamed(records, name)
    tree: Any = named
    shape = draw(st.sampled_from(["list", "by task", "single"]))
    if shape == "by task":
        key = name("task")
        tree = [{key: one[key], draw(_LISTS): [{k: v for k, v in one.items() if k != key}]} for one in named]
    elif shape == "single" and len(named) == 1:
        tree = named[0]
    for wrap in draw(st.lists(st.sampled_from(["object", "list", "envelope"]), max_size=3)):
        if wrap == "object":
            tree = {draw(_LISTS): tree}
        elif wrap == "list":
            tree = [tree]
        elif wrap == "envelope":
            tree = {"Code": "0", "Message": "成功", "Count": str(len(named)), draw(_LISTS): tree}
    return json.dumps(tree, ensure_ascii=draw(st.booleans())).encode(
        draw(st.sampled_from(["utf-8", "utf-8-sig"]))
    )


@st.composite
def xml_bodies(draw: st.DrawFn, records: list[Record]) -> bytes:
    name = draw(naming())
    item = draw(st.sampled_from(["Report", "Mo", "r", "Data", "Row"]))
    text = ""
    for one in _renamed(records, name):
        if draw(st.booleans()):
            text += f"<{item} " + " ".join(f"{key}={quoteattr(value)}" for key, value in one.items()) + "/>"
        else:
            fields = "".join(f"<{key} >{escape(value)}</{key}>\n" for key, value in one.items())
            text += f"<{item}>{fields}</{item}>\n"
    if draw(st.booleans()):
        around = draw(st.sampled_from(["List", "Reports", "Status"]))
        text = f"<{around}>{text}</{around}>"
    envelope = "<Code>0</Code><Message>成功</Message>" if draw(st.booleans()) else ""
    declaration = draw(st.sampled_from(["", '<?xml version="1.0" encoding="gb2312"?>\n']))
    last = draw(st.sampled_from(["</Response>", ""]))
    return f"{declaration}<Response>{envelope}{text}{last}".encode(
        draw(st.sampled_from(["utf-8", "utf-8-sig"]))
    )


def _bodies(records: st.SearchStrategy[list[Record]]) -> st.SearchStrategy[tuple[list[Record], bytes]]:
    return records.flatmap(lambda given: st.tuples(st.just(given), json_bodies(given) | xml_bodies(given)))


@settings(deadline=None, max_examples=50)
@given(_bodies(REPORTS))
def test_reports_are_read_the_same_under_any_name_and_nesting(case: tuple[list[Record], bytes]) -> None:
    records, body = case
    read = list(read_reports(read_tree(body), Profile()))
    assert [
        {"mobile": report.mobile, "task": report.task_id, "status": report.status, "time": report.time}
        for report in read
    ] == records
    assert [report.extra for report in read] == [{}] * len(records)


@settings(deadline=None, max_examples=50)
@given(_bodies(REPLIES))
def test_replies_are_read_the_same_under_any_name_and_nesting(case: tuple[list[Record], bytes]) -> None:
    records, body = case
    assert [
        {
            "mobile": reply.mobile,
            "task": reply.task_id,
            "content": reply.content,
            "time": reply.time,
            "extno": reply.extno,
            "own": reply.extra.get("Operator"),
        }
        for reply in read_replies(read_tree(body), Profile())
    ] == records
