"""The account that is used, and the ways to give kxsms its token."""

import json
import shlex
import sys
from pathlib import Path

import pytest
import tomli_w

from kxsms.config.credentials import run_token_command
from kxsms.errors import ProfileError
from tests.conftest import TOKEN, Run
from tests.scripted_gateway import ScriptedGateway, answer

BALANCE = answer('{"Code":"0","Count":"5"}')


@pytest.fixture(autouse=True)
def profiles(home: Path, gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway.otherwise = BALANCE
    for name in ("KXSMS_ACCOUNT", "KXSMS_TOKEN", "KXSMS_BASE_URL"):
        monkeypatch.delenv(name)
    (home / "config.toml").write_text(
        f"""
default_profile = "one"
[profiles.one]
account = "1"
token = "first"
base_url = "{gateway.url}"
[profiles.two]
account = "2"
token = "second"
base_url = "{gateway.url}"
product = "vip"
[profiles.bare]
base_url = "{gateway.url}"
""",
        "utf-8",
    )


def set_command(home: Path, command: str) -> None:
    text = (home / "config.toml").read_text("utf-8")
    (home / "config.toml").write_text(text + f"account = '3'\ntoken_command = '''{command}'''\n", "utf-8")


@pytest.mark.parametrize(
    ("arguments", "env", "account", "token", "path"),
    [
        ((), {}, "1", "first", "/SMS/QueryBalance"),
        (("-p", "two"), {}, "2", "second", "/VIP/QueryBalance"),
        ((), {"KXSMS_PROFILE": "two"}, "2", "second", "/VIP/QueryBalance"),
        (("-p", "one"), {"KXSMS_PROFILE": "two"}, "1", "first", "/SMS/QueryBalance"),
        ((), {"KXSMS_PROFILE": "two", "KXSMS_PRODUCT": "mms"}, "2", "second", "/MMS/QueryBalance"),
        (("--product", "voice"), {"KXSMS_PRODUCT": "mms"}, "1", "first", "/Voice/QueryBalance"),
        ((), {"KXSMS_ACCOUNT": "9", "KXSMS_TOKEN": TOKEN}, "9", TOKEN, "/SMS/QueryBalance"),
        (("-p", "two"), {"KXSMS_ACCOUNT": "9", "KXSMS_TOKEN": TOKEN}, "2", "second", "/VIP/QueryBalance"),
        ((), {"KXSMS_PROFILE": "two", "KXSMS_TOKEN": TOKEN}, "2", TOKEN, "/VIP/QueryBalance"),
    ],
)
def test_the_option_wins_over_the_environment_and_that_over_the_profile(
    run: Run,
    gateway: ScriptedGateway,
    arguments: tuple[str, ...],
    env: dict[str, str],
    account: str,
    token: str,
    path: str,
) -> None:
    assert run("balance", *arguments, env=env).status == 0
    (received,) = gateway.received
    assert received.form["account"] == account
    assert received.form["token"] == token
    assert received.path == path


def test_a_token_file_is_read(run: Run, gateway: ScriptedGateway, home: Path) -> None:
    (home / "token").write_text(f"\ufeff{TOKEN}\r\n", "utf-8")
    assert run("balance", env={"KXSMS_TOKEN_FILE": str(home / "token")}).status == 0
    assert gateway.received[0].form["token"] == TOKEN


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file"),
        (b"\n", "contains no token: it is empty"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"a\x07b", "control"),
    ],
)
def test_an_unusable_token_file_is_explained(run: Run, home: Path, content: bytes | None, words: str) -> None:
    if content is not None:
        (home / "token").write_bytes(content)
    done = run("balance", env={"KXSMS_TOKEN_FILE": str(home / "token")})
    assert done.status == 4
    assert "KXSMS_TOKEN_FILE" in done.err
    assert words in done.err


