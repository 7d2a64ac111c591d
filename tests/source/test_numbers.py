"""Files of numbers and of messages, and the text of a send without a table."""

import pytest

from kxsms.errors import InputError
from kxsms.source.numbers import from_lines, text_of
from kxsms.source.texts import TextOptions, sign_and_check


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_numbers_are_those_of_an_editor(newline: str) -> None:
    entries = list(from_lines(newline.join(["a", "", "b ", " c"])))
    assert entries == [(1, "a"), (3, "b"), (4, "c")]


def test_a_file_of_numbers_that_is_not_text_is_named() -> None:
    with pytest.raises(InputError, match=r"n\.xlsx"):
        text_of(b"PK\x03\x04\xff\xff", "n.xlsx")


def test_a_file_with_a_message_that_is_not_text_is_named() -> None:
    with pytest.raises(InputError, match=r"^m\.bin:1: neither UTF-8 nor GB18030$"):
        text_of(b"\xff", "m.bin")


def test_a_text_is_signed() -> None:
    assert sign_and_check("您好", TextOptions("科迅")) == "【科迅】您好"


def test_the_signature_counts_towards_the_limit() -> None:
    assert len(sign_and_check("好" * 446, TextOptions("科迅"))) == 450
    with pytest.raises(InputError, match="450"):
        sign_and_check("好" * 447, TextOptions("科迅"))


@pytest.mark.parametrize("signature", [None, "科迅"])
@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_an_empty_text_is_an_error_even_with_a_signature(text: str, signature: str | None) -> None:
    with pytest.raises(InputError, match="empty"):
        sign_and_check(text, TextOptions(signature))
