"""Counts of the gateway: the texts that are numbers, exactly."""

from decimal import Decimal

import pytest

from kxsms.domain.count import json_number, read_count

HUGE = "9" * 400


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("1200", 1200),
        ("-3", -3),
        ("+7", 7),
        ("007", 7),
        ("12.50", 12.5),
        ("0.1", 0.1),
        ("5.0", 5),
        ("1e5", 100_000),
        (HUGE, int(HUGE)),
    ],
)
def test_a_number_is_exact(text: str, number: float) -> None:
    assert json_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1,200",
        "many",
        "NaN",
        "Infinity",
        "1e999999999",
        "1e-999999999",
        "9" * 5_000,
        "0.1234567890123456789",
    ],
    ids=lambda text: text[:20],
)
def test_a_text_that_json_cannot_carry_exactly_is_no_number(text: str) -> None:
    assert json_number(text) is None


@pytest.mark.parametrize("text", ["0", "5.0", HUGE])
def test_a_whole_number_has_no_point(text: str) -> None:
    assert isinstance(json_number(text), int)


def test_a_comparison_takes_every_digit() -> None:
    assert read_count(HUGE + ".5") == Decimal(HUGE + ".5")


@pytest.mark.parametrize("text", ["NaN", "Infinity", "sNaN", "1,200"])
def test_a_comparison_needs_a_finite_number(text: str) -> None:
    assert read_count(text) is None
