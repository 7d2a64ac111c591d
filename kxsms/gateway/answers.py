"""Reads what the gateway says of itself in an answer, in all the spellings that are known.

A body that parses and has a `Code` is the gateway's answer, with any HTTP status. The meaning of anything
else depends on the status. The spellings are those of the vendor's API pages and SDK, and of sister brands.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from kxsms.domain.outcome import Accepted, NotSent, Outcome, Rejected, Unknown
from kxsms.domain.records import FIELD_NAMES
from kxsms.gateway.fields import find
from kxsms.gateway.tree import Tree, Unreadable, read_tree
from kxsms.language import tr

SUCCESS = "0"
_MOVED = {301, 307, 308}
_TOO_FAST = 429


@dataclass(frozen=True)
class HttpAnswer:
    """An HTTP answer: its status, its Content-Type, its body as it came, and its Date if it has one."""

    status: int
    content_type: str
    body: bytes = field(repr=False)
    date: str | None = None


@dataclass(frozen=True)
class Envelope:
    """The gateway's own word in an answer.

    `code` and `message` are the texts as they came, `fields` the object that has the Code, whole.
    """

    code: str
    message: str | None
    fields: Mapping[str, Tree]


def read_answer(answer: HttpAnswer, mask: Callable[[str], str] | None = None) -> Envelope:
    """Return the gateway's own word in an answer; `mask` masks its values.

    Raise Unreadable for anything without a Code; its text names what came instead.
    """
    fields = _envelope(read_tree(answer.body, mask), answer.status)
    code = find(fields, ("code",))
    if not code:
        raise Unreadable(tr("an answer without a Code"))
    return Envelope(code, find(fields, ("message", "msg")), fields)


def read_code(tree: Tree, status: int) -> tuple[str | None, str | None]:
    """Return the code and the message of an answer, None where it has none."""
    fields = _envelope(tree, status)
    return find(fields, ("code",)) or None, find(fields, ("message", "msg"))


def _envelope(tree: Tree, status: int) -> Mapping[str, Tree]:
    """Return the part of an answer that holds its Code: the outermost object, or the only one inside it.

    Inside an answer that HTTP calls an error, a code may well be a proxy's.
    """
    while True:
        if isinstance(tree, list) and len(tree) == 1:
            tree = tree[0]
        elif not isinstance(tree, dict):
            return {}
        elif find(tree, ("code",)) is not None:
            return tree
        else:
            inner = [value for value in tree.values() if isinstance(value, dict | list)]
            if len(inner) != 1 or status != HTTPStatus.OK:
                return tree
            tree = inner[0]


def read_outcome(answer: HttpAnswer, mask: Callable[[str], str] | None = None) -> Outcome:
    """Return the outcome of a Send request that got this answer; `mask` masks its values."""
    try:
        envelope = read_answer(answer, mask)
    except Unreadable as reason:
        return _outcome_without_code(answer.status, str(reason))
    if envelope.code == SUCCESS:
        task_id = find(envelope.fields, FIELD_NAMES["task"]) or None
        return Accepted(envelope.code, envelope.message, task_id)
    return Rejected(envelope.code, envelope.message)


def with_status(status: int, what: object) -> str:
    """Return what is wrong with an answer, with its HTTP status in front."""
    return tr("{status}, {what}", status=describe(status), what=what)


def _outcome_without_code(status: int, what: str) -> Outcome:
    """Return NotSent for a redirect that keeps the method and for a 4xx: these alone took nothing."""
    reason = with_status(status, what)
    if status in _MOVED or 400 <= status < 500:
        return NotSent(reason, is_retryable=status == _TOO_FAST, status=status)
    return Unknown(reason)


def describe(status: int) -> str:
    """Return an HTTP status in words: `HTTP 502 Bad Gateway`."""
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"
