"""Both engines of the ledger: most tests about batches and records run as [sqlite] and as [postgres].

`pytest.mark.sqlite` excepts a test, or a file, that is about SQLite's own files, locks and migrations. A
command on PostgreSQL takes three times as long: there, a test runs with the first of its parameters, unless
`pytest.mark.each_on_both` says otherwise, and a file of `SELDOM` not at all. EVERY_ENGINE=1 in the
environment runs each test there, with each of its parameters.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from kxsms.domain.ledger_place import PostgresPlace
from tests.postgres.ledgers import PostgresLedgers
from tests.postgres.places import Places

TESTS = Path(__file__).parent
ON_BOTH = tuple(
    TESTS / name
    for name in (
        *("faults", "inbox", "ledger", "sending/test_closing_window.py", "sending/test_planner.py"),
        *("commands/test_batch.py", "commands/test_batch_resume.py", "commands/test_batch_run.py"),
        *("commands/test_cancel.py", "commands/test_forget.py", "commands/test_move_terms.py"),
        *("commands/test_prune.py", "commands/test_stats.py"),
    )
)
"""The tests that run on both engines."""

SELDOM = tuple(
    TESTS / name
    for name in (
        *("commands/test_balance_before_batch.py", "commands/test_batch_report.py"),
        *("commands/test_batch_text.py", "commands/test_daily_limit.py", "commands/test_exclude.py"),
        *("commands/test_interval.py", "commands/test_key_after_refusal.py", "commands/test_money.py"),
        *("commands/test_number_batches.py", "commands/test_schedule.py", "commands/test_send_repeated.py"),
        *("commands/test_settle.py", "commands/test_show_watch.py", "commands/test_test_to.py"),
        *("faults/test_disk_and_clock.py", "faults/test_pauses.py", "faults/test_reported_counts.py"),
        *("faults/test_result_not_written.py", "faults/test_signals.py", "faults/test_waiting.py"),
        *("faults/test_wire.py", "inbox/test_answer_shapes.py", "inbox/test_evidence.py"),
        *("inbox/test_exec.py", "inbox/test_failure_after_an_answer.py", "inbox/test_packed_answers.py"),
        *("inbox/test_refusal_hints.py", "inbox/test_retry_failed.py", "inbox/test_settling_unknown.py"),
        *("inbox/test_summary.py", "inbox/test_watch.py", "ledger/test_export.py"),
        *("ledger/test_export_states.py", "ledger/test_origins.py", "output/test_export_files.py"),
    )
)
"""Those about one process, whose commands ask a server nothing that the others do not ask."""

EVERY_ENGINE = "EVERY_ENGINE" in os.environ
"""Read before the fixture `home`."""

SERVERS = {"own_postgres", "postgres_binaries", "postgres_places"}
"""The fixtures of tests that are about PostgreSQL alone."""

_current: list[PostgresLedgers] = []
"""The ledger in PostgreSQL that the test uses which runs now."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test of `ON_BOTH` once for each engine."""
    path = metafunc.definition.path
    is_seldom = path in SELDOM
    is_on_both = is_seldom or any(path.is_relative_to(place) for place in ON_BOTH)
    if not is_on_both or (is_seldom and not EVERY_ENGINE):
        return
    has_server = not SERVERS.isdisjoint(metafunc.fixturenames)
    if not has_server and metafunc.definition.get_closest_marker("sqlite") is None:
        metafunc.parametrize("engine", ["sqlite", "postgres"], indirect=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the first of the parameters with which a test would run on PostgreSQL."""
    kept: dict[str, pytest.Item] = {}
    for item in items:
        is_limited = not EVERY_ENGINE and item.get_closest_marker("each_on_both") is None
        name = item.nodeid.partition("[")[0] if is_limited and _is_on_postgres(item) else item.nodeid
        kept.setdefault(name, item)
    chosen = {*kept.values()}
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = kept.values()


def _is_on_postgres(item: pytest.Item) -> bool:
    return hasattr(item, "callspec") and item.callspec.params.get("engine") == "postgres"


@pytest.fixture(scope="session")
def postgres_ledgers(postgres_places: Places) -> Iterator[PostgresLedgers]:
    """Yield ledgers in PostgreSQL, which one test after another uses."""
    with closing(PostgresLedgers(postgres_places)) as ledgers:
        yield ledgers


@pytest.fixture(autouse=True)
def engine(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the name of the engine of the ledger, in an environment that leads to an empty ledger."""
    name = getattr(request, "param", "sqlite")
    if name == "sqlite":
        yield name
        return
    ledgers: PostgresLedgers = request.getfixturevalue("postgres_ledgers")
    for variable, value in ledgers.environ.items():
        monkeypatch.setenv(variable, value)
    _current.append(ledgers)
    yield name
    _current.remove(ledgers)
    ledgers.empty()


def _file(sandbox: bool = False) -> Path:
    """Return the path of a ledger in SQLite."""
    return Path(os.environ["KXSMS_STATE_DIR"], "sandbox-ledger.sqlite3" if sandbox else "ledger.sqlite3")


def ledger_place() -> Path | PostgresPlace:
    """Return the place of the ledger, to open it with."""
    return _current[0].place if _current else _file()


def new_ledger_place(directory: str) -> Path | PostgresPlace:
    """Return the place of an empty ledger: a file in a directory of its own, or the server, emptied."""
    if not _current:
        return Path(directory, "l")
    empty_ledger()
    return ledger_place()


def saved_ledger() -> Callable[[], None]:
    """Return a function that brings the ledger back to what it is now. A file is for the caller to copy."""
    if not _current:
        return lambda: None
    ledgers, content = _current[0], _current[0].save()
    return lambda: ledgers.restore(content)


def stored_bytes() -> bytes:
    """Return the bytes of the files of the ledger, or of what a server has in its tables."""
    if _current:
        return b"".join(_current[0].save().values())
    return b"".join(file.read_bytes() for file in _file().parent.glob(f"{_file().name}*"))


def empty_ledger() -> None:
    """Leave an empty ledger, in a test that needs several."""
    if _current:
        _current[0].empty()
        return
    for file in _file().parent.glob(f"{_file().name}*"):
        file.unlink()


def query_ledger(query: str, values: Sequence[object] = (), *, sandbox: bool = False) -> list[Any]:
    """Run SQL on the ledger, and return the rows. It may also change the ledger, as no user should."""
    if _current:
        return _current[0].query(query, values, sandbox)
    path = _file(sandbox)
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
        return connection.execute(query, values).fetchall()


def is_sqlite() -> bool:
    """Return whether the ledger of the test that runs now is in SQLite."""
    return not _current


def has_ledger() -> bool:
    """Return whether the ledger has its tables."""
    if _current:
        return True
    tables = "SELECT 1 FROM sqlite_master WHERE name = 'batches'"
    return _file().exists() and query_ledger(tables) != []


@contextmanager
def locked_ledger() -> Iterator[None]:
    """Let no other process write the ledger inside the `with`."""
    if _current:
        with _current[0].locked():
            yield
        return
    with closing(sqlite3.connect(_file(), isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
