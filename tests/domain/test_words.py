"""Counts and durations in words."""

import pytest

from kxsms.domain.words import about, ago, counted, duration


@pytest.mark.parametrize(
    ("count", "noun", "plural", "words"),
    [
        (0, "recipient", None, "0 recipients"),
        (1, "recipient", None, "1 recipient"),
        (2, "recipient", None, "2 recipients"),
        (1_000_000, "message", None, "1,000,000 messages"),
        (1, "reply", "replies", "1 reply"),
        (2, "reply", "replies", "2 replies"),
        (3, "recipient is", "recipients are", "3 recipients are"),
    ],
)
def test_a_count_agrees_with_its_noun(count: int, noun: str, plural: str | None, words: str) -> None:
    assert counted(count, noun, plural) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (59.9, "just now"),
        (60, "1 minute ago"),
        (7_199, "1 hour ago"),
        (7_200, "2 hours ago"),
        (200_000, "2 days ago"),
    ],
)
def test_an_age_is_given_in_its_largest_unit(seconds: float, words: str) -> None:
    assert ago(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(20, "about 20 s"), (90, "about 2 minutes"), (9_000, "about 2.5 hours")]
)
def test_an_estimate_is_rounded(seconds: float, words: str) -> None:
    assert about(seconds) == words


@pytest.mark.parametrize(("seconds", "words"), [(8, "8 s"), (200, "3:20 min"), (7_500, "2:05 h")])
def test_a_duration_is_short(seconds: float, words: str) -> None:
    assert duration(seconds) == words
