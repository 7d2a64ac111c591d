"""The same send made again: kxsms shows its outcome, resumes it, or sends a new batch."""

from pathlib import Path

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.ledger.scene import (
    DECLINED,
    ONE,
    REFUSED,
    TEXT,
    age,
    batches,
    counts,
    ledger_file,
    people,
    send_csv,
    send_one,
    taken,
    unfinished,
    write_csv,
)
from tests.scripted_gateway import Act, ScriptedGateway, answer, close

HOUR = 3600.0


@pytest.mark.parametrize(("act", "status"), [(answer(), 0), (REFUSED, 3), (close, 6)])
def test_a_finished_csv_is_shown_and_not_sent_again(
    run: Run, gateway: ScriptedGateway, act: Act, status: int
) -> None:
    write_csv(people(2))
    gateway.script = [act]
    first = send_csv(run)
    assert first.status == status
    assert first.json["replayed"] is False
    assert len(taken(gateway)) == 2

    again = send_csv(run)

    assert again.status == status
    assert again.json["exit_status"] == status
    assert taken(gateway) == []
    assert again.json == {**first.json, "replayed": True}
    assert f"nothing sent: batch {first.json['batch']}" in again.err


def test_the_same_rows_in_another_file_are_the_same_send(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    first = send_csv(run)
    write_csv(reversed(people(3)), "other.csv", "gb18030")
    Path("third.csv").write_text(
        "姓名;手机;内容\n" + "".join(f"x;+86 {mobile};{text}\n" for mobile, text in people(3)), "utf-16"
    )
    taken(gateway)

    for name in ("other.csv", "third.csv"):
        again = send_csv(run, file=name)
        assert again.status == 0
        assert again.json["replayed"] is True
        assert again.json["batch"] == first.json["batch"]
    assert taken(gateway) == []


def test_again_sends_a_finished_csv_a_second_time(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(2))
    first = send_csv(run)

    again = send_csv(run, "--again")

    assert again.status == 0
    assert again.json["replayed"] is False
    assert again.json["resumed"] is False
    assert again.json["batch"] != first.json["batch"]
    assert taken(gateway) == people(2) * 2


def test_an_unfinished_csv_is_resumed(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(5))
    first = unfinished(run, gateway)
    assert counts(first) == (1, 1, 3, 0)

    again = send_csv(run)

    assert again.status == 3
    assert again.json["batch"] == first.json["batch"]
    assert batches() == 1
    assert again.json["resumed"] is True
    assert again.json["replayed"] is False
    assert counts(again) == (4, 1, 0, 0)
    assert again.json["requests"] == 5
    assert len(again.json["tasks"]) == 5
    assert taken(gateway) == people(3, first=3)


def test_a_paused_csv_is_resumed(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(4))
    gateway.script = [REFUSED]
    first = send_csv(run, "--pause-after", "1")
    assert first.status == 3
    assert counts(first) == (0, 1, 3, 0)
    assert taken(gateway) == people(1)

    again = send_csv(run)

    assert again.status == 3
    assert counts(again) == (3, 1, 0, 0)
    assert again.json["resumed"] is True
    assert taken(gateway) == people(3, first=2)


@pytest.mark.parametrize("options", [(), ("--again",)])
def test_resuming_does_not_resend_to_recipients_whose_outcome_is_unknown(
    run: Run, gateway: ScriptedGateway, options: tuple[str, ...]
) -> None:
    write_csv(people(3))
    gateway.script, gateway.otherwise = [close], DECLINED
    assert counts(send_csv(run)) == (0, 0, 2, 1)
    gateway.otherwise = answer()
    taken(gateway)

    again = send_csv(run, *options)

    assert again.status == 6
    assert counts(again) == (2, 0, 0, 1)
    assert again.json["resumed"] is True
    assert taken(gateway) == people(2, first=2)
    assert f"resuming batch {again.json['batch']}" in again.err


def test_a_send_that_did_not_reach_the_gateway_is_resumed(run: Run, gateway: ScriptedGateway) -> None:
    gateway.script = [DECLINED]
    first = send_one(run, "--retries", "0")
    assert first.status == 5
    assert counts(first) == (0, 0, 1, 0)
    taken(gateway)

    again = send_one(run)

    assert again.status == 0
    assert again.json["resumed"] is True
    assert taken(gateway) == [(ONE, TEXT)]
    assert again.json["batch"] == first.json["batch"]
    assert batches() == 1


def test_a_single_send_made_twice_is_two_sends(run: Run, gateway: ScriptedGateway) -> None:
    first, second = send_one(run), send_one(run)

    assert second.status == 0
    assert second.json["replayed"] is False
    assert second.json["resumed"] is False
    assert first.json["batch"] != second.json["batch"]
    assert taken(gateway) == [(ONE, TEXT)] * 2


# The age in seconds of a send whose outcome is unknown, and whether kxsms shows it instead of sending again.
AGES = [(0.0, True), (HOUR - 60, True), (HOUR + 60, False), (-365 * 24 * HOUR, True)]


@pytest.mark.parametrize(("seconds", "is_shown"), AGES)
def test_a_single_send_whose_outcome_is_unknown_is_not_repeated_for_an_hour(
    run: Run, gateway: ScriptedGateway, seconds: float, is_shown: bool
) -> None:
    gateway.script = [close]
    assert send_one(run).status == 6
    taken(gateway)
    age(seconds)

    again = send_one(run)

    assert again.status == (6 if is_shown else 0)
    assert taken(gateway) == ([] if is_shown else [(ONE, TEXT)])
    assert batches() == (1 if is_shown else 2)
    if is_shown:
        assert "--again" in run("send", ONE, "-m", TEXT).err
        assert send_one(run, "--again").status == 0
        assert taken(gateway) == [(ONE, TEXT)]


def test_another_text_number_extension_or_product_is_another_send(run: Run, gateway: ScriptedGateway) -> None:
    gateway.script = [close]
    send_one(run)

    others = [("--extno", "7"), ("--product", "vip"), ("13900000000",)]
    assert [send_one(run, *other).status for other in others] == [0, 0, 0]
    assert run("send", ONE, "-m", f"{TEXT}!").status == 0


def test_an_idempotency_key_sends_once(run: Run, gateway: ScriptedGateway) -> None:
    first = send_one(run, "--idempotency-key", "k")
    again = send_one(run, "--idempotency-key", "k")
    other = run("send", ONE, "-m", f"{TEXT}!", "-o", "json", "--idempotency-key", "k")
    new = send_one(run, "--idempotency-key", "k2")

    assert again.json == {**first.json, "replayed": True}
    assert first.json["batch"] in again.err
    assert other.status == 2
    assert other.error["kind"] == "input"
    assert new.status == 0
    assert new.json["replayed"] is False
    assert taken(gateway) == [(ONE, TEXT)] * 2


def test_a_known_key_shows_an_unknown_outcome_and_resumes_an_unfinished_send(
    run: Run, gateway: ScriptedGateway
) -> None:
    gateway.script = [close]
    send_one(run, "--idempotency-key", "k")
    age(2 * HOUR)
    again = send_one(run, "--idempotency-key", "k")
    assert again.status == 6
    assert again.json["replayed"] is True
    gateway.script = [DECLINED]
    send_one(run, "--idempotency-key", "k2", "--retries", "0")
    taken(gateway)

    rest = send_one(run, "--idempotency-key", "k2")

    assert rest.status == 0
    assert rest.json["resumed"] is True
    assert taken(gateway) == [(ONE, TEXT)]


def test_a_new_key_sends_a_csv_again_despite_the_overlap(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(2))
    send_csv(run, "--idempotency-key", "monday")
    assert send_csv(run, "--idempotency-key", "tuesday").json["replayed"] is False
    write_csv(people(3))
    assert send_csv(run, "--idempotency-key", "wednesday").status == 0
    assert send_csv(run, "--idempotency-key", "monday").status == 2

    assert taken(gateway) == people(2) * 2 + people(3)


def test_idempotency_key_and_again_contradict_each_other(run: Run, gateway: ScriptedGateway) -> None:
    done = send_one(run, "--idempotency-key", "k", "--again")

    assert done.status == 2
    assert done.error["kind"] == "usage"
    assert taken(gateway) == []
    assert not ledger_file().exists()


def test_a_request_left_in_flight_by_a_killed_process_is_unknown_and_not_resent(
    run: Run, gateway: ScriptedGateway
) -> None:
    write_csv(people(2))
    send_csv(run)
    query_ledger("UPDATE requests SET state = 'sending', settled = NULL WHERE id = 1")
    query_ledger("UPDATE batches SET accepted = 1, sending = 1, finished = NULL")
    taken(gateway)

    again = send_csv(run)

    assert again.status == 6
    assert counts(again) == (1, 0, 0, 1)
    assert taken(gateway) == []
    assert send_csv(run).json["replayed"] is True


@pytest.mark.parametrize("options", [(), ("--idempotency-key", "k")])
def test_refused_recipients_can_be_retried_as_every_outcome_says(
    run: Run, gateway: ScriptedGateway, options: tuple[str, ...]
) -> None:
    write_csv(people(1))
    gateway.script = [REFUSED, REFUSED]
    alone = run("send", ONE, "-m", TEXT)
    first = run("send", "--csv", "people.csv", "--yes", *options)
    replayed = run("send", "--csv", "people.csv", "--yes")

    names = [row["batch"] for row in run("batch", "list", "-o", "json").json]
    assert f"kxsms batch retry {names[1]} --rejected" in alone.err
    assert f"kxsms batch retry {names[0]} --rejected" in first.err
    assert f"kxsms batch retry {names[0]} --rejected" in replayed.err
