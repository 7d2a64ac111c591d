"""Money is exact: the cost of billed messages, its number in JSON, and the amount that people see."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kxsms.domain.money import FINEST, HIGHEST_PRICE, amount, cost_of, json_cost

PRICES = st.decimals(0, HIGHEST_PRICE, places=5)
MESSAGES = st.integers(0, 9_000_000)


@given(MESSAGES, PRICES)
def test_a_cost_is_messages_times_price(segments: int, price: Decimal) -> None:
    cost = cost_of(segments, price)
    assert cost is not None
    assert int(cost / Decimal(FINEST)) == segments * int(price / Decimal(FINEST))


@given(MESSAGES, MESSAGES, PRICES)
def test_the_costs_of_two_parts_add_up_to_that_of_the_whole(one: int, two: int, price: Decimal) -> None:
    parts = cost_of(one, price), cost_of(two, price)
    assert None not in parts
    assert sum(part for part in parts if part is not None) == cost_of(one + two, price)


@given(MESSAGES, PRICES)
def test_the_number_in_json_is_the_cost(segments: int, price: Decimal) -> None:
    cost = cost_of(segments, price)
    written = json.dumps(json_cost(cost))
    assert json.loads(written, parse_float=Decimal, parse_int=Decimal) == cost


@given(MESSAGES, PRICES)
def test_what_people_see_is_the_cost_to_half_a_fen(segments: int, price: Decimal) -> None:
    cost = cost_of(segments, price)
    assert cost is not None
    assert abs(Decimal(amount(cost).replace(",", "")) - cost) <= Decimal("0.005")


def test_without_a_price_there_is_no_cost() -> None:
    assert cost_of(3, None) is None
    assert json_cost(None) is None


@pytest.mark.parametrize(
    ("cost", "people", "programs"),
    [
        ("0", "0.00", "0"),
        ("90.00", "90.00", "90"),
        ("1234.5", "1,234.50", "1234.5"),
        ("0.045", "0.045", "0.045"),
        ("0.00001", "0.00001", "1e-05"),
        ("1.005", "1.01", "1.005"),
        ("1000000", "1,000,000.00", "1000000"),
    ],
)
def test_examples(cost: str, people: str, programs: str) -> None:
    assert amount(Decimal(cost)) == people
    assert json.dumps(json_cost(Decimal(cost))) == programs
