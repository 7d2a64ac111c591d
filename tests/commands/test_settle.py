"""`kxsms batch settle`: a person decides about recipients whose outcome is unknown."""

from collections.abc import Iterator

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.ledger.scene import TEXT, people, send_csv, taken, write_csv
from tests.ledger.test_locks import owner
from tests.scripted_gateway import ScriptedGateway, answer, close

NUMBERS = [mobile for mobile, _ in people(4)]
FIRST = NUMBERS[0]
STATES = ("accepted", "not_sent", "unknown")


@pytest.fixture
def batch(run: Run, gateway: ScriptedGateway) -> str:
    """Send a text to four recipients in one request, whose outcome is unknown; then another batch."""
    write_csv([(mobile, TEXT) for mobile in NUMBERS])
    gateway.script = [close]
    name = str(send_csv(run).json["batch"])
    write_csv([("13900000000", TEXT)], "later.csv")
    send_csv(run, file="later.csv")
    taken(gateway)
    return name


@pytest.fixture(autouse=True)
def consistent_ledger(run: Run, batch: str) -> Iterator[None]:
    yield
    assert run("batch", "check").status == 0


def counts(run: Run, batch: str) -> tuple[int, ...]:
    document = run("batch", "show", batch, "-o", "json").json
    return tuple(document[state] for state in STATES)


def exported(run: Run, batch: str) -> list[str]:
    return [row["kxsms_outcome"] for row in run("batch", "export", batch, "-o", "json").json]


@pytest.mark.parametrize(("option", "expected"), [("--accepted", (4, 0, 0)), ("--not-sent", (0, 4, 0))])
def test_it_settles_all_that_is_unknown(run: Run, batch: str, option: str, expected: tuple[int, ...]) -> None:
    done = run("batch", "settle", batch, option, "--yes", "-o", "json")
    assert done.status == 0
    assert tuple(done.json[state] for state in STATES) == expected
    assert counts(run, batch) == expected


def test_the_earlier_attempt_is_kept_and_no_longer_unknown(run: Run, batch: str) -> None:
    run("batch", "settle", batch, "--not-sent", "--yes")
    assert query_ledger("SELECT state, message LIKE '%without an answer' FROM attempts") == [("not_sent", 1)]


def test_what_was_not_sent_is_sent_by_the_same_command(
    run: Run, gateway: ScriptedGateway, batch: str
) -> None:
    run("batch", "settle", batch, "--not-sent", "--yes")
    done = send_csv(run)
    assert (done.status, done.json["accepted"]) == (0, 4)
    assert taken(gateway) == [(mobile, TEXT) for mobile in NUMBERS]


def test_what_was_accepted_is_not_sent_again(run: Run, gateway: ScriptedGateway, batch: str) -> None:
    run("batch", "settle", batch, "--accepted", "--yes")
    assert send_csv(run).status == 0
    assert run("batch", "retry", batch, "--unknown", "--yes").status == 0
    assert taken(gateway) == []


def test_what_was_not_sent_waits_in_its_batch(run: Run, gateway: ScriptedGateway, batch: str) -> None:
    run("batch", "settle", batch, "--not-sent", "--yes")
    write_csv([(mobile, TEXT) for mobile in [*NUMBERS, "13900000009"]])
    done = send_csv(run)
    assert done.status == 7
    assert f"unfinished batch {batch}" in done.error["message"]


def test_what_was_accepted_is_an_overlap(run: Run, batch: str) -> None:
    run("batch", "settle", batch, "--accepted", "--yes")
    write_csv([(mobile, TEXT) for mobile in [*NUMBERS, "13900000009"]])
    assert send_csv(run).status == 7


@pytest.mark.parametrize(
    ("option", "expected", "outcome"),
    [("--accepted", (1, 0, 3), "accepted"), ("--not-sent", (0, 1, 3), "not_sent")],
)
@pytest.mark.parametrize("position", [0, 2, 3])
def test_it_settles_one_number(
    run: Run, batch: str, option: str, expected: tuple[int, ...], outcome: str, position: int
) -> None:
    run("batch", "settle", batch, option, "--mobile", NUMBERS[position], "--yes")
    assert counts(run, batch) == expected
    outcomes = ["unknown"] * 4
    outcomes[position] = outcome
    assert exported(run, batch) == outcomes


