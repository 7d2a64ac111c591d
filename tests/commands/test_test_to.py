"""`send --test-to`: the text of the first row goes to one number, and leaves no trace in other sends."""

from pathlib import Path

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.ledger.scene import (
    NOWHERE,
    ONE,
    TEXT,
    batches,
    people,
    send_csv,
    send_one,
    taken,
    write_csv,
)
from tests.scripted_gateway import ScriptedGateway, answer

TESTER = "13911112222"
ROWS = people(3)


def test_the_text_of_the_first_row_goes_to_that_number_alone(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(ROWS)

    done = run("send", "--csv", "people.csv", "--test-to", TESTER, "-o", "json")

    assert done.status == 0
    assert taken(gateway) == [(TESTER, ROWS[0][1])]
    assert (done.json["recipients"], done.json["accepted"], done.json["segments"]) == (1, 1, 1)
    assert f"this is a test: the text of the first row goes to {TESTER} alone" in done.err
    assert gateway.asked == 0


def test_the_same_command_without_it_sends_the_batch(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(ROWS)
    test = send_csv(run, "--test-to", TESTER).json["batch"]
    taken(gateway)

    done = send_csv(run)

    assert done.status == 0
    assert done.json["batch"] != test
    assert (done.json["replayed"], done.json["resumed"]) == (False, False)
    assert taken(gateway) == ROWS
    assert send_csv(run).json["replayed"]


def test_a_test_to_a_recipient_of_the_batch_is_no_overlap(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(ROWS)
    send_csv(run, "--test-to", ROWS[0][0])
    taken(gateway)
    assert send_csv(run, "--skip-sent").json["skipped"] == 0
    assert taken(gateway) == ROWS


def test_a_test_that_was_cut_short_is_no_overlap(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(ROWS)
    assert send_csv(run, "--test-to", ROWS[0][0], "--retries", "0", env=NOWHERE).status == 5
    origin = gateway.url.removeprefix("http://")
    query_ledger("UPDATE batches SET origin = ?", (origin,))
    assert send_csv(run).status == 0


def test_a_test_does_not_count_for_the_cap(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(ROWS)
    for _ in range(2):
        assert send_csv(run, "--test-to", ROWS[0][0], "--cap", "1/24h").status == 0
    taken(gateway)
    assert send_csv(run, "--cap", "1/24h").json["capped"] == 0
    assert taken(gateway) == ROWS


def test_each_test_is_sent(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(ROWS)
    names = {send_csv(run, "--test-to", TESTER).json["batch"] for _ in range(3)}
    assert len(names) == len(taken(gateway)) == 3
    assert query_ledger("SELECT count(DISTINCT fingerprint) FROM batches") == [(3,)]


def test_a_test_is_not_the_earlier_send_of_a_single_one(run: Run, gateway: ScriptedGateway) -> None:
    gateway.script = [answer("<html>", content_type="text/html")]
    assert send_one(run, "--test-to", ONE).status == 6
    assert send_one(run).status == 0
    assert len(taken(gateway)) == 2


def test_the_list_names_the_source(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(ROWS)
    name = send_csv(run, "--test-to", TESTER).json["batch"]
    (batch,) = run("batch", "list", "-o", "json").json
    assert (batch["batch"], batch["source"]) == (name, "test of people.csv")
    assert query_ledger("SELECT is_test FROM batches") == [(1,)]
    (row,) = run("batch", "export", name, "-o", "json").json
    assert (row["mobile"], row["kxsms_outcome"]) == (TESTER, "accepted")


def test_invalid_rows_stop_a_test(run: Run, gateway: ScriptedGateway) -> None:
    write_csv([("138", "x"), *ROWS])
    assert send_csv(run, "--test-to", TESTER).status == 2
    assert taken(gateway) == []
    assert batches() == 0
    done = send_csv(run, "--test-to", TESTER, "--skip-invalid")
    assert (done.status, done.json["invalid"]) == (0, 0)
    assert taken(gateway) == [(TESTER, ROWS[0][1])]


def test_rows_with_the_same_text_are_no_recipients_of_a_test(run: Run, gateway: ScriptedGateway) -> None:
    write_csv([(mobile, TEXT) for mobile, _ in [*ROWS, ROWS[0]]])
    assert send_csv(run, "--test-to", TESTER).json["recipients"] == 1
    assert taken(gateway) == [(TESTER, TEXT)]


def test_a_list_of_numbers_can_be_tested(run: Run, gateway: ScriptedGateway) -> None:
    Path("numbers.txt").write_text(f"{ONE}\n13800000005\n")
    assert run("send", "--to-file", "numbers.txt", "-m", TEXT, "--test-to", "+86 139 1111 2222").status == 0
    assert taken(gateway) == [(TESTER, TEXT)]


def test_the_key_stays_free_for_the_batch(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(ROWS)
    assert send_csv(run, "--idempotency-key", "k", "--test-to", TESTER).status == 0
    taken(gateway)
    assert send_csv(run, "--idempotency-key", "k").status == 0
    assert taken(gateway) == ROWS


def test_a_test_counts_as_billed(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(ROWS)
    send_csv(run, "--test-to", TESTER)
    assert query_ledger("SELECT segments FROM billed") == [(1,)]


def test_max_cost_holds_for_a_test(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(ROWS)
    assert send_csv(run, "--test-to", TESTER, "--max-cost", "0").status == 7
    assert taken(gateway) == []


@pytest.mark.parametrize("number", ["1391111222", "", "13911112222,13911112223", "people.csv"])
def test_an_invalid_number_is_an_error(run: Run, gateway: ScriptedGateway, number: str) -> None:
    write_csv(ROWS)
    done = send_csv(run, "--test-to", number)
    assert done.status == 2
    assert done.error["message"].startswith("--test-to: ")
    assert taken(gateway) == []


def test_a_dry_run_of_a_test_makes_no_sense(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(ROWS)
    done = send_csv(run, "--test-to", TESTER, "--dry-run")
    assert (done.status, done.error["kind"]) == (2, "usage")
    assert taken(gateway) == []
