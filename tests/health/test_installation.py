"""`kxsms --version --verbose`, and the checks of Python and the libraries."""

import os
import platform
from importlib import metadata
from pathlib import Path

import pytest

from kxsms import __version__
from kxsms.health import installation
from tests.conftest import TOKEN, Run

SECRETS = {
    "KXSMS_TOKEN": TOKEN,
    "HTTPS_PROXY": "http://user:hush-hush@proxy.invalid:3128",
    "KXSMS_BASE_URL": "https://gateway.invalid",
}


@pytest.mark.parametrize(
    "order", [("--version", "--verbose"), ("--verbose", "--version"), ("-v", "--version")]
)
def test_it_says_what_a_report_of_a_defect_needs(run: Run, order: tuple[str, ...]) -> None:
    done = run(*order)

    facts = dict(line.split(maxsplit=1) for line in done.lines)
    assert done.status == 0
    assert facts["kxsms"] == __version__
    assert facts["python"].startswith(platform.python_version())
    assert f"requests {metadata.version('requests')}" in facts["libraries"]
    assert "OpenSSL" in facts["libraries"]
    assert "SQLite" in facts["libraries"]
    assert "pytest" not in facts["libraries"]


def test_it_names_variables_without_their_values(run: Run) -> None:
    done = run("--version", "--verbose", env=SECRETS)

    names = next(line for line in done.lines if line.startswith("variables"))
    assert set(SECRETS) <= set(names.split(None, 1)[1].split(", "))
    assert not [value for value in (TOKEN, "hush-hush", "gateway.invalid") if value in done.text + done.err]


def test_it_writes_the_home_directory_as_a_tilde(run: Run, home: Path) -> None:
    done = run("--version", "--verbose")

    assert "config     ~/config.toml" in done.lines
    assert f"state      {os.environ['KXSMS_STATE_DIR']} (missing)" in done.lines


def test_it_needs_no_home(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KXSMS_CONFIG", "KXSMS_STATE_DIR"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", "~nobody-has-this-name")

    assert run("--version", "--verbose").status == 0


def test_the_version_alone_is_one_line(run: Run) -> None:
    assert run("--version").text == f"kxsms {__version__}\n"


@pytest.mark.parametrize("line", [("-v", "balance"), ("--verbose",)])
def test_verbose_before_a_command_is_led_behind_it(run: Run, line: tuple[str, ...]) -> None:
    done = run(*line)

    assert done.status == 2
    assert "hint: write options after the command: kxsms COMMAND --verbose" in done.err


@pytest.mark.parametrize(
    ("version", "fits"),
    [("14", True), ("14.0.1rc1", True), ("15.99", True), ("13.9", False), ("16", False), ("16.0.0", False)],
)
def test_a_version_fits_between_its_limits(version: str, fits: bool) -> None:
    assert installation._Library("rich", "<16,>=14", version).fits is fits


def test_zeros_at_the_end_of_a_version_do_not_matter() -> None:
    assert installation._Library("urllib3", ">=2.0", "2").fits
    assert not installation._Library("urllib3", "<2.0", "2").fits


def test_a_library_that_does_not_fit_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: "99" if name == "rich" else "0.27.3")

    finding = installation.libraries()

    assert finding.ok is False
    assert "rich 99 does not fit: kxsms needs <16,>=14" in finding.detail
    assert finding.hint


def test_a_library_that_is_missing_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)

    assert "requests is missing" in installation.libraries().detail


def test_a_directory_that_was_not_installed_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> list[str]:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", missing)

    assert installation.libraries().ok is None