def test_the_number_may_be_written_in_any_way(run: Run, batch: str) -> None:
    mobile = f"+86 {FIRST[:3]}-{FIRST[3:]}"
    assert run("batch", "settle", batch, "--accepted", "--mobile", mobile, "--yes").status == 0
    assert counts(run, batch) == (1, 0, 3)


def test_all_numbers_can_be_settled_one_by_one(run: Run, batch: str) -> None:
    for mobile, option in zip(NUMBERS, ("--accepted", "--not-sent") * 2, strict=True):
        run("batch", "settle", batch, option, "--mobile", mobile, "--yes")
    assert exported(run, batch) == ["accepted", "not_sent"] * 2
    assert run("batch", "show", batch, "-o", "json").json["state"] == "unfinished"


def test_only_the_number_that_was_not_sent_is_resumed(run: Run, gateway: ScriptedGateway, batch: str) -> None:
    run("batch", "settle", batch, "--not-sent", "--mobile", NUMBERS[1], "--yes")
    done = run("batch", "resume", batch, "-o", "json")
    assert (done.json["accepted"], done.json["unknown"]) == (1, 3)
    assert taken(gateway) == [(NUMBERS[1], TEXT)]


def test_the_rest_can_be_retried(run: Run, gateway: ScriptedGateway, batch: str) -> None:
    run("batch", "settle", batch, "--accepted", "--mobile", NUMBERS[1], "--yes")
    assert run("batch", "retry", batch, "--unknown", "--yes").status == 0
    assert taken(gateway) == [(mobile, TEXT) for mobile in (NUMBERS[0], *NUMBERS[2:])]


def test_an_attempt_before_a_retry_is_settled_too(run: Run, gateway: ScriptedGateway, batch: str) -> None:
    gateway.script = [answer("", status=404)]
    run("batch", "retry", batch, "--unknown", "--yes", "--retries", "0")
    run("batch", "settle", batch, "--not-sent", "--mobile", FIRST, "--yes")
    gateway.received.clear()
    run("batch", "resume", batch)
    assert taken(gateway) == [(FIRST, TEXT)]
    assert counts(run, batch) == (1, 0, 3)


def test_another_owner_is_8(run: Run, gateway: ScriptedGateway, batch: str) -> None:
    gateway.script = [close]
    write_csv([(mobile, TEXT + "!") for mobile in NUMBERS], "newest.csv")
    newest = send_csv(run, file="newest.csv").json["batch"]
    with owner() as process:
        done = run("batch", "settle", newest, "--accepted", "--yes", "-o", "json")
        assert done.status == 8
        process.kill()
    assert counts(run, newest) == (0, 0, 4)


def test_a_batch_can_follow_one_whose_requests_were_split(
    run: Run, gateway: ScriptedGateway, batch: str
) -> None:
    write_csv([(mobile, TEXT + "!") for mobile in NUMBERS], "newest.csv")
    send_csv(run, file="newest.csv")
    run("batch", "settle", batch, "--accepted", "--mobile", FIRST, "--yes")
    gateway.received.clear()
    write_csv([(mobile, TEXT + "?") for mobile in NUMBERS], "next.csv")
    assert send_csv(run, file="next.csv").status == 0
    assert taken(gateway) == [(mobile, TEXT + "?") for mobile in NUMBERS]
    assert run("batch", "check").status == 0


def test_off_a_terminal_it_needs_yes(run: Run, batch: str) -> None:
    done = run("batch", "settle", batch, "--accepted")
    assert done.status == 2
    assert "--yes" in done.err
    assert counts(run, batch) == (0, 0, 4)


@pytest.mark.parametrize("options", [(), ("--accepted", "--not-sent")])
def test_it_needs_exactly_one_decision(run: Run, batch: str, options: tuple[str, ...]) -> None:
    assert run("batch", "settle", batch, *options, "--yes").status == 2


@pytest.mark.parametrize("mobile", ["13500000000", "138"])
def test_a_number_that_is_not_unknown_is_an_error(run: Run, batch: str, mobile: str) -> None:
    done = run("batch", "settle", batch, "--accepted", "--mobile", mobile, "--yes")
    assert done.status == 2
    assert mobile in done.err


def test_nothing_unknown_is_said(run: Run, batch: str) -> None:
    run("batch", "settle", batch, "--accepted", "--yes")
    done = run("batch", "settle", batch, "--not-sent", "--yes")
    assert "has no recipients whose outcome is unknown" in done.err
    assert counts(run, batch) == (4, 0, 0)
