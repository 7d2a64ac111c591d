"""A plan depends on who gets which text, not on how the file writes it, in which order, or how it is read."""

import random
from collections import Counter
from collections.abc import Callable
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kxsms.domain.content import InvalidContent
from kxsms.errors import InputError
from kxsms.sending.identity import RepeatFinder
from kxsms.sending.planner import Planner, PlanOptions
from kxsms.source.rows import Source
from kxsms.source.table import Rows
from tests.planning import Planned, plan_source

Pair = tuple[str, str]

CAPACITY = 3
NUMBERS = st.integers(13_000_000_000, 13_000_000_020).map(str)
PAIRS = st.lists(st.tuples(NUMBERS, st.sampled_from(["【科】甲", "【科】乙", "丙"])), min_size=1, max_size=40)
MIXED_TEXTS = st.sampled_from(
    [
        *("【科】甲", "甲", " 【科】甲", "\u3000甲", "【迅】甲", "【科】【迅】甲"),
        *("【】甲", "甲【科】", "【科 甲", "", " ", "\u3000\n", "【科】", "【科】 \n"),
        *("😀", "【科】甲😀", "😀" * 67, "好" * 67, "好" * 68, "【科】" + "好" * 67, "【科】" + "好" * 68),
        *("好" * 446, "好" * 447, "好" * 448, "好" * 450, "好" * 451, "【科】" + "好" * 448),
        *(" " * 10 + "【科】" + "好" * 445, "甲\0", "【科】\0"),
    ]
)
MIXED_PAIRS = st.lists(
    st.tuples(NUMBERS | st.sampled_from(["+86 13000000001", "1300000000", ""]), MIXED_TEXTS)
    | st.tuples(NUMBERS, st.sampled_from(["【科】甲", "甲", "😀"])),
    min_size=1,
    max_size=20,
)


def source_of(pairs: list[Pair], at_a_time: int = 5_000) -> Source:
    """Return a source of pairs of a number and a text, read so many at a time."""
    chunks = [
        Rows(range(at + 2, at + 2 + len(some)), [list(pair) for pair in some])
        for at in range(0, len(pairs), at_a_time)
        if (some := pairs[at : at + at_a_time])
    ]
    return Source(
        *("r.csv", True, ("mobile", "content"), 0),
        lambda limit: iter(chunks),
        lambda rows: [content for _, content in rows],
    )


def planned(pairs: list[Pair], *, at_a_time: int = 5_000, allow_duplicates: bool = False) -> Planned:
    options = PlanOptions(allow_duplicates=allow_duplicates)
    return plan_source(source_of(pairs, at_a_time), options, lambda text: CAPACITY)


def sent(plan: Planned) -> Counter[Pair]:
    """Return who gets which text, and how often."""
    requests = zip(plan.requests, plan.texts, strict=True)
    return Counter((mobile, text) for mobiles, text in requests for mobile in mobiles)


def outcome_of(plan: Callable[[], Planned]) -> Planned | tuple[str, str | None, tuple[str, ...]]:
    """Return a plan, or everything that its error says."""
    try:
        return plan()
    except InputError as error:
        return error.message, error.hint, tuple(error.details)


@settings(deadline=None, max_examples=40)
@given(MIXED_PAIRS, st.sampled_from([None, "科", " 【科】"]), st.integers(1, 9), st.booleans(), st.booleans())
def test_the_path_by_columns_and_the_path_row_by_row_make_the_same_plan(
    pairs: list[Pair], signature: str | None, at_a_time: int, allow_duplicates: bool, skip_invalid: bool
) -> None:
    def capacity(text: str) -> int:
        if len(text) == 449:
            raise InvalidContent("too long for a URL")
        return CAPACITY

    def plan() -> Planned:
        options = PlanOptions(signature, skip_invalid, allow_duplicates)
        return plan_source(source_of(pairs, at_a_time), options, capacity)

    by_columns = outcome_of(plan)
    with patch.object(Planner, "_take_columns", return_value=False):
        row_by_row = outcome_of(plan)
    assert by_columns == row_by_row


@pytest.mark.parametrize("signature", [None, "迅"])
@pytest.mark.parametrize(
    "texts",
    [
        ["【科】甲", "【科】乙", "【科】甲"],
        ["甲", "乙", "甲"],
        ["【迅】甲", "甲", "乙"],
        ["【科】😀", "😀甲"],
    ],
)
def test_plain_numbers_with_texts_that_can_be_sent_are_planned_by_columns(
    texts: list[str], signature: str | None
) -> None:
    pairs = [(f"1300000000{index}", text) for index, text in enumerate(texts)]
    with patch.object(Planner, "_take_rows", side_effect=AssertionError("planned row by row")):
        plan = plan_source(source_of(pairs), PlanOptions(signature), lambda text: CAPACITY)
    assert plan.plan.recipients == len(pairs)


@settings(deadline=None, max_examples=40)
@given(PAIRS, st.randoms(use_true_random=False), st.integers(1, 9), st.booleans())
def test_order_decoration_and_chunks_do_not_matter(
    pairs: list[Pair], chance: random.Random, at_a_time: int, allow_duplicates: bool
) -> None:
    plan = planned(pairs, allow_duplicates=allow_duplicates)
    assert sent(plan) == (Counter(pairs) if allow_duplicates else Counter(set(pairs)))
    texts = Counter(text for _, text in sent(plan).elements())
    assert plan.plan.requests == sum(-(-count // CAPACITY) for count in texts.values())
    # A number with its country code is read row by row, and so are the rows of its chunk.
    others = [(chance.choice(["", "+86 "]) + mobile, text) for mobile, text in pairs]
    chance.shuffle(others)
    other = planned(others, at_a_time=at_a_time, allow_duplicates=allow_duplicates)
    assert sent(other) == sent(plan)
    assert other.digest == plan.digest
    assert other.plan.duplicates == plan.plan.duplicates


@settings(deadline=None, max_examples=40)
@given(PAIRS, st.data())
def test_another_number_or_text_makes_another_send(pairs: list[Pair], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(pairs) - 1))
    mobile, text = pairs[index]
    changed = data.draw(st.sampled_from([("13900000000", text), (mobile, "丁")]))
    others = [*pairs[:index], changed, *pairs[index + 1 :]]
    assert planned(others).digest != planned(pairs).digest


@pytest.mark.parametrize("decoration", ["", "+86 "])
def test_equal_texts_and_rows_are_found_however_far_apart_they_are(decoration: str) -> None:
    many = [(str(13_000_000_000 + number), f"【科】{number}") for number in range(26_000)]
    again = [(decoration + str(13_500_000_000 + number), f"【科】{number}") for number in range(10)]
    plan = planned([*many, *again, (decoration + many[7][0], many[7][1])])
    assert plan.plan.texts == 26_000
    assert plan.plan.requests == 26_000
    assert plan.plan.duplicates == 1
    assert plan.requests[:2] == (("13000000000", "13500000000"), ("13000000001", "13500000001"))
    assert plan.digest == planned([*again, *many]).digest


def test_repeats_are_found_among_a_million_numbers() -> None:
    numbers = [number * 7_919 % 2**255 for number in range(600_000)]
    finder = RepeatFinder()
    finder.add(numbers)
    assert list(finder.repeated()) == []
    finder.add([numbers[5], numbers[599_999], -1])
    assert list(finder.repeated()) == [5, 599_999, 600_000, 600_001]
