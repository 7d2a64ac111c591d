"""Files of numbers, and their lines."""

import pytest

from kxsms.errors import InputError
from kxsms.source.numbers import from_lines, text_of


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_line_numbers_are_those_of_an_editor(newline: bytes) -> None:
    entries = list(from_lines(newline.join([b"a", b"", b"b ", b" c"]), "f"))
    assert entries == [(1, "a"), (3, "b"), (4, "c")]


def test_a_file_of_numbers_that_is_not_text_is_named() -> None:
    with pytest.raises(InputError, match=r"n\.xlsx"):
        list(from_lines(b"PK\x03\x04\xff\xff", "n.xlsx"))


def test_a_file_with_a_message_that_is_not_text_is_named() -> None:
    with pytest.raises(InputError, match=r"^m\.bin: neither UTF-8 nor GB18030 at byte 0$"):
        text_of(b"\xff", "m.bin")
