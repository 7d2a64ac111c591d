"""A signal, or the end of input, at the question before a send: kxsms says that it sent nothing."""

import os
import signal
from collections.abc import Iterator

import pytest

from tests.faults.conftest import MakeRows
from tests.faults.gateway import FaultGateway
from tests.faults.terminal_user import TerminalUser

pytestmark = [pytest.mark.sqlite, pytest.mark.skipif(os.name == "nt", reason="a pseudo-terminal")]


@pytest.fixture
def user() -> Iterator[TerminalUser]:
    user = TerminalUser()
    yield user
    user.close()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_at_the_question_says_that_nothing_was_sent(
    gateway: FaultGateway, user: TerminalUser, make_rows: MakeRows, number: int, status: int
) -> None:
    make_rows(2)
    user.start("send", "--csv", "people.csv")
    assert user.interrupt(number) == status
    assert user.shown.decode().split("\r\n") == ["", "kxsms: nothing sent", ""]
    assert gateway.received == []


def test_so_does_the_end_of_input(gateway: FaultGateway, user: TerminalUser, make_rows: MakeRows) -> None:
    make_rows(2)
    user.start("send", "--csv", "people.csv")
    assert user.answer("\x04") == 130
    assert user.shown.decode().endswith("kxsms: nothing sent\r\n")
    assert gateway.received == []
