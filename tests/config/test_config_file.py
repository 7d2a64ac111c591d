"""The config file: its encoding, its permissions, and the place that it is written to."""

import os
import stat
from pathlib import Path

import pytest

from tests.conftest import Run

POSIX = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")


@pytest.fixture
def config(home: Path) -> Path:
    return home / "config.toml"


def test_a_config_that_is_not_utf8_is_named(run: Run, config: Path) -> None:
    config.write_bytes("signature = '科迅'".encode("gb18030"))
    done = run("balance")
    assert done.status == 4
    assert f"{config}: not UTF-8 at byte" in done.err


def test_the_config_of_the_option_must_exist(run: Run, home: Path) -> None:
    done = run("balance", "--config", str(home / "none.toml"))
    assert done.status == 4
    assert "there is no config file" in done.err


@POSIX
def test_the_file_is_private_whatever_the_umask(run: Run, home: Path) -> None:
    path = home / "new" / "deep" / "config.toml"
    before = os.umask(0)
    try:
        assert run("config", "set", "signature", "科迅", "--config", str(path)).status == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["config.toml"]


@POSIX
def test_a_file_that_others_can_read_is_a_warning_with_a_hint(run: Run, config: Path) -> None:
    config.chmod(0o644)
    done = run("config", "show")
    assert done.status == 0
    assert f"{config} can be read by other users" in done.err
    assert f"hint: run chmod 600 {config}" in done.err
    config.chmod(0o600)
    assert run("config", "show").err == ""


@POSIX
def test_a_config_that_is_a_link_stays_a_link(run: Run, home: Path, config: Path) -> None:
    target = home / "dotfiles.toml"
    target.touch(mode=0o600)
    config.unlink()
    config.symlink_to(target)
    assert run("config", "set", "signature", "科迅").status == 0
    assert config.is_symlink()
    assert "科迅" in target.read_text("utf-8")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_directory_is_a_clear_failure(run: Run, home: Path, config: Path) -> None:
    home.chmod(0o500)
    try:
        done = run("config", "set", "signature", "科迅")
    finally:
        home.chmod(0o700)
    assert done.status == 1
    assert f"{config} was not changed" in done.err
