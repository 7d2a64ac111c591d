"""Names of fields, as this gateway, its sister brands and a profile spell them, and the values of fields."""

import json
from collections.abc import Iterable, Mapping
from datetime import tzinfo
from functools import lru_cache
from typing import NamedTuple

from kxsms.domain.mobile import InvalidMobile, normalise
from kxsms.domain.records import FIELD_NAMES
from kxsms.domain.times import has_second, read_time
from kxsms.domain.zones import iso
from kxsms.gateway.tree import Tree

_as_raw = json.JSONEncoder(sort_keys=True).encode
"""Writes a record in the form by which the ledger knows a repetition: it must never change."""

_OWN_IDS = frozenset({"id", "moid", "replyid", "reportid", "recordid", "uuid", "guid"})
"""Names of a record's own id. Those of a task are no such names: two equal replies may answer one text."""

_IGNORED = str.maketrans("", "", "_- ")


@lru_cache(maxsize=1024)
def plain(name: str) -> str:
    """Return a name without case, `_`, `-` and spaces: `taskid` for `Task_Id`."""
    return name.casefold().translate(_IGNORED)


def scalar(value: Tree) -> str | None:
    """Return the text of a leaf, or None for any other value. The same leaf several times counts once."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        texts = {scalar(item) for item in value}
        return texts.pop() if len(texts) == 1 else None
    if isinstance(value, dict):
        return scalar(value.get("#text"))
    if isinstance(value, bool):
        return str(value).lower()
    return None


def find(node: Mapping[str, Tree], names: Iterable[str]) -> str | None:
    """Return the text of the first of these names that the node has in any spelling, without outer blanks.

    Return None if it has none of them, or the first of them with two different values.
    """
    keys = by_name(node)
    for name in names:
        if name not in keys:
            continue
        values = {scalar(node[key]) for key in keys[name] if _is_leaf(node[key])}
        if values:
            text = values.pop() if len(values) == 1 else None
            return text.strip() if text is not None else None
    return None


def by_name(node: Mapping[str, Tree]) -> Mapping[str, tuple[str, ...]]:
    """Return a node's keys by their plain names."""
    return _by_name(tuple(node))


