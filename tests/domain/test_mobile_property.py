"""Numbers with anything around their digits, and any text in place of a number."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from kxsms.domain.mobile import InvalidMobile, normalise, plain_mobiles
from tests.planning import plan_numbers

NUMBERS = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
_FULL_WIDTH = str.maketrans("0123456789+", "０１２３４５６７８９＋")
_SPACES = st.sampled_from(["", "", "", " ", "-", "  ", "\t", "\u3000", "\u00a0", "－", "‐", " - "])

_NO_DIGIT = st.characters(categories=["No"]) | st.characters(categories=["L", "M", "Nl", "P", "S"])


@st.composite
def decorated(draw: st.DrawFn) -> tuple[str, str]:
    """Return a number, and one of the ways in which people write it."""
    number = draw(NUMBERS)
    written = draw(_SPACES)
    for character in draw(st.sampled_from(["", "+86", "86", "0086"])) + number:
        written += draw(st.sampled_from([character, character.translate(_FULL_WIDTH)])) + draw(_SPACES)
    return number, written


@settings(deadline=None, max_examples=60)
@given(decorated())
def test_any_decoration_of_a_number_gives_the_number_back(case: tuple[str, str]) -> None:
    number, written = case
    assert normalise(written) == number
    assert normalise(normalise(written)) == number


@settings(deadline=None, max_examples=60)
@given(
    decorated(),
    st.sampled_from(['="{}"', "'{}", "\u2068{}\u2069", "({})", "＝＂{}＂", "\ufeff{}", "<{}>", " '{} "]),
)
def test_a_frame_around_a_decorated_number_changes_nothing(case: tuple[str, str], frame: str) -> None:
    number, written = case
    assert normalise(frame.format(written)) == number


@settings(deadline=None, max_examples=60)
@given(st.text() | st.text("0123456789+-.eE 　０１") | st.from_regex(r"(\+|00)?(86)?1?[0-9]{9,12}"))
def test_any_text_is_a_mobile_number_or_invalid_with_a_reason(text: str) -> None:
    try:
        read = normalise(text)
    except InvalidMobile as reason:
        said = str(reason)
    else:
        assert re.fullmatch("1[3-9][0-9]{9}", read)
        return
    assert said.strip()


@settings(deadline=None, max_examples=60)
@given(NUMBERS, st.integers(0, 10), _NO_DIGIT)
def test_a_number_with_something_else_for_a_digit_is_invalid(number: str, position: int, other: str) -> None:
    try:
        accepted = normalise(number[:position] + other + number[position + 1 :])
    except InvalidMobile:
        return
    raise AssertionError(f"{other!r} was taken for the digit {accepted[position]}")


@settings(deadline=None, max_examples=60)
@given(st.lists(NUMBERS, min_size=1, max_size=40), st.lists(st.text("ab1"), max_size=5), st.integers(1, 7))
def test_a_plan_sends_to_each_number_once_and_loses_none(
    valid: list[str], invalid: list[str], size: int
) -> None:
    entries = [*valid, *invalid, *(f"+86{number}" for number in valid[:3])]
    made = plan_numbers(entries, text="好" * 71, capacity=lambda text: size, skip_invalid=True)
    planned = [number for request in made.requests for number in request]
    assert planned == list(dict.fromkeys(valid))
    assert {len(request) for request in made.requests[:-1]} <= {size}
    assert 1 <= len(made.requests[-1]) <= size
    assert made.plan.rows == len(entries)
    assert made.plan.segments == 2 * len(planned)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(NUMBERS | st.from_regex(r"[1,]?3?[0-9]{9,11}[, ]?1?", fullmatch=True), min_size=1, max_size=4)
)
def test_many_numbers_are_read_as_each_by_itself(texts: list[str]) -> None:
    taken = plain_mobiles(texts)
    if all(re.fullmatch(r"1[3-9][0-9]{9}", text) for text in texts):
        assert taken == [int(normalise(text)) for text in texts]
    else:
        assert taken is None
