"""kill -9 before each step of a command, and then the same command again.

The steps are SQLite statements, new files, and bytes sent to the gateway: see `launcher`. By default one step
in nineteen is tested, and one in 57 of a command much like another; with EVERY_STEP=1 in the environment,
every step.
"""

import os
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from kxsms.ledger.sqlite.migrations import MIGRATIONS
from tests.conftest import TOKEN, Done, Run
from tests.engines import query_ledger
from tests.faults.batch_audit import counts, ledger
from tests.faults.kill_each_step import LONG_STRIDE, STRIDE, Copies
from tests.faults.ledger_audit import discrepancies
from tests.inbox.records_gateway import a_reply, a_report, body_of
from tests.ledger.scene import REFUSED, ledger_file, people, send_csv, write_csv
from tests.scripted_gateway import close

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

PACE = ("-o", "json", "--rate", "0", "--concurrency", "2")
SEND = ("send", "--csv", "people.csv", "--yes", *PACE)
KEY = ("--idempotency-key", "k")
ROWS = people(4)


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Copies:
    """Return copies of a ledger."""
    monkeypatch.setenv("KXSMS_ACCOUNT", "12345")
    monkeypatch.setenv("KXSMS_TOKEN", TOKEN)
    (tmp_path / "copies").mkdir()
    return Copies(tmp_path / "copies", monkeypatch)


def assert_ended(done: Done, run: Run, name: str, rows: Iterable[tuple[str, str | None]], where: str) -> None:
    """Check that the command has finished and that every recipient has an outcome."""
    exported = run("batch", "export", name, "-o", "json").json
    outcomes = {(row["mobile"], row.get("content")): row["kxsms_outcome"] for row in exported}
    assert set(outcomes) == set(rows), where
    assert set(outcomes.values()) <= {"accepted", "unknown", "skipped"}, where
    assert done.status == (6 if "unknown" in outcomes.values() else 0), (where, done)
    assert "Traceback" not in done.err, where


@pytest.mark.parametrize("options", [(), KEY], ids=["plain", "key"])
def test_a_killed_send_is_finished_by_the_same_command(
    copies: Copies, run: Run, options: tuple[str, ...]
) -> None:
    write_csv(ROWS)
    for where, gateway in copies.killed(*SEND, *options, stride=LONG_STRIDE if options else STRIDE):
        done = run(*SEND, *options)

        assert_ended(done, run, done.json["batch"], ROWS, where)
        assert discrepancies(run, gateway) == [], where
        assert counts(done.json).get("unknown", 0) <= 4, where
        arrived = len(gateway.received)
        replay = run(*SEND, *options)
        assert replay.status == done.status
        assert replay.json["replayed"]
        assert counts(replay.json) == counts(done.json)
        assert len(gateway.received) == arrived


def test_a_killed_send_with_a_key_is_finished_by_the_same_command(copies: Copies, run: Run) -> None:
    command = ("send", *(mobile for mobile, _ in ROWS), "-m", ROWS[0][1], *KEY, "-o", "json")
    for where, gateway in copies.killed(*command):
        done = run(*command)

        assert_ended(done, run, done.json["batch"], [(mobile, None) for mobile, _ in ROWS], where)
        assert discrepancies(run, gateway) == [], where


def test_a_killed_resume_is_finished_by_the_same_command(copies: Copies, run: Run) -> None:
    write_csv(ROWS)
    with copies.prepared() as gateway:
        gateway.send_answers = [REFUSED]
        name = send_csv(run, "--pause-after", "1").json["batch"]
        assert run("batch", "show", name, "-o", "json").json["not_sent"] == 3
    command = ("batch", "resume", name, *PACE)
    for where, gateway in copies.killed(*command):
        done = run(*command)

        assert discrepancies(run, gateway) == [], where
        found = counts(done.json)
        assert found.pop("rejected") == 1, where
        assert sum(found.values()) == 3, where
        assert set(found) <= {"accepted", "unknown"}, where
        assert done.status == (6 if "unknown" in found else 3), where


