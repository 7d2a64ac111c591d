"""The faults of `sandbox serve`: what the client receives, and what the sandbox accepts anyway."""

import http.client
import json
import time
from collections.abc import Callable

import pytest

from kxsms.errors import UsageError
from kxsms.sandbox.behaviour import Behaviour, Fault, FaultKind, MagicNumber, fault_drawer, parse_fault
from tests.sandbox.conftest import Client

Serve = Callable[..., Client]
FULL = b'{"Code":"0","Count":"100000"}'
PAID = b'{"Code":"0","Count":"99999"}'


def always(kind: FaultKind) -> Behaviour:
    return Behaviour(faults=(Fault(kind, 1.0),))


def test_the_fault_500_accepts_nothing(serve: Serve) -> None:
    client = serve(always(FaultKind.ERROR_500))
    answer = client.request(
        "GET", "/SMS/Send?account=sandbox&token=sandbox-token&mobile=13800000000&content=x"
    )
    assert answer.status == 500
    assert answer.body.startswith(b"<html>")
    assert client.balance() == FULL
    assert client.log[0] == "GET /SMS/Send 500 fault 500"


def test_the_fault_rubbish_accepts_the_message(serve: Serve) -> None:
    client = serve(always(FaultKind.RUBBISH))
    body = client.send("13800000000")
    assert body.startswith(b"\x89\xffrubbish")
    with pytest.raises(ValueError, match="utf-8"):
        json.loads(body)
    assert client.balance() == PAID


def test_the_fault_reset_before_accepts_nothing(serve: Serve) -> None:
    client = serve(always(FaultKind.RESET_BEFORE))
    with pytest.raises(ConnectionResetError) as caught:
        client.send("13800000000")
    assert not isinstance(caught.value, http.client.RemoteDisconnected)  # that would be a regular end
    assert client.balance() == FULL
    assert client.log[0] == "POST /SMS/Send reset fault reset-before"


def test_the_fault_reset_after_accepts_the_message(serve: Serve) -> None:
    client = serve(always(FaultKind.RESET_AFTER))
    with pytest.raises(ConnectionResetError) as caught:
        client.send("13800000000")
    assert not isinstance(caught.value, http.client.RemoteDisconnected)
    assert client.balance() == PAID
    assert client.log[0] == "POST /SMS/Send reset code 0 fault reset-after"


def test_the_fault_half_accepts_the_message(serve: Serve) -> None:
    client = serve(always(FaultKind.HALF))
    whole = '{"Code":"0","Message":"提交成功","TaskId":"1"}'.encode()
    with pytest.raises(http.client.IncompleteRead) as caught:
        client.send("13800000000")
    assert caught.value.partial == whole[: len(whole) // 2]
    assert caught.value.expected == len(whole) - len(whole) // 2
    assert client.balance() == PAID


def test_latency_delays_every_operation(serve: Serve) -> None:
    client = serve(Behaviour(latency=0.05))
    for operation in ("Send", "QueryBalance", "QueryReport", "QueryMo"):
        start = time.monotonic()
        client.post(f"/SMS/{operation}", mobile="13800000000", content="x")
        assert time.monotonic() - start >= 0.05


def test_faults_follow_their_shares_and_a_seed_repeats_them() -> None:
    behaviour = Behaviour(faults=(Fault(FaultKind.HALF, 0.1), Fault(FaultKind.RUBBISH, 0.3)), seed=7)
    draw, again = fault_drawer(behaviour), fault_drawer(behaviour)
    drawn = [draw() for _ in range(10_000)]
    assert drawn == [again() for _ in range(10_000)]
    assert 900 < drawn.count(FaultKind.HALF) < 1100
    assert 2850 < drawn.count(FaultKind.RUBBISH) < 3150
    assert drawn.count(None) == 10_000 - drawn.count(FaultKind.HALF) - drawn.count(FaultKind.RUBBISH)


def test_no_fault_is_drawn_if_there_are_none() -> None:
    draw = fault_drawer(Behaviour())
    assert {draw() for _ in range(100)} == {None}


@pytest.mark.parametrize("kind", FaultKind)
def test_every_fault_is_parsed_from_its_name_and_share(kind: FaultKind) -> None:
    assert parse_fault(f"{kind.word}:0.25") == Fault(kind, 0.25)
    assert parse_fault(f"{kind.word}:1") == Fault(kind, 1.0)


@pytest.mark.parametrize(
    "text", ["500", "500:", "500:x", "500:-0.1", "500:1.1", "500:nan", "500:inf", "half:50%"]
)
def test_an_invalid_share_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="needs a share from 0 to 1") as caught:
        parse_fault(text)
    assert ":0.1" in str(caught.value.hint)


@pytest.mark.parametrize("text", ["", ":0.1", "501:0.1", "ERROR_500:0.1", "reset:0.1"])
def test_an_unknown_kind_of_fault_is_refused_with_the_known_ones(text: str) -> None:
    with pytest.raises(UsageError, match="unknown kind of fault") as caught:
        parse_fault(text)
    assert "500, rubbish, reset-before, reset-after, half" in str(caught.value.hint)


def test_shares_that_add_up_to_more_than_1_are_refused() -> None:
    halves = (Fault(FaultKind.HALF, 0.7), Fault(FaultKind.RUBBISH, 0.2), Fault(FaultKind.ERROR_500, 0.1))
    assert Behaviour(faults=halves).faults == halves
    with pytest.raises(UsageError, match=r"add up to 1\.1"):
        Behaviour(faults=(*halves, Fault(FaultKind.RESET_AFTER, 0.1)))


@pytest.mark.parametrize("latency", [-1.0, float("nan"), float("inf"), 3601.0])
def test_an_invalid_latency_is_refused(latency: float) -> None:
    with pytest.raises(UsageError, match="latency"):
        Behaviour(latency=latency)


def test_magic_numbers_are_as_documented() -> None:
    assert [number.mobile for number in MagicNumber] == [f"1990000000{digit}" for digit in range(1, 7)]
