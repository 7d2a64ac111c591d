"""Finds the records in an answer to QueryReport or QueryMo, and says what an answer without any means.

Nobody has published the shape of these answers, so a record may be anywhere. Every list of objects holds
records, at any depth and under any name; they inherit the fields of the objects around the list (one list per
task). A single object is a record if it has known fields. Fields that are not recognised are kept in `extra`.
"""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from itertools import chain

from kxsms.domain.advice import with_retry
from kxsms.domain.outcome import login_hint, refusal
from kxsms.domain.profile import Profile
from kxsms.domain.records import DeliveryReport, FetchedAnswer, MoReply, Record, RecordKind, delivery_state
from kxsms.domain.secret import Masker
from kxsms.domain.zones import zone
from kxsms.errors import NoAnswer, Refused, Unread
from kxsms.gateway.answers import SUCCESS, describe, read_code
from kxsms.gateway.fields import Fields, assign_roles, find, normal_mobile, plain, with_own
from kxsms.gateway.packed import open_packed
from kxsms.gateway.tree import Empty, Tree, Unreadable, check_depth, read_tree
from kxsms.language import mark, tr

_Names = Mapping[str, tuple[str, ...]]
_Node = dict[str, Tree]

_CUT = 0
"""In place of the HTTP status of an answer of which only a part came."""
_PAGE = re.compile(rb"\s*(?:<!doctype html|<html)", re.I)
# In a text: packed JSON, or a number.
_A_RECORD = re.compile(r"\A\s*(?:\[\s*)?\{|(?<![0-9])(?:86)?1[3-9][0-9]{9}(?![0-9])")

_AGAIN = mark("run the same command again")
_NAME_FIELD = mark(
    "run kxsms config set fields.mobile NAME, with the name of the field that holds the numbers"
)


def read_records(answer: FetchedAnswer, profile: Profile, masker: Masker) -> Iterator[Record]:
    """Return the records of an answer, each read when its turn comes; none if the answer says so.

    Raise Unread if it may hold records that kxsms does not recognise, Refused for a code that refuses, and
    NoAnswer if it is not the gateway's.
    """
    status, is_ok = describe(answer.http_status), answer.http_status in (HTTPStatus.OK, _CUT)
    try:
        tree = read_tree(answer.body, masker.in_values)
    except Unreadable as reason:
        if isinstance(reason, Empty) and is_ok:
            return iter(())
        if isinstance(reason, Empty) or not is_ok or _PAGE.match(answer.body):
            said = masker.text(f"{status}, {reason}")
            raise NoAnswer(said, with_retry(said, tr(_AGAIN))) from None
        raise Unread(masker.text(f"{status}, {reason}")) from None
    records, has_number = _look_for_number(_records(answer.kind, tree, profile))
    if not has_number and (opened := _opened(tree, profile)) != tree:
        # Only now: of an answer that can be read as it is, the records must stay as they were.
        tree = opened
        records, has_number = _look_for_number(_records(answer.kind, tree, profile))
    if has_number:
        return records
    if next(records, None) is not None:
        raise Unread(tr("an answer whose records have no number that kxsms knows"), tr(_NAME_FIELD))
    code, message = read_code(tree, answer.http_status)
    if code is None and not is_ok:
        raise NoAnswer(
            tr("{status}, an answer without a Code", status=status), with_retry(status, tr(_AGAIN))
        )
    if code is None and tree not in (None, "", [], {}):
        raise Unread(tr("{status}, an answer without a Code", status=status), tr(_NAME_FIELD))
    if code is not None and code not in (SUCCESS, *profile.empty_codes):
        raise _refused(code, masker.text(message or ""), profile)
    if not _is_silent(tree):
        raise Unread(tr("an answer without any record that kxsms knows"), tr(_NAME_FIELD))
    return iter(())


def _look_for_number(records: Iterator[Record]) -> tuple[Iterator[Record], bool]:
    """Return the same records, and whether any of them has a number."""
    without_number: list[Record] = []
    for record in records:
        if record.mobile is not None:
            return chain(without_number, [record], records), True
        without_number.append(record)
    return iter(without_number), False


