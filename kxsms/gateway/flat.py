"""Reads records that hold nothing but texts by the names that they have.

An answer may hold hundreds of thousands of records with the same names. Which of these is the number, which
the task and so on does not depend on the texts, so it is found out once. One by one, `kxsms.gateway.records`
reads them the same.
"""

from collections.abc import Mapping
from datetime import tzinfo
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from kxsms.gateway.fields import Fields, by_name, complete
from kxsms.gateway.tree import Tree

_Texts = Mapping[str, Any]
"""Texts by their names, as `_holds_texts` has found."""


class RecordShape:
    """What all records have in common that have the same names, and inherit the same names."""

    def __init__(self, own: _Texts, inherited: _Texts, names: Mapping[str, tuple[str, ...]]) -> None:
        mine, around = by_name(own), by_name(inherited)
        keys = {role: _key(mine, spelled) or _key(around, spelled) for role, spelled in names.items()}
        self._found = [(role, key) for role, key in keys.items() if key is not None and role != "content"]
        self._content = keys.get("content")
        self._missing: dict[str, str | None] = dict.fromkeys(names)
        self._time = keys["time"] or "time"
        everything = {**inherited, **own}
        self._extra = [key for key in everything if key not in keys.values()]
        self._ordered = sorted(everything)
        pairs = (f"{quoted(key).replace('%', '%%')}: %s" for key in self._ordered)
        self._raw = "{" + ", ".join(pairs) + "}"
        numbers = next((mine[name] for name in names["mobile"] if name in mine), [])
        self._number = numbers[0] if len(numbers) == 1 else None

    def has_number(self, own: _Texts) -> bool:
        """Whether a record names its number: then it is one, whatever else it holds."""
        return self._number is not None and bool(own[self._number].strip())

    def read(self, own: _Texts, inherited: _Texts, local: tzinfo) -> Fields:
        """Give each role its field, and keep the rest."""
        everything = {**inherited, **own} if inherited else own
        known = self._missing.copy()
        for role, key in self._found:
            known[role] = everything[key].strip() or None
        if self._content is not None:
            known["content"] = everything[self._content]
        raw = self._raw % tuple([quoted(everything[key]) for key in self._ordered])
        return complete(known, {key: everything[key] for key in self._extra}, self._time, raw, local)


class RecordShapes:
    """The shapes that an answer's records have."""

    def __init__(self, names: Mapping[str, tuple[str, ...]]) -> None:
        self._names = names
        self._known: dict[tuple[tuple[str, ...], tuple[str, ...]], RecordShape] = {}

    def of(self, own: Mapping[str, Tree], inherited: Mapping[str, Tree]) -> RecordShape | None:
        """The shape of an item of a list, if it has a number, and it and what is around it are texts."""
        if not _holds_texts(own) or (inherited and not _holds_texts(inherited)):
            return None
        names = tuple(own), tuple(inherited)
        shape = self._known.get(names)
        if shape is None:
            shape = self._known[names] = RecordShape(own, inherited, self._names)
        return shape if shape.has_number(own) else None


def _holds_texts(node: Mapping[str, Tree]) -> bool:
    return set(map(type, node.values())) == {str}


def _key(keys: Mapping[str, list[str]], spelled: tuple[str, ...]) -> str | None:
    return next((keys[name][0] for name in spelled if name in keys), None)
