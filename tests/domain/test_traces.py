"""The traces of a number in many values at once."""

from kxsms.domain.traces import Traces, Value

TRACES = Traces("13812345678")


def are_in(*values: Value) -> bool:
    return TRACES.are_in_any(values)


def test_a_number_among_other_values() -> None:
    assert are_in(1, None, "您好", "138-1234-5678", b"{}")
    assert are_in("您好", 2.5, b"{}", b'{"Mobile":"13812345678"}')


def test_parts_of_a_number_in_two_values_are_no_number() -> None:
    assert not are_in("1381234", "5678", 13812345678)
    assert not are_in(b"1381234", b"5678")
