"""The completion scripts are those that the code makes, and they complete real command lines."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from kxsms.completion import DIRECTORY, scripts
from tests.terminal import PROGRAMS

ENVIRONMENT = {**os.environ, "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.parametrize("name", scripts())
def test_script_is_up_to_date(name: str) -> None:
    found = (DIRECTORY / name).read_text(encoding="utf-8")
    assert found == scripts()[name], "python -m kxsms.completion writes it anew"


def test_nothing_else_is_in_the_directory() -> None:
    assert {path.name for path in DIRECTORY.iterdir()} == set(scripts())


def shell(name: str, script: str) -> list[str]:
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    options = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}[name]
    done = subprocess.run(
        [program, *options, "-c", script],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**ENVIRONMENT, "KXSMS_CONFIG": os.environ["KXSMS_CONFIG"]},
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def in_bash(*words: str) -> list[str]:
    """What bash offers with the cursor behind the last word."""
    quoted = " ".join(f"'{word}'" for word in words)
    return shell(
        "bash",
        f"source '{DIRECTORY / 'kxsms.bash'}'; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; "
        '_kxsms_completion kxsms; printf "%s\\n" "${COMPREPLY[@]}"',
    )


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("kxsms", "ba"), ["balance", "batch"]),
        (("kxsms", "s"), ["send", "sandbox"]),
        (("kxsms", "sandbox", "re"), ["reply", "reset"]),
        (("kxsms", "send", "--mess"), ["--message", "--message-file"]),
        (("kxsms", "balance", "-o", "raw-"), ["raw-json", "raw-xml"]),
        (("kxsms", "balance", "--product", "v"), ["vip", "voice"]),
    ],
    ids=" ".join,
)
def test_bash_completes(words: tuple[str, ...], offered: list[str]) -> None:
    assert in_bash(*words) == offered


def test_profiles_are_completed_by_name(home: Path) -> None:
    (home / "config.toml").write_text("[profiles.prod]\n[profiles.private]\n[profiles.test]\n", "utf-8")
    assert in_bash("kxsms", "balance", "-p", "pr") == ["prod", "private"]
    assert in_bash("kxsms", "config", "use", "t") == ["test"]


def test_a_broken_config_completes_nothing_and_says_nothing(home: Path) -> None:
    (home / "config.toml").write_text("[broken", "utf-8")
    assert in_bash("kxsms", "balance", "-p", "") == []


def test_zsh_takes_the_script_from_its_fpath() -> None:
    assert shell(
        "zsh", f"fpath=('{DIRECTORY}' $fpath); autoload -U compinit; compinit -D -u; echo $_comps[kxsms]"
    ) == ["_kxsms"]


def test_fish_completes() -> None:
    words = shell(
        "fish", f"source '{DIRECTORY / 'kxsms.fish'}'; complete -C 'kxsms bal' | string replace -r '\\t.*' ''"
    )
    assert words == ["balance"]
