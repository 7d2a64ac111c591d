"""From numbers and a text to requests, or to a list of problems."""

import re

import pytest

from kxsms.domain.content import InvalidContent
from kxsms.errors import InputError
from tests.planning import Planned, plan_numbers

TEXT = "【科迅云通讯】您好"


def planned(
    *arguments: str, lines: bytes | None = None, text: str = TEXT, size: int = 2_500, skip: bool = False
) -> Planned:
    return plan_numbers(arguments, lines=lines, text=text, capacity=lambda text: size, skip_invalid=skip)


def refused(*arguments: str, lines: bytes | None = None, skip: bool = False) -> InputError:
    with pytest.raises(InputError) as caught:
        planned(*arguments, lines=lines, skip=skip)
    return caught.value


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
def test_a_request_names_at_most_2500_numbers_and_none_is_lost(count: int, sizes: list[int]) -> None:
    made = planned(*numbers(count))
    assert [len(request) for request in made.requests] == sizes
    assert [number for request in made.requests for number in request] == numbers(count)
    assert made.plan.recipients == count
    assert made.plan.duplicates == 0
    assert made.plan.problems == ()
    assert made.plan.requests == len(sizes)


def test_requests_are_as_small_as_the_gateway_wants_them() -> None:
    made = planned(*numbers(7), size=3)
    assert [len(request) for request in made.requests] == [3, 3, 1]


def test_a_number_that_is_written_in_three_ways_is_sent_to_once() -> None:
    made = planned("13812345678", "+86 138-1234-5678", "13912345678", "１３８１２３４５６７８")
    assert made.requests == (("13812345678", "13912345678"),)
    assert made.plan.recipients == 2
    assert made.plan.duplicates == 2


def test_duplicates_do_not_count_towards_2500() -> None:
    made = planned(*numbers(2_500), *numbers(2_500))
    assert len(made.requests) == 1
    assert made.plan.recipients == 2_500
    assert made.plan.duplicates == 2_500


@pytest.mark.parametrize(("text", "each"), [("好" * 70, 1), ("好" * 71, 2), ("😀" * 68, 3)])
def test_each_recipient_is_billed_once(text: str, each: int) -> None:
    made = planned("13812345678", "13912345678", "13812345678", text=text)
    assert made.plan.segments == 2 * each


def test_one_invalid_number_is_named_with_its_file_and_line_and_nothing_is_planned() -> None:
    error = refused(lines=b"13812345678\n\n\r\n1381234567\n13912345678\n")
    assert error.message.startswith("numbers.txt:4: '1381234567' ")
    assert error.hint == "fix it, or use --skip-invalid to send to the others"


def test_an_invalid_argument_is_named() -> None:
    assert refused("13812345678", "12345").message == "'12345' has 5 digits, not 11"


@pytest.mark.parametrize(("bad", "more"), [(2, None), (20, None), (21, 1), (1_320, 1_300)])
def test_the_first_20_invalid_numbers_are_named_and_the_rest_are_counted(bad: int, more: int | None) -> None:
    data = "".join(f"13812345678\nbad{line}x\n" for line in range(1, bad + 1)).encode()
    error = refused(lines=data)
    listed = [f"numbers.txt:{2 * line}: 'bad{line}x' " for line in range(1, min(bad, 20) + 1)]
    assert error.message == f"{bad:,} invalid numbers"
    assert [detail[: len(start)] for detail, start in zip(error.details, listed, strict=False)] == listed
    assert re.findall(r"… and ([0-9,]+) more", "\n".join(error.details)) == ([f"{more:,}"] if more else [])


def test_skip_invalid_sends_to_the_others_and_lists_the_invalid_ones() -> None:
    made = planned(lines=b"13812345678\nfoo\n13912345678\n\nbar\n", skip=True)
    assert made.requests == (("13812345678", "13912345678"),)
    assert [(problem.line, problem.mobile) for problem in made.plan.problems] == [(2, "foo"), (5, "bar")]
    assert str(made.plan.problems[0]).startswith("numbers.txt:2: 'foo' is not a mobile number")


@pytest.mark.parametrize("skip_invalid", [False, True])
@pytest.mark.parametrize("arguments", [[], ["foo"]])
def test_a_send_without_a_valid_number_is_an_error(arguments: list[str], skip_invalid: bool) -> None:
    assert refused(*arguments, skip=skip_invalid).hint


def test_control_characters_in_an_invalid_number_do_not_reach_the_terminal() -> None:
    message = refused("\x1b[2J\u202e138").message
    assert "\x1b" not in message
    assert "\u202e" not in message


def test_a_text_that_fits_into_no_request_is_an_error_before_anything_is_sent() -> None:
    def capacity(text: str) -> int:
        raise InvalidContent("too long for a URL")

    with pytest.raises(InputError, match="has an invalid text: too long for a URL"):
        plan_numbers(["13812345678"], text=TEXT, capacity=capacity)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_file_of_numbers_is_read_in_every_usual_encoding(encoding: str) -> None:
    data = "１３８１２３４５６７８\r\n13912345678".encode(encoding)
    assert planned(lines=data).requests == (("13812345678", "13912345678"),)
