"""The texts that the rows of a table make, or an error that names the problem."""

import pytest

from kxsms.errors import InputError, KxsmsError, UsageError
from kxsms.source.rows import table_source
from kxsms.source.texts import TextOptions
from tests.source.files import opened


def test_a_template_is_filled_from_each_row() -> None:
    with opened("mobile,name\n1,王\n2,李\n") as file:
        assert table_source(file, "{name}您好", None, TextOptions()).render([["1", "王"], ["2", "李"]]) == [
            "王您好",
            "李您好",
        ]


def test_without_a_template_the_column_of_texts_is_sent() -> None:
    with opened("mobile,content\n1,您好\n") as file:
        assert table_source(file, None, None, TextOptions()).render([["1", "您好"]]) == ["您好"]


@pytest.mark.parametrize(
    ("header", "template", "error", "message", "hint"),
    [
        (
            "mobile",
            None,
            UsageError,
            "there is no text to send",
            "give -m TEXT, --message-file FILE, or a column named content",
        ),
        (
            "mobile",
            "{",
            InputError,
            "the text is not a valid template: the { at character 1 is never closed; write {{ for the"
            " character itself",
            None,
        ),
        (
            "\n\nmobile,b",
            "{nick}您好",
            InputError,
            "people.csv:3: there is no column 'nick' for {nick} in the text",
            "use one of these columns: 'mobile', 'b'; write {{ and }} for braces",
        ),
    ],
)
def test_a_missing_or_ambiguous_text_is_an_error(
    header: str, template: str | None, error: type[KxsmsError], message: str, hint: str | None
) -> None:
    with opened(header) as file, pytest.raises(error) as caught:
        table_source(file, template, None, TextOptions())
    assert caught.value.message == message
    assert caught.value.hint == hint
