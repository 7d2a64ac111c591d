"""Blanks and line ends around an account or a token are trimmed, wherever they come from."""

import os
import shlex
import sys
from pathlib import Path

import pytest
import tomli_w

from tests.conftest import TOKEN, Run
from tests.scripted_gateway import ScriptedGateway, answer
from tests.terminal import PROGRAMS, on_terminal

AROUND = [" {}\t", "{}\r\n", "\ufeff{}\u3000", "\n{}\n", "\u00a0{}\u200b"]


@pytest.fixture(autouse=True)
def good(gateway: ScriptedGateway) -> None:
    gateway.otherwise = answer('{"Code":"0","Count":"5"}')


def used(gateway: ScriptedGateway) -> tuple[str, str]:
    form = gateway.received[-1].form
    return form["account"], form["token"]


@pytest.mark.parametrize("around", AROUND)
def test_in_the_environment(run: Run, gateway: ScriptedGateway, around: str) -> None:
    run("balance", env={"KXSMS_ACCOUNT": around.format("77"), "KXSMS_TOKEN": around.format(TOKEN)})
    assert used(gateway) == ("77", TOKEN)


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("source", ["token", "file", "command"])
def test_in_the_config_a_file_or_a_command(
    run: Run, gateway: ScriptedGateway, home: Path, monkeypatch: pytest.MonkeyPatch, around: str, source: str
) -> None:
    for name in ("KXSMS_ACCOUNT", "KXSMS_TOKEN"):
        monkeypatch.delenv(name)
    (home / "vault").write_text(around.format(TOKEN), "utf-8")
    (home / "vault").chmod(0o600)
    code = "import sys; sys.stdout.buffer.write(open('vault', 'rb').read())"
    profile = {"account": around.format("77")}
    if source == "token":
        profile["token"] = around.format(TOKEN)
    elif source == "command":
        profile["token_command"] = shlex.join([sys.executable, "-c", code])
    document = {"default_profile": "p", "profiles": {"p": profile}}
    (home / "config.toml").write_text(tomli_w.dumps(document), "utf-8")

    run("balance", env={"KXSMS_TOKEN_FILE": str(home / "vault")} if source == "file" else {})

    assert used(gateway) == ("77", TOKEN)


@pytest.mark.parametrize("around", AROUND)
def test_given_to_login(run: Run, gateway: ScriptedGateway, home: Path, around: str) -> None:
    text = around.format(TOKEN).encode()
    run("login", "--account", around.format("77"), "--token-stdin", "--product", "sms", stdin=text)
    assert used(gateway) == ("77", TOKEN)
    stored = (home / "config.toml").read_text("utf-8")
    assert 'account = "77"' in stored
    assert f'token = "{TOKEN}"' in stored


def test_set_in_the_config(run: Run, home: Path) -> None:
    run("config", "set", "account", " 77\n")
    assert 'account = "77"' in (home / "config.toml").read_text("utf-8")


def test_an_account_of_blanks_in_the_environment_counts_as_none(
    run: Run, gateway: ScriptedGateway, home: Path
) -> None:
    (home / "config.toml").write_text('default_profile = "p"\n[profiles.p]\naccount = "9"\n', "utf-8")
    run("balance", env={"KXSMS_ACCOUNT": "  "})
    assert used(gateway)[0] == "9"


@pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal")
def test_typed_on_a_terminal(gateway: ScriptedGateway, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KXSMS_ACCOUNT", "KXSMS_TOKEN"):
        monkeypatch.delenv(name)
    gateway.balance = None
    command = [str(PROGRAMS / "kxsms"), "login", "--product", "sms"]
    on_terminal(command, answers=["  77\u3000", f" {TOKEN}  "], cwd=home)
    assert used(gateway) == ("77", TOKEN)
