"""Looks for the records in the tree of an answer, and for what else it may hold."""

import re
from collections.abc import Iterator, Mapping

from kxsms.gateway.fields import find, normal_mobile, plain
from kxsms.gateway.tree import Tree

_Names = Mapping[str, tuple[str, ...]]
_Node = dict[str, Tree]

# In a text: packed JSON, or a number.
_A_RECORD = re.compile(r"\A\s*(?:\[\s*)?\{|(?<![0-9])(?:86)?1[3-9][0-9]{9}(?![0-9])")


def walk(
    tree: Tree, inherited: _Node, names: _Names, *, in_list: bool, is_root: bool
) -> Iterator[tuple[_Node, _Node]]:
    """Yield the own fields of each record in a tree, and those of the objects around it.

    `in_list`: the tree is an item of a list; `is_root`: only lists are around it.
    """
    if isinstance(tree, list):
        for item in tree:
            yield from walk(item, inherited, names, in_list=True, is_root=is_root)
    elif isinstance(tree, dict):
        number = find(tree, names["mobile"])
        inner: _Node = {
            key: value
            for key, value in tree.items()
            if isinstance(value, dict | list)
            and _holds_objects(value)
            and (number is None or isinstance(value, list) or _is_own_record(value, names))
        }
        found = False
        if inner:
            passed_on = {**inherited, **_for_all(tree, inner, names, is_root=is_root)}
            for key, value in inner.items():
                about = {**passed_on, "mobile": key} if normal_mobile(key) else passed_on
                for record in walk(value, about, names, in_list=False, is_root=False):
                    found = True
                    yield record
        if not found and (number or _is_record(tree, inherited, names, in_list=in_list, is_root=is_root)):
            yield tree if in_list else _without_code(tree), inherited


def _is_own_record(node: _Node, names: _Names) -> bool:
    """Return whether an object inside one that has a number is that number's record, not a mere detail."""
    return any(find(node, names[role]) is not None for role in ("task", "status", "content"))


def _holds_objects(tree: Tree) -> bool:
    if isinstance(tree, list):
        return any(_holds_objects(item) for item in tree)
    return isinstance(tree, dict)


def _is_envelope(node: _Node, names: _Names) -> bool:
    """Return whether an object is the gateway's own word (`Code`, `Message`, a count), not a record."""
    return find(node, ("code",)) is not None and find(node, names["mobile"]) is None


def _for_all(node: _Node, inner: _Node, names: _Names, *, is_root: bool) -> _Node:
    """Return the fields of an object that hold for all records in it: an envelope's only name their task,
    number or extno."""
    rest = {key: value for key, value in node.items() if key not in inner}
    # The outermost object may be an envelope without a code, but an envelope has no number.
    is_record = find(node, names["mobile"]) is not None and find(node, ("code",)) is None
    if is_record or not (is_root or _is_envelope(node, names)):
        return rest
    about = {*names["task"], *names["mobile"], *names["extno"]}
    return {key: value for key, value in rest.items() if plain(key) in about}


def _is_record(node: _Node, inherited: _Node, names: _Names, *, in_list: bool, is_root: bool) -> bool:
    """Return whether an object without a number is a record."""
    if not node or any(value == [] for value in node.values()):
        return False  # an object around an empty list of records
    is_envelope = _is_envelope(node, names)
    if in_list and not (is_root and is_envelope):
        return True
    has_task, has_status = (bool(find(node, names[role])) for role in ("task", "status"))
    if is_root or is_envelope:
        # Not `{"Code": "0", "Message": "…"}`, but a report whose number has an unknown name.
        return has_task and has_status
    of_number = bool(find(node, names["content"])) and bool(find(inherited, names["mobile"]))
    return has_task or has_status or of_number


def _without_code(node: _Node) -> _Node:
    """Return a single object without its Code: it may be record and envelope at once."""
    return {key: value for key, value in node.items() if plain(key) != "code"}


def is_silent(tree: Tree) -> bool:
    """Return whether an answer in which no record was found has none.

    It has no list with items, and outside its message no text that holds a number or packed JSON.
    """
    if isinstance(tree, list):
        return not tree or (len(tree) == 1 and isinstance(tree[0], dict) and is_silent(tree[0]))
    if isinstance(tree, dict):
        return all(is_silent(value) for key, value in tree.items() if plain(key) not in ("message", "msg"))
    return not isinstance(tree, str) or _A_RECORD.search(tree) is None
