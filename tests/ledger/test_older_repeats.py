"""An unfinished batch of an older ledger with texts that differ in blanks alone: each recipient gets one.

The ledger is that of `test_older_texts`: of unfinished.csv, 13900000000 was accepted, and two are not sent.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.ledger.scene import TEXT, ledger_file, taken
from tests.scripted_gateway import ScriptedGateway

pytestmark = pytest.mark.sqlite

BATCH = "dd775872"
FIRST, SECOND = 13900000000, 13900000001


@pytest.fixture(autouse=True)
def older_ledger(gateway: ScriptedGateway) -> None:
    ledger_file().parent.mkdir(mode=0o700)
    ledger_file().touch(0o600)
    script = (Path(__file__).parent / "older_texts.sql").read_text(encoding="utf-8")
    change(*script.replace("GATEWAY", f"127.0.0.1:{gateway.port}").split(";\n"))


def change(*statements: str) -> None:
    with closing(sqlite3.connect(ledger_file())) as connection:
        connection.executescript(";\n".join(statements))


def make_equal(request: int, mobile: int, text: str) -> None:
    """Let a request that waits be one of this text to this number."""
    change(
        f"UPDATE rows SET mobile = {mobile} WHERE request = {request}",
        f"UPDATE requests SET content = '{text}' WHERE id = {request}",
    )


def test_of_two_that_wait_one_is_sent(run: Run, gateway: ScriptedGateway) -> None:
    make_equal(6, SECOND, f"{TEXT}1")
    done = run("batch", "resume", BATCH, "-o", "json")
    assert done.status == 0
    assert [int(mobile) for mobile, _ in taken(gateway)] == [SECOND]
    assert (done.json["recipients"], done.json["accepted"], done.json["duplicates"]) == (2, 2, 1)
    assert run("batch", "check").status == 0


def test_what_was_accepted_is_not_sent_with_another_blank(run: Run, gateway: ScriptedGateway) -> None:
    make_equal(5, FIRST, f"{TEXT}0")
    make_equal(6, FIRST, f"{TEXT}0  ")
    done = run("batch", "show", BATCH, "-o", "json")
    assert done.json["state"] == "finished"
    assert run("batch", "resume", BATCH).status == 0
    assert taken(gateway) == []
    assert run("batch", "check").status == 0


def test_a_request_to_several_keeps_the_others(run: Run, gateway: ScriptedGateway) -> None:
    make_equal(6, SECOND, f"{TEXT}1")
    change(
        "UPDATE rows SET request = 6, mobile = 13900000009 WHERE id = 4",
        "UPDATE requests SET first_row = 4, recipients = 2 WHERE id = 6",
        "DELETE FROM requests WHERE id = 4",
        "UPDATE batches SET accepted = 0, not_sent = 3, requests = 2, tried = 2 WHERE id = 2",
        "UPDATE batches SET first_request = 5 WHERE id = 2",
    )
    done = run("batch", "resume", BATCH, "-o", "json")
    assert sorted(int(mobile) for mobile, _ in taken(gateway)) == [SECOND, 13900000009]
    assert done.json["segments"] == 2
    assert run("batch", "check").status == 0


@pytest.mark.parametrize("text", [f"{TEXT}2", f"{TEXT}1"])
def test_another_text_or_another_number_is_sent(run: Run, gateway: ScriptedGateway, text: str) -> None:
    make_equal(6, SECOND if text == f"{TEXT}2" else FIRST, text)
    run("batch", "resume", BATCH)
    assert len(taken(gateway)) == 2


def test_repeats_that_were_allowed_are_sent(run: Run, gateway: ScriptedGateway) -> None:
    make_equal(6, SECOND, f"{TEXT}1")
    change(
        f"INSERT INTO rows VALUES (8, 4, 5, {SECOND}, 6, NULL, NULL, '{SECOND}')",
        "UPDATE requests SET last_row = 8, recipients = 2 WHERE id = 6",
        "UPDATE batches SET last_row = 8, recipients = 4, not_sent = 3, segments = 4 WHERE id = 2",
    )
    run("batch", "resume", BATCH)
    assert len(taken(gateway)) == 3
