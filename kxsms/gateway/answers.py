"""Reads what the gateway answers to Send and QueryBalance, in all the spellings that are known.

A body that parses and has a `Code` is the gateway's answer, whatever the HTTP status. What anything else
means depends on the status.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from kxsms.domain.outcome import Accepted, NotSent, Outcome, Rejected, Unknown
from kxsms.domain.records import FIELD_NAMES
from kxsms.gateway.fields import find
from kxsms.gateway.tree import Tree, Unreadable, read_tree

SUCCESS = "0"
_MOVED = {301, 307, 308}
_TOO_FAST = 429


@dataclass(frozen=True)
class HttpAnswer:
    """An HTTP answer: its status, what it says it is, and its bytes as they came."""

    status: int
    content_type: str
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Envelope:
    """What the gateway itself says. All values are the texts they came as."""

    code: str
    message: str | None
    task_id: str | None
    count: str | None


def read_answer(reply: HttpAnswer) -> Envelope:
    """The gateway's answer.

    Raises Unreadable for anything that is not one; its text names what came instead.
    """
    envelope = _envelope(read_tree(reply.body), reply.status)
    code = find(envelope, ("code",))
    if not code:
        raise Unreadable("an answer without a Code")
    return Envelope(
        code=code,
        message=find(envelope, ("message", "msg")),
        task_id=find(envelope, FIELD_NAMES["task"]) or None,
        count=find(envelope, ("count",)) or None,
    )


def read_code(tree: Tree, status: int) -> tuple[str | None, str | None]:
    """The code and the message of an answer, None where it has none."""
    envelope = _envelope(tree, status)
    return find(envelope, ("code",)) or None, find(envelope, ("message", "msg"))


def _envelope(tree: Tree, status: int) -> Mapping[str, Tree]:
    """The part of an answer that holds its Code: the outermost object, or the only one inside it.

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


def read_outcome(reply: HttpAnswer) -> Outcome:
    """What became of a Send request that got this answer."""
    try:
        answer = read_answer(reply)
    except Unreadable as reason:
        return _without_answer(reply.status, str(reason))
    if answer.code == SUCCESS:
        return Accepted(answer.code, answer.message, answer.task_id)
    return Rejected(answer.code, answer.message)


def _without_answer(status: int, what: str) -> Outcome:
    """Only a redirect that keeps the method, and a 4xx, say for certain that nothing was taken."""
    if status in _MOVED or 400 <= status < 500:
        return NotSent(f"{describe(status)}, {what}", again=status == _TOO_FAST, status=status)
    return Unknown(f"{describe(status)}, {what}")


def describe(status: int) -> str:
    """`HTTP 502 Bad Gateway`."""
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"
