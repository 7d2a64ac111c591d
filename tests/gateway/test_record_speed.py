"""Shortcuts for many records: they give the same as the long way, record by record."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kxsms.domain.profile import Profile
from kxsms.domain.records import Record
from kxsms.gateway.records import read_replies, read_reports
from kxsms.gateway.tree import Tree, merge, read_tree
from kxsms.output.json import dumps
from kxsms.output.views.records import RecordItems, record_document

_NAMES = st.sampled_from(
    [
        *("Mobile", "mobile", "TEL", "Task_Id", "taskid", "smsid", "Status", "stat", "err", "ReportTime"),
        *("time", "donetime", "Content", "msg", "ExtNo", "ext", "Code", "Fee", "100 %s", '"', "运营商", ":"),
    ]
)
_TEXTS = st.sampled_from(
    [
        *("13812345678", "+86 138-1234-5678", "13912345678", "1069", "", " ", "11", " 12 ", "DELIVRD", "0"),
        *("undeliv ", "2024-05-06 07:08:09", "1714950489000", "2024-05-06T07:08:09+08:00", "soon", "退订"),
        *('a":b', '": "', "\\", "%s", "\u2028", "\U0001f600", "\ud83d"),
    ]
)
_LEAVES = _TEXTS | st.none() | st.booleans() | st.integers(0, 99)
_OBJECTS = st.dictionaries(_NAMES, _TEXTS, min_size=1, max_size=7) | st.dictionaries(_NAMES, _LEAVES)
_TREES = st.recursive(
    st.lists(_OBJECTS, max_size=4),
    lambda inner: st.dictionaries(_NAMES, _LEAVES | inner, max_size=4) | st.lists(inner, max_size=2),
    max_leaves=4,
)


@st.composite
def json_texts(draw: st.DrawFn, depth: int = 3) -> str:
    """JSON with repeated names and unusual blanks."""
    if depth == 0 or draw(st.booleans()):
        return json.dumps(draw(_LEAVES), ensure_ascii=draw(st.booleans()))
    inner = draw(st.lists(json_texts(depth - 1), max_size=4))
    if draw(st.booleans()):
        return "[" + ", ".join(inner) + "]"
    colon = draw(st.sampled_from([":", ": ", " :", "\n:\t"]))
    return "{" + ",".join(json.dumps(draw(_NAMES)) + colon + value for value in inner) + "}"


@settings(deadline=None, max_examples=400)
@given(json_texts())
def test_every_value_of_a_repeated_name_is_kept(text: str) -> None:
    body = f"[{text}]".encode("utf-8", "surrogatepass")
    expected = json.loads(
        body.decode("utf-8", "replace"), parse_int=str, parse_float=str, object_pairs_hook=merge
    )
    assert read_tree(body) == expected


@settings(deadline=None, max_examples=200)
@given(_TREES)
def test_records_are_written_as_their_documents_are(document: Any) -> None:
    body = json.dumps(document).encode()
    readers: tuple[Callable[[Tree, Profile], Iterable[Record]], ...] = (read_reports, read_replies)
    for read in readers:
        records: list[Record] = [*read(read_tree(body), Profile())]
        documents = [record_document(record) for record in records]
        assert "".join(RecordItems(records).lines()) == "".join(dumps(one) + "\n" for one in documents)
        assert "".join(RecordItems(records).array()) == dumps(documents, indent=2) + "\n"
