"""Start-up is a feature: what a command does not need, it does not load. Names are asserted, not times."""

import os
import subprocess
import sys

import pytest

HEAVY = {
    "requests",
    "urllib3",
    "rich",
    "sqlite3",
    "http.server",
    "pydantic",
    "platformdirs",
    "tomli_w",
    "xml",
}


def loaded(*arguments: str, env: dict[str, str] | None = None) -> set[str]:
    """The modules that a command line loads, by Python's own account."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "kxsms", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, **(env or {})},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-500:]
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.mark.parametrize(
    ("arguments", "env"),
    [
        (("--version",), {}),
        (("--help",), {}),
        (("send", "--help"), {}),
        ((), {"_KXSMS_COMPLETE": "complete_bash", "COMP_WORDS": "kxsms ba", "COMP_CWORD": "1"}),
    ],
    ids=["version", "help", "help of a command", "completion"],
)
def test_what_needs_nothing_loads_nothing(arguments: tuple[str, ...], env: dict[str, str]) -> None:
    assert not {name for name in loaded(*arguments, env=env) if name in HEAVY or name.split(".")[0] in HEAVY}


def test_a_dry_run_loads_no_http_and_no_tables() -> None:
    modules = loaded("send", "--dry-run", "13800000000", "-m", "【科】您好")
    assert not modules & {"requests", "urllib3", "rich"}


def test_json_loads_no_tables() -> None:
    modules = loaded("balance", "--sandbox", "-o", "json")
    assert "requests" in modules
    assert "rich" not in modules
