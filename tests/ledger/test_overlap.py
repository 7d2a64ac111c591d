"""A recipient who was sent a text in one batch is not sent it by accident in another."""

import pytest

from tests.conftest import Done, Run
from tests.engines import query_ledger
from tests.ledger.scene import (
    DECLINED,
    REFUSED,
    TEXT,
    age,
    batches,
    counts,
    people,
    send_csv,
    taken,
    unfinished,
    write_csv,
)
from tests.scripted_gateway import Act, ScriptedGateway, answer, close

DAY = 24 * 3600.0


def test_an_edited_file_is_stopped(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    first = send_csv(run)
    write_csv(people(4, first=2))
    taken(gateway)

    done = send_csv(run)

    assert done.status == 7
    assert done.out == b""
    assert done.error["kind"] == "guard"
    assert done.error["exit_status"] == 7
    assert "2 recipients" in done.error["message"]
    assert first.json["batch"] in done.error["message"]
    assert all(option in done.error["hint"] for option in ("--skip-sent", "--again"))
    assert taken(gateway) == []
    assert batches() == 1


def test_skip_sent_sends_to_the_others_and_again_to_all(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    send_csv(run)
    write_csv(people(4, first=2))
    taken(gateway)

    done = send_csv(run, "--skip-sent")
    assert done.status == 0
    assert counts(done) == (2, 0, 0, 0)
    assert taken(gateway) == people(2, first=4)
    replayed = send_csv(run, "--skip-sent")
    assert replayed.status == 0
    assert replayed.json["replayed"] is True
    assert replayed.json["batch"] == done.json["batch"]
    all_sent = send_csv(run, "--again")
    assert all_sent.status == 0
    assert counts(all_sent) == (4, 0, 0, 0)
    assert taken(gateway) == people(4, first=2)


def test_skip_sent_where_all_were_sent_the_text(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    send_csv(run)
    write_csv(people(2))
    taken(gateway)

    done = send_csv(run, "--skip-sent")

    assert done.status == 0
    assert counts(done) == (0, 0, 0, 0)
    assert done.json["requests"] == 0
    assert taken(gateway) == []
    assert run("batch", "check").status == 0


def test_a_trial_with_limit_stops_the_whole_file(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    assert counts(send_csv(run, "--limit", "1")) == (1, 0, 0, 0)

    done = send_csv(run)

    assert done.status == 7
    assert "the same text to 1 recipient " in done.error["message"]
    assert counts(send_csv(run, "--skip-sent")) == (2, 0, 0, 0)
    assert taken(gateway) == people(3)


def test_a_single_send_counts_but_is_never_stopped(run: Run, gateway: ScriptedGateway) -> None:
    ((mobile, text),) = people(1)
    run("send", mobile, "-m", text)
    write_csv(people(2))

    assert send_csv(run).status == 7
    assert counts(send_csv(run, "--skip-sent")) == (1, 0, 0, 0)
    assert run("send", mobile, people(2)[1][0], "-m", text).status == 0


def test_another_text_does_not_overlap(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(2))
    send_csv(run)
    write_csv([(mobile, text + "!") for mobile, text in people(2)])

    assert send_csv(run).status == 0


@pytest.mark.parametrize(("act", "status"), [(answer(), 7), (close, 7), (REFUSED, 0)])
def test_accepted_and_unknown_count_as_sent(
    run: Run, gateway: ScriptedGateway, act: Act, status: int
) -> None:
    write_csv(people(1))
    gateway.script = [act]
    send_csv(run)
    write_csv(people(2))

    assert send_csv(run).status == status


@pytest.mark.parametrize("options", [(), ("--skip-sent",)])
def test_recipients_who_wait_in_another_batch_are_neither_skipped_nor_sent_to(
    run: Run, gateway: ScriptedGateway, options: tuple[str, ...]
) -> None:
    write_csv(people(2))
    gateway.script = [answer(), DECLINED]
    waiting = send_csv(run).json["batch"]
    taken(gateway)
    write_csv(people(3))

    done = send_csv(run, *options)

    assert done.status == 7
    assert done.out == b""
    assert "1 recipient still waits" in done.error["message"]
    assert f"kxsms batch resume {waiting}" in done.error["hint"]
    assert "--again" in done.error["hint"]
    assert taken(gateway) == []
    assert batches() == 1


def test_skip_sent_sends_to_the_others_once_the_waiting_batch_is_resumed(
    run: Run, gateway: ScriptedGateway
) -> None:
    write_csv(people(2))
    gateway.script = [answer(), DECLINED]
    waiting = send_csv(run).json["batch"]
    write_csv(people(3))
    assert send_csv(run, "--skip-sent").status == 7
    taken(gateway)

    assert resume(run, waiting).status == 0
    assert send_csv(run, "--skip-sent").status == 0

    assert taken(gateway) == people(2, first=2)


def test_again_sends_to_recipients_who_wait_in_another_batch(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(1))
    gateway.script = [DECLINED]
    send_csv(run)
    write_csv(people(2))
    taken(gateway)

    assert send_csv(run, "--again").status == 0
    assert taken(gateway) == people(2)


def test_recipients_whose_delivery_failed_do_not_count(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(2))
    send_csv(run)
    query_ledger("INSERT INTO deliveries (row, batch, state) SELECT id, 1, 'failed' FROM rows WHERE row = 1")
    query_ledger(
        "INSERT INTO deliveries (row, batch, state) SELECT id, 1, 'delivered' FROM rows WHERE row = 2"
    )
    query_ledger("UPDATE batches SET delivered = 1, failed = 1")
    write_csv(people(3))
    taken(gateway)

    assert "the same text to 1 recipient " in send_csv(run).error["message"]
    assert send_csv(run, "--skip-sent").status == 0
    assert taken(gateway) == [*people(1), *people(1, first=3)]


@pytest.mark.parametrize(("seconds", "status"), [(7 * DAY - 60, 7), (7 * DAY + 60, 0), (-DAY, 7)])
def test_the_last_seven_days_count(run: Run, gateway: ScriptedGateway, seconds: float, status: int) -> None:
    write_csv(people(2))
    send_csv(run)
    age(seconds)
    write_csv(people(3))

    assert send_csv(run).status == status


def test_a_request_that_was_cut_short_counts_at_any_age(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(2))
    send_csv(run)
    age(30 * DAY)
    query_ledger("UPDATE requests SET state = 'sending', settled = NULL WHERE id = 1")
    write_csv(people(3))

    assert "the same text to 1 recipient " in send_csv(run).error["message"]


def resume(run: Run, batch: str, *options: str) -> Done:
    return run("batch", "resume", batch, "--rate", "0", "--concurrency", "1", "-o", "json", *options)


@pytest.mark.parametrize("by_name", [True, False])
def test_a_later_batch_has_sent_what_is_left(run: Run, gateway: ScriptedGateway, by_name: bool) -> None:
    write_csv(people(5))
    first = unfinished(run, gateway).json["batch"]
    write_csv(people(2, first=4), "later.csv")
    later = send_csv(run, "--again", file="later.csv")
    taken(gateway)

    done = resume(run, first) if by_name else send_csv(run)
    assert done.status == 7
    assert done.error["kind"] == "guard"
    assert taken(gateway) == []
    assert "the same text to 2 recipients still waiting" in done.error["message"]
    assert later.json["batch"] in done.error["message"]

    done = resume(run, first, "--skip-sent") if by_name else send_csv(run, "--skip-sent")
    assert done.status == 3
    assert counts(done) == (2, 1, 0, 0)
    assert done.json["requests"] == 3
    assert taken(gateway) == people(1, first=3)
    assert run("batch", "check").status == 0


def test_recipients_are_skipped_once_that_several_batches_have_sent(
    run: Run, gateway: ScriptedGateway
) -> None:
    """They share a request with others, which shrinks."""
    numbers = [mobile for mobile, _ in people(5)]
    write_csv([(mobile, TEXT) for mobile in numbers])
    gateway.script = [DECLINED]
    name = send_csv(run, "--retries", "0").json["batch"]
    for mobile in (numbers[0], numbers[0], numbers[3]):
        assert run("send", mobile, "-m", TEXT).status == 0
    taken(gateway)

    done = resume(run, name, "--skip-sent")

    assert done.status == 0
    assert counts(done) == (3, 0, 0, 0)
    assert done.json["requests"] == 1
    assert done.json["segments"] == 3
    assert taken(gateway) == [(mobile, TEXT) for mobile in (numbers[1], numbers[2], numbers[4])]
    assert run("batch", "check").status == 0


@pytest.mark.parametrize("by_name", [True, False])
def test_again_sends_all_that_is_left(run: Run, gateway: ScriptedGateway, by_name: bool) -> None:
    write_csv(people(5))
    first = unfinished(run, gateway).json["batch"]
    write_csv(people(2, first=4), "later.csv")
    send_csv(run, "--again", file="later.csv")
    taken(gateway)

    done = resume(run, first, "--again") if by_name else send_csv(run, "--again")

    assert done.status == 3
    assert counts(done) == (4, 1, 0, 0)
    assert done.json["batch"] == first
    assert taken(gateway) == people(3, first=3)


def test_an_earlier_batch_has_sent_what_is_left_of_a_later_one(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    first = unfinished(run, gateway).json["batch"]
    write_csv([*people(1, first=9), *people(2, first=3)], "later.csv")
    gateway.script = [REFUSED]
    assert counts(send_csv(run, "--again", "--pause-after", "1", file="later.csv")) == (0, 1, 2, 0)
    assert resume(run, first).status == 3
    taken(gateway)

    done = send_csv(run, file="later.csv")

    assert done.status == 7
    assert taken(gateway) == []


def test_unknown_before_a_retry_that_failed_counts(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(1))
    gateway.script = [close]
    name = send_csv(run).json["batch"]
    gateway.script = [DECLINED]
    assert run("batch", "retry", name, "--unknown", "--yes", "--retries", "0").status == 6
    write_csv(people(2))

    assert send_csv(run).status == 7
