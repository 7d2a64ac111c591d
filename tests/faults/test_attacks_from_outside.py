"""Attacks from outside: the sandbox answers this machine alone, and no shell reads a reply."""

import json
import shlex
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote_plus, urlsplit

import pytest

from tests.conftest import TOKEN
from tests.faults.client import Client
from tests.inbox.records_gateway import EMPTY, ONE, RecordsGateway, a_reply, body_of, started
from tests.inbox.test_watch import WATCH, interrupt

pytestmark = pytest.mark.sqlite  # not about the ledger


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordsGateway]:
    yield from started(monkeypatch)


def test_the_sandbox_answers_only_this_machine_and_only_its_own_credentials(
    client: Client, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another address of this machine is refused, and so is another token, which is stored nowhere."""
    process = client.start("sandbox", "serve", "-o", "jsonl", "-v")
    assert process.stdout is not None
    facts = json.loads(process.stdout.readline())
    port = urlsplit(facts["url"]).port
    monkeypatch.setenv("KXSMS_BASE_URL", facts["url"])
    monkeypatch.setenv("KXSMS_ACCOUNT", facts["account"])
    for method in ("POST", "GET"):
        (home / "config.toml").write_text(f'default_profile = "p"\n[profiles.p]\nmethod = "{method}"\n')
        for token, status in ((facts["token"], 0), (TOKEN, 3)):
            done = Client({"KXSMS_TOKEN": token}).run("balance", "-o", "json")
            assert done.status == status
            assert done.json["code"] == ("9001" if status else "0")
    # A server that listens on all addresses would accept these connections.
    for family, address in ((socket.AF_INET, "127.0.0.2"), (socket.AF_INET6, "::1")):
        with socket.socket(family) as other, pytest.raises(OSError, match=r"refused|available|support"):
            other.connect((address, port))
    process.send_signal(signal.SIGINT)
    done = client.end()
    assert done.err.count("9001") == 2
    files = [path for path in (tmp_path / "state").iterdir() if path.is_file()]
    assert files
    assert not [word for word in (TOKEN, quote_plus(TOKEN)) if word in done.err]
    assert not [path for path in files if b"s3cret" in path.read_bytes()]


HOSTILE = [
    "; touch owned",
    "$(touch owned)",
    "`touch owned`",
    '" ; touch owned ; "',
    "' ; touch owned ; '",
    "1\ntouch owned\n",
    "| touch owned & touch owned > owned",
]


def test_the_text_of_a_reply_is_never_run_as_a_command(
    gateway: RecordsGateway, client: Client, home: Path
) -> None:
    """The text arrives on stdin as JSON; the command gets only the arguments that the user gave."""
    arguments = ["a b", "$HOME", "x'y", 'x"y', "two\nlines", "*"]
    code = (
        "import json, sys; content = json.load(sys.stdin)['content'];"
        "print(json.dumps([sys.argv[1:], content]), file=open('log', 'a'))"
    )
    replies = body_of(*(a_reply(ONE, content) for content in HOSTILE))
    gateway.prepare(replies, EMPTY)
    gateway.answers.append(interrupt(client))
    done = client.run(*WATCH, "--exec", shlex.join([sys.executable, "-c", code, *arguments]))
    assert done.status == 130
    ran = [json.loads(line) for line in (home / "log").read_text("utf-8").splitlines()]
    assert ran == [[arguments, content] for content in HOSTILE]
    assert not (home / "owned").exists()
