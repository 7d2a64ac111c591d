"""The opt-outs in a list of numbers, with the facts of our own export."""

import time
from collections.abc import Iterator, Sequence
from datetime import tzinfo

from kxsms.domain.opt_out import COLUMNS, OptOut, OptOutSource, by_person
from kxsms.domain.times import read_time
from kxsms.domain.zones import zone
from kxsms.source.number_list import NumberList
from kxsms.source.own_export import restored


def opt_outs_in(numbers: NumberList, reason: str | None, timezone: str) -> Iterator[Sequence[OptOut]]:
    """Yield the opt-outs of a list, with the facts of our own export unless a reason is given."""
    local = zone(timezone)
    is_own = numbers.header == COLUMNS and reason is None
    for some in numbers.numbers():
        if is_own:
            yield [_exported(mobile, row, local) for mobile, row in zip(*some, strict=True)]
        else:
            yield by_person(some.mobiles, reason)


def _exported(mobile: int, row: Sequence[str], local: tzinfo) -> OptOut:
    """Return an opt-out of our own export; without a time that kxsms can read, it is as of now."""
    _, since, source, reason = row
    moment = read_time(since, local)
    is_reply = source == OptOutSource.REPLY
    return OptOut(
        str(mobile),
        time.time() if moment is None else moment.timestamp(),
        OptOutSource.REPLY if is_reply else OptOutSource.PERSON,
        restored(reason) or None,
    )
