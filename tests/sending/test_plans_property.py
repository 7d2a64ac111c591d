"""A plan depends on who gets what, and not on how the file says it or in which order."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kxsms.sending.identity import RepeatFinder
from kxsms.sending.planner import PlanOptions
from kxsms.source.csv import Rows
from kxsms.source.rows import Source
from tests.planning import Planned, plan_source

Pair = tuple[str, str]

PAIRS = st.lists(
    st.tuples(
        st.integers(13_000_000_000, 13_000_000_020).map(str), st.sampled_from(["【科】甲", "【科】乙", "丙"])
    ),
    min_size=1,
    max_size=40,
)


def planned(pairs: list[Pair], *, at_a_time: int = 5_000, allow_duplicates: bool = False) -> Planned:
    """A plan of pairs of a number and a text, read so many at a time."""
    chunks = [
        Rows(range(at + 2, at + 2 + len(some)), [list(pair) for pair in some])
        for at in range(0, len(pairs), at_a_time)
        if (some := pairs[at : at + at_a_time])
    ]
    source = Source(
        *("r.csv", True, ("mobile", "content"), 0),
        lambda most: iter(chunks),
        lambda rows: [content for _, content in rows],
    )
    return plan_source(source, PlanOptions(allow_duplicates=allow_duplicates), lambda text: 3)


def sent(plan: Planned) -> Counter[Pair]:
    """Who gets what, and how often."""
    requests = zip(plan.requests, plan.texts, strict=True)
    return Counter((mobile, text) for mobiles, text in requests for mobile in mobiles)


@settings(deadline=None, max_examples=40)
@given(PAIRS, st.randoms(use_true_random=False), st.integers(1, 9), st.booleans())
def test_order_decoration_and_pieces_do_not_matter(
    pairs: list[Pair], chance: random.Random, at_a_time: int, allow_duplicates: bool
) -> None:
    plan = planned(pairs, allow_duplicates=allow_duplicates)
    assert sent(plan) == (Counter(pairs) if allow_duplicates else Counter(set(pairs)))
    texts = Counter(text for _, text in sent(plan).elements())
    assert plan.plan.requests == sum(-(-count // 3) for count in texts.values())
    # A number with its country code is read by itself, and so are the rows beside it.
    others = [(chance.choice(["", "+86 "]) + mobile, text) for mobile, text in pairs]
    chance.shuffle(others)
    other = planned(others, at_a_time=at_a_time, allow_duplicates=allow_duplicates)
    assert sent(other) == sent(plan)
    assert other.digest == plan.digest
    assert other.plan.duplicates == plan.plan.duplicates


@settings(deadline=None, max_examples=40)
@given(PAIRS, st.data())
def test_who_gets_something_else_makes_another_send(pairs: list[Pair], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(pairs) - 1))
    mobile, text = pairs[place]
    changed = data.draw(st.sampled_from([("13900000000", text), (mobile, "丁")]))
    others = [*pairs[:place], changed, *pairs[place + 1 :]]
    assert planned(others).digest != planned(pairs).digest


@pytest.mark.parametrize("decoration", ["", "+86 "])
def test_equal_texts_and_rows_are_found_however_far_apart_they_stand(decoration: str) -> None:
    many = [(str(13_000_000_000 + number), f"【科】{number}") for number in range(26_000)]
    again = [(decoration + str(13_500_000_000 + number), f"【科】{number}") for number in range(10)]
    plan = planned([*many, *again, (decoration + many[7][0], many[7][1])])
    assert (plan.plan.texts, plan.plan.requests, plan.plan.duplicates) == (26_000, 26_000, 1)
    assert plan.requests[:2] == (("13000000000", "13500000000"), ("13000000001", "13500000001"))
    assert plan.digest == planned([*again, *many]).digest


def test_what_may_have_come_before_is_found_among_a_million() -> None:
    numbers = [number * 7_919 % 2**255 for number in range(600_000)]
    keys = RepeatFinder()
    keys.add(numbers)
    assert list(keys.repeated()) == []
    keys.add([numbers[5], numbers[599_999], -1])
    assert list(keys.repeated()) == [5, 599_999, 600_000, 600_001]
