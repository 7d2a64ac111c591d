"""Any bytes at all are an answer or unreadable; nothing else happens."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from kxsms.domain.outcome import Accepted, NotSent, Rejected, Unknown
from kxsms.domain.profile import Profile
from kxsms.domain.records import DeliveryReport, MoReply
from kxsms.gateway.answers import HttpAnswer, read_outcome
from kxsms.gateway.records import read_replies, read_reports
from kxsms.gateway.tree import Unreadable, read_tree

_TEXTS = [b" ", b"\0", b"\xef\xbb\xbf", b"\xff\xfe", "提交".encode(), "提交".encode("gb18030")]
_TAGS = rb"""
    < > /> </ <Response> </Response> <Code>0</Code> <Code </Code <TaskId> </TaskId> <a b=' " <![CDATA[ ]]>
    <!-- --> <?xml ?> &amp; &#0; &#55296; &x; ]> 0 x: <html> <title> xmlns='u' xmlns:x='u' <!DOCTYPE
"""
_TOKENS = rb"""
    { } [ ] : , "Code" "code":0 "Code":"0" "TaskId" "Mobile" "13812345678" "Status" null true NaN 1e999 0 -
    -Infinity \u "\ud800" "\u0000" " \
"""
_XML = st.sampled_from([*_TAGS.split(), *_TEXTS])
_JSON = st.sampled_from([*_TOKENS.split(), *_TEXTS])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["Code", "code", "Message", "TaskId", "Mobile", "Status", "Data", "#text", ""])
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
BODIES = (
    st.binary(max_size=200)
    | st.text(max_size=100).map(str.encode)
    | st.lists(_XML, max_size=20).map(b"".join)
    | st.lists(_XML, max_size=20).map(lambda parts: b"<Response>" + b"".join(parts))
    | st.lists(_JSON, max_size=20).map(b"".join)
    | _VALUES.map(lambda value: json.dumps(value).encode())
)


@settings(deadline=None, max_examples=100)
@given(BODIES)
def test_any_bytes_are_a_tree_or_unreadable(body: bytes) -> None:
    try:
        tree = read_tree(body)
    except Unreadable as reason:
        said = str(reason)
    else:
        assert tree is None or isinstance(tree, dict | list | str | bool)
        return
    assert 0 < len(said) < 300


@settings(deadline=None, max_examples=100)
@given(BODIES, st.integers(100, 999))
def test_any_answer_to_a_send_has_an_outcome(body: bytes, status: int) -> None:
    outcome = read_outcome(HttpAnswer(status, "", body))
    if isinstance(outcome, Accepted):
        assert outcome.code == "0"
        assert b"0" in body
    elif isinstance(outcome, Rejected):
        assert outcome.code not in ("0", "")
    else:
        declined = status in (301, 307, 308) or 400 <= status <= 499
        assert type(outcome) is (NotSent if declined else Unknown)


@settings(deadline=None, max_examples=100)
@given(BODIES)
def test_any_answer_to_a_query_can_be_searched_for_records(body: bytes) -> None:
    try:
        tree = read_tree(body)
    except Unreadable:
        return
    records: list[DeliveryReport | MoReply] = [*read_reports(tree, Profile()), *read_replies(tree, Profile())]
    for record in records:
        assert record.mobile is None or isinstance(record.mobile, str)
        assert record.task_id is None or isinstance(record.task_id, str)
        assert record.time is None or isinstance(record.time, str)
        assert all(isinstance(name, str) for name in record.extra)


@settings(deadline=None, max_examples=80)
@given(_VALUES)
def test_json_is_read_whole(value: object) -> None:
    def as_read(node: object) -> object:
        if isinstance(node, dict):
            return {key: as_read(item) for key, item in node.items()}
        if isinstance(node, list):
            return [as_read(item) for item in node]
        return node if node is None or isinstance(node, bool | str) else json.dumps(node)

    if isinstance(value, dict | list):
        assert read_tree(json.dumps(value).encode()) == as_read(value)
