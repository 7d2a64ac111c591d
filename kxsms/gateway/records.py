"""Finds the records in an answer to QueryReport or QueryMo, whose shape nobody has published.

Every list of objects holds records, at any depth and under any name; a list inside an object takes what that
object says of all of them (one list a task). A single object is a record if it holds known fields. What is
not recognised is kept in `extra`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import tzinfo

from kxsms.domain.profile import Profile
from kxsms.domain.records import DeliveryReport, MoReply, delivery_state
from kxsms.domain.times import zone
from kxsms.gateway.fields import Fields, by_name, complete, find, normal_mobile, plain, scalar, with_own
from kxsms.gateway.flat import RecordShape, RecordShapes
from kxsms.gateway.tree import Tree

_Names = Mapping[str, tuple[str, ...]]
_Node = dict[str, Tree]

# In a text: packed JSON, or a number.
_A_RECORD = re.compile(r"\A\s*(?:\[\s*)?\{|(?<![0-9])(?:86)?1[3-9][0-9]{9}(?![0-9])")


def read_reports(tree: Tree, profile: Profile) -> Iterator[DeliveryReport]:
    """Every delivery report in an answer, in its order."""
    return (
        DeliveryReport(
            task_id=record.known["task"],
            mobile=record.known["mobile"],
            state=delivery_state(record.known["status"], profile.states),
            status=record.known["status"],
            time=record.known["time"],
            extno=record.known["extno"],
            extra=record.extra,
            moment=record.moment,
            raw=record.raw,
        )
        for record in _read(tree, profile, without="content")
    )


def read_replies(tree: Tree, profile: Profile) -> Iterator[MoReply]:
    """Every reply in an answer, in its order."""
    return (
        MoReply(
            mobile=record.known["mobile"],
            content=record.known["content"],
            time=record.known["time"],
            extno=record.known["extno"],
            task_id=record.known["task"],
            extra=record.extra,
            moment=record.moment,
            raw=record.raw,
        )
        for record in _read(tree, profile, without="status")
    )


def _read(tree: Tree, profile: Profile, *, without: str) -> Iterator[Fields]:
    names = with_own(profile.fields)
    used = {role: spellings for role, spellings in names.items() if role != without}
    local = zone(profile.timezone)
    for own, inherited, shape in _walk(tree, {}, names, RecordShapes(used), in_list=False, is_root=True):
        if shape is None:
            yield _sort(own, inherited, used, local)
        else:
            yield shape.read(own, inherited, local)


def _walk(
    tree: Tree, inherited: _Node, names: _Names, shapes: RecordShapes, *, in_list: bool, is_root: bool
) -> Iterator[tuple[_Node, _Node, RecordShape | None]]:
    """A record's own fields, those of the objects around it, and the shape by which it is soon read."""
    if isinstance(tree, list):
        for item in tree:
            if isinstance(item, dict) and (shape := shapes.of(item, inherited)):
                yield item, inherited, shape
            else:
                yield from _walk(item, inherited, names, shapes, in_list=True, is_root=is_root)
    elif isinstance(tree, dict):
        has_mobile = find(tree, names["mobile"]) is not None
        inner: _Node = {
            key: value
            for key, value in tree.items()
            if isinstance(value, dict | list)
            and _holds_objects(value)
            and (not has_mobile or isinstance(value, list) or _says_more(value, names))
        }
        found = False
        if inner:
            passed_on = {**inherited, **_for_all(tree, inner, names, is_root=is_root)}
            for key, value in inner.items():
                about = {**passed_on, "mobile": key} if normal_mobile(key) else passed_on
                for record in _walk(value, about, names, shapes, in_list=False, is_root=False):
                    found = True
                    yield record
        if not found and _is_record(tree, inherited, names, in_list=in_list, is_root=is_root):
            yield tree if in_list else _without_code(tree), inherited, None


