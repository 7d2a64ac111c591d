"""The target `commands`: whole command lines in this process, each with a stdin, a config and an answer."""

import io
import json
import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from kxsms.exit_status import ExitStatus
from kxsms.main import main
from tests.scripted_gateway import ScriptedGateway, answer
from tests.soak.mutation import Target
from tests.soak.targets.inputs import BREAK, TOKEN, parts, text, words

_STOP = b"\x1f"
"""The separator of arguments."""

_NOT_HERE = re.compile(
    r"serve|--watch|--exec|token_command|--base-url|base_url|--install-completion|--show-completion|--latency"
)
"""Words with which a command would run forever, run other programs, or ask other hosts."""

_ELSEWHERE = re.compile(r"[/\\~]|^\.\.")
"""Paths outside the home of the command."""

_WAITING = re.compile(r"--retries|--rate|retry|resume")
"""Words with which a command may rightly wait for long."""


def check_command(data: bytes) -> None:
    """Check that a command ends with a known status and a message, without the token and a traceback."""
    line, stdin, config, body = parts(data, 4)
    arguments = [text(argument) for argument in line.split(_STOP)]
    if not _is_harmless(arguments, config):
        return
    with TemporaryDirectory(prefix="kxsms-fuzz-") as home, ScriptedGateway(otherwise=answer(body)) as gateway:
        _furnish(Path(home), config)
        status, out, err = _run(arguments, stdin, Path(home), gateway.url)
    known = TOKEN.encode() in line + config + stdin
    _check_ending(status, out, err, secret=not known)


def _is_harmless(arguments: list[str], config: bytes) -> bool:
    line = "\n".join(arguments)
    return not (
        _NOT_HERE.search(line)
        or _WAITING.search(line)
        or any(map(_ELSEWHERE.search, arguments))
        or "\0" in line  # the system passes no such argument
        or any(word in config for word in (b"token_command", b"base_url", b"rate", b"timeout", b"\\"))
    )


def _furnish(home: Path, config: bytes) -> None:
    """Write a config and some files."""
    (home / "config.toml").touch(mode=0o600)
    (home / "config.toml").write_bytes(config)
    (home / "a.csv").write_text("mobile,code\n13812345678,1\n1391234567,2\n", "utf-8")
    (home / "n.txt").write_text("13812345678\n+86 139 1234 5678\n", "utf-8")


def _run(arguments: list[str], stdin: bytes, home: Path, url: str) -> tuple[int, bytes, str]:
    """Run a command in its own home, and return its status, stdout and stderr."""
    out, err = io.BytesIO(), io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.upper().startswith("KXSMS_") or name.upper().endswith("_PROXY"):
                patch.delenv(name)
        patch.setenv("HOME", str(home))
        patch.setenv("KXSMS_STATE_DIR", str(home / "state"))
        patch.setenv("KXSMS_CONFIG", str(home / "config.toml"))
        patch.setenv("KXSMS_BASE_URL", url)
        patch.setenv("KXSMS_ACCOUNT", "12345")
        patch.setenv("KXSMS_TOKEN", TOKEN)
        patch.chdir(home)
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
        patch.setattr(sys, "stdout", io.TextIOWrapper(out, "utf-8", write_through=True))
        patch.setattr(sys, "stderr", io.TextIOWrapper(err, "utf-8", write_through=True))
        status = main(arguments)
        return status, out.getvalue(), err.getvalue().decode("utf-8")


def _check_ending(status: int, out: bytes, err: str, *, secret: bool) -> None:
    assert status in set(ExitStatus), f"status {status} is unknown"
    assert "Traceback" not in err, err
    assert "a defect of kxsms" not in err, err
    assert b"this is a defect of kxsms" not in out, out
    assert not secret or TOKEN not in err, "the token is on stderr"
    if status == ExitStatus.OK:
        return
    failures = ("could not be read", "an answer", "checks failed")
    assert status != ExitStatus.FAILURE or any(words in err for words in failures), err
    errors = [line for line in err.splitlines() if line.startswith("kxsms: error: ")]
    objects = [json.loads(line)["error"] for line in err.splitlines()[-1:] if line.startswith("{")]
    assert errors or objects or out, "no message says why"
    for error in objects:
        assert error["exit_status"] == status
        assert error["message"].strip()
    assert all(len(line) > len("kxsms: error: ") for line in errors)


