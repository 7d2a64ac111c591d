"""`kxsms batch cancel`: what is planned is not sent, and everything else stays as it was."""

import json
import os
import sys
from collections import Counter

import pytest

from tests.conftest import Done, Run
from tests.engines import query_ledger
from tests.ledger.scene import (
    DECLINED,
    ONE,
    TEXT,
    batches,
    people,
    send_csv,
    taken,
    unfinished,
    write_csv,
)
from tests.ledger.test_locks import owner
from tests.scripted_gateway import ScriptedGateway, answer, close
from tests.terminal import on_terminal


def fates(run: Run, name: str) -> list[str]:
    """Return the outcome of each row of a batch."""
    rows = run("batch", "export", name, "-o", "jsonl").lines
    return [json.loads(row)["kxsms_outcome"] for row in rows]


def cancel(run: Run, name: str, *options: str) -> Done:
    return run("batch", "cancel", name, "--yes", "-o", "json", *options)


@pytest.fixture
def name(run: Run, gateway: ScriptedGateway) -> str:
    """Return the id of a batch of five: one accepted, one refused, three left."""
    write_csv(people(5))
    return str(unfinished(run, gateway).json["batch"])


def untried(run: Run, gateway: ScriptedGateway, *options: str) -> str:
    """Return the id of a batch of two, of which no request left."""
    write_csv(people(2))
    gateway.otherwise = DECLINED
    found: str = send_csv(run, "--retries", "0", *options).json["batch"]
    gateway.otherwise = answer()
    taken(gateway)
    return found


def test_the_planned_recipients_are_cancelled(run: Run, gateway: ScriptedGateway, name: str) -> None:
    done = cancel(run, name)
    assert done.status == 0
    assert done.json["state"] == "cancelled"
    assert (done.json["recipients"], done.json["accepted"], done.json["rejected"]) == (2, 1, 1)
    assert done.json["not_sent"] == 0
    assert fates(run, name) == ["accepted", "rejected", *["cancelled"] * 3]
    assert taken(gateway) == []


def test_the_counts_add_up_to_the_input(run: Run, name: str) -> None:
    cancel(run, name)
    assert query_ledger("SELECT recipients, cancelled, requests, segments, due FROM batches") == [
        (2, 3, 2, 2, None)
    ]
    assert run("batch", "check").status == 0


def test_a_cancelled_batch_is_finished_and_resumes_nothing(
    run: Run, gateway: ScriptedGateway, name: str
) -> None:
    cancel(run, name)
    run("batch", "resume", name)
    replayed = send_csv(run)
    assert replayed.json["replayed"] is True
    assert replayed.json["batch"] == name
    assert taken(gateway) == []


def test_a_send_that_was_cancelled_in_part_ends_with_7(run: Run, name: str) -> None:
    cancel(run, name)
    replayed = send_csv(run)
    assert replayed.status == 7
    assert "3 recipients were cancelled" in replayed.error["message"]
    assert replayed.json["cancelled"] == 3


def test_the_refused_ones_of_a_cancelled_batch_can_be_retried(
    run: Run, gateway: ScriptedGateway, name: str
) -> None:
    cancel(run, name)
    assert run("batch", "retry", name, "--rejected").status == 0
    assert taken(gateway) == people(1, first=2)


def test_a_cancelled_batch_is_listed_by_its_state(run: Run, name: str) -> None:
    cancel(run, name)
    assert [row["batch"] for row in run("batch", "list", "--state", "cancelled", "-o", "json").json] == [name]
    assert run("batch", "list", "--state", "finished", "-o", "json").json == []


def test_cancelled_rows_can_be_exported_alone(run: Run, name: str) -> None:
    cancel(run, name)
    assert len(run("batch", "export", name, "--state", "cancelled", "-o", "jsonl").lines) == 3


