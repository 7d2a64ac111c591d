"""A copy of the ledger that was begun and not finished: neither ledger is ever used by mistake."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from kxsms.config.ledger_place import place_in
from kxsms.domain.ledger_place import LedgerPlace, SqlitePlace
from kxsms.domain.profile import Profile
from kxsms.domain.records import RecordKind
from kxsms.errors import Failure
from kxsms.ledger.batches import Ledger
from tests.conftest import Run
from tests.engines import query_ledger
from tests.faults.client import kxsms
from tests.inbox.records_gateway import RecordsGateway, a_reply, body_of
from tests.ledger.scene import ONE, TEXT, ledger_file
from tests.ledger.test_copy import ROWS, copied, gateway, name, url
from tests.scripted_gateway import Act, Received

__all__ = ["gateway", "name", "url"]

pytestmark = pytest.mark.sqlite  # each test names the engine of the ledgers


def fake_begun(run: Run, new: str = "new.sqlite3") -> Path:
    """Put a ledger and its finished copy into the state before the rows were compared."""
    path = Path(new).absolute()
    assert copied(run, new).status == 0
    query_ledger("UPDATE sealed SET state = 'copying'")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("ATTACH ? AS old", (str(ledger_file()),))
        connection.execute(
            "INSERT INTO main.sealed SELECT since, 'filling', ?, copy FROM old.sealed", (str(ledger_file()),)
        )
    return path


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def can_send(run: Run, place: Path) -> bool:
    return run("batch", "run", env={"KXSMS_LEDGER": str(place)}).status == 0


@pytest.mark.parametrize(
    ("table", "statement"),
    [
        ("requests", "UPDATE requests SET message = 'other' WHERE message IS NOT NULL"),
        ("rows", "DELETE FROM rows WHERE id = (SELECT max(id) FROM rows)"),
        ("batches", "UPDATE batches SET accepted = accepted + 1"),
    ],
)
def test_a_copy_that_differs_is_never_used(run: Run, name: str, table: str, statement: str) -> None:
    new = fake_begun(run)
    change(new, statement)
    if table == "rows":  # a row that is missing is copied again, and so another one must take its place
        change(new, "INSERT INTO rows (id, row, fields) VALUES (999, 999, '')")
    done = copied(run, str(new))
    assert done.status == 1
    assert f"table {table} is not equal" in done.error["message"]
    assert not can_send(run, new)
    assert not can_send(run, ledger_file())


def test_an_unfinished_copy_says_so_in_both_ledgers(run: Run, name: str) -> None:
    new = fake_begun(run)
    old = run("batch", "run")
    assert f"is being copied to {new}" in old.err
    assert f"kxsms ledger copy --to {new}" in old.err
    assert (
        f"is an unfinished copy of {ledger_file()}" in run("batch", "run", env={"KXSMS_LEDGER": str(new)}).err
    )


def test_a_copy_that_was_given_up_for_another_is_never_used(run: Run, name: str) -> None:
    first = fake_begun(run)
    assert copied(run, "second.sqlite3").status == 0
    assert can_send(run, Path("second.sqlite3").absolute())
    assert copied(run, str(first)).status == 1
    assert not can_send(run, first)


@pytest.mark.parametrize("state", ["in use", "copying", "copied"])
@pytest.mark.parametrize("link", [Path.symlink_to, None], ids=["symlink", "path"])
def test_a_ledger_is_not_copied_onto_itself(
    run: Run, name: str, state: str, link: Callable[[Path, Path], None] | None
) -> None:
    if state != "in use":
        fake_begun(run)
        query_ledger("UPDATE sealed SET state = ?", (state,))
    same = ledger_file()
    if link is not None:
        same = Path("same.sqlite3").absolute()
        link(same, ledger_file())
    before = query_ledger("SELECT * FROM sealed")

    done = copied(run, str(same))

    assert (done.status, done.error["message"]) == (2, f"the ledger {same} is the one in use")
    assert query_ledger("SELECT * FROM sealed") == before


def test_a_ledger_in_postgresql_is_not_copied_onto_itself(run: Run, name: str, url: str) -> None:
    assert copied(run, url).status == 0
    here = {"KXSMS_LEDGER": url}
    assert copied(run, "back.sqlite3", env=here).status == 0
    assert copied(run, f"{url}&application_name=other", env=here).status == 2
    assert run("ledger", "info", "-o", "json", env=here).json["sealed"] == "copied"


def test_a_backup_of_a_ledger_that_was_copied_is_not_filled(run: Run, name: str) -> None:
    assert copied(run, "new.sqlite3").status == 0
    backup = Path("backup.sqlite3").absolute()
    shutil.copy(ledger_file(), backup)
    assert copied(run, str(backup)).status == 1
    assert not can_send(run, backup)
    assert not can_send(run, ledger_file())


def test_a_host_that_sent_to_it_before_may_look_at_an_unfinished_copy(
    run: Run, gateway: RecordsGateway, url: str
) -> None:
    here = {"KXSMS_LEDGER": url}
    run("send", ONE, "-m", TEXT, env=here)
    with psycopg.connect(url.partition("&schema=")[0]) as connection:
        connection.execute(
            "INSERT INTO sealed (since, state, place, copy) VALUES (1, 'filling', '/old', 'x')"
        )
        connection.execute("DELETE FROM turns")

    for command in (("batch", "check"), ("ledger", "copy", "--to", "new.sqlite3"), ("batch", "run")):
        done = run(*command, env=here)
        assert "is an unfinished copy of /old" in done.err, command
        assert "Traceback" not in done.err, command


COPIER = """
import sys
from kxsms.domain.ledger_place import SqlitePlace
from kxsms.ledger.copying import LedgerCopy
def wait(done, total):
    if not sys.stdin.closed:
        print("mine", flush=True)
        sys.stdin.read()
        sys.stdin.close()
