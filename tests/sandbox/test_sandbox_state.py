"""The state of the sandbox: balances, magic numbers, reports and replies, and the reset."""

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from http.client import RemoteDisconnected
from pathlib import Path

import pytest

from kxsms.domain.product import Product
from kxsms.errors import InputError
from kxsms.sandbox.state import SandboxReply, SandboxState
from tests.sandbox.conftest import Client, Clock


def statuses(client: Client) -> list[tuple[str, str]]:
    return [(each["Mobile"], each["Status"]) for each in json.loads(client.reports())["Reports"]]


def test_a_message_costs_its_parts_for_each_number_from_the_balance_of_its_product(client: Client) -> None:
    client.send("13800000000,13900000000", "字" * 71)
    client.send("13800000000", "字" * 70)
    assert client.balance("SMS") == b'{"Code":"0","Count":"99995"}'
    assert client.balance("VIP") == b'{"Code":"0","Count":"100000"}'


def test_a_message_beyond_the_balance_costs_nothing(directory: Path) -> None:
    state = SandboxState(directory)
    for parts in (7, 7, 7, 7, 7, 5):
        assert state.accept(Product.SMS, ["13800000000"] * 2500, "字" * 64 * parts)
    assert state.balance(Product.SMS) == 0
    assert state.accept(Product.SMS, ["13800000000"], "x") is None
    assert state.accept(Product.VIP, ["13800000000"], "x") == "7"


def test_a_message_beyond_the_balance_is_refused(client: Client, directory: Path) -> None:
    with closing(sqlite3.connect(directory / "sandbox.sqlite3")) as connection, connection:
        connection.execute("INSERT INTO account VALUES ('sms', 99998)")
    assert json.loads(client.send("13800000000,13900000000,13700000000"))["Code"] == "9010"
    assert json.loads(client.send("13800000000,13900000000"))["Code"] == "0"


def test_an_accepted_message_is_stored(client: Client, directory: Path) -> None:
    client.post("/Voice/Send", mobile="13800000000", content="【甲】&+=%😀", extno="12")
    with closing(sqlite3.connect(directory / "sandbox.sqlite3")) as connection:
        rows = connection.execute(
            "SELECT message.*, mobile FROM message JOIN recipient USING (task_id)"
        ).fetchall()
    assert rows == [(1, "voice", "【甲】&+=%😀", "12", client.clock.now, "13800000000")]


def test_magic_numbers_decide_the_reports(client: Client) -> None:
    client.send("19900000002,19900000003,19900000004,19900000005,13800000000")
    at_once = [("19900000002", "UNDELIV"), ("19900000004", "DELIVRD"), ("13800000000", "DELIVRD")]
    assert statuses(client) == at_once
    client.clock.now += 59
    assert statuses(client) == []
    client.clock.now += 1
    [late] = json.loads(client.reports())["Reports"]
    assert late["Mobile"] == "19900000005"
    assert late["Status"] == "DELIVRD"
    assert late["ReportTime"] == "2026-11-22 10:01:00"
    client.clock.now += 10**6
    assert statuses(client) == []


def test_one_magic_number_replies(client: Client) -> None:
    client.post("/VIP/Send", mobile="19900000004", content="您好", extno="9")
    assert client.replies("SMS") == '{"Code":"0","Message":"查询成功","Replies":[]}'.encode()
    [reply] = json.loads(client.replies("VIP"))["Replies"]
    assert reply == {
        "Mobile": "19900000004",
        "Content": "收到",
        "MoTime": "2026-11-22 10:00:00",
        "ExtNo": "9",
        "TaskId": "1",
    }


def test_a_message_without_an_answer_is_accepted(client: Client) -> None:
    with pytest.raises(RemoteDisconnected):
        client.send("13800000000,19900000006")
    assert statuses(client) == [("13800000000", "DELIVRD"), ("19900000006", "DELIVRD")]
    assert client.log[0] == "POST /SMS/Send no answer code 0"


def test_reports_are_fetched_once_and_500_at_a_time(client: Client) -> None:
    client.send(",".join(str(13800000000 + number) for number in range(1001)))
    parts = [statuses(client) for _ in range(4)]
    assert [len(part) for part in parts] == [500, 500, 1, 0]
    mobiles = [mobile for part in parts for mobile, _ in part]
    assert mobiles == [str(13800000000 + number) for number in range(1001)]


