"""Says what an answer to QueryReport or QueryMo is: records, nothing new, a refusal, or something else."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from itertools import chain

from kxsms.domain.outcome import refusal
from kxsms.domain.profile import Profile
from kxsms.domain.records import FetchedAnswer, Record, RecordKind
from kxsms.domain.secret import Masker
from kxsms.errors import NoAnswer, Refused, Unread
from kxsms.gateway.answers import SUCCESS, describe, read_code
from kxsms.gateway.records import is_silent, read_replies, read_reports
from kxsms.gateway.tree import Empty, Unreadable, read_tree

_PAGE = re.compile(rb"\s*(?:<!doctype html|<html)", re.I)
_AGAIN = "run the same command again"
CUT = 0
"""In place of the HTTP status of an answer of which only a part came."""
_NEW_NAMES = "kxsms config set fields.mobile NAME tells what the numbers are called in it"


def read_records(answer: FetchedAnswer, profile: Profile, masker: Masker) -> Iterator[Record]:
    """The records of an answer, each read when its turn comes; none of one that says that there are none.

    Raises Unread where there may be some, Refused, or NoAnswer for what is not the gateway's.
    """
    status, is_ok = describe(answer.http_status), answer.http_status in (HTTPStatus.OK, CUT)
    try:
        tree = read_tree(answer.body)
        records: Iterator[Record]
        records = (read_reports if answer.kind is RecordKind.REPORT else read_replies)(tree, profile)
        without: list[Record] = []
        for record in records:
            if record.mobile is not None:
                return chain(without, [record], records)
            without.append(record)
        if without:
            raise Unread("an answer whose records have no number that kxsms knows", _NEW_NAMES)
        code, message = read_code(tree, answer.http_status)
    except Unreadable as reason:
        if isinstance(reason, Empty) and is_ok:
            return iter(())
        if isinstance(reason, Empty) or not is_ok or _PAGE.match(answer.body):
            raise NoAnswer(f"{status}, {reason}", _AGAIN) from None
        raise Unread(f"{status}, {reason}") from None
    if code is None and not is_ok:
        raise NoAnswer(f"{status}, an answer without a Code", _AGAIN)
    if code is None and tree not in (None, "", [], {}):
        raise Unread(f"{status}, an answer without a Code", _NEW_NAMES)
    if code in (None, SUCCESS, *profile.empty_codes):
        if is_silent(tree):
            return iter(())
        raise Unread("an answer without any record that kxsms knows", _NEW_NAMES)
    assert code is not None
    said = refusal(code, masker.text(message or ""), profile.codes.get(code))
    if code in profile.throttle_codes:
        raise NoAnswer(said, _AGAIN)
    codes = ",".join([*sorted(profile.empty_codes), code])
    option = f" -p {profile.name}" if profile.name else ""
    raise Refused(
        said,
        f"if it means that there is nothing new: kxsms config set{option} empty_codes {codes}",
    )
