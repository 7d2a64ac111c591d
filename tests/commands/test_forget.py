"""`kxsms forget`: a number is found nowhere afterwards, and is still recognised."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from kxsms.ledger import forgetting, forgotten, freeing
from kxsms.ledger.forgotten import Forgotten
from kxsms.ledger.sqlite import freeing as sqlite_freeing
from kxsms.ledger.sqlite.database import SqliteDatabase
from tests.conftest import Done, Run
from tests.engines import query_ledger, stored_bytes
from tests.faults.client import kxsms
from tests.inbox.records_gateway import (
    RecordsGateway,
    a_reply,
    a_report,
    body_of,
    fetch,
    send,
    show_batch,
    started,
)
from tests.ledger.scene import ledger_file
from tests.ledger.test_locks import owner
from tests.scripted_gateway import Act, Received, answer, close

GONE, LEFT, THIRD = "13812345678", "13900000002", "13700000003"
TEXT = "【科迅】您好"


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordsGateway]:
    yield from started(monkeypatch)


def forget(run: Run, *options: str, mobile: str = GONE, status: int = 0) -> Any:
    """Forget a number, and return what was removed."""
    done = run("forget", mobile, "--yes", "-o", "json", *options)
    assert done.status == status, done.err
    return done.json if done.out else done.error


def is_in_files(mobile: str = GONE) -> bool:
    """Return whether the ledger, or any file beside it, holds a number as text or as the engines write it."""
    text = mobile.encode()
    spellings = (text, int(mobile).to_bytes(6, "big"), mobile.encode("utf-16-le"), text.hex().encode())
    files = [path.read_bytes() for path in ledger_file().parent.glob("*") if path.is_file()]
    return any(one in content for content in (stored_bytes(), *files) for one in spellings)


def sent_to(gateway: RecordsGateway) -> list[str]:
    found = [number for request in gateway.received if "mobile" in request.form for number in request.numbers]
    gateway.received.clear()
    return found


def send_file(run: Run, rows: list[str], *options: str, name: str = "people.csv") -> Done:
    Path(name).write_text("\n".join(["mobile,name", *rows, ""]), encoding="utf-8")
    return run("send", "--csv", name, "--yes", "-o", "json", "--rate", "0", *options)


def is_clean(run: Run) -> bool:
    return run("batch", "check").status == 0


@pytest.mark.sqlite
def test_the_number_is_found_nowhere(run: Run, gateway: RecordsGateway) -> None:
    send(run, gateway, "1", GONE, text=f"{TEXT}您的号码{GONE}")
    send(run, gateway, "2", GONE, LEFT)
    rows = [f"{GONE},王", f"{LEFT},李", f"{GONE[:3]}-{GONE[3:7]}-{GONE[7:]} / {LEFT},坏", f"{THIRD},{GONE}"]
    gateway.send_answers.append(answer(json.dumps({"Code": "-3", "Message": f"bad {GONE}"})))
    send_file(run, rows, "-m", f"{TEXT}{{name}}", "--skip-invalid", "--idempotency-key", f"k{GONE}")
    gateway.prepare(
        body_of(a_report(GONE, "1"), a_report(LEFT, "2")),
        body_of(a_report(GONE, "elsewhere")),
    )
    fetch(run)
    gateway.prepare(body_of(a_reply(GONE, f"I am {GONE}"), a_reply(LEFT, f"ask {GONE}")))
    fetch(run, command="mo")
    run("optout", "add", GONE, "--reason", f"called from {GONE}")
    assert is_in_files()

    found = forget(run)

    assert not is_in_files()
    assert found["mobile"] == "138****5678"
    assert found["batches"] == 3
    assert found["recipients"] == 4
    assert found["opt_outs"] == 1
    assert is_clean(run)
    assert forget(run)["records"] == 0


def test_others_keep_their_rows_texts_and_reports(run: Run, gateway: RecordsGateway) -> None:
    batch = send(run, gateway, "2", GONE, LEFT)
    gateway.prepare(body_of(a_report(GONE, "2"), a_report(LEFT, "2")))
    fetch(run)

    forget(run)

    exported = run("batch", "export", batch, "--with-text", "-o", "csv").text.splitlines()
    assert exported[1].startswith(",accepted") or exported[1].startswith('"",accepted')
    assert "forgotten" in exported[1]
    assert LEFT in exported[2]
    assert TEXT in exported[2]
    assert [(one["mobile"], one["state"]) for one in fetch(run, "--no-pull")] == [
        (None, "delivered"),
        (LEFT, "delivered"),
    ]
    assert show_batch(run, batch)["delivered"] == 2


def test_later_reports_and_replies_are_kept_without_the_number(run: Run, gateway: RecordsGateway) -> None:
    batch = send(run, gateway, "1", GONE, LEFT)
    forget(run)

    gateway.prepare(body_of(a_report(GONE, "1"), a_report(LEFT, "1")))
    fetch(run)
    gateway.prepare(body_of(a_reply(GONE, f"it is {GONE}")))
    (reply,) = fetch(run, command="mo")

    assert not is_in_files()
    assert (reply["mobile"], reply["content"], reply["batch"]) == (None, "", batch)
    assert show_batch(run, batch)["delivered"] == 2
    assert show_batch(run, batch)["replies"] == 1
    gateway.prepare(body_of(a_report(GONE, "1")))
    assert fetch(run) == []
    assert len(fetch(run, "--no-pull", "--mobile", GONE)) == 1


def test_a_repetition_of_an_earlier_record_is_known(run: Run, gateway: RecordsGateway) -> None:
    send(run, gateway, "1", GONE)
    gateway.prepare(body_of(a_report(GONE, "1")))
    fetch(run)
    forget(run)

    gateway.prepare(body_of(a_report(GONE, "1")))

    assert fetch(run) == []


def test_an_opt_out_still_counts(run: Run, gateway: RecordsGateway) -> None:
    send(run, gateway, "1", GONE)
    gateway.prepare(body_of(a_reply(GONE, "TD")))
    fetch(run, command="mo")
    forget(run)
    sent_to(gateway)

    done = send_file(run, [f"{GONE},王", f"{LEFT},李"], "-m", "【科迅】促销,回T退订")

    assert done.json["opted_out"] == 1
    assert sent_to(gateway) == [LEFT]
    assert [one["mobile"] for one in run("optout", "list", "-o", "json").json] == [None]
    assert run("optout", "remove", GONE, "--yes").err.strip().endswith("removed 1 number")


def test_an_opt_out_that_comes_later_counts(run: Run, gateway: RecordsGateway) -> None:
    send(run, gateway, "1", GONE)
    forget(run)
    gateway.prepare(body_of(a_reply(GONE, "TD")))
    fetch(run, command="mo")
    assert not is_in_files()

    done = send_file(run, [f"{GONE},王", f"{LEFT},李"], "-m", "【科迅】促销,回T退订")

    assert done.json["opted_out"] == 1


def test_a_text_that_held_the_number_is_not_sent_again_to_others(run: Run, gateway: RecordsGateway) -> None:
    send(run, gateway, "1", LEFT, text=f"{TEXT},致电{GONE}")
    forget(run)
    sent_to(gateway)

    send_file(run, [f"{LEFT},李", f"{THIRD},赵"], "-m", f"{TEXT},致电{GONE}", "--skip-sent")

    assert sent_to(gateway) == [THIRD]


@pytest.mark.parametrize("template", [TEXT, f"{TEXT}{{name}}"])
def test_the_same_text_is_not_sent_again(run: Run, gateway: RecordsGateway, template: str) -> None:
    send_file(run, [f"{GONE},王", f"{LEFT},李"], "-m", template)
    forget(run)
    sent_to(gateway)

    done = send_file(run, [f"{GONE},王", f"{THIRD},赵"], "-m", template, "--skip-sent", name="more.csv")

    assert done.json["skipped"] == 1
    assert sent_to(gateway) == [THIRD]


def test_the_same_file_replays(run: Run, gateway: RecordsGateway) -> None:
    rows = [f"{GONE},王", f"{LEFT},李"]
    send_file(run, rows, "-m", TEXT, "--idempotency-key", f"key-{GONE}")
    forget(run)

    assert send_file(run, rows, "-m", TEXT).json["replayed"] is True
    assert send_file(run, rows, "-m", TEXT, "--idempotency-key", f"key-{GONE}").json["replayed"] is True


@pytest.mark.sqlite
def test_a_scheduled_batch_goes_to_the_others(run: Run, gateway: RecordsGateway) -> None:
    rows = [f"{GONE},王", f"{LEFT},李"]
    batch = send_file(run, rows, "-m", f"{TEXT}{{name}}", "--at", "+1h").json["batch"]

    forget(run)

    assert not is_in_files()
    assert send_file(run, rows, "-m", f"{TEXT}{{name}}", "--at", "+2h").json["batch"] == batch
    assert run("batch", "resume", batch, "--yes").status == 0
    assert sent_to(gateway) == [LEFT]
    assert is_clean(run)


def test_an_unknown_recipient_is_never_resent(run: Run, gateway: RecordsGateway) -> None:
    gateway.send_answers.append(close)
    done = run("send", GONE, LEFT, "-m", TEXT, "-o", "json")
    batch = done.json["batch"]
    assert done.status == 6
    forget(run)
    sent_to(gateway)

    run("batch", "retry", batch, "--unknown", "--yes")

    assert sent_to(gateway) == [LEFT]
    assert show_batch(run, batch)["unknown"] == 1
    assert run("batch", "settle", batch, "--accepted", "--mobile", GONE, "--yes").status == 0
    assert show_batch(run, batch)["unknown"] == 0
    assert is_clean(run)


def test_a_rejected_recipient_is_never_resent(run: Run, gateway: RecordsGateway) -> None:
    gateway.send_answers.append(answer('{"Code":"-3","Message":"余额不足"}'))
    batch = run("send", GONE, LEFT, "-m", TEXT, "-o", "json").json["batch"]
    forget(run)
    sent_to(gateway)

    done = run("batch", "retry", batch, "--rejected", "--yes")

    assert sent_to(gateway) == [LEFT]
    assert "skipped 1 recipient: forgotten by kxsms forget" in done.err
    assert is_clean(run)


def test_a_text_with_the_number_that_others_are_still_to_get(run: Run, gateway: RecordsGateway) -> None:
    batch = send_file(run, [f"{LEFT},李"], "-m", f"{TEXT},致电{GONE}", "--at", "+1h").json["batch"]

    error = forget(run, status=8)

    assert batch in error["message"]
    assert query_ledger("SELECT content FROM requests") == [(f"{TEXT},致电{GONE}",)]


def test_a_number_that_is_nowhere_leaves_no_trace(run: Run, gateway: RecordsGateway) -> None:
    send(run, gateway, "1", LEFT)

    assert forget(run)["batches"] == 0
    assert query_ledger("SELECT count(*) FROM forgotten") == [(0,)]
    assert "found nothing" in run("forget", GONE, "--yes").err


@pytest.mark.sqlite
def test_a_dry_run_counts(run: Run, gateway: RecordsGateway) -> None:
    send(run, gateway, "1", GONE)

    counted = forget(run, "--dry-run")

    assert is_in_files()
    assert {**counted, "dry_run": False} == forget(run)


@pytest.mark.sqlite
def test_it_asks(run: Run, gateway: RecordsGateway) -> None:
    send(run, gateway, "1", GONE)

    assert run("forget", GONE).status == 2
    assert run("forget", "12").status == 2
    assert is_in_files()


def test_the_log_is_masked_in_place(run: Run, gateway: RecordsGateway) -> None:
    send(run, gateway, "1", GONE)
    log = Path("kxsms.log")
    log.write_text(json.dumps({"mobile": GONE}) + "\n" + json.dumps({"mobile": LEFT}) + "\n")

    done = run("forget", f"+86 {GONE}", "--yes", "-o", "json", env={"KXSMS_LOG": str(log)})

    assert done.json["log_lines"] == 1
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line.get("mobile") for line in lines][:2] == ["138****5678", LEFT]


def test_an_opt_out_while_a_plan_is_checked_counts(
    run: Run, gateway: RecordsGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(run, gateway, "1", GONE)
    forget(run)
    sent_to(gateway)

    def opt_out(request: Received) -> Act | None:
        if not request.path.endswith("QueryBalance"):
            return None
        assert kxsms("optout", "add", GONE).status == 0
        return answer('{"Code":"0","Count":"100"}')

    gateway.plan = opt_out
    monkeypatch.setattr(gateway, "is_scripted", True)
    done = send_file(run, [f"{GONE},王", f"{LEFT},李"], "-m", "【科迅】促销,回T退订")

    assert done.json["opted_out"] == 1
    assert sent_to(gateway) == [LEFT]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_a_log_that_keeps_nothing_holds_nothing_up(run: Run, gateway: RecordsGateway) -> None:
    os.mkfifo("pipe")
    send(run, gateway, "1", GONE)

    assert forget(run, "--log-file", "pipe")["log_lines"] == 0


def test_a_report_that_comes_meanwhile_is_changed_too(
    run: Run, gateway: RecordsGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = send(run, gateway, "1", GONE, LEFT)
    register = forgotten.register

    def fetch_and_register(database: SqliteDatabase, mobile: int) -> Forgotten:
        patch.undo()
        gateway.prepare(body_of(a_report(GONE, "1")))
        assert kxsms("report", "-q").status == 0
        return register(database, mobile)

    with monkeypatch.context() as patch:
        patch.setattr(forgetting, "register", fetch_and_register)
        forget(run)

    assert not is_in_files()
    assert show_batch(run, batch)["delivered"] == 1


def test_a_new_batch_with_the_number_of_a_deleted_request_keeps_its_text(
    run: Run, gateway: RecordsGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.send_answers.append(close)
    batch = run("send", LEFT, GONE, "-m", TEXT, "-o", "json").json["batch"]
    send(run, gateway, "2", THIRD)
    run("batch", "settle", batch, "--not-sent", "--mobile", GONE, "--yes")
    in_steps = freeing.in_steps
    ids = query_ledger("SELECT max(id) FROM requests")

    def send_first(database: SqliteDatabase, step: Callable[[], bool]) -> None:
        patch.undo()
        assert kxsms("send", THIRD, "-m", f"{TEXT}new", "--at", "+1h", "--yes").status == 0
        in_steps(database, step)

    with monkeypatch.context() as patch:
        patch.setattr(forgetting, "in_steps", send_first)
        forget(run)

    assert query_ledger("SELECT max(id) FROM requests") == ids
    assert query_ledger("SELECT content FROM requests WHERE state = 'planned'") == [(f"{TEXT}new",)]


def test_a_number_that_is_the_name_of_an_account(run: Run, gateway: RecordsGateway) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KXSMS_ACCOUNT", GONE)
        send(run, gateway, "1", GONE, LEFT)

        error = forget(run, status=1)

    assert "the name of an account" in error["message"]
    assert query_ledger("SELECT count(*) FROM rows WHERE mobile = ?", (int(GONE),)) == [(0,)]


@pytest.mark.sqlite
def test_a_large_ledger_is_not_rewritten_while_a_batch_is_sent(
    run: Run, gateway: RecordsGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(run, gateway, "1", GONE)
    with closing(sqlite3.connect(ledger_file(), isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")  # as older versions had it on most systems
        connection.execute("CREATE TABLE older AS SELECT ? AS text", (f"{GONE} " * 20_000,))
        connection.execute("DROP TABLE older")
    send_file(run, [f"{LEFT},李"], "-m", f"{TEXT}{{name}}", "--at", "+1h")
    monkeypatch.setattr(sqlite_freeing, "_SMALL", 0)

    with owner():
        error = forget(run, status=8)

    assert "free space" in error["message"]
    assert is_in_files()
    forget(run)
    assert not is_in_files()


def test_large_answers_are_changed_one_by_one(
    run: Run, gateway: RecordsGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(run, gateway, "1", GONE)
    gateway.prepare(*(f"{GONE} {number}" for number in range(3)))
    for _ in range(3):
        run("report", "-q")
    left = [3]

    def in_steps(database: SqliteDatabase, step: Callable[[], bool]) -> None:
        def counted() -> bool:
            is_left = step()
            left.append(
                sum(GONE.encode() in row["body"] for row in database.rows("SELECT body FROM answers"))
            )
            return is_left

        freeing.in_steps(database, counted)

    monkeypatch.setattr(forgetting, "in_steps", in_steps)
    assert forget(run)["answers"] == 3

    assert sorted({*left}) == [0, 1, 2, 3]
