"""Masked numbers: the middle of each is hidden, however it is written, and nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kxsms.domain.mask import masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("13800000000", "138****0000"),
        ("+8613800000000", "+86138****0000"),
        ("0086 13800000000", "0086 138****0000"),
        ("138 0000 0000", "138 **** 0000"),
        ("138-0000-0000", "138-****-0000"),
        ("138.0000.0000", "138.****.0000"),
        ("(138)00000000", "(138)****0000"),
        ("１３８００００００００", "１３８****００００"),
        ("138\u200b00000000", "138\u200b****0000"),
        ("王13800000000和13900000000", "王138****0000和139****0000"),
        ("13800000000,13900000000", "138****0000,139****0000"),
        ("13800000000 13900000000", "138****0000 139****0000"),
        ('="13800000000"', '="138****0000"'),
    ],
)
def test_a_number_is_masked_however_it_is_written(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "王",
        "1380000",
        "12800000000",
        "010-12345678",
        "2026-11-22T10:00:00+08:00",
        "110101199001011234",
        "65544",
    ],
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert masked(text) == text


@given(st.text(), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text())
def test_no_number_stays_whole_in_a_text(before: str, number: str, after: str) -> None:
    before, after = re.sub("[0-9０-９]", "", before), re.sub("[0-9０-９]", "", after)
    assert number not in masked(f"{before}{number}{after}")


@given(st.text())
def test_only_digits_change(text: str) -> None:
    shown = masked(text)
    assert len(shown) == len(text)
    assert all(now == was or (now == "*" and was.isdecimal()) for now, was in zip(shown, text, strict=True))
