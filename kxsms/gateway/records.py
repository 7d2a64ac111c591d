"""Finds the records in an answer to QueryReport or QueryMo, and says what an answer without any means.

Nobody has published the shape of these answers, so a record may be anywhere. Every list of objects holds
records, at any depth and under any name; they inherit the fields of the objects around the list (one list per
task). A single object is a record if it has known fields. Fields that are not recognised are kept in `extra`.
"""

import re
from collections.abc import Iterator
from http import HTTPStatus
from itertools import chain

from kxsms.domain.advice import with_retry
from kxsms.domain.outcome import login_hint, refusal
from kxsms.domain.profile import Profile
from kxsms.domain.records import DeliveryReport, FetchedAnswer, MoReply, Record, RecordKind, delivery_state
from kxsms.domain.secret import Masker
from kxsms.domain.zones import zone
from kxsms.errors import NoAnswer, Refused, Unread
from kxsms.gateway.answers import SUCCESS, describe, read_code, with_status
from kxsms.gateway.fields import Fields, assign_roles, with_own
from kxsms.gateway.packed import open_packed
from kxsms.gateway.record_tree import is_silent, walk
from kxsms.gateway.tree import Empty, Tree, Unreadable, check_depth, read_tree
from kxsms.language import mark, tr

_CUT = 0
"""In place of the HTTP status of an answer of which only a part came."""
_PAGE = re.compile(rb"\s*(?:<!doctype html|<html)", re.I)
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
            said = masker.text(with_status(answer.http_status, reason))
            raise NoAnswer(said, with_retry(said, tr(_AGAIN))) from None
        raise Unread(masker.text(with_status(answer.http_status, reason))) from None
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
    if not is_silent(tree):
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
    for own, inherited in walk(tree, {}, names, in_list=False, is_root=True):
        yield assign_roles(own, inherited, used, local)