with LedgerCopy(*map(SqlitePlace, sys.argv[1:])) as copy:
    copy.run(wait)
"""


def test_two_processes_do_not_copy_at_the_same_time(run: Run, name: str) -> None:
    new = str(Path("new.sqlite3").absolute())
    command = [sys.executable, "-c", COPIER, str(ledger_file()), new]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"mine\n"
        for place in (new, "third.sqlite3"):
            done = copied(run, place)
            assert (done.status, done.error["kind"]) == (8, "busy")
    assert process.returncode == 0
    assert copied(run, new).json["rows"] is None


@pytest.mark.parametrize("engine", ["SQLite", "PostgreSQL"])
def test_a_ledger_is_not_copied_while_another_process_fetches(
    request: pytest.FixtureRequest, run: Run, gateway: RecordsGateway, engine: str
) -> None:
    env = {"KXSMS_LEDGER": request.getfixturevalue("url")} if engine == "PostgreSQL" else {}
    gateway.prepare(body_of(a_reply(ROWS[0][0], "kept")))
    statuses: list[int] = []
    plan = gateway.plan

    def copy_first(received: Received) -> Act | None:
        if not statuses and received.path.endswith("QueryMo"):
            statuses.append(kxsms("ledger", "copy", "--to", "new.sqlite3", "--yes", env=env).status)
        return plan(received)

    gateway.plan = copy_first
    assert [record["content"] for record in run("mo", "-o", "json", env=env).json] == ["kept"]
    assert statuses == [8]


@pytest.mark.parametrize("engine", ["SQLite", "PostgreSQL"])
def test_a_process_that_opened_the_ledger_before_writes_nothing_after(
    request: pytest.FixtureRequest, run: Run, gateway: RecordsGateway, engine: str
) -> None:
    place: LedgerPlace = SqlitePlace(str(ledger_file()))
    env = {}
    if engine == "PostgreSQL":
        env = {"KXSMS_LEDGER": request.getfixturevalue("url")}
        place = place_in(env["KXSMS_LEDGER"], {})
    run("send", ONE, "-m", TEXT, env=env)
    with Ledger(place, writable=True) as ledger:
        assert kxsms("ledger", "copy", "--to", "new.sqlite3", "--yes", env=env).status == 0
        with pytest.raises(Failure, match="was copied to"), ledger.own(ledger.batches()[0]):
            pass
        with pytest.raises(Failure, match="was copied to"):
            ledger.answers(Profile(account="12345")).take_turn(RecordKind.MO, 0)
