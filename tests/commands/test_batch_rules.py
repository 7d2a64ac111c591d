"""The same send again: told again, continued, held back or sent anew; and what arrives at the gateway."""

from pathlib import Path

import pytest

from tests.conftest import Run
from tests.ledger.scene import (
    DECLINED,
    NOWHERE,
    ONE,
    REFUSED,
    TEXT,
    age,
    batches,
    counts,
    ledger_file,
    look,
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
def test_a_finished_csv_is_told_again(run: Run, gateway: ScriptedGateway, act: Act, status: int) -> None:
    write_csv(people(2))
    gateway.script = [act]
    first = send_csv(run)
    assert (first.status, first.json["replayed"], len(taken(gateway))) == (status, False, 2)

    again = send_csv(run, "-q")

    assert (again.status, again.json["exit_status"], taken(gateway)) == (status, status, [])
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
        assert (again.status, again.json["replayed"], again.json["batch"]) == (0, True, first.json["batch"])
    assert taken(gateway) == []


def test_again_sends_a_finished_csv_anew(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(2))
    first = send_csv(run)

    again = send_csv(run, "--again")

    assert (again.status, again.json["replayed"], again.json["resumed"]) == (0, False, False)
    assert again.json["batch"] != first.json["batch"]
    assert taken(gateway) == people(2) * 2


def test_an_unfinished_csv_is_continued(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(5))
    first = unfinished(run, gateway)
    assert counts(first) == (1, 1, 3, 0)

    again = send_csv(run)

    assert (again.status, again.json["batch"], batches()) == (3, first.json["batch"], 1)
    assert (again.json["resumed"], again.json["replayed"]) == (True, False)
    assert (counts(again), again.json["requests"], len(again.json["tasks"])) == ((4, 1, 0, 0), 5, 5)
    assert taken(gateway) == people(3, first=3)


def test_a_pause_leaves_the_rest_and_going_on_sends_it(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(4))
    gateway.script = [REFUSED]
    first = send_csv(run, "--pause-after", "1")
    assert (first.status, counts(first), taken(gateway)) == (3, (0, 1, 3, 0), people(1))

    again = send_csv(run)

    assert (again.status, counts(again), again.json["resumed"]) == (3, (3, 1, 0, 0), True)
    assert taken(gateway) == people(3, first=2)


@pytest.mark.parametrize("options", [(), ("--again",)])
def test_nothing_that_is_unknown_goes_out_again(
    run: Run, gateway: ScriptedGateway, options: tuple[str, ...]
) -> None:
    write_csv(people(3))
    gateway.script, gateway.otherwise = [close], DECLINED
    assert counts(send_csv(run)) == (0, 0, 2, 1)
    gateway.otherwise = answer()
    taken(gateway)

    again = send_csv(run, *options)

    assert (again.status, counts(again), again.json["resumed"]) == (6, (2, 0, 0, 1), True)
    assert taken(gateway) == people(2, first=2)
    assert f"resuming batch {again.json['batch']}" in again.err


def test_a_send_that_reached_nobody_is_continued(run: Run, gateway: ScriptedGateway) -> None:
    first = send_one(run, "--retries", "0", env=NOWHERE)
    assert (first.status, counts(first)) == (5, (0, 0, 1, 0))

    again = send_one(run)

    assert (again.status, again.json["resumed"], taken(gateway)) == (0, True, [(ONE, TEXT)])
    assert (again.json["batch"], batches()) == (first.json["batch"], 1)


def test_a_second_single_send_is_a_new_one(run: Run, gateway: ScriptedGateway) -> None:
    first, second = send_one(run), send_one(run)

    assert (second.status, second.json["replayed"], second.json["resumed"]) == (0, False, False)
    assert first.json["batch"] != second.json["batch"]
    assert taken(gateway) == [(ONE, TEXT)] * 2


# How long ago the send was that ended unknown, in seconds, and whether the same one is held back now.
AGES = [(0.0, True), (HOUR - 60, True), (HOUR + 60, False), (-365 * 24 * HOUR, True)]


@pytest.mark.parametrize(("seconds", "held"), AGES)
def test_a_single_send_after_an_unknown_one(
    run: Run, gateway: ScriptedGateway, seconds: float, held: bool
) -> None:
    gateway.script = [close]
    assert send_one(run).status == 6
    taken(gateway)
    age(seconds)

    again = send_one(run)

    assert (again.status, taken(gateway)) == ((6, []) if held else (0, [(ONE, TEXT)]))
    assert batches() == (1 if held else 2)
    if held:
        assert "--again" in run("send", ONE, "-m", TEXT).err
        assert (send_one(run, "--again").status, taken(gateway)) == (0, [(ONE, TEXT)])


def test_another_text_number_extension_or_product_is_another_send(run: Run, gateway: ScriptedGateway) -> None:
    gateway.script = [close]
    send_one(run)

    others = [("--extno", "7"), ("--product", "vip"), ("13900000000",)]
    assert [send_one(run, *other).status for other in others] == [0, 0, 0]
    assert run("send", ONE, "-m", f"{TEXT}!").status == 0


def test_a_key_is_sent_once(run: Run, gateway: ScriptedGateway) -> None:
    first = send_one(run, "--idempotency-key", "k")
    again = send_one(run, "-q", "--idempotency-key", "k")
    other = run("send", ONE, "-m", f"{TEXT}!", "-o", "json", "--idempotency-key", "k")
    new = send_one(run, "--idempotency-key", "k2")

    assert again.json == {**first.json, "replayed": True}
    assert first.json["batch"] in again.err
    assert (other.status, other.error["kind"]) == (2, "input")
    assert (new.status, new.json["replayed"]) == (0, False)
    assert taken(gateway) == [(ONE, TEXT)] * 2


def test_a_key_tells_again_what_is_unknown_and_goes_on_with_what_is_left(
    run: Run, gateway: ScriptedGateway
) -> None:
    gateway.script = [close]
    send_one(run, "--idempotency-key", "k")
    age(2 * HOUR)
    again = send_one(run, "--idempotency-key", "k")
    assert (again.status, again.json["replayed"]) == (6, True)
    send_one(run, "--idempotency-key", "k2", "--retries", "0", env=NOWHERE)
    taken(gateway)

    rest = send_one(run, "--idempotency-key", "k2")

    assert (rest.status, rest.json["resumed"], taken(gateway)) == (0, True, [(ONE, TEXT)])


def test_a_new_key_sends_a_csv_again_and_minds_no_overlap(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(2))
    send_csv(run, "--idempotency-key", "monday")
    assert send_csv(run, "--idempotency-key", "tuesday").json["replayed"] is False
    write_csv(people(3))
    assert send_csv(run, "--idempotency-key", "wednesday").status == 0
    assert send_csv(run, "--idempotency-key", "monday").status == 2

    assert taken(gateway) == people(2) * 2 + people(3)


def test_a_key_and_again_contradict_each_other(run: Run, gateway: ScriptedGateway) -> None:
    done = send_one(run, "--idempotency-key", "k", "--again")

    assert (done.status, done.error["kind"], taken(gateway)) == (2, "usage", [])
    assert not ledger_file().exists()


def test_what_was_cut_short_is_unknown_and_counts_as_sent(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(2))
    send_csv(run)
    look("UPDATE requests SET state = 'sending', settled = NULL WHERE id = 1")
    look("UPDATE batches SET accepted = 1, sending = 1, finished = NULL")
    taken(gateway)

    again = send_csv(run)

    assert (again.status, counts(again), taken(gateway)) == (6, (1, 0, 0, 1), [])
    assert send_csv(run).json["replayed"] is True
