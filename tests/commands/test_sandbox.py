"""The built-in gateway, used by separate calls: send, report, reply, mo and balance; and `sandbox serve`."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kxsms.sandbox.server import SandboxServer
from tests.conftest import Run

TEXT = "您的验证码为:65544,如非本人操作,请忽略。"


def test_separate_calls_share_the_state_of_the_sandbox(run: Run) -> None:
    sent = run(
        "send",
        "--sandbox",
        "13800000000",
        "13900000000",
        "-m",
        TEXT,
        "--signature",
        "科迅云通讯",
        "-o",
        "json",
    )
    assert sent.status == 0
    assert sent.err == ""
    task_id = sent.json["tasks"][0]["task_id"]
    reports = run("report", "--sandbox", "-o", "json").json
    assert [(report["task_id"], report["mobile"], report["state"]) for report in reports] == [
        (task_id, "13800000000", "delivered"),
        (task_id, "13900000000", "delivered"),
    ]
    assert run("report", "--sandbox", "-o", "json").json == []
    assert run("sandbox", "reply", "+86 138 0000 0000", "收到").status == 0
    (reply,) = run("mo", "--sandbox", "-o", "json").json
    assert reply["mobile"] == "13800000000"
    assert reply["content"] == "收到"
    assert reply["task_id"] == task_id
    assert run("balance", "--sandbox", "-o", "json").json["count"] == 99998
    too_low = run("balance", "--sandbox", "--min", "1000000")
    assert too_low.status == 7
    assert too_low.lines[1].split("\t") == ["sandbox", "sms", "0", "", "99998"]
    assert "99998 left, below the minimum of 1000000" in too_low.err
    assert run("balance", "--sandbox", "--min", "99998").status == 0
    assert run("sandbox", "reset").status == 0
    assert run("balance", "--sandbox", "-o", "json").json["count"] == 100000


@pytest.mark.parametrize(
    ("mobile", "status", "outcome", "code", "report"),
    [
        ("13800000000", 0, "accepted", "0", ["delivered"]),
        ("19900000001", 3, "rejected", "9011", []),
        ("19900000002", 0, "accepted", "0", ["failed"]),
        ("19900000003", 0, "accepted", "0", []),
        ("19900000005", 0, "accepted", "0", []),
        ("19900000006", 6, "unknown", None, ["delivered"]),
    ],
)
def test_a_magic_number_has_its_outcome_and_its_report(
    run: Run, mobile: str, status: int, outcome: str, code: str | None, report: list[str]
) -> None:
    done = run("send", "--sandbox", mobile, "-m", "【科迅】您好", "-o", "json")
    assert done.status == status
    assert done.json["exit_status"] == status
    assert done.json["tasks"][0]["outcome"] == outcome
    assert done.json["tasks"][0]["code"] == code
    assert done.json[outcome] == 1
    assert [record["state"] for record in run("report", "--sandbox", "-o", "json").json] == report


def test_one_magic_number_replies(run: Run) -> None:
    run("send", "--sandbox", "19900000004", "-m", "【科迅】您好", "--extno", "77")
    (reply,) = run("mo", "--sandbox", "-o", "json").json
    assert reply["mobile"] == "19900000004"
    assert reply["content"] == "收到"
    assert reply["extno"] == "77"


def test_balance_all_lists_every_product(run: Run) -> None:
    run("send", "--sandbox", "--product", "vip", "13800000000", "-m", "【科迅】您好")
    balances = run("balance", "--sandbox", "--all", "-o", "json").json
    assert [(balance["product"], balance["count"]) for balance in balances] == [
        ("sms", 100000),
        ("vip", 99999),
        ("voice", 100000),
        ("mms", 100000),
    ]


@pytest.mark.parametrize(("output", "type_"), [("raw-json", "0"), ("raw-xml", "1")])
@pytest.mark.parametrize("operation", ["QueryBalance", "QueryReport", "QueryMo"])
def test_raw_output_equals_the_bytes_of_the_gateway(
    run: Run, tmp_path: Path, output: str, type_: str, operation: str
) -> None:
    command = {"QueryBalance": "balance", "QueryReport": "report", "QueryMo": "mo"}[operation]
    with SandboxServer(tmp_path / "other") as server:
        env = {"KXSMS_BASE_URL": server.url, "KXSMS_ACCOUNT": "sandbox", "KXSMS_TOKEN": "sandbox-token"}

        def prepare() -> None:
            run("sandbox", "reset", env={"KXSMS_STATE_DIR": str(tmp_path / "other")})
            run("send", "13800000000", "-m", "【科迅】您好", env=env)
            run("sandbox", "reply", "13800000000", "收到", env={"KXSMS_STATE_DIR": str(tmp_path / "other")})

        prepare()
        ours = run(command, "-o", output, env=env)
        prepare()
        form = f"account=sandbox&token=sandbox-token&type={type_}".encode()
        with urllib.request.urlopen(f"{server.url}/SMS/{operation}", form) as answer:
            theirs = answer.read()
    moment = rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    assert re.sub(moment, b"", ours.out) == re.sub(moment, b"", theirs + b"\n")


@contextmanager
def serving(*options: str) -> Iterator[tuple[Any, str]]:
    """Run `kxsms sandbox serve` as a process; yield that process and the URL that it announces."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kxsms", "sandbox", "serve", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ},
    )
    try:
        assert process.stdout is not None
        header, values = process.stdout.readline(), process.stdout.readline()
        assert header.split("\t")[0] == "url"
        yield process, values.split("\t")[0]
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_serve_announces_its_url_and_ends_with_a_signal(
    run: Run, number: signal.Signals, status: int
) -> None:
    with serving() as (process, url):
        env = {"KXSMS_BASE_URL": url, "KXSMS_ACCOUNT": "sandbox", "KXSMS_TOKEN": "sandbox-token"}
        assert run("balance", "-o", "json", env=env).json["count"] == 100000
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
        assert process.returncode == status
        assert out == ""
        assert err == ""


