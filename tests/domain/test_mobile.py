"""Mobile numbers as people, phones and spreadsheets write them."""

import re

import pytest

from kxsms.domain.cell import disarmed
from kxsms.domain.mobile import InvalidMobile, SeveralMobiles, normalise

NUMBER = "13812345678"


@pytest.mark.parametrize(
    "written",
    [
        "13812345678",
        "138 1234 5678",
        "138-1234-5678",
        " 13812345678\t",
        "+8613812345678",
        "+86 138 1234 5678",
        "+86-138-1234-5678",
        "8613812345678",
        "86 13812345678",
        "008613812345678",
        "0086-138-1234-5678",
        "00 86 138 1234 5678",
        "１３８１２３４５６７８",
        "＋８６１３８１２３４５６７８",
        "１３８ 1234-５６７８",
        "138\u30001234\u30005678",
        "138\u00a01234\u00a05678",
        "138\u20101234\u20115678",
        "138－1234－5678",
        "\u202d13812345678\u202c",
        "\ufeff13812345678",
        "\u200b\u206013812345678\ufe0f",
        "\ufe0d13812345678",
        "\u2068+86 138 1234 5678\u2069",
        '="13812345678"',
        ' = "+86 138 1234 5678" ',
        "＝＂13812345678＂",
        "'13812345678",
        "’13812345678",
        "＇１３８１２３４５６７８",
        "13812345678.0",
        "8613812345678.00",
        "13,812,345,678",
        "13，812，345，678.00",
        "8,613,812,345,678",
        "13.812.345.678",
        "138.1234.5678",
        "138.12345678",
        "+86.138.1234.5678",
        "86.13812345678",
        "(+86) 138 1234 5678",
        "（86）13812345678",
        "(138)12345678",
        "[13812345678]",
        "<13812345678>",
    ],
)
def test_every_usual_way_to_write_a_number_is_understood(written: str) -> None:
    assert normalise(written) == NUMBER


@pytest.mark.parametrize("prefix", ["13", "14", "15", "16", "17", "18", "19"])
def test_numbers_from_13_to_19_are_mobile_numbers(prefix: str) -> None:
    assert normalise(prefix + "000000000") == prefix + "000000000"


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "\u3000-",
        "1381234567",
        "138123456789",
        "10812345678",
        "11812345678",
        "12812345678",
        "23812345678",
        "03812345678",
        "013812345678",
        "86",
        "+86",
        "8612812345678",
        "868613812345678",
        "+868613812345678",
        "+13812345678",
        "+0086 13812345678",
        "08613812345678",
        "8513812345678",
        "0085213812345678",
        "138l2345678",
        "138１234567",
        "13812345678a",
        "13812345678,13912345678",
        "13812345678;",
        "13812345678 13912345678",
        "1.3812345678",
        "13812345.678",
        "13812345678.5",
        "138,1234,5678",
        "1381234567(8)",
        '="13812345678',
        "''13812345678",
        "138'12345678",
        "-1",
        "٠١٢٣٤٥٦٧٨٩",
        "一三八一二三四五六七八",
        "手机",
        "\x1b[31m",
        "\ud800",
        "1" * 100_000,
    ],
)
def test_anything_else_is_invalid_and_says_why(written: str) -> None:
    with pytest.raises(InvalidMobile) as caught:
        normalise(written)
    assert str(caught.value).strip()
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("mark", ["²", "⁰", "₃", "①", "⑳", "⓪", "❶", "½", "⒈", "㈠"])
def test_a_footnote_mark_never_becomes_a_digit_of_a_strangers_number(mark: str) -> None:
    with pytest.raises(InvalidMobile):
        normalise("1381234567" + mark)


@pytest.mark.parametrize(
    "damaged", ["1.38E+10", "1.38e+10", "1.38E10", "1.381235E+10", "1E+10", " 1.38E+10 ", "8.61E+12"]
)
def test_a_number_that_a_spreadsheet_rounded_is_named_as_such(damaged: str) -> None:
    with pytest.raises(InvalidMobile, match="spreadsheet"):
        normalise(damaged)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("3961234567", "looks like a landline number: use a mobile number"),
        ("3800000000", "looks like a landline number: use a mobile number"),
        ("62345678", "looks like a landline number: use a mobile number"),
        ("4001234567", "looks like a landline number: use a mobile number"),
        ("010-62345678", "is a landline number: use a mobile number"),
        ("(0396) 1234567", "is a landline number: use a mobile number"),
        ("+86 10 62345678", "looks like a landline number: use a mobile number"),
        ("+852 1234 5678", "is a number of another country"),
        ("886912345678", "is a number of another country"),
        ("001 650 253 0000", "is a number of another country"),
        ("1380000000", "has 10 digits, not 11: a digit is missing"),
        ("138000", "has 6 digits, not 11"),
        ("+86138000000", "has 9 digits, not 11"),
        ("138000000001", "has 12 digits, not 11: one digit too many"),
        ("013800000001", "has 12 digits, not 11: one digit too many"),
        ("12800000000", "does not start with 13 to 19"),
        ("张三", "is not a mobile number: it has characters other than digits"),
        ("\u2068\u2069", "is not a mobile number: it is empty"),
    ],
)
def test_an_invalid_number_is_named_by_its_kind(written: str, words: str) -> None:
    with pytest.raises(InvalidMobile) as caught:
        normalise(written)
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize("between", [",", ";", "/", "、", "，", "；", " ", "\n", "|", " 或 ", ""])
@pytest.mark.parametrize("other", ["13912345678", "010-62345678"])
def test_several_numbers_in_one_field_are_named_as_such(between: str, other: str) -> None:
    if between == "" and other != "13912345678":
        return
    with pytest.raises(SeveralMobiles, match=r"^is several numbers in one field$"):
        normalise(NUMBER + between + other)


@pytest.mark.parametrize("written", ["1.381234567", "3812345678", "03812345678", "1381234567"])
def test_a_message_suggests_no_digits(written: str) -> None:
    with pytest.raises(InvalidMobile) as caught:
        normalise(written)
    assert not re.search(r"[0-9]{3}", str(caught.value))


@pytest.mark.parametrize("cell", ['="13812345678"', "'+8613812345678", "＝＂13812345678＂"])
def test_an_export_disarms_what_is_read_as_a_number_and_is_a_formula(cell: str) -> None:
    assert disarmed(cell) == f"'{cell}"
