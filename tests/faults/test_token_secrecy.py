"""The secrecy of the token: it is in the config and in the requests, and nowhere else."""

import json
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

from tests.conftest import Done, Run
from tests.faults.client import Client
from tests.inbox.records_gateway import EMPTY, ONE, a_reply, body_of
from tests.inbox.test_watch import WATCH, interrupt
from tests.scripted_gateway import ScriptedGateway, answer, raw

pytestmark = pytest.mark.sqlite  # not about the ledger

PART = secrets.token_hex(8)
TOKEN = f"to+{PART}/ken="
TEXT = "【科】您好"
CONFIG = 'default_profile = "p"\n[profiles.p]\naccount = "1"\nmethod = "{}"\nbase_url = "{}"\n{}\n'
SEND = ("send", ONE, "-m", TEXT, "--retries", "0")
COMMANDS = [
    SEND,
    ("balance", "--all"),
    ("doctor",),
    ("report",),
    ("mo", "--no-pull"),
    ("batch", "list"),
    ("batch", "check"),
    ("config", "show"),
    ("config", "get", "token"),
    ("login", "--token-stdin"),
    ("logout",),
]
LOCAL_BATCH_COMMANDS = [("batch", name) for name in ("list", "check", "show", "export")]


@pytest.fixture
def gateway() -> Iterator[ScriptedGateway]:
    """Yield a gateway that repeats the token in every answer."""
    body = {"Code": "0", "Count": "5", "TaskId": "7", "Message": f"{TOKEN} is {quote_plus(TOKEN)}"}
    with ScriptedGateway(otherwise=answer(json.dumps(body)), balance=None) as scripted:
        yield scripted


def configure(
    home: Path, gateway: ScriptedGateway, method: str = "POST", token: str = f'token = "{TOKEN}"'
) -> None:
    (home / "config.toml").write_text(CONFIG.format(method, gateway.url, token), "utf-8")


def files_with_the_token(*places: Path) -> set[str]:
    """Return the names of the files that contain the token in any spelling."""
    files = [path for place in places for path in place.rglob("*") if path.is_file()]
    return {path.name for path in files if PART.encode() in path.read_bytes()}


def assert_hidden(done: Done) -> None:
    assert PART.encode() not in done.out
    assert PART not in done.err


def taken(command: tuple[str, ...], loudness: str) -> tuple[str, ...]:
    """Return -q or -v, but no -v for a command that never calls the gateway."""
    is_local = command[0] in ("config", "logout") or command[:2] in LOCAL_BATCH_COMMANDS
    return () if loudness == "-v" and is_local else (loudness,)


def running() -> bytes:
    """Return the arguments of every process on this machine."""
    lines = b""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # the process has ended
            lines += path.read_bytes()
    return lines


