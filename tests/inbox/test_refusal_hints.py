"""The hint of a refused query: check the account, or use empty_codes where the code may mean “nothing”."""

import pytest

from tests.conftest import Run
from tests.inbox.records_gateway import ONE, RecordsGateway, a_reply, a_report, body_of, send, write_profile
from tests.scripted_gateway import answer, close

REFUSED = '{"Code":"-7","Message":"wrong token"}'
LOGIN = "check account and token: run kxsms login"
EMPTY_CODES = "empty_codes -7"

BOTH = pytest.mark.parametrize("command", ["report", "mo"])


def hint_of(run: Run, gateway: RecordsGateway, command: str = "report") -> str:
    """Return the hint of a query that the gateway refuses."""
    gateway.prepare(REFUSED)
    return str(run(command, "-o", "json").error["hint"])


@BOTH
def test_a_new_account_that_is_refused_is_told_to_log_in(
    run: Run, gateway: RecordsGateway, command: str
) -> None:
    assert hint_of(run, gateway, command) == LOGIN


def test_the_hint_names_the_profile(run: Run, gateway: RecordsGateway) -> None:
    write_profile()
    assert hint_of(run, gateway) == f"{LOGIN} -p t"


@BOTH
def test_after_an_accepted_send_the_code_may_mean_that_there_is_nothing(
    run: Run, gateway: RecordsGateway, command: str
) -> None:
    send(run, gateway, "7", ONE)
    assert EMPTY_CODES in hint_of(run, gateway, command)


def test_after_an_accepted_send_the_token_may_still_be_wrong(run: Run, gateway: RecordsGateway) -> None:
    send(run, gateway, "7", ONE)
    assert hint_of(run, gateway).endswith(LOGIN)


@pytest.mark.parametrize(("command", "body"), [("report", body_of(a_report())), ("mo", body_of(a_reply()))])
def test_after_records_the_code_may_mean_that_there_is_nothing(
    run: Run, gateway: RecordsGateway, command: str, body: str
) -> None:
    gateway.prepare(body)
    assert EMPTY_CODES in hint_of(run, gateway, command)


def test_what_another_account_did_proves_nothing(
    run: Run, gateway: RecordsGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(run, gateway, "7", ONE)
    monkeypatch.setenv("KXSMS_ACCOUNT", "other")
    assert hint_of(run, gateway) == LOGIN


@pytest.mark.parametrize("act", [answer(REFUSED), close], ids=["refused", "unknown"])
def test_a_send_that_was_not_accepted_proves_nothing(run: Run, gateway: RecordsGateway, act: object) -> None:
    gateway.send_answers.append(act)  # type: ignore[arg-type]
    run("send", ONE, "-m", "【科迅】您好")
    assert hint_of(run, gateway) == LOGIN


def test_an_answer_that_cannot_be_read_proves_nothing(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(f'{{"hm":"{ONE}"}}')
    run("report")
    assert hint_of(run, gateway) == LOGIN


def test_a_refused_balance_is_told_to_log_in(run: Run, gateway: RecordsGateway) -> None:
    gateway.plan = lambda request: answer(REFUSED)
    assert run("balance", "-o", "json").error["hint"] == LOGIN


def test_a_product_that_is_refused_while_another_answers_has_no_such_hint(
    run: Run, gateway: RecordsGateway
) -> None:
    good = answer('{"Code":"0","Count":"5"}')
    gateway.plan = lambda request: good if "/VIP/" in request.path else answer(REFUSED)
    assert run("balance", "--all", "-o", "json").error["hint"] is None