def test_recipients_whose_outcome_is_unknown_stay_so(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    gateway.script, gateway.otherwise = [close], DECLINED
    name = send_csv(run).json["batch"]
    done = cancel(run, name)
    assert (done.json["unknown"], done.json["recipients"]) == (1, 1)
    assert fates(run, name) == ["unknown", "cancelled", "cancelled"]


def test_a_retry_that_was_cut_short_is_unknown_again(run: Run, gateway: ScriptedGateway) -> None:
    """A killed retry leaves a planned request whose earlier attempt may have arrived."""
    write_csv(people(2))
    gateway.script = [close]
    name = send_csv(run).json["batch"]
    query_ledger(
        "INSERT INTO attempts (request, attempt, state) SELECT id, 1, 'unknown' FROM requests WHERE id = 1"
    )
    query_ledger("UPDATE requests SET state = 'planned' WHERE id = 1")
    query_ledger("UPDATE batches SET unknown = 0, tried = 1, finished = NULL")
    done = cancel(run, name)
    assert done.json["unknown"] == 1
    assert Counter(fates(run, name)) == {"unknown": 1, "accepted": 1}


def test_a_batch_that_is_being_sent_is_not_cancelled(run: Run, name: str) -> None:
    with owner() as process:
        done = cancel(run, name)
        process.kill()
    assert done.status == 8
    assert f"another process is sending batch {name}" in done.error["message"]
    assert fates(run, name).count("cancelled") == 0


def test_a_finished_batch_has_nothing_to_cancel(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(2))
    name = send_csv(run).json["batch"]
    done = run("batch", "cancel", name, "--yes")
    assert done.status == 0
    assert f"batch {name} has nothing left to cancel" in done.err
    assert fates(run, name) == ["accepted", "accepted"]


def test_off_a_terminal_it_wants_yes(run: Run, name: str) -> None:
    done = run("batch", "cancel", name, "-o", "json")
    assert done.status == 2
    assert done.error["hint"] == "use --yes"
    assert fates(run, name).count("cancelled") == 0


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(("said", "status", "count"), [("y", 0, 3), ("n", 7, 0)])
def test_on_a_terminal_it_asks(run: Run, name: str, said: str, status: int, count: int) -> None:
    done, shown = on_terminal([sys.executable, "-m", "kxsms", "batch", "cancel", name], answers=[said])
    assert f"Cancel 3 recipients of batch {name}?" in shown
    assert done == status
    assert fates(run, name).count("cancelled") == count


def test_an_unknown_batch_is_an_error(run: Run, gateway: ScriptedGateway) -> None:
    assert cancel(run, "abcd").status == 2


def test_the_same_file_can_be_sent_after_a_batch_of_which_nothing_left(
    run: Run, gateway: ScriptedGateway
) -> None:
    name = untried(run, gateway)
    assert "run the same command to send or schedule it again" in run("batch", "cancel", name, "--yes").err
    done = send_csv(run)
    assert done.json["replayed"] is False
    assert done.json["batch"] != name
    assert taken(gateway) == people(2)


def test_a_batch_of_which_nothing_left_gives_up_its_idempotency_key(
    run: Run, gateway: ScriptedGateway
) -> None:
    name = untried(run, gateway, "--idempotency-key", "k")
    cancel(run, name)
    write_csv(people(3))
    assert send_csv(run, "--idempotency-key", "k").json["recipients"] == 3
    assert taken(gateway) == people(3)


def test_a_batch_that_was_partly_sent_keeps_its_idempotency_key(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(5))
    name = unfinished(run, gateway, "--idempotency-key", "k").json["batch"]
    cancel(run, name)
    assert send_csv(run, "--idempotency-key", "k").json["batch"] == name
    assert taken(gateway) == []


def test_a_single_send_of_which_nothing_left_is_cancelled_too(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = DECLINED
    run("send", ONE, "-m", TEXT, "--retries", "0")
    name = run("batch", "list", "-o", "json").json[0]["batch"]
    gateway.otherwise = answer()
    assert cancel(run, name).json["state"] == "cancelled"
    assert run("send", ONE, "-m", TEXT).status == 0
    assert batches() == 2


def test_a_resume_says_that_the_batch_was_cancelled(run: Run, name: str) -> None:
    cancel(run, name)
    assert f"batch {name} is cancelled: nothing is left to send" in run("batch", "resume", name).err