@pytest.mark.parametrize("which", ["unknown", "rejected"])
def test_a_killed_retry_sends_nothing_twice(copies: Copies, run: Run, which: str) -> None:
    write_csv(ROWS)
    with copies.prepared() as gateway:
        gateway.send_answers = [close if which == "unknown" else REFUSED] * 3
        name = send_csv(run).json["batch"]
        assert run("batch", "show", name, "-o", "json").json[which] == 3
    command = ("batch", "retry", name, f"--{which}", "--yes", *PACE)
    for where, gateway in copies.killed(*command, stride=STRIDE if which == "unknown" else LONG_STRIDE):
        assert discrepancies(run, gateway) == [], where
        # A recipient who was unknown and is planned again becomes unknown again: no text is sent twice.
        done = run("batch", "resume", name, *PACE)
        assert discrepancies(run, gateway) == [], where
        left = counts(done.json)
        allowed = {}
        if which in left:
            allowed = dict.fromkeys(ROWS, 1) if which == "unknown" else {}
            done = run(*command)

        assert discrepancies(run, gateway, allowed=allowed) == [], where
        assert_ended(done, run, name, ROWS, where)


def test_a_killed_send_still_skips_recipients(copies: Copies, run: Run) -> None:
    with copies.prepared():
        write_csv(ROWS[:2])
        assert send_csv(run).status == 0
    write_csv(ROWS)
    for where, gateway in copies.killed(*SEND, "--skip-sent"):
        done = run(*SEND, "--skip-sent")

        assert_ended(done, run, done.json["batch"], ROWS, where)
        assert done.json["recipients"] == 2, where
        assert discrepancies(run, gateway) == [], where


def test_a_killed_resume_still_skips_recipients(copies: Copies, run: Run) -> None:
    with copies.prepared() as gateway:
        write_csv(ROWS)
        gateway.send_answers = [REFUSED]
        name = send_csv(run, "--pause-after", "1").json["batch"]
        write_csv(ROWS[1:3], "some.csv")
        assert send_csv(run, "--again", file="some.csv").status == 0
    command = ("batch", "resume", name, "--skip-sent", *PACE)
    for where, gateway in copies.killed(*command, stride=LONG_STRIDE):
        done = run(*command)

        assert discrepancies(run, gateway) == [], where
        rows = run("batch", "export", name, "-o", "json").json
        found = Counter(row["kxsms_outcome"] for row in rows)
        assert found["rejected"] == 1, where
        assert found["skipped"] == 2, where
        assert found["accepted"] + found["unknown"] == 1, where
        assert done.json["recipients"] == 2, where


@pytest.mark.parametrize("which", ["resume", "--rejected", "--unknown"])
def test_who_opted_out_after_the_plan_gets_nothing_from_a_killed_command(
    copies: Copies, run: Run, which: str
) -> None:
    out, _ = ROWS[2]
    with copies.prepared() as gateway:
        write_csv(ROWS)
        gateway.send_answers = [close if which == "--unknown" else REFUSED] * 4
        name = send_csv(run, "--pause-after", "1" if which == "resume" else "0").json["batch"]
        assert run("optout", "add", out).status == 0
    retry = ("batch", "retry", name, which, "--yes")
    command = (*(("batch", "resume", name) if which == "resume" else retry), *PACE)
    for where, gateway in copies.killed(*command, stride=STRIDE if which == "resume" else LONG_STRIDE):
        if which != "--unknown":  # that would say again that they may get it twice
            run(*command)
        run("batch", "resume", name, *PACE)

        assert out not in {mobile for request in gateway.received for mobile in request.numbers}, where
        assert discrepancies(run, gateway) == [], where
        rows = run("batch", "export", name, "-o", "json").json
        outcomes = {row["mobile"]: row["kxsms_outcome"] for row in rows}
        assert outcomes[out] == ("unknown" if which == "--unknown" else "opted_out"), where


