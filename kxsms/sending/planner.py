"""Checks numbers and text and makes the plan of a send. Nothing is sent here."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from kxsms.domain.content import InvalidContent, check, segments, sign
from kxsms.domain.mobile import InvalidMobile, normalise
from kxsms.domain.plan import Entry, Plan, Problem
from kxsms.errors import InputError

_NAMED = 20


def sign_and_check(text: str, signature: str | None) -> str:
    """The text as it will go out. Raises InputError for one that cannot."""
    try:
        check(text)
        signed = sign(text, signature)
        check(signed)
    except InvalidContent as reason:
        raise InputError(str(reason)) from None
    return signed


def plan(
    entries: Iterable[Entry],
    text: str,
    extno: str | None,
    capacity: Callable[[], int],
    *,
    skip_invalid: bool,
) -> Plan:
    """One text to every number once, in requests of at most `capacity()` numbers, in the given order.

    Raises InputError if there is no number, or an invalid one that is not to be skipped.
    """
    numbers: dict[str, None] = {}
    problems: list[Problem] = []
    valid = 0
    for entry in entries:
        try:
            numbers[normalise(entry.text)] = None
            valid += 1
        except InvalidMobile as reason:
            problems.append(Problem(entry, str(reason)))
    if problems and not skip_invalid:
        raise _invalid(problems, others=bool(numbers))
    if not numbers:
        raise InputError("there is no number to send to", "kxsms send MOBILE… or --to-file FILE")
    try:
        size = capacity()
    except InvalidContent as reason:
        raise InputError(str(reason), "kxsms config set method POST") from None
    remaining = iter(numbers)
    requests = []
    while chunk := tuple(islice(remaining, size)):
        requests.append(chunk)
    return Plan(
        text=text,
        extno=extno,
        requests=tuple(requests),
        duplicates=valid - len(numbers),
        problems=tuple(problems),
        segments=segments(text) * len(numbers),
    )


def summary(problems: Sequence[Problem]) -> str:
    """How many numbers are invalid."""
    return f"{len(problems):,} invalid number{'' if len(problems) == 1 else 's'}"


def named(problems: Sequence[Problem]) -> list[str]:
    """The first problems in full, the rest counted."""
    lines = [str(problem) for problem in problems[:_NAMED]]
    if len(problems) > _NAMED:
        lines.append(f"… and {len(problems) - _NAMED:,} more")
    return lines


def _invalid(problems: Sequence[Problem], *, others: bool) -> InputError:
    hint = "mend them, or --skip-invalid sends to the others" if others else None
    if len(problems) == 1:
        return InputError(str(problems[0]), hint)
    return InputError(summary(problems), hint, named(problems))