def test_replies_are_fetched_once_and_500_at_a_time(directory: Path) -> None:
    with SandboxState(directory) as state:
        for number in range(501):
            state.add_reply("13800000000", str(number))
        assert [reply.content for reply in state.take_replies(Product.SMS)] == [*map(str, range(500))]
        assert [reply.content for reply in state.take_replies(Product.SMS)] == ["500"]
        assert state.take_replies(Product.SMS) == []


def test_a_reply_belongs_to_the_last_message_to_its_number(directory: Path) -> None:
    state = SandboxState(directory, clock=Clock())
    state.accept(Product.SMS, ["13800000000"], "x", "1")
    state.accept(Product.VIP, ["13800000000", "13900000000"], "x", "2")
    state.accept(Product.SMS, ["13900000000"], "x", "3")
    state.add_reply("+86 138-0000-0000", "TD")
    state.add_reply("13700000000", "?")
    [reply] = state.take_replies(Product.VIP)
    assert reply == SandboxReply("13800000000", "TD", Clock.now, extno="2", task_id="2")
    [stranger] = state.take_replies(Product.SMS)
    assert stranger == SandboxReply("13700000000", "?", Clock.now, extno="", task_id="")


def test_an_invalid_number_or_text_is_no_reply(directory: Path) -> None:
    state = SandboxState(directory)
    with pytest.raises(InputError, match="'12345' has 5 digits"):
        state.add_reply("12345", "x")
    with pytest.raises(InputError, match="not valid UTF-8"):
        state.add_reply("13800000000", "\udc80")


SENDS_AND_TAKES = """
import sys
from pathlib import Path
from kxsms.domain.product import Product
from kxsms.sandbox.state import SandboxState
state = SandboxState(Path(sys.argv[1]))
for _ in range(20):
    state.accept(Product.SMS, ["13800000000"] * 60, "x")
    for report in state.take_reports(Product.SMS):
        print(report.task_id)
"""


def test_processes_lose_and_repeat_nothing(directory: Path) -> None:
    command = [sys.executable, "-c", SENDS_AND_TAKES, str(directory)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    taken = [task for process in running for task in process.communicate()[0].split()]
    assert [process.returncode for process in running] == [0, 0, 0]
    state = SandboxState(directory)
    for _ in range(10):
        taken += [report.task_id for report in state.take_reports(Product.SMS)]
    assert sorted(map(int, taken)) == sorted(list(range(1, 61)) * 60)
    assert state.balance(Product.SMS) == 100_000 - 3 * 20 * 60


def test_threads_lose_and_repeat_nothing(client: Client) -> None:
    client.send(",".join(str(13800000000 + number) for number in range(2500)))
    taken: list[tuple[str, str]] = []

    def take() -> None:
        for _ in range(6):
            taken.extend(statuses(client))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(mobile for mobile, _ in taken) == [str(13800000000 + number) for number in range(2500)]


def test_a_reset_while_serving_starts_from_the_beginning(
    serve: Callable[[], Client], directory: Path
) -> None:
    first, second = serve(), serve()
    first.send("13800000000,19900000004")
    SandboxState(directory).reset()
    for client in (first, second):
        assert json.loads(client.replies())["Replies"] == []
        assert statuses(client) == []
    assert first.send("13800000000") == '{"Code":"0","Message":"提交成功","TaskId":"1"}'.encode()
    assert second.balance() == b'{"Code":"0","Count":"99999"}'
    assert statuses(second) == [("13800000000", "DELIVRD")]


def test_a_reset_leaves_no_text_on_the_disk(directory: Path) -> None:
    state = SandboxState(directory)
    with state:
        state.accept(Product.SMS, ["13800000000"], "secret text")
        state.reset()
        found = [file.name for file in directory.iterdir() if b"secret text" in file.read_bytes()]
    assert found == []


def test_a_reset_without_a_file_creates_none(directory: Path) -> None:
    SandboxState(directory).reset()
    assert not directory.exists()
