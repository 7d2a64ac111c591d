"""Names of fields, as this gateway, its sister brands and a profile spell them, and what is in them."""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from functools import lru_cache
from typing import NamedTuple

from kxsms.domain.mobile import InvalidMobile, normalise
from kxsms.domain.records import FIELD_NAMES
from kxsms.domain.times import iso, read_time
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


class Fields(NamedTuple):
    """One record's known fields by role, and the rest under their own names.

    `moment` is its time in seconds since 1970, `raw` all of it as it came.
    """

    known: Mapping[str, str | None]
    extra: Mapping[str, object]
    moment: float | None
    raw: str


def complete(
    known: dict[str, str | None], rest: dict[str, object], time_key: str, raw: str, local: tzinfo
) -> Fields:
    """The fields with number and time as kxsms writes them; as they came, where that differs, in the rest."""
    mobile, time = known["mobile"], known["time"]
    normal = normal_mobile(mobile)
    if normal is not None and normal != mobile:
        known["mobile"] = normal
        _keep(rest, "mobile", mobile)
    told = _tell(time, local) if time is not None else None
    if told is None:
        return Fields(known, rest, None, raw)
    moment, written = told
    if time is not None and written != time:
        known["time"] = written
        if not rest:
            return Fields(known, _alone(time_key, time), moment, raw)
        _keep(rest, time_key, time)
    return Fields(known, rest, moment, raw)


def _keep(rest: dict[str, object], name: str, text: str | None) -> None:
    """Put a text as it came into the rest, beside whatever stands there under its name."""
    if name not in rest:
        rest[name] = text
        return
    there = rest[name]
    if isinstance(there, dict) and "#text" not in there:
        rest[name] = {"#text": text, **there}  # the attributes of its own element
    else:
        rest[name] = [*there, text] if isinstance(there, list) else [there, text]


def normal_mobile(mobile: str | None) -> str | None:
    """The 11 digits of a number, or None for what is none."""
    try:
        return normalise(mobile) if mobile is not None else None
    except InvalidMobile:
        return None


@lru_cache(maxsize=4096)
def _tell(time: str, local: tzinfo) -> tuple[float, str] | None:
    """A time in seconds since 1970 and in ISO 8601. Many records have the same."""
    moment = read_time(time, local)
    return None if moment is None else (moment.timestamp(), iso(moment))


@lru_cache(maxsize=4096)
def _alone(key: str, time: str) -> Mapping[str, object]:
    """Of so many records with the same time one rest takes less room than many."""
    return {key: time}
