"""Opens JSON that an answer has packed into a text, such as `"Data": "[{…}]"`.

A phone may send a text that looks so. So nothing that may be its text is opened: no field beside a number,
and no field of content but those of the outermost object with a `Code`, whose message is the gateway's own.
"""

import re
from collections.abc import Container, Mapping
from typing import TypeGuard

from kxsms.domain.records import FIELD_NAMES
from kxsms.gateway.fields import plain
from kxsms.gateway.tree import Tree, Unreadable, read_json

_MOST_LEVELS = 4
"""Texts inside texts. Each level doubles the backslashes of the one inside."""

_CODE = "code"
_IS_PACKED = re.compile(r'\s*(?:[\[{]|"\s*[\[{])')
_IS_NUMBER = re.compile(r"\s*(?:\+|00)?(?:86)?[ -]*1[3-9][0-9]{9}\s*\Z")


def open_packed(tree: Tree, own: Mapping[str, tuple[str, ...]], levels: int = _MOST_LEVELS) -> Tree:
    """Return an answer with the JSON in its texts opened, in texts inside them too; itself if it has none.

    `own` are the names that a profile gives to fields.
    """
    texts = {*FIELD_NAMES["content"], *(plain(name) for name in own.get("content", ()))}
    if isinstance(tree, dict) and _CODE in map(plain, tree) and not _has_number(tree):
        return {key: _open(value, texts, levels) for key, value in tree.items()}
    return _open(tree, texts, levels)


def _has_number(node: Mapping[str, Tree]) -> bool:
    return any(_IS_NUMBER.match(value) for value in node.values() if isinstance(value, str))


def _open(tree: Tree, texts: Container[str], levels: int) -> Tree:
    match tree:
        case list():
            opened = [_open(item, texts, levels) for item in tree]
            # Either every item is packed, or these are mere values.
            return opened if _is_list_of_objects(opened) else tree
        case dict() if not _has_number(tree):
            return {
                key: value if plain(key) in texts else _open(value, texts, levels)
                for key, value in tree.items()
            }
        case str() if levels and _IS_PACKED.match(tree):
            return _unpack(tree, texts, levels - 1)
        case _:
            return tree


def _unpack(text: str, texts: Container[str], levels: int) -> Tree:
    """Return the objects in a text; the text itself if it holds none."""
    try:
        tree = read_json(text)
    except Unreadable:
        return text
    opened = _open(tree, texts, levels)
    return opened if isinstance(opened, dict) or _is_list_of_objects(opened) else text


def _is_list_of_objects(tree: Tree) -> TypeGuard[list[Tree]]:
    return isinstance(tree, list) and any(isinstance(item, dict | list) for item in tree)