def test_a_token_command_is_run_without_a_shell(run: Run, gateway: ScriptedGateway, home: Path) -> None:
    script = home / "vault.py"
    script.write_text("import sys; print(sys.argv[1]); print('second line')", "utf-8")
    set_command(home, f'"{sys.executable}" "{script}" "$HOME;x"')
    assert run("balance", "-p", "bare").status == 0
    assert gateway.received[0].form["token"] == "$HOME;x"


def test_no_argument_of_a_token_command_is_read_by_a_shell(
    run: Run, gateway: ScriptedGateway, home: Path
) -> None:
    words = [
        "; touch owned",
        "$(touch owned)",
        "`touch owned`",
        "it's",
        'a "b"',
        "two\nlines",
        "> owned",
        "*",
    ]
    (home / "vault.py").write_text("import json, sys; print(json.dumps(sys.argv[1:]))", "utf-8")
    line = shlex.join([sys.executable, str(home / "vault.py"), *words])
    text = (home / "config.toml").read_text("utf-8") + tomli_w.dumps({"account": "3", "token_command": line})
    (home / "config.toml").write_text(text, "utf-8")
    assert run("balance", "-p", "bare").status == 0
    assert json.loads(gateway.received[0].form["token"]) == words
    assert not (home / "owned").exists()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import sys; print('locked', file=sys.stderr); sys.exit(3)", "failed with status 3: locked"),
        ("pass", "contains no token: it is empty"),
    ],
)
def test_a_token_command_that_fails_is_explained(run: Run, home: Path, code: str, words: str) -> None:
    (home / "vault.py").write_text(code, "utf-8")
    set_command(home, f'"{sys.executable}" "{home / "vault.py"}"')
    done = run("balance", "-p", "bare")
    assert done.status == 4
    assert words in done.err


@pytest.mark.parametrize(
    ("command", "words"), [("no-such-program-9", "cannot be run"), ('"open', "no closing quotation")]
)
def test_a_token_command_that_cannot_be_run_is_explained(
    run: Run, home: Path, command: str, words: str
) -> None:
    set_command(home, command)
    done = run("balance", "-p", "bare")
    assert done.status == 4
    assert words in done.err


def test_a_token_command_has_a_time_limit() -> None:
    with pytest.raises(ProfileError, match=r"took longer than 0\.2 s"):
        run_token_command(
            f'"{sys.executable}" -c "import threading; threading.Event().wait(20)"', timeout=0.2
        )


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("bare", "run kxsms login -p bare, or set KXSMS_ACCOUNT and KXSMS_TOKEN"),
        ("none", "use -p one, or run kxsms login -p none to create it"),
        ("other", "run kxsms login -p other to create it"),
    ],
)
def test_a_missing_account_or_profile_has_a_hint(run: Run, name: str, hint: str) -> None:
    done = run("balance", "-p", name)
    assert done.status == 4
    assert f"hint: {hint}" in done.err


def test_an_invalid_base_url_in_the_environment_is_named(run: Run) -> None:
    done = run("balance", env={"KXSMS_BASE_URL": "ftp://x"})
    assert done.status == 4
    assert "KXSMS_BASE_URL: base_url = 'ftp://x' must be a URL" in done.err


def test_sandbox_and_profile_contradict_each_other(run: Run, gateway: ScriptedGateway) -> None:
    for done in (
        run("balance", "--sandbox", "-p", "one"),
        run("balance", "-p", "one", env={"KXSMS_SANDBOX": "1"}),
    ):
        assert done.status == 2
        assert "contradict" in done.err
    assert gateway.received == []


def test_the_sandbox_wins_over_a_profile_in_the_environment(run: Run, gateway: ScriptedGateway) -> None:
    done = run("balance", "--sandbox", "-o", "json", env={"KXSMS_PROFILE": "one", "KXSMS_ACCOUNT": "9"})
    assert done.status == 0
    assert done.json["profile"] == "sandbox"
    assert gateway.received == []
