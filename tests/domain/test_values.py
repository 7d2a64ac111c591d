"""Values as a text uses them."""

import pytest

from kxsms.domain.values import clean_text, clean_value, clean_values, first_damaged, is_damaged


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        *(
            ("张三 ", "张三"),
            ("\u3000张三", "张三"),
            ("\u200b张\u200b三\ufeff", "张\u200b三"),
            ("张三\t\t", "张三"),
        ),
        *(
            ('="007"', "007"),
            (' ="007" ', "007"),
            ('="say ""hi"""', 'say "hi"'),
            ('="a', '="a'),
            ("=1+1", "=1+1"),
        ),
        *(("a\r\nb\rc", "a\nb\nc"), ("\u200b", ""), ("\ufeff", ""), (" ", ""), ('=" "', "")),
        *(
            ("👩\u200d👧", "👩\u200d👧"),
            ("❤\ufe0f", "❤\ufe0f"),
            ("🏴\U000e0067\U000e007f", "🏴\U000e0067\U000e007f"),
        ),
    ],
)
def test_a_value_loses_what_nobody_sees_at_its_ends(value: str, clean: str) -> None:
    assert clean_value(value) == clean
    assert clean_values(["x", value]) == ["x", clean]


@pytest.mark.parametrize(
    ("text", "clean"),
    [("您好\r\n再见\r\n", "您好\n再见"), ("\u3000您好 \u200b", "\u3000您好"), ("\ufeff您好", "\ufeff您好")],
)
def test_a_text_loses_blanks_at_its_end_only(text: str, clean: str) -> None:
    assert clean_text(text) == clean


@pytest.mark.parametrize(
    "value",
    [
        *(
            "#N/A",
            "#REF!",
            "#DIV/0!",
            "#VALUE!",
            "#NAME?",
            "#NULL!",
            "#NUM!",
            "#SPILL!",
            "#CALC!",
            "########",
        ),
        *(
            "Err:502",
            "6.22E+018",
            "1.5E+15",
            "1e-7",
            "-3.0e5",
            "NULL",
            "null",
            "None",
            "nan",
            "NaN",
            "NaT",
            "<NA>",
        ),
        *(r"\N", "undefined", "张\ufffd"),
    ],
)
def test_damage_is_recognised(value: str) -> None:
    assert is_damaged(value)
    assert first_damaged(["x", value, "#N/A"]) == value


@pytest.mark.parametrize(
    "value",
    [
        "1E5",
        "E+1",
        "#1",
        "#",
        "#双11#",
        "Nan",
        "NULLs",
        "Nando",
        "C#",
        "2e",
        "0",
        "12.5",
        "A-1e",
        "10E班",
        "#A",
    ],
)
def test_what_people_write_is_no_damage(value: str) -> None:
    assert not is_damaged(value)
    assert first_damaged([value, "x"]) is None
