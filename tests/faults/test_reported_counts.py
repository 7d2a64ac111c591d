"""The counts that kxsms reports of dry runs, skipped recipients and resumed batches."""

import os
from collections import Counter
from collections.abc import Callable

import pytest

from tests.conftest import Done, Run
from tests.faults.gateway import FaultGateway, accept_all
from tests.ledger.scene import counts, people, send_csv, send_one, write_csv
from tests.scripted_gateway import Act, Received, answer

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
REFUSED = answer('{"Code":"-5","Message":"余额不足"}')
SLOWER = answer("slow down", status=429)
RESUME = ("--rate", "0", "--concurrency", "1", "-o", "json")


def in_turn(*acts: Act | None) -> Callable[[Received], Act | None]:
    """Return a plan with these acts for the next requests, which accepts the later ones."""
    left = iter(acts)
    return lambda request: next(left, None)


@pytest.mark.parametrize("options", [("--idempotency-key", ""), ("--again", "--skip-sent")])
@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_an_empty_key_and_contradicting_options_are_refused(
    run: Run, gateway: FaultGateway, options: tuple[str, ...], dry: tuple[str, ...]
) -> None:
    write_csv(people(1))

    for done in (send_csv(run, *options, *dry), send_one(run, *options, *dry)):
        assert done.status == 2
        assert done.error["kind"] == "usage"
        assert options[0] in done.error["message"]
    assert not gateway.received


def test_a_dry_run_with_other_content_under_a_known_key_is_refused(run: Run, gateway: FaultGateway) -> None:
    key = ("--idempotency-key", "k")
    first = send_csv(run, *key, file=write_csv(people(2)))
    assert send_csv(run, *key, "--dry-run").status == 0
    write_csv(people(3))

    dry, wet = send_csv(run, *key, "--dry-run"), send_csv(run, *key)

    assert dry.status == 2
    assert dry.out == b""
    assert dry.error == wet.error
    assert first.json["batch"] in dry.error["message"]


def paused(run: Run, gateway: FaultGateway, name: str) -> Done:
    """Send a batch of six, two with the same text: the first is rejected, the rest stays planned."""
    rows = people(6)
    rows[5] = rows[5][0], rows[4][1]
    gateway.plan = in_turn(REFUSED)
    done = send_csv(run, "--pause-after", "1", file=write_csv(rows, name))
    gateway.plan = accept_all
    assert done.status == 3
    assert counts(done) == (0, 1, 5, 0)
    return done


def test_a_dry_run_of_an_unfinished_batch_names_it_and_the_rest(run: Run, gateway: FaultGateway) -> None:
    name = paused(run, gateway, "people.csv").json["batch"]

    done = send_csv(run, "--dry-run", "-o", "table")

    assert done.status == 0
    assert name in done.err
    assert "5 recipients are left" in done.err


def test_skipped_recipients_are_counted(run: Run, gateway: FaultGateway) -> None:
    send_csv(run, file=write_csv(people(3)))
    write_csv(people(4, first=2))

    names, values = send_csv(run, "--skip-sent", "--dry-run", "-o", "table").lines
    assert dict(zip(names.split("\t"), values.split("\t"), strict=True))["skipped"] == "2"
    assert "skipped 2 recipients" in send_csv(run, "--skip-sent").err


def test_a_resume_with_skipped_recipients_reports_the_whole_batch(run: Run, gateway: FaultGateway) -> None:
    """One of the two recipients of a request is skipped, and another request is skipped whole."""
    first = paused(run, gateway, "a.csv").json["batch"]
    shared = [people(6)[3], (people(6)[5][0], people(6)[4][1])]
    assert send_csv(run, "--again", file=write_csv(shared, "b.csv")).status == 0
    gateway.received.clear()

    done = run("batch", "resume", first, "--skip-sent", *RESUME)

    assert "skipped 2 recipients" in done.err
    assert done.status == 3
    assert counts(done) == (3, 1, 0, 0)
    assert done.json["requests"] == 4
    assert done.json["segments"] == 4
    assert gateway.arrived == Counter([people(6)[1], people(6)[2], people(6)[4]])
    shown = run("batch", "show", first, "-o", "json").json
    assert shown["recipients"] == 4
    assert shown["accepted"] == 3
    assert shown["rejected"] == 1
    assert shown["not_sent"] == 0
    assert shown["finished"] is not None
    assert shown["state"] == "finished"
    exported = run("batch", "export", first, "-o", "json").json
    assert Counter(row["kxsms_outcome"] for row in exported) == {"accepted": 3, "rejected": 1, "skipped": 2}
    assert run("batch", "check", "-o", "json").json["state"] == "ok"