@lru_cache(maxsize=64)
def _by_name(keys: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Return keys by their plain names. Remembered, as all records of an answer mostly have the same keys."""
    found: dict[str, tuple[str, ...]] = {}
    for key in keys:
        found[plain(key)] = (*found.get(plain(key), ()), key)
    return found


def _is_leaf(value: Tree) -> bool:
    """Return whether a value says something itself, be it in contradiction: not null, and no object."""
    if isinstance(value, list):
        return any(_is_leaf(item) for item in value)
    return value is not None and (not isinstance(value, dict) or "#text" in value)


def with_own(own: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return the names of each role, a profile's own before the known ones."""
    return {
        role: (*(plain(name) for name in own.get(role, ())), *names) for role, names in FIELD_NAMES.items()
    }


class Fields(NamedTuple):
    """One record's known fields by role, and the rest under their own names.

    `moment` is its time in seconds since 1970, `raw` the whole record as JSON, as it came. `has_identity`: it
    has an id or a time with seconds of its own.
    """

    known: Mapping[str, str | None]
    extra: Mapping[str, object]
    moment: float | None
    raw: str
    has_identity: bool


def assign_roles(
    own: dict[str, Tree], inherited: dict[str, Tree], names: Mapping[str, tuple[str, ...]], local: tzinfo
) -> Fields:
    """Return the fields of a record: for each role the record's own, or else that of the objects around it.

    A time that names no zone is in `local`.
    """
    known: dict[str, str | None] = {}
    rest: dict[str, object] = {**inherited, **own}
    raw = _as_raw(rest)
    time_key = "time"
    for role, spellings in names.items():
        known[role] = None
        for node in (own, inherited):
            key = _key_for(node, spellings)
            if key is not None:
                text = scalar(node[key])
                time_key = key if role == "time" else time_key
                known[role] = text if role == "content" or text is None else text.strip() or None
                if rest.get(key) is node[key]:
                    _take(rest, key)
                break
    return _normalised(known, rest, time_key, (raw, _has_identity(own)), local)


def _has_identity(own: Mapping[str, Tree]) -> bool:
    """Return whether a record has an id, or a time with seconds, of its own.

    The names count, not the roles: a record must have the same identity after a change of the profile.
    """
    ids, times = _identifying(tuple(own))
    return any(_is_exact(scalar(own[key])) for key in times) or any(
        (scalar(own[key]) or "").strip() not in ("", "0") for key in ids
    )


@lru_cache(maxsize=64)
def _identifying(keys: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the keys that may hold a record's own id, and those that may hold its time."""
    names = {key: plain(key) for key in keys}
    ids = tuple(key for key, name in names.items() if name in _OWN_IDS)
    return ids, tuple(key for key, name in names.items() if "time" in name or "date" in name)


@lru_cache(maxsize=4096)
def _is_exact(time: str | None) -> bool:
    return time is not None and has_second(time)


def _take(rest: dict[str, object], key: str) -> None:
    """Remove a field that has found its role, but for the attributes that an XML element has besides."""
    value = rest.pop(key)
    if isinstance(value, dict) and len(value) > 1:
        rest[key] = {name: item for name, item in value.items() if name != "#text"}


def _key_for(node: Mapping[str, Tree], spellings: tuple[str, ...]) -> str | None:
    """Return the key of the first of these names that has a text."""
    keys = by_name(node)
    for name in spellings:
        for key in keys.get(name, ()):
            if scalar(node[key]) is not None:
                return key
    return None


def _normalised(
    known: dict[str, str | None],
    rest: dict[str, object],
    time_key: str,
    came: tuple[str, bool],
    local: tzinfo,
) -> Fields:
    """Return the fields of a record with its number and time as kxsms writes them.

    Where that changes them, they are in `extra` as they came, the time under `time_key`. `came` has the whole
    record as JSON, and whether it has an identity.
    """
    mobile, time = known["mobile"], known["time"]
    normal = normal_mobile(mobile)
    if normal is not None and normal != mobile:
        known["mobile"] = normal
        _keep(rest, "mobile", mobile)
    read = _read_time(time, local) if time is not None else None
    if time is None or read is None:
        return Fields(known, rest, None, *came)
    moment, known["time"] = read
    if known["time"] != time:
        if not rest:
            return Fields(known, _alone(time_key, time), moment, *came)
        _keep(rest, time_key, time)
    return Fields(known, rest, moment, *came)


def _keep(rest: dict[str, object], name: str, text: str | None) -> None:
    """Put a text as it came into the rest, beside the value that is there under its name, if any."""
    if name not in rest:
        rest[name] = text
        return
    there = rest[name]
    if isinstance(there, dict) and "#text" not in there:
        rest[name] = {"#text": text, **there}  # the attributes of its own element
    else:
        rest[name] = [*there, text] if isinstance(there, list) else [there, text]


def normal_mobile(mobile: str | None) -> str | None:
    """Return the 11 digits of a number, or None for an invalid one."""
    try:
        return normalise(mobile) if mobile is not None else None
    except InvalidMobile:
        return None


@lru_cache(maxsize=4096)
def _read_time(time: str, local: tzinfo) -> tuple[float, str] | None:
    """Return a time in seconds since 1970 and in ISO 8601, or None. Remembered, as many records share one."""
    moment = read_time(time, local)
    return None if moment is None else (moment.timestamp(), iso(moment))


@lru_cache(maxsize=4096)
def _alone(key: str, time: str) -> Mapping[str, object]:
    """Return the extra of a record that has only a time: one object for all of these, written out once."""
    return {key: time}