def downgrade() -> None:
    """Rewrite the ledger as the first version of kxsms would have written it."""
    new, old = ledger_file(), ledger_file().with_name("old.sqlite3")
    with closing(ledger()) as connection:
        connection.execute("ATTACH ? AS old", (str(old),))
        for statement in MIGRATIONS[0]:
            if statement.startswith("INSERT"):
                continue
            for word in ("CREATE TABLE ", "CREATE INDEX "):
                statement = statement.replace(word, f"{word}old.")
            connection.execute(statement)
        tables = connection.execute("SELECT name FROM old.sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            columns = connection.execute("SELECT name FROM pragma_table_info(?, 'old')", (table,)).fetchall()
            names = ", ".join(name for (name,) in columns)
            connection.execute(f"INSERT INTO old.{table} ({names}) SELECT {names} FROM main.{table}")
        (owner,) = connection.execute("PRAGMA main.application_id").fetchone()
        connection.execute(f"PRAGMA old.application_id = {owner}")
        connection.execute("PRAGMA old.user_version = 1")
        connection.execute("PRAGMA old.journal_mode = WAL")
    old.replace(new)


def schema() -> tuple[int, list[tuple[str, str]]]:
    """Return the version of the ledger, and the name and SQL of everything in its schema."""
    with closing(ledger()) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
        return version, connection.execute(query).fetchall()


@pytest.mark.sqlite
@pytest.mark.parametrize("command", [SEND, ("batch", "list"), ("report",)], ids=lambda words: words[0])
def test_a_killed_migration_leaves_the_old_schema_or_the_new_one(
    copies: Copies, run: Run, command: tuple[str, ...]
) -> None:
    """The ledger has the old schema or the new one, never a mixture."""
    write_csv(ROWS)
    with copies.prepared() as gateway:
        gateway.send_answers = [REFUSED]
        name = send_csv(run, "--pause-after", "1").json["batch"]
        downgrade()
        old = schema()
    with copies.copy():
        run("batch", "list")
        new = schema()
    assert old[0] == 1
    assert new[0] == len(MIGRATIONS)
    seen = set()
    for where, gateway in copies.killed(*command, stride=STRIDE if command is SEND else LONG_STRIDE):
        assert schema() in (old, new), where
        seen.add(schema()[0])
        done = run("batch", "resume", name, *PACE)
        assert schema() == new, where
        assert discrepancies(run, gateway) == [], where
        found = counts(done.json)
        assert found.pop("rejected") == 1, where
        assert sum(found.values()) == 3, where
        assert "not_sent" not in found, where
    assert seen == {1, len(MIGRATIONS)}


@pytest.mark.parametrize("kind", ["report", "mo"])
def test_a_killed_fetch_loses_no_stored_answer(copies: Copies, run: Run, kind: str) -> None:
    """A stored answer is parsed once and completely; of any other answer no part is in the ledger."""
    write_csv(ROWS)
    with copies.prepared() as gateway:
        name = send_csv(run).json["batch"]
        ids = [row["kxsms_task_id"] for row in run("batch", "export", name, "-o", "json").json]
        pairs = zip(ROWS, ids, strict=True)
        records = [a_report(row[0], task) if kind == "report" else a_reply(row[0]) for row, task in pairs]
        gateway.prepare(body_of(*records))
    figure = "delivered" if kind == "report" else "replies"
    lost = 0
    for where, gateway in copies.killed(
        kind, "-o", "json", stride=STRIDE if kind == "report" else LONG_STRIDE
    ):
        was_kept = query_ledger("SELECT count(*) FROM answers") != [(0,)]
        was_handed_out = not gateway.answers
        assert run(kind, "-q").status == 0
        kept = query_ledger("SELECT count(*) FROM records")
        assert kept in ([(4,)], [(0,)]), where
        if was_kept or not was_handed_out:
            assert kept == [(4,)], where
        lost += kept == [(0,)]

        gateway.prepare(body_of(*records))
        assert run(kind, "-q").status == 0
        assert query_ledger("SELECT count(*), count(DISTINCT mobile), count(row) FROM records") == [
            (4, 4, 4)
        ], where
        shown = run("batch", "show", name, "-o", "json").json
        assert shown[figure] == 4, where
        assert shown["pending"] == (0 if kind == "report" else 4), where
        assert discrepancies(run, gateway) == [], where
    assert lost <= 8  # the steps in which the answer is being stored
