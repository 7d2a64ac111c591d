"""Who has got a text in one batch does not get it by accident in another."""

import pytest

from tests.conftest import Done, Run
from tests.ledger.scene import (
    DECLINED,
    NOWHERE,
    REFUSED,
    age,
    batches,
    counts,
    look,
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

    assert (done.status, done.out, done.error["kind"], done.error["exit_status"]) == (7, b"", "guard", 7)
    assert "2 recipients" in done.error["message"]
    assert first.json["batch"] in done.error["message"]
    assert all(option in done.error["hint"] for option in ("--skip-sent", "--again"))
    assert (taken(gateway), batches()) == ([], 1)


def test_skip_sent_sends_to_the_others_and_again_to_all(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    send_csv(run)
    write_csv(people(4, first=2))
    taken(gateway)

    done = send_csv(run, "--skip-sent")
    assert (done.status, counts(done), taken(gateway)) == (0, (2, 0, 0, 0), people(2, first=4))
    told = send_csv(run, "--skip-sent")
    assert (told.status, told.json["replayed"], told.json["batch"]) == (0, True, done.json["batch"])
    everybody = send_csv(run, "--again")
    assert (everybody.status, counts(everybody)) == (0, (4, 0, 0, 0))
    assert taken(gateway) == people(4, first=2)


def test_skip_sent_where_all_have_got_it(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    send_csv(run)
    write_csv(people(2))
    taken(gateway)

    done = send_csv(run, "--skip-sent")

    assert (done.status, counts(done), done.json["requests"], taken(gateway)) == (0, (0, 0, 0, 0), 0, [])
    assert run("batch", "check").status == 0


def test_a_limited_trial_stops_the_whole_file(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    assert counts(send_csv(run, "--limit", "1")) == (1, 0, 0, 0)

    done = send_csv(run)

    assert (done.status, "1 recipient was sent the same text" in done.error["message"]) == (7, True)
    assert counts(send_csv(run, "--skip-sent")) == (2, 0, 0, 0)
    assert taken(gateway) == people(3)


def test_a_single_send_counts_too_but_is_never_stopped(run: Run, gateway: ScriptedGateway) -> None:
    ((mobile, text),) = people(1)
    run("send", mobile, "-m", text)
    write_csv(people(2))

    assert send_csv(run).status == 7
    assert counts(send_csv(run, "--skip-sent")) == (1, 0, 0, 0)
    assert run("send", mobile, people(2)[1][0], "-m", text).status == 0


def test_another_text_is_no_overlap(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(2))
    send_csv(run)
    write_csv([(mobile, text + "!") for mobile, text in people(2)])

    assert send_csv(run).status == 0


@pytest.mark.parametrize(("act", "status"), [(answer(), 7), (close, 7), (REFUSED, 0)])
def test_what_counts_as_sent(run: Run, gateway: ScriptedGateway, act: Act, status: int) -> None:
    write_csv(people(1))
    gateway.script = [act]
    send_csv(run)
    write_csv(people(2))

    assert send_csv(run).status == status


def test_what_was_not_sent_does_not_count(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(1))
    gateway.script = [DECLINED]
    assert send_csv(run).status == 5
    write_csv(people(2))

    assert send_csv(run).status == 0


@pytest.mark.parametrize(("seconds", "status"), [(7 * DAY - 60, 7), (7 * DAY + 60, 0), (-DAY, 7)])
def test_seven_days(run: Run, gateway: ScriptedGateway, seconds: float, status: int) -> None:
    write_csv(people(2))
    send_csv(run)
    age(seconds)
    write_csv(people(3))

    assert send_csv(run).status == status


def test_a_request_cut_short_counts_however_old_it_is(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(2))
    send_csv(run)
    age(30 * DAY)
    look("UPDATE requests SET state = 'sending', settled = NULL WHERE id = 1")
    write_csv(people(3))

    assert "1 recipient was" in send_csv(run).error["message"]


def resume(run: Run, batch: str, *options: str) -> Done:
    return run("batch", "resume", batch, "--rate", "0", "--concurrency", "1", "-o", "json", *options)


@pytest.mark.parametrize("by_name", [True, False])
def test_the_rest_that_a_later_batch_has_sent(run: Run, gateway: ScriptedGateway, by_name: bool) -> None:
    write_csv(people(5))
    first = unfinished(run, gateway).json["batch"]
    write_csv(people(2, first=4), "later.csv")
    later = send_csv(run, file="later.csv")
    taken(gateway)

    done = resume(run, first) if by_name else send_csv(run)
    assert (done.status, done.error["kind"], taken(gateway)) == (7, "guard", [])
    assert "the same text to 2 recipients still waiting" in done.error["message"]
    assert later.json["batch"] in done.error["message"]

    done = resume(run, first, "--skip-sent") if by_name else send_csv(run, "--skip-sent")
    assert (done.status, counts(done), done.json["requests"]) == (3, (2, 1, 0, 0), 3)
    assert taken(gateway) == people(1, first=3)
    assert run("batch", "check").status == 0


@pytest.mark.parametrize("by_name", [True, False])
def test_again_sends_the_rest_to_all(run: Run, gateway: ScriptedGateway, by_name: bool) -> None:
    write_csv(people(5))
    first = unfinished(run, gateway).json["batch"]
    write_csv(people(2, first=4), "later.csv")
    send_csv(run, file="later.csv")
    taken(gateway)

    done = resume(run, first, "--again") if by_name else send_csv(run, "--again")

    assert (done.status, counts(done), done.json["batch"]) == (3, (4, 1, 0, 0), first)
    assert taken(gateway) == people(3, first=3)


def test_the_rest_of_a_later_batch_that_an_earlier_one_has_sent(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    first = unfinished(run, gateway).json["batch"]
    write_csv([*people(1, first=9), *people(2, first=3)], "later.csv")
    gateway.script = [REFUSED]
    assert counts(send_csv(run, "--pause-after", "1", file="later.csv")) == (0, 1, 2, 0)
    assert resume(run, first).status == 3
    taken(gateway)

    done = send_csv(run, file="later.csv")

    assert (done.status, taken(gateway)) == (7, [])


def test_what_was_unknown_before_a_vain_retry_counts(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(1))
    gateway.script = [close]
    name = send_csv(run).json["batch"]
    assert run("batch", "retry", name, "--unknown", "--yes", "--retries", "0", env=NOWHERE).status == 6
    write_csv(people(2))

    assert send_csv(run).status == 7
