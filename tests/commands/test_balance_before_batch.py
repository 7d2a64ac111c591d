"""The balance is asked before a batch leaves, and stops a batch for which it does not suffice."""

import signal
import socket
import sys
from collections.abc import Sequence

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.faults.client import Client
from tests.inbox.records_gateway import EMPTY, a_report, body_of, write_profile
from tests.ledger.scene import (
    NOWHERE,
    ONE,
    TEXT,
    batches,
    counts,
    people,
    send_csv,
    send_one,
    taken,
    unfinished,
    write_csv,
)
from tests.scripted_gateway import ScriptedGateway, answer, close
from tests.terminal import on_terminal

LONG = ("13900000000", "【科】" + "好" * 70)


def left(count: object) -> str:
    return f'{{"Code":"0","Count":"{count}"}}'


def question(*arguments: str, answers: Sequence[str] = ("n",)) -> str:
    """Run kxsms on a terminal, and return what is shown, as one line."""
    _, shown = on_terminal(
        [sys.executable, "-m", "kxsms", *arguments], answers=answers, env={"NO_COLOR": "1"}
    )
    return " ".join(shown.split())


def test_a_balance_below_the_billed_messages_stops_a_batch(run: Run, gateway: ScriptedGateway) -> None:
    gateway.balance = answer(left(3))
    write_csv([*people(2), LONG])

    done = send_csv(run)

    assert done.status == 7
    assert done.error["kind"] == "guard"
    assert done.error["message"] == "4 messages would be billed, but the balance is 3"
    assert "--ignore-balance" in done.error["hint"]
    assert taken(gateway) == []
    assert batches() == 0


def test_a_balance_of_as_many_as_the_billed_messages_is_enough(run: Run, gateway: ScriptedGateway) -> None:
    gateway.balance = answer(left(4))
    write_csv([*people(2), LONG])
    assert send_csv(run).status == 0
    assert gateway.asked == 1


@pytest.mark.parametrize("count", ["3.99", "-1", "0"])
def test_a_balance_need_not_be_a_whole_number(run: Run, gateway: ScriptedGateway, count: str) -> None:
    gateway.balance = answer(left(count))
    write_csv(people(4))
    done = send_csv(run)
    assert done.status == 7
    assert done.error["message"].endswith(f"but the balance is {count}")


def test_the_balance_of_the_products_own_is_asked(run: Run, gateway: ScriptedGateway) -> None:
    gateway.balance = None
    gateway.script = [answer(left(5))]
    write_csv(people(2))
    assert send_csv(run, "--product", "vip").status == 0
    assert [request.path for request in gateway.received][:2] == ["/VIP/QueryBalance", "/VIP/Send"]


def test_ignore_balance_does_not_ask(run: Run, gateway: ScriptedGateway) -> None:
    gateway.balance = answer(left(0))
    write_csv(people(2))
    assert send_csv(run, "--ignore-balance").status == 0
    assert gateway.asked == 0


def test_a_single_send_does_not_ask(run: Run, gateway: ScriptedGateway) -> None:
    gateway.balance = answer(left(0))
    assert send_one(run).status == 0
    assert gateway.asked == 0


def test_a_dry_run_does_not_ask(run: Run, gateway: ScriptedGateway) -> None:
    gateway.balance = answer(left(0))
    write_csv(people(2))
    assert send_csv(run, "--dry-run").status == 0
    assert gateway.asked == 0


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (answer('{"Code":"-1","Message":"no"}'), "the gateway refused: code -1 “no”"),
        (answer(left("many")), "the count 'many' is not a number"),
        (answer(left("NaN")), "the count 'NaN' is not a number"),
        (answer('{"Code":"0"}'), "an answer without a Count"),
        (answer("<html>", content_type="text/html"), "HTTP 200"),
        (answer("", status=404), "HTTP 404"),
        (close, "closed the connection without an answer"),
    ],
)
def test_where_the_gateway_does_not_say_a_note_says_so(
    run: Run, gateway: ScriptedGateway, act: object, reason: str
) -> None:
    gateway.balance = act  # type: ignore[assignment]
    write_csv(people(2))

    done = send_csv(run)

    assert done.status == 0
    (note,) = (line for line in done.err.splitlines() if "balance" in line)
    assert note.startswith("kxsms: the balance is not known: ")
    assert reason in note
    assert len(taken(gateway)) == 2


def test_a_gateway_that_says_nothing_in_time_does_not_stop_a_batch(
    run: Run, gateway: ScriptedGateway
) -> None:
    write_profile(read_timeout=0.2)
    gateway.balance = gateway.silent
    write_csv(people(1))
    done = send_csv(run)
    assert done.status == 0
    assert "gave no whole answer within 0.2 s" in done.err


def test_the_question_shows_cost_and_balance(gateway: ScriptedGateway) -> None:
    write_profile(price={"sms": 0.045})
    gateway.balance = answer(left(12345))
    write_csv(people(2))
    shown = question("send", "--csv", "people.csv")
    assert "billed messages 2 cost 0.09 balance 12,345 requests 2" in shown
    assert "Send 2 billed messages (cost 0.09) to 2 recipients (2 requests)? [y/N]" in shown


def test_a_question_without_a_known_balance_shows_none(gateway: ScriptedGateway) -> None:
    gateway.balance = answer('{"Code":"5"}')
    write_csv(people(2))
    shown = question("send", "--csv", "people.csv")
    assert "billed messages 2 requests 2" in shown


