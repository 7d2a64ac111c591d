"""`kxsms ledger copy`: a ledger moves to another place, whole, and no text is sent from both."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from kxsms.ledger.inspection import OF_PROCESSES
from tests.conftest import Done, Run
from tests.engines import query_ledger
from tests.inbox.records_gateway import (
    RecordsGateway,
    a_reply,
    a_report,
    accept_as,
    body_of,
    started,
)
from tests.ledger.pruning import age_ledger
from tests.ledger.scene import REFUSED, ledger_file, people, send_csv, taken, write_csv
from tests.ledger.test_locks import owner
from tests.scripted_gateway import answer, close

pytestmark = pytest.mark.sqlite  # each test names the engine of the ledgers

ROWS = people(5)
HALF = "\\ud83d"
"""Half a surrogate pair, in JSON."""
_NAMES = "SELECT name FROM sqlite_master WHERE type = 'table'"
QUERIES = (
    ("batch", "list"),
    ("optout", "list"),
    ("mo", "--no-pull", "--all"),
    ("report", "--no-pull", "--all"),
    ("stats", "--since", "1000d", "--by", "code"),
)


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordsGateway]:
    yield from started(monkeypatch)


@pytest.fixture
def name(run: Run, gateway: RecordsGateway) -> str:
    """Return a batch in a ledger that has something of everything."""
    write_csv(people(2, first=90), "old.csv")
    gateway.send_answers = [accept_as("1"), REFUSED]
    send_csv(run, file="old.csv")
    gateway.prepare(body_of(a_report(people(1, 90)[0][0], "1")))
    run("report", "-q")
    age_ledger(200)
    assert run("batch", "prune", "--older-than", "100d", "--yes").status == 0
    write_csv(ROWS)
    strange = answer(f'{{"Code":"-3","Message":"{HALF}"}}')
    gateway.send_answers = [accept_as("2"), strange, close, accept_as("3"), accept_as("4")]
    batch = str(send_csv(run).json["batch"])
    gateway.prepare(body_of(a_report(ROWS[0][0], "2"), a_report(ROWS[3][0], "3", "UNDELIV")))
    run("report", "-q")
    gateway.prepare(body_of(a_reply(ROWS[0][0], "TD"), a_reply(ROWS[3][0], "?")).replace("?", HALF))
    run("mo", "-q")
    gateway.send_answers = [strange]
    gateway.prepare(body_of(a_reply(ROWS[3][0], "not shown yet")))
    run("batch", "retry", batch, "--rejected", "--yes")
    assert run("forget", ROWS[4][0], "--yes").status == 0
    gateway.received.clear()
    return batch


def ledger_url(url: str) -> str:
    """Return the URL of an empty schema as KXSMS_LEDGER has it."""
    from psycopg.conninfo import conninfo_to_dict

    return f"{url}&schema={conninfo_to_dict(url)['user']}"


@pytest.fixture
def url(postgres_url: str) -> str:
    return ledger_url(postgres_url)


def copied(run: Run, to: str, *options: str, **more: Any) -> Done:
    return run("ledger", "copy", "--to", to, "--yes", "-o", "json", *options, **more)


def answers(run: Run, batch: str, place: str | None = None) -> list[Any]:
    """Return all that a user can ask a ledger."""
    env = {} if place is None else {"KXSMS_LEDGER": place}
    of_batch = [("batch", what, batch) for what in ("show", "export")]
    return [run(*query, "-o", "json", env=env).json for query in (*QUERIES, *of_batch)]


def tables(path: Path) -> dict[str, list[Any]]:
    """Return the rows of all tables of a file that a copy has."""
    with closing(sqlite3.connect(path)) as connection:
        names = {row[0] for row in connection.execute(_NAMES)}
        wanted = sorted(names - OF_PROCESSES)
        return {
            one: connection.execute(f"SELECT * FROM {one} ORDER BY 1, 2").fetchall()
            for one in wanted
            if one not in ("turns", "last_record", "forgetting_key")
        }


def test_a_ledger_in_postgresql_answers_as_the_one_before(run: Run, name: str, url: str) -> None:
    before = answers(run, name)
    assert copied(run, url).status == 0
    assert answers(run, name, url) == before


def test_a_ledger_that_is_copied_back_has_the_same_rows(run: Run, name: str, url: str) -> None:
    before = tables(ledger_file())
    copied(run, url)
    assert copied(run, "back.sqlite3", env={"KXSMS_LEDGER": url}).status == 0
    after = tables(Path("back.sqlite3"))
    # The number of a process means nothing elsewhere.
    for rows in (before, after):
        rows["unshown"] = [(*row[:-1], None) for row in rows["unshown"]]
    assert after == before


def test_a_ledger_is_copied_into_another_file(run: Run, name: str) -> None:
    before = answers(run, name)
    assert copied(run, "other.sqlite3").json["batches"] == 2
    assert answers(run, name, str(Path("other.sqlite3").absolute())) == before


def test_the_same_send_is_shown_again_after_the_copy(
    run: Run, gateway: RecordsGateway, name: str, url: str
) -> None:
    before = send_csv(run)
    copied(run, url)
    after = send_csv(run, env={"KXSMS_LEDGER": url})
    assert (after.status, after.json["batch"], after.json["replayed"]) == (before.status, name, True)
    assert taken(gateway) == []


def test_a_copy_gets_new_batches_and_replies(run: Run, gateway: RecordsGateway, url: str) -> None:
    write_csv(people(2))
    send_csv(run)
    copied(run, url)
    write_csv(people(2, first=50), "new.csv")
    assert send_csv(run, file="new.csv", env={"KXSMS_LEDGER": url}).status == 0
    gateway.prepare(body_of(a_reply("13800000050", "new")))
    assert run("mo", "-o", "json", env={"KXSMS_LEDGER": url}).json[0]["content"] == "new"


CHANGING = (
    ("send", "13800000077", "-m", "【科】您好"),
    ("send", "--csv", "people.csv", "--yes", "--again"),
    ("batch", "resume", "NAME"),
    ("batch", "retry", "NAME", "--unknown", "--yes"),
    ("batch", "settle", "NAME", "--accepted", "--yes"),
    ("batch", "cancel", "NAME", "--yes"),
    ("batch", "prune", "--older-than", "8d", "--yes"),
    ("batch", "run"),
    ("forget", "13800000001", "--yes"),
    ("optout", "add", "13800000001"),
    ("report",),
    ("mo",),
)


def test_a_ledger_that_was_copied_sends_and_changes_nothing(
    run: Run, gateway: RecordsGateway, name: str
) -> None:
    copied(run, "new.sqlite3")
    before = tables(ledger_file())
    for command in CHANGING:
        done = run(*(name if word == "NAME" else word for word in command))
        assert done.status == 1, (command, done.err)
        assert f"was copied to {Path('new.sqlite3').absolute()}" in done.err, command
        assert "set KXSMS_LEDGER" in done.err, command
    assert gateway.received == []
    assert tables(ledger_file()) == before


def test_a_ledger_that_was_copied_is_still_read_with_a_note(run: Run, name: str) -> None:
    copied(run, "new.sqlite3")
    done = run("batch", "show", name)
    assert done.status in (0, 6), done.err
    assert "was copied to" in done.err


def test_the_same_copy_again_says_that_it_is_done(run: Run, name: str) -> None:
    copied(run, "new.sqlite3")
    again = copied(run, "new.sqlite3")
    assert (again.status, again.json["rows"]) == (0, None)
    assert "copied by an earlier command" in again.err


def test_a_ledger_that_was_copied_is_not_copied_elsewhere(run: Run, name: str) -> None:
    copied(run, "new.sqlite3")
    assert copied(run, "second.sqlite3").status == 1
    assert not Path("second.sqlite3").exists()


def test_only_an_empty_ledger_is_filled(run: Run, name: str) -> None:
    other = Path("another.sqlite3").absolute()
    run("optout", "add", "13800000001", env={"KXSMS_LEDGER": str(other)})
    done = copied(run, str(other))
    assert done.status == 2
    assert "is not empty" in done.error["message"]
    assert send_csv(run).json["replayed"]


def test_a_ledger_in_use_is_not_copied(run: Run, name: str) -> None:
    with owner():
        done = copied(run, "new.sqlite3")
    assert (done.status, done.error["kind"]) == (8, "busy")
    assert copied(run, "new.sqlite3").status == 0


def test_it_asks_and_a_refusal_leaves_nothing_behind(run: Run, name: str) -> None:
    done = run("ledger", "copy", "--to", "new.sqlite3")
    assert done.status == 2
    assert "--yes" in done.err
    assert not Path("new.sqlite3").exists()


def test_a_copy_needs_a_place(run: Run) -> None:
    assert run("ledger", "copy", "--yes").status == 2
    assert run("ledger", "copy", "--to", "mysql://host/db", "--yes").status == 2


def test_a_directory_is_no_place(run: Run, name: str) -> None:
    error = copied(run, ".").error
    assert (error["message"].endswith(" is a directory"), error["hint"]) == (
        True,
        "name a file in it, or move it away",
    )


def test_the_sandbox_copies_its_own_ledger(run: Run, name: str) -> None:
    run("send", "--sandbox", "13800000000", "-m", "【科】您好")
    assert copied(run, "new.sqlite3", "--sandbox").json["batches"] == 1
    assert send_csv(run).json["replayed"]
    assert "sandbox-ledger" in os.fspath(next(ledger_file().parent.glob("sandbox-ledger.sqlite3")))


def test_info_names_the_engine_and_the_seal(run: Run, name: str) -> None:
    info = run("ledger", "info", "-o", "json").json
    assert info["engine"] == "SQLite"
    assert info["ledger"] == str(ledger_file())
    assert (info["batches"], info["unfinished"], info["runners"]) == (2, 0, [])
    copied(run, "new.sqlite3")
    sealed = run("ledger", "info", "-o", "json").json
    assert (sealed["sealed"], sealed["other_ledger"]) == ("copied", str(Path("new.sqlite3").absolute()))


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_info_says_that_there_is_no_ledger_yet(run: Run, url: str, engine: str) -> None:
    done = run("ledger", "info", "-o", "json", env={"KXSMS_LEDGER": url} if engine == "postgres" else {})
    assert (done.status, done.json["batches"], done.json["bytes"]) == (0, 0, 0)
    assert "there is no ledger in" in done.err
    assert not ledger_file().exists()


def test_info_shows_the_process_that_owns_a_batch(run: Run, name: str) -> None:
    with owner() as process:
        (runner,) = run("ledger", "info", "-o", "json").json["runners"]
        shown = run("ledger", "info").text
    assert (runner["pid"], runner["alive"], runner["batches"]) == (process.pid, True, [name])
    assert shown.splitlines()[1].endswith("\t1")


def test_info_of_postgresql(run: Run, name: str, url: str) -> None:
    copied(run, url)
    info = run("ledger", "info", "-o", "json", env={"KXSMS_LEDGER": url}).json
    assert (info["engine"], info["batches"]) == ("PostgreSQL", 2)
    assert "password" not in info["ledger"]
    assert query_ledger("SELECT state FROM sealed") == [("copied",)]


def test_the_ledger_of_these_tests_has_something_of_everything(run: Run, name: str) -> None:
    assert {table for table, rows in tables(ledger_file()).items() if not rows} == {"pruning", "spellings"}
    assert (b"\xed\xa0\xbd",) in query_ledger(
        "SELECT message FROM requests UNION SELECT content FROM records"
    )


def test_doctor_finds_that_the_ledger_was_copied(run: Run, name: str) -> None:
    copied(run, "new.sqlite3")
    (found,) = [one for one in run("doctor", "-o", "json").json if one["check"] == "ledger_leftovers"]
    assert (found["ok"], "was copied to" in found["detail"]) == (False, True)
