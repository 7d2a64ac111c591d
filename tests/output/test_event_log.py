"""--log-file: JSON lines of events, without texts and tokens, that many processes append to."""

import json
import os
import stat
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kxsms.output.event_log import EventLog
from tests.conftest import TOKEN, Run
from tests.scripted_gateway import ScriptedGateway, answer, close, raw

NUMBER, MASKED = "13812345678", "138****5678"
WORDS = "您的密码 secret words"
SEND = ("send", NUMBER, "-m", f"【科】{WORDS}")
HEAD = ["time", "level", "event", "process", "batch", "request", "status", "milliseconds"]


@pytest.fixture
def log(home: Path) -> Path:
    return home / "kxsms.log"


def events(log: Path, event: str | None = None) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    return [line for line in lines if event in (None, line["event"])]


def test_a_send_is_three_events(run: Run, gateway: ScriptedGateway, log: Path) -> None:
    run(*SEND, "--log-file", str(log))
    assert [line["event"] for line in events(log)] == ["start", "request", "end"]


def test_every_line_begins_with_the_same_keys(run: Run, gateway: ScriptedGateway, log: Path) -> None:
    run(*SEND, "--log-file", str(log))
    assert all(list(line)[: len(HEAD)] == HEAD for line in events(log))


def test_a_request_is_logged_with_its_facts(run: Run, gateway: ScriptedGateway, log: Path) -> None:
    batch = run(*SEND, "-o", "json", "--log-file", str(log)).json["batch"]
    (line,) = events(log, "request")
    assert line.pop("milliseconds") > 0
    moment = datetime.fromisoformat(line.pop("time"))
    assert moment.utcoffset() == timedelta(0)
    assert line == {
        "level": "info",
        "event": "request",
        "process": os.getpid(),
        "batch": batch,
        "request": 1,
        "status": 200,
        "operation": "Send",
        "product": "sms",
        "mobile": MASKED,
        "recipients": 1,
        "outcome": "accepted",
        "code": "0",
        "task_id": "11",
    }


def test_the_end_has_the_exit_status(run: Run, gateway: ScriptedGateway, log: Path) -> None:
    gateway.otherwise = answer('{"Code":"7","Message":"no"}')
    run(*SEND, "--log-file", str(log))
    (line,) = events(log, "end")
    assert (line["status"], line["level"]) == (3, "error")


@pytest.mark.parametrize("command", ["balance", "report", "mo"])
def test_a_query_is_logged(run: Run, gateway: ScriptedGateway, log: Path, command: str) -> None:
    gateway.otherwise = answer('{"Code":"0","Count":"5"}')
    run(command, "--log-file", str(log))
    assert events(log, "start")[0]["command"] == command
    assert events(log, "request")[0]["status"] == 200


def test_the_variable_names_the_file_too(run: Run, gateway: ScriptedGateway, log: Path) -> None:
    run(*SEND, env={"KXSMS_LOG": str(log)})
    assert len(events(log)) == 3


@pytest.mark.parametrize(
    ("act", "outcome", "level", "status"),
    [
        (answer('{"Code":"7","Message":"no"}'), "rejected", "warning", 200),
        (close, "unknown", "error", None),
        (answer("<html>", 404), "not_sent", "warning", 404),
    ],
)
def test_the_level_and_the_status_follow_the_outcome(
    run: Run, gateway: ScriptedGateway, log: Path, act: Any, outcome: str, level: str, status: int | None
) -> None:
    gateway.otherwise = act
    run(*SEND, "--log-file", str(log))
    (line,) = events(log, "request")
    assert (line["outcome"], line["level"], line["status"]) == (outcome, level, status)


def test_without_an_answer_it_says_why(run: Run, gateway: ScriptedGateway, log: Path) -> None:
    run("balance", "--log-file", str(log), env={"KXSMS_BASE_URL": "http://127.0.0.1:1"})
    assert "refused the connection" in events(log, "request")[0]["problem"]


ECHOES = [
    answer(f'{{"Code":"{WORDS}","Message":"{WORDS}{TOKEN}","TaskId":"{WORDS}"}}'),
    answer(f'{{"Code":"0","Message":"{WORDS}","TaskId":"{TOKEN} {WORDS}"}}'),
    answer(f"{WORDS} {TOKEN}", 200, "text/plain"),
    raw(f"{WORDS} {TOKEN}\r\n\r\n".encode()),
    raw(f"HTTP/1.1 {WORDS} {TOKEN}\r\n\r\n".encode()),
]


