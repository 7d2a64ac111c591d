"""`config set` and `unset` for a profile that does not exist: a typing error must not make a second one."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.terminal import PROGRAMS, on_terminal

ONE = 'default_profile = "prod"\n[profiles.prod]\naccount = "1"\n'


@pytest.fixture
def config(home: Path) -> Path:
    path = home / "config.toml"
    path.write_text(ONE, "utf-8")
    return path


def written(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


NAMING = pytest.mark.parametrize(
    "arguments",
    [("-p", "pord", "extno", "1"), ("profiles.pord.extno", "1"), ("--profile=pord", "extno", "1")],
    ids=" ".join,
)


@NAMING
def test_off_a_terminal_it_is_an_error(run: Run, config: Path, arguments: tuple[str, ...]) -> None:
    done = run("config", "set", *arguments)
    assert done.status == 2
    assert "there is no profile 'pord'" in done.err
    assert "it has: prod" in done.err


@NAMING
def test_the_hint_names_login_and_yes(run: Run, config: Path, arguments: tuple[str, ...]) -> None:
    err = run("config", "set", *arguments).err
    assert "hint: run kxsms login -p pord, or use --yes" in err


@NAMING
def test_the_error_writes_nothing(run: Run, config: Path, arguments: tuple[str, ...]) -> None:
    run("config", "set", *arguments)
    assert config.read_text("utf-8") == ONE


@pytest.mark.parametrize("yes", ["--yes", "-y"])
def test_yes_creates_it(run: Run, config: Path, yes: str) -> None:
    assert run("config", "set", "-p", "test", yes, "extno", "1").status == 0
    assert written(config)["profiles"]["test"] == {"extno": "1"}


def test_the_profile_of_the_environment_counts_as_named(run: Run, config: Path) -> None:
    assert run("config", "set", "extno", "1", env={"KXSMS_PROFILE": "pord"}).status == 2


def test_a_default_profile_that_does_not_exist_counts_as_named(run: Run, config: Path) -> None:
    config.write_text('default_profile = "gone"\n', "utf-8")
    assert "there is no profile 'gone'" in run("config", "set", "extno", "1").err


def test_beside_other_profiles_the_profile_default_is_not_made_in_silence(run: Run, config: Path) -> None:
    config.write_text('[profiles.prod]\naccount = "1"\n', "utf-8")
    assert "there is no profile 'default'" in run("config", "set", "extno", "1").err


def test_on_a_fresh_machine_the_first_key_makes_the_profile_default(run: Run, home: Path) -> None:
    assert run("config", "set", "signature", "科迅").status == 0
    assert written(home / "config.toml") == {
        "default_profile": "default",
        "profiles": {"default": {"signature": "科迅"}},
    }


def test_on_a_fresh_machine_a_named_profile_needs_yes_too(run: Run, home: Path) -> None:
    assert "it has none" in run("config", "set", "-p", "prod", "signature", "科迅").err


def test_an_unknown_key_is_named_before_the_profile(run: Run, config: Path) -> None:
    assert "there is no key 'colour'" in run("config", "set", "-p", "pord", "colour", "red").err


def test_an_invalid_value_is_named_before_the_profile(run: Run, config: Path) -> None:
    assert "rate cannot be 'fast'" in run("config", "set", "-p", "pord", "rate", "fast").err


def test_unset_names_an_unknown_profile(run: Run, config: Path) -> None:
    done = run("config", "unset", "-p", "pord", "extno")
    assert done.status == 4
    assert "there is no profile 'pord'" in done.err


def test_unset_of_a_fresh_config_does_nothing(run: Run, home: Path) -> None:
    assert run("config", "unset", "extno").status == 0


@pytest.mark.skipif(not hasattr(__import__("os"), "openpty"), reason="a pseudo-terminal")
class TestOnATerminal:
    """The question that a person answers."""

    SET = (str(PROGRAMS / "kxsms"), "config", "set", "-p", "test", "extno", "1")

    def test_yes_creates_it(self, config: Path) -> None:
        status, _ = on_terminal(self.SET, answers=["y"])
        assert (status, written(config)["profiles"].get("test")) == (0, {"extno": "1"})

    def test_no_changes_nothing(self, config: Path) -> None:
        status, _ = on_terminal(self.SET, answers=["n"])
        assert (status, config.read_text("utf-8")) == (7, ONE)

    def test_the_question_names_the_profile(self, config: Path) -> None:
        _, shown = on_terminal(self.SET, answers=["n"])
        assert "There is no profile 'test'. Create it? [y/N]: " in shown
