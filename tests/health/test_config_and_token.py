"""The config and the token as `kxsms doctor` sees them: each fault is a line with a hint."""

from pathlib import Path

import pytest

from tests.conftest import TOKEN, Run
from tests.health.doctor import CHECKS, POSIX, doctor
from tests.scripted_gateway import ScriptedGateway


def test_the_sandbox_is_healthy_without_a_config(run: Run) -> None:
    Path("config.toml").unlink()

    found = doctor(run, "--sandbox")

    assert (found.done.status, found.failed) == (0, [])
    assert found.checks["config"].ok is None
    assert found.checks["product_mms"].ok is True
    assert found.checks["clock"].ok is True


def test_without_a_config_it_says_how_to_log_in(
    run: Run, nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KXSMS_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(Path.cwd() / "empty"))

    found = doctor(run)

    assert found.done.status == 1
    assert found.checks["config"].ok is False
    assert str(found.checks["config"].hint).startswith("run kxsms login")
    assert found.checks["profile"].detail == "not examined: see config"


def test_a_config_that_is_named_has_to_be_there(run: Run, healthy: ScriptedGateway) -> None:
    found = doctor(run, "--config", "missing.toml")

    assert (found.done.status, found.failed) == (1, ["config"])


@pytest.mark.parametrize(
    ("content", "failed", "words"),
    [
        ("profiles = [", "config", "not valid TOML"),
        ("[profiles.a\xff]", "config", "not valid TOML"),
        ("profiles = 1", "config", "profiles must be a table"),
        ('default_profile = "b"', "profile", "there is no profile 'b'"),
        ('default_profile = "a"\n[profiles.a]\nrate = "fast"', "profile", "profiles.a.rate"),
        ('default_profile = "a"\n[profiles.a]\naccount = "1"', "token", "there is no token for account 1"),
    ],
)
def test_a_broken_config_fails_in_one_line(
    run: Run, nobody: str, content: str, failed: str, words: str
) -> None:
    Path("config.toml").write_text(content, "utf-8")

    found = doctor(run)

    assert found.failed[0] == failed
    assert words in found.checks[failed].detail
    assert found.checks[failed].hint
    assert found.done.status == 1
    assert list(found.checks) == CHECKS


@POSIX
def test_a_config_that_others_can_read(run: Run, healthy: ScriptedGateway) -> None:
    Path("config.toml").chmod(0o644)

    found = doctor(run)

    assert found.failed == ["config_rights"]
    assert "warning" not in found.done.err
    assert found.checks["config_rights"].detail.startswith("0644")
    assert found.checks["config_rights"].hint == f"run chmod 600 {Path.cwd() / 'config.toml'}"


@POSIX
def test_a_config_that_others_can_change(run: Run, healthy: ScriptedGateway) -> None:
    Path("config.toml").chmod(0o666)

    assert "can be changed" in doctor(run).checks["config"].detail


@POSIX
def test_a_part_of_a_config_that_a_crash_left(run: Run, healthy: ScriptedGateway) -> None:
    left = Path.cwd() / ".config.toml.a1b2c3d4"
    left.touch(mode=0o600)

    found = doctor(run)

    assert found.checks["config_rights"].ok is False
    assert found.checks["config_rights"].hint == f"run rm {left}"


@pytest.mark.parametrize("source", ["KXSMS_TOKEN", "KXSMS_TOKEN_FILE", "token of", "token_command of"])
def test_the_source_of_the_token_is_named(
    run: Run, healthy: ScriptedGateway, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    key = {"token of": f'token = "{TOKEN}"', "token_command of": f'token_command = "echo {TOKEN}"'}
    if source in key:
        monkeypatch.delenv("KXSMS_TOKEN")
        Path("config.toml").write_text(
            f'default_profile = "p"\n[profiles.p]\naccount = "1"\n{key[source]}', "utf-8"
        )
    if source == "KXSMS_TOKEN_FILE":
        monkeypatch.delenv("KXSMS_TOKEN")
        Path("token").write_text(TOKEN)
        Path("token").chmod(0o600)
        monkeypatch.setenv(source, "token")

    found = doctor(run)

    assert source in found.checks["token"].detail
    assert TOKEN not in found.done.text + found.done.err
    assert healthy.received[0].form["token"] == TOKEN


def test_a_token_command_that_fails_shows_nothing_of_itself(
    run: Run, healthy: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KXSMS_TOKEN")
    command = "sh -c 'echo hush-hush >&2; exit 3'"
    Path("config.toml").write_text(
        f'default_profile = "p"\n[profiles.p]\naccount = "1"\ntoken_command = "{command}"', "utf-8"
    )

    found = doctor(run)

    assert found.checks["token"].detail == "token_command failed with status 3"
    assert "hush-hush" not in found.done.text + found.done.err


def test_the_command_for_the_token_runs_once(
    run: Run, healthy: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KXSMS_TOKEN")
    Path("config.toml").write_text(
        'default_profile = "p"\n[profiles.p]\naccount = "1"\n'
        """token_command = "sh -c 'echo ran >>runs; echo secret-token'"\n""",
        "utf-8",
    )

    doctor(run)

    assert Path("runs").read_text() == "ran\n"
