"""Regressions: unusual environments, unusual input, and signals at a bad moment."""

import json
import os
import signal
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import TOKEN, Run
from tests.scripted_gateway import ScriptedGateway, answer

POSIX = pytest.mark.skipif(os.name != "posix", reason="POSIX")


def run_in_shell(script: str, **env: str) -> "subprocess.CompletedProcess[bytes]":
    """Run a line of shell in which `$KXSMS` is the program."""
    program = f"{sys.executable} -m kxsms"
    return subprocess.run(
        ["sh", "-c", script.replace("$KXSMS", program)],
        capture_output=True,
        env={**os.environ, **env},
        timeout=30,
        check=False,
    )


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_after_the_answer_does_not_lose_the_outcome(
    gateway: ScriptedGateway, number: signal.Signals
) -> None:
    accepted = answer()
    command = [sys.executable, "-m", "kxsms", "send", "13800000000", "-m", "【科】您好", "-o", "json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def answer_and_signal(connection: socket.socket) -> None:
        accepted(connection)
        process.send_signal(number)

    gateway.otherwise = answer_and_signal
    out, err = process.communicate(timeout=30)
    document = json.loads(out)
    assert document["accepted"] == 1
    assert document["tasks"][0]["task_id"] == "11"
    assert process.returncode == document["exit_status"]
    assert process.returncode in (0, 128 + number)
    assert b"Traceback" not in err


def test_skipped_numbers_are_named(run: Run, gateway: ScriptedGateway) -> None:
    lines = "\n".join(["13800000000", *(f"12{number}" for number in range(25))])
    done = run("send", "--to-file", "-", "--yes", "-m", "【科】您好", "--skip-invalid", stdin=lines.encode())
    assert done.status == 0
    assert "warning: skipped 25 invalid numbers" in done.err
    assert done.err.count("stdin:") == 20
    assert "and 5 more" in done.err


@pytest.mark.parametrize("output", ["table", "csv", "json", "jsonl"])
def test_a_lone_surrogate_in_a_reply_is_shown_escaped(
    run: Run, gateway: ScriptedGateway, output: str
) -> None:
    gateway.otherwise = answer('{"Code":"0","L":[{"mobile":"13800000000","content":"a\\udc9b\\ud800b"}]}')
    done = run("mo", "-o", output)
    assert done.status == 0
    assert "13800000000" in done.text
    assert r"a\udc9b\ud800b" in done.text


@pytest.mark.parametrize(
    "body",
    [
        '{"Code":"0","Reports":[{"Mobile":"13800000000","Status":"DELIVRD"},{"Mob',
        '{"Code":"0","Message":"ok","Count":"2","Data":"13800000000,DELIVRD;13900000000,DELIVRD"}',
        "<Response><Code>0</Code><Data>13800000000,DELIVRD</Data></Response>",
        '{"Code":"0","Data":["13800000000,DELIVRD"]}',
    ],
)
def test_an_answer_that_may_have_records_is_kept_even_if_it_cannot_be_read(
    run: Run, gateway: ScriptedGateway, body: str
) -> None:
    gateway.script = [answer(body)]
    done = run("report")
    assert done.status == 1
    assert "nothing was fetched" not in done.err
    assert "kept" in done.err
    assert run("report", "--no-pull", "-o", "raw-json").text == f"{body}\n"


@pytest.mark.parametrize(
    "body",
    [
        '{"Code":"0","Message":"[no data]"}',
        '{"Code":"0","Message":"ok","Total":0,"Data":[],"Time":"2026-11-22 10:00:00"}',
        "<Response><Code>0</Code><Reports></Reports></Response>",
        "",
        "[]",
    ],
)
def test_an_answer_without_records_shows_nothing(run: Run, gateway: ScriptedGateway, body: str) -> None:
    gateway.otherwise = answer(body)
    assert run("report", "-o", "json").json == []


@pytest.mark.parametrize("text", ["【科迅】", " 【科迅】 \n"])
def test_a_text_that_is_only_a_signature_is_not_sent(run: Run, gateway: ScriptedGateway, text: str) -> None:
    done = run("send", "13800000000", "-m", text)
    assert done.status == 2
    assert "nothing but its signature" in done.err
    assert gateway.received == []


def test_a_space_before_a_signature_does_not_add_a_second_one(run: Run, gateway: ScriptedGateway) -> None:
    assert run("send", "13800000000", "-m", " 【科】您好", "--signature", "科").err == ""
    assert gateway.received[0].form["content"] == "【科】您好"


@pytest.mark.parametrize(
    "text", [f'token = "{TOKEN}"\n', f'[profiles]\ntoken = "{TOKEN}"\n', f'[x]\nToken = "{TOKEN}"\n']
)
def test_a_token_under_the_wrong_key_of_the_config_is_not_shown(run: Run, home: Path, text: str) -> None:
    (home / "config.toml").write_text(text, "utf-8")
    for arguments in (("config", "show"), ("balance", "-p", "token"), ("config", "get", "default_profile")):
        done = run(*arguments)
        assert TOKEN not in done.text + done.err


def test_a_token_of_digits_is_masked_in_the_message_of_the_gateway(
    run: Run, gateway: ScriptedGateway
) -> None:
    gateway.otherwise = answer('{"Code":"-1","Message":"bad token 12345678901"}')
    for arguments in (("send", "13800000000", "-m", "【科】您好"), ("balance",), ("report",)):
        done = run(*arguments, env={"KXSMS_TOKEN": "12345678901"})
        assert done.status == 3
        assert "12345678901" not in done.text + done.err


def test_a_base_url_with_http_in_upper_case_gets_the_warning_too(run: Run, home: Path) -> None:
    done = run(
        "login",
        "--account",
        "1",
        "--token-stdin",
        "--base-url",
        "HTTP://gw.invalid",
        "--no-verify",
        stdin=b"t",
    )
    assert "http://gw.invalid is not encrypted" in done.err


def test_plain_http_is_not_suggested_for_an_unknown_host(run: Run) -> None:
    done = run("login", "--account", "1", "--token-stdin", "--base-url", "https://gw.invalid", stdin=b"t")
    assert done.status == 5
    assert "http://" not in done.err


@pytest.mark.parametrize("url", ["http://h/?", "http://h#", "http://a b", "http://h:99999", "http://"])
def test_an_invalid_base_url_is_refused(run: Run, url: str) -> None:
    assert run("config", "set", "base_url", url).status == 2


@pytest.mark.parametrize("cluster", ["-qojson", "-qo"])
def test_errors_are_json_with_clustered_options_too(run: Run, cluster: str) -> None:
    more = ["json"] if cluster == "-qo" else []
    done = run("send", "--sandbox", cluster, *more, "1380000", "-m", "【科】您好")
    assert done.error["exit_status"] == 2


@pytest.mark.parametrize(
    ("arguments", "env", "status"),
    [
        (("balance", "--config", "~nobody9/x"), {}, 4),
        (("balance", "--sandbox"), {"KXSMS_STATE_DIR": "~nobody9/x"}, 4),
        (("balance",), {"KXSMS_ACCOUNT": "1", "KXSMS_TOKEN_FILE": "~nobody9/x"}, 4),
        (("balance",), {"KXSMS_ACCOUNT": "\udcff", "KXSMS_TOKEN": "t"}, 4),
        (("config", "set", "account", "\udcff"), {}, 2),
        (("send", "13800000000", "-m", "\udcff"), {}, 2),
        (("send", "--to-file", "", "-m", "x"), {}, 2),
        (("send", "--dry-run", "-o", "raw-json", "13800000000", "-m", "x"), {}, 2),
        (("balance", "--config", "/dev/null/x"), {}, 4),
    ],
)
def test_unusual_input_is_an_error_and_not_a_defect(
    run: Run, arguments: tuple[str, ...], env: dict[str, str], status: int
) -> None:
    done = run(*arguments, env=env)
    assert done.status == status
    assert "defect" not in done.err
    assert "kxsms: error: " in done.err


def test_config_set_and_unset_repair_a_table_of_the_wrong_type(run: Run, home: Path) -> None:
    config = home / "config.toml"
    for command in (("set", "--", "codes.-1", "x"), ("unset", "--", "codes.-1")):
        config.write_text('default_profile = "p"\n[profiles.p]\ncodes = "x"\n', "utf-8")
        assert run("config", *command).status == 0
        assert tomllib.loads(config.read_text("utf-8"))["profiles"]["p"]["codes"] in ("x", {"-1": "x"})


def test_unsetting_a_key_that_is_not_set_creates_no_file(run: Run, home: Path) -> None:
    assert run("config", "unset", "signature", "--config", str(home / "new.toml")).status == 0
    assert not (home / "new.toml").exists()


def test_without_a_default_profile_the_hint_names_the_profiles(run: Run, home: Path) -> None:
    (home / "config.toml").write_text('[profiles.a]\naccount = "1"\n[profiles.b]\n', "utf-8")
    done = run("balance")
    assert done.status == 4
    assert "kxsms config use NAME (a, b)" in done.err


def test_login_refuses_an_empty_account(run: Run, home: Path) -> None:
    done = run("login", "--account", "", "--token-stdin", "--no-verify", stdin=b"t")
    assert done.status == 2
    assert "--account" in done.err
    assert (home / "config.toml").read_bytes() == b""


@POSIX
def test_config_set_does_not_replace_a_device(run: Run) -> None:
    assert run("config", "show", "--config", "/dev/null").err == ""
    done = run("config", "set", "signature", "x", "--config", "/dev/null")
    assert done.status == 1
    assert "not a regular file" in done.err
    assert Path("/dev/null").is_char_device()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("command", ["--help", "--version", "send --help", "config"])
def test_help_into_a_closed_pipe_or_a_full_disk_is_not_a_defect(command: str) -> None:
    assert run_in_shell(f"$KXSMS {command} | true").stderr == b""
    done = run_in_shell(f"$KXSMS {command} >/dev/full")
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


@POSIX
def test_an_unreadable_stdin_is_named(gateway: ScriptedGateway) -> None:
    done = run_in_shell("$KXSMS send --to-file - --yes -m '【科】您好' 0>/dev/null")
    assert done.returncode == 2
    assert b"stdin cannot be read" in done.stderr


@POSIX
def test_the_sandbox_works_without_a_home_directory(tmp_path: Path) -> None:
    done = run_in_shell(
        "unset HOME KXSMS_CONFIG; $KXSMS balance --sandbox", KXSMS_STATE_DIR=str(tmp_path / "state")
    )
    assert done.returncode == 0


@pytest.mark.parametrize(
    "command",
    [
        *(["batch", verb, "a\udc87"] for verb in ("show", "export", "resume")),
        ["batch", "retry", "a\udc87", "--unknown"],
        ["report", "--sandbox", "--no-pull", "--batch", "a\udc87"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_batch_id_that_is_not_valid_unicode_is_not_found(run: Run, command: list[str]) -> None:
    done = run(*command)
    assert done.status == 2
    assert "there is no batch" in done.err


def test_a_task_id_that_is_not_valid_unicode_finds_no_report(run: Run) -> None:
    assert run("report", "--sandbox", "--no-pull", "--task", "a\udc87", "-o", "jsonl").status == 0
