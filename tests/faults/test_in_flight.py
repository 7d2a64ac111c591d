"""The recipients that a living process is sending to are in flight; their outcome is not called unknown."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.conftest import Run
from tests.faults.client import Client
from tests.faults.conftest import SEND, MakeRows
from tests.faults.gateway import FaultGateway
from tests.scripted_gateway import Act, Received


@pytest.fixture
def sender(gateway: FaultGateway, make_rows: MakeRows) -> Iterator[Client]:
    """Yield a process that has sent two of six requests and waits for the answer to the third."""
    make_rows(6)
    waiting = threading.Event()

    def plan(request: Received) -> Act | None:
        if len(gateway.received) < 3:
            return None
        waiting.set()
        return gateway.silent

    gateway.plan = plan
    with closing(Client()) as client:
        client.start(*SEND, "--concurrency", "1")
        assert waiting.wait(30)
        yield client


def test_a_living_process_has_recipients_in_flight(sender: Client, run: Run) -> None:
    (listed,) = run("batch", "list", "-o", "json").json
    shown = run("batch", "show", listed["batch"], "-o", "json").json

    for document in (listed, shown):
        assert document["in_flight"] >= 1
        assert document["unknown"] == 0
        parts = ("accepted", "rejected", "not_sent", "in_flight", "unknown")
        assert sum(document[part] for part in parts) == 6
    keys = list(listed)
    assert keys[keys.index("not_sent") : keys.index("unknown") + 1] == ["not_sent", "in_flight", "unknown"]


def test_the_note_says_how_many_are_in_flight(sender: Client, run: Run) -> None:
    (listed,) = run("batch", "list", "-o", "json").json

    assert f"in progress: {listed['in_flight']} in flight" in run("batch", "show", listed["batch"]).err


def test_a_dead_process_leaves_unknown_recipients(sender: Client, run: Run) -> None:
    sender.kill()
    sender.end()

    (listed,) = run("batch", "list", "-o", "json").json

    assert listed["in_flight"] == 0
    assert listed["unknown"] >= 1
