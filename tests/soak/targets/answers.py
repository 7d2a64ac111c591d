"""The targets for answers: of a gateway, or of any other server in its place."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from kxsms.domain.outcome import Accepted, NotSent, Rejected
from kxsms.domain.profile import Profile
from kxsms.domain.records import DeliveryReport, FetchedAnswer, Record, RecordKind
from kxsms.domain.secret import Masker
from kxsms.errors import NoAnswer, Refused, Unread
from kxsms.gateway.answers import HttpAnswer, read_answer, read_outcome
from kxsms.gateway.fields import find, normal_mobile, plain, scalar, with_own
from kxsms.gateway.records import read_records
from kxsms.gateway.tree import Tree, Unreadable, read_tree
from tests.soak.mutation import Target
from tests.soak.targets.inputs import TOKEN, Choices, check_error, ensure, words

_STATUSES = (200, 200, 200, 201, 302, 307, 403, 429, 500, 502, 999)
_PROFILES = (
    Profile(),
    Profile(fields={"mobile": ("hm",), "task": ("Fee",)}, states={"0": "delivered"}),
    Profile(name="p", empty_codes=frozenset({"9"}), throttle_codes=frozenset({"7"}), timezone="UTC"),
)


def check_send(data: bytes) -> None:
    """Check that only Code 0 is accepted, and that only a certain HTTP status without a Code is not sent."""
    choices = Choices(data)
    status = choices.one(_STATUSES)
    body = choices.rest()
    outcome = read_outcome(HttpAnswer(status, "", body))
    if isinstance(outcome, Accepted | Rejected):
        codes = _codes(read_tree(body))
        assert outcome.code in codes, f"a code that is not in the answer: {outcome.code!r}"
        assert isinstance(outcome, Accepted) == (outcome.code == "0")
        return
    declined = status in (301, 307, 308) or 400 <= status < 500
    assert isinstance(outcome, NotSent) == declined
    assert outcome.reason.startswith(f"HTTP {status}")
    assert len(outcome.reason) < 400


def check_balance(data: bytes) -> None:
    """Check that the code and texts of an answer to QueryBalance are in it, or that it is unreadable."""
    try:
        answer = read_answer(HttpAnswer(200, "", data))
    except Unreadable as reason:
        ensure(0 < len(str(reason)) < 300, "the reason is empty or too long")
        return
    texts = {leaf.strip() for leaf in _leaves(read_tree(data))}
    assert {answer.code, answer.message, find(answer.fields, ("count",))} - {None} <= texts


def _codes(tree: Any) -> set[str]:
    """Return every code in an answer, at any depth."""
    if isinstance(tree, list):
        return set().union(*map(_codes, tree))
    if not isinstance(tree, dict):
        return set()
    own = {scalar(value) for key, value in tree.items() if plain(key) == "code"}
    return {code.strip() for code in own if code is not None}.union(*map(_codes, tree.values()))


def _leaves(tree: Any) -> Iterator[str]:
    """Yield every text in an answer, without the names."""
    if isinstance(tree, list):
        for item in tree:
            yield from _leaves(item)
    elif isinstance(tree, Mapping):
        for value in tree.values():
            yield from _leaves(value)
    elif isinstance(tree, bool):
        yield str(tree).lower()
    elif tree is not None:
        yield tree


def check_records(data: bytes) -> None:
    """Check that the records of an answer to a query have all its texts and all its numbers."""
    choices = Choices(data)
    kind, profile, status = (
        choices.one(tuple(RecordKind)),
        choices.one(_PROFILES),
        choices.one((200, 200, 200, 0, 500)),
    )
    masker = Masker(TOKEN)
    body = masker.answer(choices.rest())  # as the client does
    try:
        records = list(read_records(FetchedAnswer(kind, status, "", body), profile, masker))
    except (Unread, Refused, NoAnswer) as error:
        if not isinstance(error, Refused):
            check_error(error)
        return
    for record in records:
        check_whole(record)
    if not records:
        return
    tree = read_tree(body)
    names = with_own(profile.fields)
    kept = {leaf for record in records for leaf in _leaves(json.loads(record.raw))}
    for node in _objects(tree):
        mobile = normal_mobile(find(node, names["mobile"]))
        # The texts of an object with a number belong to that number, except for the code of the answer.
        if mobile is not None:
            lost = {leaf for leaf in _own_leaves(node) if leaf not in kept}
            assert not lost, f"{lost} of the object of {mobile} is in no record"
    _check_tasks(tree, names, {leaf.strip() for leaf in kept})


def _check_tasks(tree: Tree, names: Mapping[str, tuple[str, ...]], kept: set[str]) -> None:
    """Check that the task of an object with a list of numbers is in a record."""
    for node in _objects(tree):
        task = find(node, names["task"])
        lists = (value for value in node.values() if isinstance(value, list))
        for item in (item for one in lists for item in one if isinstance(item, dict)):
            mobile = normal_mobile(find(item, names["mobile"]))
            if task and mobile is not None and not set(item) & set(node):
                assert task in kept, f"the task {task!r} of {mobile} is in no record"


def _objects(tree: Tree) -> Iterator[dict[str, Tree]]:
    if isinstance(tree, dict):
        yield tree
    for inner in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _objects(inner)


def _own_leaves(node: dict[str, Tree]) -> Iterator[str]:
    """Yield the texts of an object that is not the envelope, without keys that an object inside repeats."""
    inside = {key for value in node.values() for inner in _objects(value) for key in inner}
    if find(node, ("code",)) is None:
        yield from (leaf for key, value in node.items() if key not in inside for leaf in _texts(value))


def _texts(value: Tree) -> Iterator[str]:
    """Yield the texts of a field: one, or those of a list."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (item for item in value if isinstance(item, str))