def _seed(
    *arguments: str, stdin: str = "", config: str = "", body: str = '{"Code":"0","TaskId":"7"}'
) -> bytes:
    line = _STOP.join(argument.encode() for argument in arguments)
    return BREAK.join((line, stdin.encode(), config.encode(), body.encode()))


_CONFIG = (
    f'default_profile = "p"\n[profiles.p]\naccount = "1"\ntoken = "{TOKEN}"\n[profiles.p.codes]\n"-1" = "x"\n'
)
_CSV = "mobile,姓名\n13812345678,王\n13912345678,李\n"
_REPORT = '{"Code":"0","Data":[{"TaskId":"7","Mobile":"13812345678","Status":"DELIVRD"}]}'
_SEEDS = (
    _seed("send", "13812345678", "-m", "【科】您好"),
    _seed("send", "--csv", "-", "-m", "{姓名}您好", "-y", "-o", "json", stdin=_CSV),
    _seed("send", "--csv", "a.csv", "-m", "{code}", "--skip-invalid", "--dry-run", "--limit", "2"),
    _seed(
        "send",
        "--to-file",
        "n.txt",
        "--message-file",
        "-",
        "-o",
        "jsonl",
        stdin="【科】a",
        body='{"Code":"-1"}',
    ),
    _seed("send", "--csv", "-", "--encoding", "gbk", "--delimiter", ";", "-m", "x", "--idempotency-key", "k"),
    _seed("balance", "--all", "--min", "5", "-o", "csv", config=_CONFIG, body='{"Code":"0","Count":"3"}'),
    _seed("doctor", "-o", "json", config=_CONFIG, body='{"Code":"0","Count":"3"}'),
    _seed("report", "--since", "2h", "--state", "failed", "-o", "json", body=_REPORT),
    _seed("mo", "--no-pull", "--mobile", "13812345678", "--until", "2026-11-22 10:00", body=_REPORT),
    _seed("login", "--account", "1", "--token-stdin", "--no-verify", "-p", "x", stdin="abcdefghij"),
    _seed("logout", "-p", "p", config=_CONFIG),
    _seed("config", "set", "-p", "p", "codes.-1", "no", config=_CONFIG),
    _seed("config", "show", "-o", "json", config=_CONFIG),
    _seed("config", "get", "signature", "-q", config=_CONFIG),
    _seed("batch", "list", "-o", "csv"),
    _seed("batch", "export", "ab", "--plain"),
    _seed("sandbox", "reply", "13812345678", "TD"),
    _seed("send", "--help"),
    _seed(""),
)
_WORDS = """
    -p --profile --sandbox --product vip -o json jsonl csv raw-xml table -q -v --config config.toml none -m
    - --message-file --to-file n.txt --csv a.csv -- --signature 【】 --extno --dry-run -y --again --max-cost 0
    -1 99999999999999999999 1e3 --concurrency --pause-after --skip-sent --mobile-column --encoding
    utf-7 idna --delimiter --limit --since 7d 9999999999w --task --batch --reparse -h --version --help=1
    unset use path check reset default_profile profiles.a.b.c {x} { = --x -zz send batch config show export
    report mo balance doctor
"""
_PIECES = (
    *words("\x1b[31m \u202e \" ' 好 a = - -- , . 13812345678 😀 <html> [[", TOKEN),
    *(b"\xff", b"\xed\xa0\x80", b"\n", b"\r", b"\t", b" ", BREAK, _STOP),
)

TARGETS = {
    "commands": Target(check_command, _SEEDS, (*(_STOP + word for word in words(_WORDS)), *_PIECES)),
}