def test_a_balance_of_endless_digits_stays_short(gateway: ScriptedGateway) -> None:
    gateway.balance = answer(left("1e999999999"))
    write_csv(people(2))
    assert "balance 1E+999999999 " in question("send", "--csv", "people.csv")


def test_a_send_after_the_question_uses_a_new_connection(gateway: ScriptedGateway) -> None:
    write_csv(people(2))
    question("send", "--csv", "people.csv", answers=["y"])
    assert {request.connection for request in gateway.received} == {2}


def test_a_question_that_cannot_be_asked_comes_before_the_balance(run: Run, gateway: ScriptedGateway) -> None:
    gateway.balance = answer(left(0))
    write_csv(people(2))
    assert run("send", "--csv", "people.csv").status == 2
    assert gateway.asked == 0


def test_a_resumed_send_asks_for_what_is_left(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(5))
    unfinished(run, gateway)
    gateway.balance = answer(left(2))
    done = send_csv(run)
    assert done.status == 7
    assert done.error["message"] == "3 messages would be billed, but the balance is 2"
    assert taken(gateway) == []
    gateway.balance = answer(left(3))
    assert counts(send_csv(run)) == (4, 1, 0, 0)


def test_batch_resume_asks_unless_it_is_told_not_to(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(5))
    name = unfinished(run, gateway).json["batch"]
    gateway.balance = answer(left(2))
    assert run("batch", "resume", name).status == 7
    assert taken(gateway) == []
    assert run("batch", "resume", name, "--ignore-balance").status == 3
    assert len(taken(gateway)) == 3


def test_a_batch_keeps_that_it_ignores_the_balance(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(5))
    gateway.balance = answer(left(0))
    name = unfinished(run, gateway, "--ignore-balance").json["batch"]
    assert run("batch", "resume", name).status == 3
    assert gateway.asked == 0


def test_batch_resume_of_a_finished_batch_does_not_ask(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(1))
    name = send_csv(run).json["batch"]
    run("batch", "resume", name)
    assert gateway.asked == 1


def test_batch_retry_asks_and_changes_nothing(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = answer('{"Code":"-3"}')
    write_csv(people(2))
    name = send_csv(run).json["batch"]
    taken(gateway)
    gateway.balance = answer(left(1))

    done = run("batch", "retry", name, "--rejected", "-o", "json")

    assert done.status == 7
    assert done.error["message"] == "2 messages would be billed, but the balance is 1"
    assert taken(gateway) == []
    assert query_ledger("SELECT rejected FROM batches") == [(2,)]
    assert run("batch", "retry", name, "--rejected", "--ignore-balance").status == 3
    assert len(taken(gateway)) == 2


def test_the_question_before_a_retry_shows_cost_and_balance(run: Run, gateway: ScriptedGateway) -> None:
    write_profile(price={"sms": 0.5}, account="12345", token="t", base_url=gateway.url)
    gateway.otherwise = close
    write_csv(people(2))
    name = send_csv(run).json["batch"]
    gateway.balance = answer(left(7))
    shown = question("batch", "retry", name, "--unknown")
    assert "Resend (cost 1.00, balance 7), although 2 recipients may get the text twice? [y/N]" in shown


def test_a_retry_of_failed_deliveries_asks_before_it_becomes_a_batch(
    run: Run, gateway: ScriptedGateway
) -> None:
    write_csv(people(2))
    name = send_csv(run).json["batch"]
    failed = [a_report(mobile, "11", "UNDELIV") for mobile, _ in people(2)]
    gateway.script = [answer(body_of(*failed)), answer(EMPTY)]
    run("report")
    gateway.received.clear()
    gateway.balance = answer(left(1))
    retry = ("batch", "retry", name, "--failed", "--yes")

    assert run(*retry).status == 7
    assert taken(gateway) == []
    assert batches() == 1
    assert run(*retry, "--ignore-balance").status == 0
    assert len(taken(gateway)) == 2


def test_a_retry_of_a_single_send_does_not_ask(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = answer('{"Code":"-3"}')
    name = send_one(run).json["batch"]
    assert run("batch", "retry", name, "--rejected").status == 3
    assert gateway.asked == 0


def test_a_gateway_that_cannot_be_reached_sends_nothing(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(1))
    done = send_csv(run, "--retries", "0", env=NOWHERE)
    assert done.status == 5
    assert "the balance is not known: " in done.err


@pytest.mark.parametrize(("number", "status"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_a_process_that_ends_while_it_asks_leaves_nothing(
    run: Run, gateway: ScriptedGateway, number: signal.Signals, status: int
) -> None:
    write_csv(people(2))
    plenty, client = gateway.balance, Client()

    def end(connection: socket.socket) -> None:
        client.process.send_signal(number)
        gateway.silent(connection)

    gateway.balance = end
    assert client.run("send", "--csv", "people.csv", "--yes").status == status
    client.close()
    assert batches() == 0
    assert taken(gateway) == []
    gateway.balance = plenty
    assert counts(send_csv(run)) == (2, 0, 0, 0)


def test_more_than_ten_numbers_ask(run: Run, gateway: ScriptedGateway) -> None:
    gateway.balance = answer(left(10))
    numbers = [str(int(ONE) + index) for index in range(11)]
    assert run("send", *numbers, "-m", TEXT, "--yes").status == 7
    assert taken(gateway) == []