@pytest.fixture
def client() -> Iterator[Client]:
    """Yield a client whose processes show their arguments to others."""
    with closing(Client(fresh=True)) as client:
        yield client


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_the_token_is_in_no_other_file_and_in_no_arguments(
    gateway: ScriptedGateway,
    client: Client,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
) -> None:
    """Commands with a token from the config and with one from a command, and their child processes."""
    monkeypatch.setenv("TMPDIR", str(home))
    seen: list[bytes] = []
    answer_all = gateway.otherwise

    def look(connection: socket.socket) -> None:
        seen.append(running())
        answer_all(connection)

    gateway.otherwise = look
    vault = tmp_path / "vault"
    vault.write_text(f"#!/bin/sh\ncat /proc/[0-9]*/cmdline >>{home}/asked 2>&-\necho '{TOKEN}'\n", "utf-8")
    vault.chmod(0o700)
    script = home / "answer.sh"
    script.write_text(
        f"#!/bin/sh\ncat /proc/[0-9]*/cmdline >>{home}/answered 2>&-\ncat >/dev/null\n", "utf-8"
    )
    script.chmod(0o700)
    (home / "rows.csv").write_text(f"mobile,content\n{ONE},{TEXT}\n13800000002,{TEXT}2\n", "utf-8")

    configure(home, gateway, method, "")
    reader, writer = os.pipe()
    os.write(writer, TOKEN.encode())
    os.close(writer)
    client.start("login", "-p", "p", "--token-stdin", "--product", "sms", stdin=reader)
    os.close(reader)
    assert client.end().status == 0
    assert TOKEN in (home / "config.toml").read_text("utf-8")
    for command in (("send", "--csv", "rows.csv", "--yes"), ("report", "-v"), ("balance",), SEND):
        assert_hidden(client.run(*command))
    assert files_with_the_token(home, tmp_path / "state") == {"config.toml"}

    configure(home, gateway, method, f"token_command = '{vault}'")
    gateway.script = [answer(body_of(a_reply(ONE, "1"))), answer(EMPTY), interrupt(client)]
    done = client.run(*WATCH, "--exec", str(script))
    assert done.status == 130
    assert_hidden(done)
    assert b"kxsms" in (home / "asked").read_bytes()
    assert b"answer.sh" in (home / "answered").read_bytes()
    assert files_with_the_token(home, tmp_path / "state") == set()
    assert len(seen) >= 7
    assert all(b"kxsms" in lines and PART.encode() not in lines for lines in seen)


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("output", ["table", "json", "jsonl", "csv"])
@pytest.mark.parametrize("loudness", ["-q", "-v"])
def test_the_token_is_in_no_output(
    run: Run, gateway: ScriptedGateway, home: Path, tmp_path: Path, loudness: str, output: str, method: str
) -> None:
    for command in COMMANDS:
        configure(home, gateway, method)
        done = run(*command, "-o", output, *taken(command, loudness), stdin=TOKEN.encode())
        assert done.status == (2 if command[0] == "login" else 0), (command, done)  # login asks for a product
        assert_hidden(done)
    configure(home, gateway, method)
    batch = run("batch", "list", "-o", "json").json[0]["batch"]
    for command in (("batch", "show", batch), ("batch", "export", batch), ("batch", "resume", batch)):
        done = run(*command, "-o", output, *taken(command, loudness))
        assert done.status == 0
        assert_hidden(done)
    assert files_with_the_token(tmp_path / "state") == set()


@pytest.mark.parametrize("output", ["raw-json", "raw-xml"])
def test_kxsms_adds_no_token_to_raw_output(
    run: Run, gateway: ScriptedGateway, home: Path, output: str
) -> None:
    configure(home, gateway, "GET")
    gateway.otherwise = answer('{"Code":"0","Count":"5","TaskId":"7"}')
    for command in (SEND, ("balance",)):
        done = run(*command, "-o", output, "-v")
        assert done.status == 0
        assert_hidden(done)


def test_the_token_is_in_no_warning_of_a_library(
    gateway: ScriptedGateway, client: Client, home: Path
) -> None:
    """urllib3 logs the URL of a request whose answer has invalid headers."""
    configure(home, gateway, "GET")
    body = b'{"Code":"0","Count":"5"}'
    gateway.otherwise = raw(
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nno header\r\n\r\n%b" % (len(body), body)
    )
    done = client.run("balance", "-v")
    assert PART in gateway.received[0].target
    assert_hidden(done)


SOURCES: dict[str, tuple[str, dict[str, str]]] = {
    "config": (f'token = "{TOKEN}"', {}),
    "another profile": (f'token = "other"\n[profiles.q]\ntoken = "{TOKEN}"', {}),
    "variable": ("", {"KXSMS_TOKEN": TOKEN}),
    "file": ("", {"KXSMS_TOKEN_FILE": "vault"}),
    "command": ("token_command = 'cat vault'", {}),
    "stdin": ("", {}),
}


@pytest.mark.parametrize("source", SOURCES)
def test_the_token_is_in_no_traceback(
    run: Run, gateway: ScriptedGateway, home: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    """A library that fails because of a value names it, and a traceback repeats it."""

    def broken(*values: object, **_: object) -> Any:
        raise RuntimeError(f"bad values {values} {TOKEN} {quote_plus(TOKEN)} {json.dumps(TOKEN)}")

    line, env = SOURCES[source]
    configure(home, gateway, token=line)
    (home / "vault").write_text(TOKEN, "utf-8")
    (home / "vault").chmod(0o600)
    monkeypatch.setattr("csv.writer", broken)
    monkeypatch.setattr("tomli_w.dumps", broken)
    command = ("login", "--token-stdin", "--no-verify", "-o", "json") if source == "stdin" else ("balance",)
    done = run(*command, stdin=TOKEN.encode(), env={"KXSMS_OUTPUT": "csv", **env})
    assert done.status == 1
    assert "Traceback" in done.err
    assert "RuntimeError: bad values" in done.err
    assert_hidden(done)
