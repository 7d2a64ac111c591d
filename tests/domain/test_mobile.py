"""Mobile numbers as people, phones and spreadsheets write them."""

import pytest

from kxsms.domain.mobile import InvalidMobile, normalise

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


def test_a_number_that_a_spreadsheet_made_decimal_is_invalid() -> None:
    with pytest.raises(InvalidMobile, match="spreadsheet"):
        normalise("13812345678.0")