def check_whole(record: Record) -> None:
    """Check that every text of a record is in one of its fields or in its extra."""
    known = [record.task_id, record.mobile, record.time, record.extno]
    known.append(record.status if isinstance(record, DeliveryReport) else record.content)
    shown = {text.strip() for text in (*filter(None, known), *_leaves(record.extra))} | {""}
    lost = {leaf for leaf in _leaves(json.loads(record.raw)) if leaf.strip() not in shown}
    assert not lost, f"{lost} is neither in a field nor in the extra of {record}"
    if isinstance(record, DeliveryReport):
        assert record.state in ("delivered", "failed", "pending", "unknown")


_XML = '<?xml version="1.0" encoding="utf-8"?>\n<Response>\n<Code>0</Code>\n<Message>提交成功</Message>\n'
_ANSWERS = (
    '{"Code":"0","Message":"提交成功","TaskId":"11","Count":"5"}',
    '{"code": 0, "Message": "发送成功", "SMSId": 1}',
    '[{"Data":{"Code":"-1","Message":"余额不足"}}]',
    _XML + "<TaskId >11</TaskId >\n</Response>",
    _XML + "<Count>5</Count>",
    f'"{{\\"Code\\":\\"0\\",\\"Token\\":\\"{TOKEN}\\"}}"',
    "<html><head><title>502 Bad Gateway</title></head></html>",
    "",
)
_RECORDS = (
    '{"Code":"0","Data":[{"TaskId":"1","Mobile":"+8613812345678","Status":"DELIVRD",'
    '"Time":"2024-05-06 07:08:09"},'
    '{"TaskId":"2","Mobile":"13912345678","Status":"UNDELIV","Fee":1,"x":null}]}',
    '[{"TaskId":"1","list":[{"phone":"13812345678","stat":"0"},'
    '{"phone":"13812345678","time":"20240506070809"}]}]',
    '{"mobile":"13812345678","content":"退订","Status":["a","b"],"x":{"y":[true,{"z":"1"}]}}',
    '{"13812345678":{"Status":"DELIVRD","TaskId":"7"},"13912345678":[{"Content":"T"}]}',
    _XML + '<Report Mobile="13812345678" Status="0"><Time zone="8">20240506070809</Time></Report></Response>',
    _XML + "<Mo><tel >13812345678</tel ><msg>TD</msg></Mo><Mo><tel>13912345678</tel></Mo>",
    '{"Code":"9","Message":"no new data"}',
)
_TOKENS = (
    *words(r'{ } [ ] : , " null true 0 -0 1e999 [] {} [[ ]] \ud800 \u0000 İ ſtatus'),
    *words(r'"Code":"0", "code":1, "CODE":["0",0], "Co_de":"0", "Code":null, "\u0043ode":"0", "#text":"1",'),
    *words('"Mobile":"13812345678", "phone":"+8613912345678", "tel":"x", "mobile":["1","2"], "hm":"1",'),
    *words('"time":"2024-05-06", "Time":{}, "status":"0", "stat":["a"], "taskid":"3", "msg":"TD",'),
    *words('"list":[{"phone":"13812345678","a":"b"}, {"Mobile":"13712345678"},', TOKEN),
    *words("< > /> </Response> <Code>0</Code> <Code>1</Code> <Code/> <!DOCTYPE <!-- --> <![CDATA[0]]>"),
    *words("&amp; &#48; <?xml ?> <html> <title> </a>"),
    *(b"<a b='c'>", b"<Mobile x='1'>13812345678</Mobile>", b" xmlns:a='b'", b" ", b"\n", b"\0", b"\xff"),
    *(b"\xef\xbb\xbf", b"\xff\xfe", "提交".encode("gb18030")),
)


def _seeds(options: bytes, bodies: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(options + body.encode() for body in bodies)


TARGETS = {
    "send-answers": Target(check_send, _seeds(b"\0", _ANSWERS), _TOKENS),
    "balance-answers": Target(check_balance, _seeds(b"", _ANSWERS), _TOKENS),
    "record-answers": Target(
        check_records,
        (*_seeds(b"\0\0\0", _RECORDS), *_seeds(b"\1\1\0", _RECORDS), *_seeds(b"\1\2\0", _ANSWERS)),
        _TOKENS,
    ),
}
