"""Sends of several requests: each number goes out once and in order, and the counts always add up."""

import json
import re

import pytest

from tests.conftest import Run
from tests.gateway.wire.conftest import IN_TURN, REFUSED, TEXT, counts, lines, numbers
from tests.scripted_gateway import Act, ScriptedGateway, answer, close, last, reset

MOBILES = numbers(5_001)
HALF_WAY = answer("", status=404)


def test_each_number_is_sent_to_once_and_in_order(run: Run, gateway: ScriptedGateway) -> None:
    done = run("send", "--to-file", "-", *IN_TURN, "-m", TEXT, "-o", "json", stdin=lines(MOBILES[:2_501]))

    assert done.status == 0
    assert "error" not in done.err
    assert counts(done.json) == (2_501, 0, 0, 0)
    assert done.json["requests"] == 2
    assert done.json["recipients"] == 2_501
    assert [len(request.numbers) for request in gateway.received] == [2_500, 1]
    assert [number for request in gateway.received for number in request.numbers] == MOBILES[:2_501]
    assert [task["recipients"] for task in done.json["tasks"]] == [2_500, 1]


def test_requests_share_a_connection(run: Run, gateway: ScriptedGateway) -> None:
    assert run("send", "--to-file", "-", *IN_TURN, "-m", TEXT, stdin=lines(MOBILES)).status == 0

    assert [request.connection for request in gateway.received] == [1, 1, 1]


# The acts for the requests of 2,500, 2,500 and 1; the exit status; the counts; the number of requests.
ENDINGS: dict[str, tuple[list[Act], int, tuple[int, ...], int]] = {
    "refused": ([answer(), answer(REFUSED), answer()], 3, (2_501, 2_500, 0, 0), 3),
    "all-refused": ([answer(REFUSED)] * 3, 3, (0, 5_001, 0, 0), 3),
    "unknown": ([answer(), close, answer()], 6, (2_501, 0, 0, 2_500), 3),
    "unknown-at-last": ([answer(), answer(), reset], 6, (5_000, 0, 0, 1), 3),
    "not-sent-at-last": ([answer(), answer(), HALF_WAY], 5, (5_000, 0, 1, 0), 3),
    "unknown-and-refused": ([close, answer(REFUSED), answer()], 6, (1, 2_500, 0, 2_500), 3),
    "unknown-and-not-sent": ([close, answer(), HALF_WAY], 6, (2_500, 0, 1, 2_500), 3),
    "refused-and-not-sent": ([answer(REFUSED), answer(), HALF_WAY], 5, (2_500, 2_500, 1, 0), 3),
    "all-three": ([close, answer(REFUSED), HALF_WAY], 6, (0, 2_500, 1, 2_500), 3),
}


@pytest.mark.parametrize("case", ENDINGS)
def test_counts_add_up(run: Run, gateway: ScriptedGateway, case: str) -> None:
    script, status, expected, requests = ENDINGS[case]
    gateway.script = list(script)

    done = run("send", "--to-file", "-", *IN_TURN, "-m", TEXT, "-o", "json", stdin=lines(MOBILES))

    assert done.status == status
    assert done.json["exit_status"] == status
    assert counts(done.json) == expected
    assert sum(expected) == done.json["recipients"] == 5_001
    assert done.json["requests"] == 3
    assert len(gateway.received) == requests
    sent = [number for request in gateway.received for number in request.numbers]
    assert sent == MOBILES


# The act for the second of two requests, and the exit status.
SECOND: dict[str, tuple[Act, int]] = {
    "refused": (answer(REFUSED), 3),
    "unknown": (close, 6),
    "not-sent": (HALF_WAY, 5),
}


@pytest.mark.parametrize("case", SECOND)
def test_a_failure_of_the_second_request_alone(run: Run, gateway: ScriptedGateway, case: str) -> None:
    act, status = SECOND[case]
    gateway.script = [answer(), act]

    done = run("send", "--to-file", "-", *IN_TURN, "-m", TEXT, stdin=lines(MOBILES[:2_501]))

    assert done.status == status
    assert [line.split("\t")[:2] for line in done.lines[1:]] == [
        ["accepted", "2500"],
        [{3: "rejected", 6: "unknown", 5: "not_sent"}[status], "1"],
    ]
    assert re.search(r"\b1 (of 2,501 )?recipient", done.err)


@pytest.mark.parametrize(
    "script",
    [[HALF_WAY], [answer(), HALF_WAY], [answer(), answer(REFUSED), HALF_WAY], [HALF_WAY] * 3],
)
def test_the_same_command_again_sends_the_rest(run: Run, gateway: ScriptedGateway, script: list[Act]) -> None:
    gateway.script = list(script)
    command = ("send", "--to-file", "-", *IN_TURN, "-m", TEXT)

    first = run(*command, stdin=lines(MOBILES))
    taken = [request for request, act in zip(gateway.received, script, strict=False) if act is not HALF_WAY]
    taken += gateway.received[len(script) :]
    before = len(gateway.received)
    second = run(*command, "-o", "json", stdin=lines(MOBILES))

    assert first.status == 5
    assert "run the same command again" in first.err.splitlines()[-1]
    assert second.json["not_sent"] == 0
    assert second.json["unknown"] == 0
    assert second.json["resumed"] is True
    assert second.status == (3 if len(script) == 3 and script[0] is not HALF_WAY else 0)
    sent = [number for request in [*taken, *gateway.received[before:]] for number in request.numbers]
    assert sorted(sent) == MOBILES


def test_jsonl_shows_each_request(run: Run, gateway: ScriptedGateway) -> None:
    gateway.script = [answer(), answer(REFUSED), close]

    done = run("send", "--to-file", "-", *IN_TURN, "-m", TEXT, "-o", "jsonl", stdin=lines(MOBILES))

    *tasks, summary = [json.loads(line) for line in done.lines]
    assert done.status == 6
    assert done.error["kind"] == "unknown"
    assert [(task["outcome"], task["recipients"]) for task in tasks] == [
        ("accepted", 2_500),
        ("rejected", 2_500),
        ("unknown", 1),
    ]
    assert tasks == summary["tasks"]
    assert summary["exit_status"] == 6
    assert counts(summary) == (2_500, 2_500, 0, 1)


def test_the_server_ends_the_connection_between_two_requests(run: Run, gateway: ScriptedGateway) -> None:
    gateway.script = [last(), last()]

    done = run("send", "--to-file", "-", *IN_TURN, "-m", TEXT, "-o", "json", stdin=lines(MOBILES))

    assert done.status == 0
    assert counts(done.json) == (5_001, 0, 0, 0)
    assert [request.connection for request in gateway.received] == [1, 2, 3]


def test_the_server_announces_the_end_of_the_connection(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = answer(headers={"Connection": "close"})

    done = run("send", "--to-file", "-", *IN_TURN, "-m", TEXT, stdin=lines(MOBILES))

    assert done.status == 0
    assert [request.connection for request in gateway.received] == [1, 2, 3]


@pytest.mark.parametrize("act", [close, reset])
def test_a_kept_connection_ends_after_the_second_request(
    run: Run, gateway: ScriptedGateway, act: Act
) -> None:
    gateway.script = [answer(), act]

    done = run("send", "--to-file", "-", *IN_TURN, "-m", TEXT, "-o", "json", stdin=lines(MOBILES[:2_501]))

    assert done.status == 6
    assert counts(done.json) == (2_500, 0, 0, 1)
    assert [request.connection for request in gateway.received] == [1, 1]
