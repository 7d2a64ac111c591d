"""Fixtures for every test: a home of its own, without a network and without the caller's environment."""

import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kxsms.language import ENGLISH, start
from kxsms.main import main
from tests.engines import engine, postgres_ledgers, pytest_collection_modifyitems, pytest_generate_tests
from tests.memory import MEMORY
from tests.postgres.fixtures import (
    own_postgres,
    postgres,
    postgres_binaries,
    postgres_places,
    postgres_proxy,
    postgres_url,
    pytest_terminal_summary,
)
from tests.scripted_gateway import ScriptedGateway

__all__ = [
    "engine",
    "own_postgres",
    "postgres",
    "postgres_binaries",
    "postgres_ledgers",
    "postgres_places",
    "postgres_proxy",
    "postgres_url",
    "pytest_collection_modifyitems",
    "pytest_generate_tests",
    "pytest_terminal_summary",
]

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each of many processes would compile kxsms anew
sys.dont_write_bytecode = False
if MEMORY is not None:
    os.environ["PYTEST_DEBUG_TEMPROOT"] = MEMORY

TOKEN = "s3cret+token/with=signs"
ABOUT_BALANCE = (("balance",), ("doctor",), ("login",))
"""Commands whose own business it is to ask for the balance."""


@dataclass(frozen=True)
class Done:
    """The status, the stdout and the stderr of a command."""

    status: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode("utf-8")

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def error(self) -> dict[str, Any]:
        """Return the error object that `-o json` writes on the last line of stderr."""
        found: dict[str, Any] = json.loads(self.err.splitlines()[-1])["error"]
        return found


Run = Callable[..., Done]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty home directory, in an environment without variables of kxsms, proxies or libpq."""
    for name in list(os.environ):
        if name.upper().startswith(("KXSMS_", "PG")) or name.upper().endswith(("_PROXY", "_CA_BUNDLE")):
            monkeypatch.delenv(name)
    for name in ("NO_COLOR", "SSL_CERT_FILE", "SSL_CERT_DIR", "COLUMNS", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KXSMS_LANG", "en")
    start(lambda: ENGLISH)  # a test before may have spoken Chinese
    directory = tmp_path / "home"
    directory.mkdir()
    monkeypatch.setenv("HOME", str(directory))
    monkeypatch.setenv("USERPROFILE", str(directory))
    monkeypatch.setenv("KXSMS_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("KXSMS_CONFIG", str(directory / "config.toml"))
    (directory / "config.toml").touch(mode=0o600)
    monkeypatch.chdir(directory)
    return directory


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run one command line in this process: `run("send", …, stdin=b"…", env={…})`."""

    def call(*arguments: str, stdin: bytes = b"", env: dict[str, str] | None = None) -> Done:
        out, err = io.BytesIO(), io.BytesIO()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
            patch.setattr(sys, "stdout", io.TextIOWrapper(out, "utf-8", write_through=True))
            patch.setattr(sys, "stderr", io.TextIOWrapper(err, "utf-8", write_through=True))
            patch.setattr(ScriptedGateway, "is_scripted", arguments[:1] in ABOUT_BALANCE)
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            status = main(arguments)
            return Done(status, out.getvalue(), err.getvalue().decode("utf-8"))

    return call


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedGateway]:
    """Yield a scripted gateway, in an environment that leads to it."""
    with ScriptedGateway() as scripted:
        monkeypatch.setenv("KXSMS_BASE_URL", scripted.url)
        monkeypatch.setenv("KXSMS_ACCOUNT", "12345")
        monkeypatch.setenv("KXSMS_TOKEN", TOKEN)
        yield scripted