@pytest.mark.parametrize("act", ECHOES)
def test_a_gateway_that_repeats_text_and_token_puts_neither_into_the_log(
    run: Run, gateway: ScriptedGateway, log: Path, act: Any
) -> None:
    gateway.otherwise = act
    run(*SEND, "--log-file", str(log), "-v")
    run("balance", "--log-file", str(log))
    logged = log.read_bytes().decode("unicode_escape", "replace") + log.read_text("utf-8")
    assert len(events(log, "request")) == 2
    assert "密码" not in logged
    assert "secret" not in logged
    assert TOKEN not in logged
    assert NUMBER not in logged


@pytest.mark.parametrize(
    ("config", "options", "shown"),
    [
        ("", (), MASKED),
        ("mask = true", (), MASKED),
        ("mask = false", (), NUMBER),
        ("mask = false", ("--mask",), MASKED),
        ("not TOML, mask", (), MASKED),
    ],
)
def test_numbers_are_masked_unless_the_config_says_otherwise(
    run: Run, gateway: ScriptedGateway, log: Path, home: Path, config: str, options: Any, shown: str
) -> None:
    (home / "config.toml").write_text(config)
    run("send", "--sandbox", NUMBER, "-m", "【科】您好", "--log-file", str(log), *options)
    assert events(log, "request")[0]["mobile"] == shown


def test_a_tilde_is_the_home_directory(run: Run, gateway: ScriptedGateway, log: Path) -> None:
    run(*SEND, env={"KXSMS_LOG": "~/kxsms.log"})
    assert len(events(log)) == 3


def test_only_its_owner_reads_a_new_log(run: Run, gateway: ScriptedGateway, log: Path) -> None:
    run(*SEND, "--log-file", str(log))
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_many_processes_append_whole_lines(gateway: ScriptedGateway, log: Path, home: Path) -> None:
    rows = "".join(f"1380000{index:04},n{index}\n" for index in range(50))
    (home / "p.csv").write_text(f"mobile,name\n{rows}", "utf-8")
    command = [sys.executable, "-m", "kxsms", "send", "--csv", "p.csv", "--yes", "--ignore-balance"]
    processes = [
        subprocess.Popen([*command, "-m", f"【科】{number}{{name}}", "--log-file", str(log)])
        for number in range(3)
    ]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert len(events(log, "request")) == 150
    assert len({line["process"] for line in events(log)}) == 3


def test_a_rotated_log_is_opened_again(tmp_path: Path) -> None:
    path, old = tmp_path / "log", tmp_path / "log.1"
    log = EventLog(str(path), masks=True, warn=pytest.fail)
    log.start("one")
    path.rename(old)
    log.start("two")
    assert [line["command"] for line in events(old)] == ["one"]
    assert [line["command"] for line in events(path)] == ["two"]


def test_a_log_that_was_copied_and_truncated_goes_on_at_its_start(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = EventLog(str(path), masks=True, warn=pytest.fail)
    log.start("one")
    os.truncate(path, 0)
    log.start("two")
    assert [line["command"] for line in events(path)] == ["two"]


def test_half_a_line_of_a_full_disk_spoils_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, warnings = tmp_path / "log", list[str]()
    log, write = EventLog(str(path), masks=True, warn=warnings.append), os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:10]))
    log.start("one")
    monkeypatch.setattr(os, "write", write)
    log.start("two")
    assert len(warnings) == 1
    assert [json.loads(line)["command"] for line in path.read_text().splitlines()[1:]] == ["two"]


@pytest.mark.parametrize(
    "name", ["no/such/directory/log", ".", "/dev/full", "p.csv", "ledger.sqlite3", "link", "circle"]
)
def test_a_log_that_cannot_be_written_is_one_warning_and_no_lost_answer(
    run: Run, gateway: ScriptedGateway, home: Path, name: str
) -> None:
    (home / "p.csv").write_text("mobile\n")
    (home / "link").symlink_to(Path(os.environ["KXSMS_STATE_DIR"]) / "ledger.sqlite3.lock")
    (home / "circle").symlink_to("circle")
    done = run(*SEND, "--log-file", name, "-o", "json")
    assert done.json["accepted"] == 1
    assert done.err.count("cannot be written") == 1
    assert (home / "p.csv").read_text() == "mobile\n"


def test_a_pipe_that_nobody_reads_holds_up_nothing(run: Run, gateway: ScriptedGateway, home: Path) -> None:
    os.mkfifo(home / "pipe")
    assert run(*SEND, "--log-file", "pipe", "-o", "json").json["accepted"] == 1


def test_quiet_has_no_warning(run: Run, gateway: ScriptedGateway) -> None:
    assert run(*SEND, "--log-file", "/dev/full", "-q").err == ""