@pytest.mark.parametrize(
    ("fault", "status", "reported"),
    [("500", 6, 0), ("rubbish", 6, 1), ("half", 6, 1), ("reset-before", 6, 0), ("reset-after", 6, 1)],
)
def test_a_fault_leaves_the_outcome_unknown(run: Run, fault: str, status: int, reported: int) -> None:
    with serving("--fault", f"{fault}:1", "--seed", "1") as (_, url):
        env = {"KXSMS_BASE_URL": url, "KXSMS_ACCOUNT": "sandbox", "KXSMS_TOKEN": "sandbox-token"}
        done = run("send", "13800000000", "-m", "【科迅】您好", "-o", "json", env=env)
        assert done.status == status
        assert done.json["unknown"] == 1
        assert len(run("report", "-o", "json", env=env).json) == reported


def test_send_waits_for_a_late_answer_until_the_time_out(run: Run, home: Path) -> None:
    (home / "config.toml").write_text("[profiles.p]\nread_timeout = 0.2\n", "utf-8")
    with serving("--latency", "5") as (_, url):
        env = {"KXSMS_BASE_URL": url, "KXSMS_ACCOUNT": "sandbox", "KXSMS_TOKEN": "sandbox-token"}
        done = run("send", "13800000000", "-m", "【科迅】您好", env={**env, "KXSMS_PROFILE": "p"})
    assert done.status == 6
    assert "gave no whole answer within 0.2 s" in done.err


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("serve", "--fault", "fire:0.1"), 2, "fire"),
        (("serve", "--fault", "500:2"), 2, "share"),
        (("serve", "--port", "70000"), 2, "70000"),
        (("serve", "-o", "raw-json"), 2, "no raw-json output"),
        (("reply", "1380000", "x"), 2, "'1380000' has 7 digits, not 11"),
    ],
)
def test_an_invalid_argument_of_sandbox_is_named(
    run: Run, arguments: tuple[str, ...], status: int, words: str
) -> None:
    done = run("sandbox", *arguments)
    assert done.status == status
    assert words in done.err


def test_a_port_in_use_is_named(run: Run, tmp_path: Path) -> None:
    with SandboxServer(tmp_path / "other") as server:
        port = server.url.rpartition(":")[2]
        done = run("sandbox", "serve", "--port", port)
    assert done.status == 1
    assert f"port {port} is in use" in done.err