def _opened(tree: Tree, profile: Profile) -> Tree:
    """Return an answer with the JSON opened that is packed in its texts. Raise Unread if it is too deep."""
    try:
        opened = open_packed(tree, profile.fields)
        check_depth(opened)
    except (RecursionError, Unreadable):
        raise Unread(tr("an answer nested too deeply")) from None
    return opened


def _refused(code: str, message: str, profile: Profile) -> Refused | NoAnswer:
    """Return the error for a code that refuses; one that only asks to go slower is no refusal."""
    said = refusal(code, message, profile.codes.get(code))
    if code in profile.throttle_codes:
        return NoAnswer(said, tr(_AGAIN))
    codes = ",".join([*sorted(profile.empty_codes), code])
    option = f" -p {profile.name}" if profile.name else ""
    hint = tr(
        "if this code means that there is nothing new, run kxsms config set{option} empty_codes {codes}",
        option=option,
        codes=codes,
    )
    return Refused(said, tr("{hint}; if not, {login}", hint=hint, login=login_hint(profile.name)))


def _records(kind: RecordKind, tree: Tree, profile: Profile) -> Iterator[Record]:
    match kind:
        case RecordKind.REPORT:
            return read_reports(tree, profile)
        case RecordKind.MO:
            return read_replies(tree, profile)


def read_reports(tree: Tree, profile: Profile) -> Iterator[DeliveryReport]:
    """Return every delivery report in an answer, in its order."""
    return (
        DeliveryReport(
            task_id=known["task"],
            mobile=known["mobile"],
            state=delivery_state(known["status"], profile.states),
            status=known["status"],
            time=known["time"],
            extno=known["extno"],
            extra=extra,
            moment=moment,
            raw=raw,
            has_identity=has_identity,
        )
        for known, extra, moment, raw, has_identity in _read(tree, profile, without="content")
    )


def read_replies(tree: Tree, profile: Profile) -> Iterator[MoReply]:
    """Return every reply in an answer, in its order."""
    return (
        MoReply(
            mobile=known["mobile"],
            content=known["content"],
            time=known["time"],
            extno=known["extno"],
            task_id=known["task"],
            extra=extra,
            moment=moment,
            raw=raw,
            has_identity=has_identity,
        )
        for known, extra, moment, raw, has_identity in _read(tree, profile, without="status")
    )


def _read(tree: Tree, profile: Profile, *, without: str) -> Iterator[Fields]:
    """Yield the fields of every record, for all roles but the one that such records do not have."""
    names = with_own(profile.fields)
    used = {role: spellings for role, spellings in names.items() if role != without}
    local = zone(profile.timezone)
    for own, inherited in _walk(tree, {}, names, in_list=False, is_root=True):
        yield assign_roles(own, inherited, used, local)


def _walk(
    tree: Tree, inherited: _Node, names: _Names, *, in_list: bool, is_root: bool
) -> Iterator[tuple[_Node, _Node]]:
    """Yield each record's own fields, and those of the objects around it.

    `in_list`: the tree is an item of a list; `is_root`: only lists are around it.
    """
    if isinstance(tree, list):
        for item in tree:
            yield from _walk(item, inherited, names, in_list=True, is_root=is_root)
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
                for record in _walk(value, about, names, in_list=False, is_root=False):
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


def _is_silent(tree: Tree) -> bool:
    """Return whether an answer in which no record was found has none.

    It has no list with items, and outside its message no text that holds a number or packed JSON.
    """
    if isinstance(tree, list):
        return not tree or (len(tree) == 1 and isinstance(tree[0], dict) and _is_silent(tree[0]))
    if isinstance(tree, dict):
        return all(_is_silent(value) for key, value in tree.items() if plain(key) not in ("message", "msg"))
    return not isinstance(tree, str) or _A_RECORD.search(tree) is None