def _says_more(node: _Node, names: _Names) -> bool:
    """Whether an object inside one that has a number is that number's record, and not a mere detail."""
    return any(find(node, names[role]) is not None for role in ("task", "status", "content"))


def _holds_objects(tree: Tree) -> bool:
    if isinstance(tree, list):
        return any(_holds_objects(item) for item in tree)
    return isinstance(tree, dict)


def _is_envelope(node: _Node, names: _Names) -> bool:
    """Whether an object is the gateway's own word (`Code`, `Message`, a count) rather than a record."""
    return find(node, ("code",)) is not None and find(node, names["mobile"]) is None


def _for_all(node: _Node, inner: _Node, names: _Names, *, is_root: bool) -> _Node:
    """What an object says of all the records in it: of an envelope, only which task or number it is about."""
    rest = {key: value for key, value in node.items() if key not in inner}
    # What is outermost may be an envelope without a code, but none has a number.
    is_record = find(node, names["mobile"]) is not None and find(node, ("code",)) is None
    if is_record or not (is_root or _is_envelope(node, names)):
        return rest
    about = {*names["task"], *names["mobile"], *names["extno"]}
    return {key: value for key, value in rest.items() if plain(key) in about}


def _is_record(node: _Node, inherited: _Node, names: _Names, *, in_list: bool, is_root: bool) -> bool:
    keys = by_name(node)
    has = {role for role, spellings in names.items() if find(node, spellings, keys)}
    if "mobile" in has:
        return True
    if not node or any(value == [] for value in node.values()):
        return False  # an object around an empty list of records
    if in_list and not (is_root and _is_envelope(node, names)):
        return True
    if is_root or _is_envelope(node, names):
        # Not `{"Code": "0", "Message": "…"}`, but a report whose number has a name unknown to us.
        return {"task", "status"} <= has
    return bool(has & {"task", "status"}) or ("content" in has and bool(find(inherited, names["mobile"])))


def _sort(own: _Node, inherited: _Node, names: _Names, local: tzinfo) -> Fields:
    """Give each role its field, the record's own before those around it, and keep the rest."""
    known: dict[str, str | None] = {}
    rest: dict[str, object] = {**inherited, **own}
    raw = json.dumps(rest, sort_keys=True)
    time_key = "time"
    nodes = ((own, by_name(own)), (inherited, by_name(inherited)))
    for role, spellings in names.items():
        known[role] = None
        for node, keys in nodes:
            key = _key_for(node, keys, spellings)
            if key is not None:
                text = scalar(node[key])
                time_key = key if role == "time" else time_key
                known[role] = text if role == "content" or text is None else text.strip() or None
                if rest.get(key) is node[key]:
                    _take(rest, key)
                break
    return complete(known, rest, time_key, raw, local)


def _take(rest: dict[str, object], key: str) -> None:
    """Remove a field that has found its role, but for the attributes that an XML element has besides."""
    value = rest.pop(key)
    if isinstance(value, dict) and len(value) > 1:
        rest[key] = {name: item for name, item in value.items() if name != "#text"}


def _key_for(node: _Node, keys: Mapping[str, list[str]], spellings: tuple[str, ...]) -> str | None:
    for name in spellings:
        for key in keys.get(name, ()):
            if scalar(node[key]) is not None:
                return key
    return None


def _without_code(node: _Node) -> _Node:
    """A single object may be record and envelope at once; its Code is then the answer's."""
    return {key: value for key, value in node.items() if plain(key) != "code"}


def is_silent(tree: Tree) -> bool:
    """Whether an answer in which no record was found has none: no list with anything in it, and outside its
    message no text that holds a number or packed JSON."""
    if isinstance(tree, list):
        return not tree or (len(tree) == 1 and isinstance(tree[0], dict) and is_silent(tree[0]))
    if isinstance(tree, dict):
        return all(is_silent(value) for key, value in tree.items() if plain(key) not in ("message", "msg"))
    return not isinstance(tree, str) or _A_RECORD.search(tree) is None
