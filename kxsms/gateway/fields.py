"""Names of fields, as this gateway, its sister brands and a profile spell them."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from kxsms.domain.records import FIELD_NAMES
from kxsms.gateway.tree import Tree

_IGNORED = str.maketrans("", "", "_- ")


@lru_cache(maxsize=1024)
def plain(name: str) -> str:
    """A name without case, `_`, `-` and spaces: `Task_Id` is `taskid`."""
    return name.casefold().translate(_IGNORED)


def scalar(value: Tree) -> str | None:
    """The text of a leaf, or None for what is no leaf. The same leaf several times counts once."""
    if isinstance(value, list):
        texts = {scalar(item) for item in value}
        return texts.pop() if len(texts) == 1 else None
    if isinstance(value, dict):
        return scalar(value.get("#text"))
    if isinstance(value, bool):
        return str(value).lower()
    return value


def find(
    node: Mapping[str, Tree], names: Iterable[str], keys: Mapping[str, list[str]] | None = None
) -> str | None:
    """The text of the first of these names that the node has, in any spelling.

    None if it has none of them, or the first of them with two different values. `keys` are the node's
    `by_name`, for who asks often.
    """
    keys = by_name(node) if keys is None else keys
    for name in names:
        if name not in keys:
            continue
        values = {scalar(node[key]) for key in keys[name] if _is_leaf(node[key])}
        if values:
            text = values.pop() if len(values) == 1 else None
            return text.strip() if text is not None else None
    return None


def by_name(node: Mapping[str, Tree]) -> dict[str, list[str]]:
    """A node's keys by their plain names."""
    keys: dict[str, list[str]] = {}
    for key in node:
        keys.setdefault(plain(key), []).append(key)
    return keys


def _is_leaf(value: Tree) -> bool:
    """Whether a value says something itself, be it in contradiction: not null, and no object."""
    if isinstance(value, list):
        return any(_is_leaf(item) for item in value)
    return value is not None and (not isinstance(value, dict) or "#text" in value)


def with_own(own: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The names of each role, a profile's own before the known ones."""
    return {
        role: (*(plain(name) for name in own.get(role, ())), *names) for role, names in FIELD_NAMES.items()
    }
