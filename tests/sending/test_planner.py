"""From numbers and a text to requests, or to a list of what is wrong."""

import re

import pytest

from kxsms.domain.content import InvalidContent
from kxsms.errors import InputError
from kxsms.sending.planner import sign_and_check
from kxsms.source.numbers import from_lines, text_of
from tests.planning import Planned, plan_numbers

TEXT = "【科迅云通讯】您好"


def planned(
    *arguments: str, lines: bytes | None = None, text: str = TEXT, size: int = 2_500, skip: bool = False
) -> Planned:
    return plan_numbers(arguments, lines=lines, text=text, capacity=lambda text: size, skip_invalid=skip)


def numbers(count: int) -> list[str]:
    return [str(13_000_000_000 + index) for index in range(count)]


@pytest.mark.parametrize(
    ("count", "sizes"),
    [
        (1, [1]),
        (2_499, [2_499]),
        (2_500, [2_500]),
        (2_501, [2_500, 1]),
        (5_000, [2_500, 2_500]),
        (5_001, [2_500, 2_500, 1]),
    ],
)
def test_at_most_2500_numbers_go_into_one_request_and_none_is_lost(count: int, sizes: list[int]) -> None:
    made = planned(*numbers(count))
    assert [len(request) for request in made.requests] == sizes
    assert [number for request in made.requests for number in request] == numbers(count)
    assert (made.plan.recipients, made.plan.duplicates, made.plan.problems) == (count, 0, ())
    assert made.plan.requests == len(sizes)


def test_requests_are_as_small_as_the_gateway_wants_them() -> None:
    made = planned(*numbers(7), size=3)
    assert [len(request) for request in made.requests] == [3, 3, 1]


def test_a_number_written_three_ways_is_sent_to_once() -> None:
    made = planned("13812345678", "+86 138-1234-5678", "13912345678", "１３８１２３４５６７８")
    assert made.requests == (("13812345678", "13912345678"),)
    assert (made.plan.recipients, made.plan.duplicates) == (2, 2)


def test_duplicates_do_not_count_towards_2500() -> None:
    made = planned(*numbers(2_500), *numbers(2_500))
    assert (len(made.requests), made.plan.recipients, made.plan.duplicates) == (1, 2_500, 2_500)


@pytest.mark.parametrize(("text", "each"), [("好" * 70, 1), ("好" * 71, 2), ("😀" * 68, 3)])
def test_billed_messages_are_those_of_each_recipient_once(text: str, each: int) -> None:
    made = planned("13812345678", "13912345678", "13812345678", text=text)
    assert made.plan.segments == 2 * each


def test_one_bad_number_in_a_file_is_named_with_file_and_line_and_nothing_is_planned() -> None:
    data = b"13812345678\n\n\r\n1381234567\n13912345678\n"
    with pytest.raises(InputError) as caught:
        planned(lines=data)
    assert "numbers.txt:4" in caught.value.message
    assert "1381234567" in caught.value.message
    assert "--skip-invalid" in (caught.value.hint or "")


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_line_numbers_are_those_of_an_editor(newline: bytes) -> None:
    entries = list(from_lines(newline.join([b"a", b"", b"b ", b" c"]), "f"))
    assert entries == [(1, "a"), (3, "b"), (4, "c")]


def test_an_argument_that_is_no_number_is_named_itself() -> None:
    with pytest.raises(InputError, match="12345"):
        planned("13812345678", "12345")


@pytest.mark.parametrize(("bad", "more"), [(2, None), (20, None), (21, 1), (1_320, 1_300)])
def test_the_first_20_bad_numbers_are_named_and_the_rest_counted(bad: int, more: int | None) -> None:
    data = "".join(f"13812345678\nbad{line}x\n" for line in range(1, bad + 1)).encode()
    with pytest.raises(InputError) as caught:
        planned(lines=data)
    message = "\n".join([caught.value.message, *caught.value.details])
    assert [line for line in range(1, bad + 1) if f"'bad{line}x'" in message] == list(
        range(1, min(bad, 20) + 1)
    )
    assert [f"numbers.txt:{2 * line}:" in message for line in (1, 2, min(bad, 20))] == [True] * 3
    assert re.findall(r"[0-9,]+(?= more)", message) == ([f"{more:,}"] if more is not None else [])


def test_skip_invalid_sends_to_the_others_and_lists_the_bad_ones() -> None:
    made = planned(lines=b"13812345678\nfoo\n13912345678\n\nbar\n", skip=True)
    assert made.requests == (("13812345678", "13912345678"),)
    problems = made.plan.problems
    assert [(problem.line, problem.mobile) for problem in problems] == [(2, "foo"), (5, "bar")]
    assert all(problem.problem for problem in problems)
    assert str(problems[0]).startswith("numbers.txt:2: ")


@pytest.mark.parametrize(
    ("arguments", "skip_invalid"), [([], False), ([], True), (["foo"], True), (["foo"], False)]
)
def test_a_send_to_nobody_is_an_error(arguments: list[str], skip_invalid: bool) -> None:
    with pytest.raises(InputError):
        planned(*arguments, skip=skip_invalid)


def test_what_a_bad_number_holds_cannot_reach_the_terminal_as_it_is() -> None:
    with pytest.raises(InputError) as caught:
        planned("\x1b[2J\u202e138")
    assert "\x1b" not in caught.value.message
    assert "\u202e" not in caught.value.message


def test_a_text_that_fits_into_no_request_is_an_error_before_anything_is_sent() -> None:
    def capacity(text: str) -> int:
        raise InvalidContent("too long for a URL")

    with pytest.raises(InputError, match="too long for a URL"):
        plan_numbers(["13812345678"], text=TEXT, capacity=capacity)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_file_of_numbers_is_read_in_every_usual_encoding(encoding: str) -> None:
    data = "１３８１２３４５６７８\r\n13912345678".encode(encoding)
    assert planned(lines=data).requests == (("13812345678", "13912345678"),)


def test_a_file_that_is_no_text_is_named() -> None:
    with pytest.raises(InputError, match=r"n\.xlsx"):
        list(from_lines(b"PK\x03\x04\xff\xff", "n.xlsx"))
    with pytest.raises(InputError, match=r"m\.bin"):
        text_of(b"\xff", "m.bin")


def test_the_signature_is_put_on_before_the_limit_is_checked() -> None:
    assert sign_and_check("您好", "科迅") == "【科迅】您好"
    assert len(sign_and_check("好" * 446, "科迅")) == 450
    with pytest.raises(InputError, match="450"):
        sign_and_check("好" * 447, "科迅")


@pytest.mark.parametrize("signature", [None, "科迅"])
@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_an_empty_text_is_an_error_even_where_a_signature_would_fill_it(
    text: str, signature: str | None
) -> None:
    with pytest.raises(InputError, match="empty"):
        sign_and_check(text, signature)
