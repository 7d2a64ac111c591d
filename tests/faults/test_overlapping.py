"""Two batches share recipients, and go on at the same time: nobody gets a text twice by accident."""

import os
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.conftest import Run
from tests.faults.client import Client
from tests.faults.gateway import FaultGateway, Pair, accept_all, pairs
from tests.faults.person import Person
from tests.ledger.scene import counts, people, send_csv, write_csv
from tests.scripted_gateway import Act, Received, answer

if TYPE_CHECKING:
    from socket import socket

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")

REFUSED = answer('{"Code":"-5","Message":"余额不足"}')
RESUME = ("--rate", "0", "--concurrency", "1", "-o", "json")
NEW: Pair = ("13900000000", "【科迅】新")


@pytest.fixture
def person() -> Iterator[Person]:
    person = Person()
    yield person
    person.leave()


def refuse_first(gateway: FaultGateway, count: int) -> Callable[[Received], Act | None]:
    """Refuse the next so many requests."""
    before = len(gateway.received)
    return lambda request: REFUSED if len(gateway.received) <= before + count else None


def pause(run: Run, gateway: FaultGateway, rows: list[Pair], name: str) -> str:
    """A batch whose first recipient was refused, with the rest planned; its id."""
    gateway.plan = refuse_first(gateway, 1)
    done = send_csv(run, "--pause-after", "1", file=write_csv(rows, name))
    gateway.plan = accept_all
    assert (done.status, counts(done)) == (3, (0, 1, len(rows) - 1, 0))
    return str(done.json["batch"])


def most(gateway: FaultGateway) -> int:
    """How often somebody was accepted with one text, who was so most often."""
    return max(gateway.accepted.values())


def asked(person: Person, rows: list[Pair], *options: str) -> None:
    """Somebody is asked whether to send to them."""
    person.is_asked("send", "--csv", write_csv(rows, "b.csv"), "--rate", "0", *options)


def test_an_earlier_one_is_resumed_while_a_person_is_asked(
    run: Run, gateway: FaultGateway, person: Person
) -> None:
    earlier = people(6)
    name = pause(run, gateway, earlier, "a.csv")
    asked(person, [*earlier, NEW])
    assert run("batch", "resume", name, *RESUME).status == 3
    before = len(gateway.received)

    status = person.says("y")

    assert (status, len(gateway.received)) == (7, before), person.shown
    assert name.encode() in person.shown
    assert (most(gateway), len(run("batch", "list", "-o", "json").json)) == (1, 1)


def test_and_those_are_left_out_if_that_is_wanted(run: Run, gateway: FaultGateway, person: Person) -> None:
    earlier = people(6)
    name = pause(run, gateway, earlier, "a.csv")
    asked(person, [*earlier, NEW], "--skip-sent")
    run("batch", "resume", name, *RESUME)

    status = person.says("y")

    assert status == 0, person.shown
    assert gateway.accepted == dict.fromkeys([*earlier, NEW], 1)
    assert run("batch", "list", "-o", "json").json[0]["recipients"] == 2
    assert run("batch", "check").status == 0


def test_it_says_that_more_are_left_out_than_when_it_asked(
    run: Run, gateway: FaultGateway, person: Person
) -> None:
    name = pause(run, gateway, people(6), "a.csv")
    asked(person, [*people(6), NEW], "--skip-sent")
    assert b"skipped" not in person.shown
    run("batch", "resume", name, *RESUME)

    person.says("y")

    assert b"skipped 5 recipients" in person.shown


def test_an_earlier_one_cannot_go_on_while_a_later_one_sends(
    run: Run, gateway: FaultGateway, client: Client
) -> None:
    """The shared rows of the later one are planned, and nobody knows when their turn comes."""
    shared = people(5)
    name = pause(run, gateway, [*people(1, first=50), *shared], "a.csv")
    later = [*people(6, first=20), *shared]
    write_csv(later, "b.csv")
    begun, go_on = threading.Event(), threading.Event()

    def plan(request: Received) -> Act:
        act = gateway.accept(request)

        def held(connection: "socket") -> None:
            begun.set()
            go_on.wait(30)
            act(connection)

        return held

    gateway.plan = plan
    client.start("send", "--csv", "b.csv", "--yes", *RESUME)
    assert begun.wait(30)

    listed = run("batch", "list", "-o", "json").json
    resumed = run("batch", "resume", name, *RESUME)
    write_csv([*shared, NEW], "c.csv")
    third = send_csv(run, file="c.csv")
    arrived = set(gateway.arrived)
    go_on.set()
    done = client.end()

    for stopped in (resumed, third):
        assert (stopped.status, stopped.out, stopped.error["kind"]) == (7, b"", "guard")
        assert listed[0]["batch"] in stopped.error["message"]
    assert arrived.isdisjoint(shared)
    assert (done.status, done.json["accepted"]) == (0, len(later))
    assert gateway.accepted == dict.fromkeys(later, 1)


def test_the_refused_are_sent_to_again_while_a_person_is_asked(
    run: Run, gateway: FaultGateway, person: Person
) -> None:
    earlier = people(3)
    gateway.plan = refuse_first(gateway, 3)
    name = send_csv(run, file=write_csv(earlier, "a.csv")).json["batch"]
    gateway.plan = accept_all
    asked(person, [*earlier, NEW])
    assert run("batch", "retry", name, "--rejected", *RESUME).status == 0

    status = person.says("y")

    assert status == 7, person.shown
    assert gateway.accepted == dict.fromkeys(earlier, 1)


@pytest.mark.parametrize(("option", "statuses"), [("--yes", (7, 3)), ("--again", (0, 7))])
def test_a_later_one_is_begun_while_a_person_is_asked_about_going_on(
    run: Run, gateway: FaultGateway, person: Person, option: str, statuses: tuple[int, int]
) -> None:
    """Who is asked about the rest of a batch has a claim to it, which --again overrides."""
    rows = people(6)
    pause(run, gateway, rows, "b.csv")
    asked(person, rows)
    done = send_csv(run, option, file=write_csv([*rows[3:], NEW], "c.csv"))

    status = person.says("y")

    assert (done.status, status) == statuses, (done.err, person.shown)
    assert most(gateway) == 1


@pytest.mark.parametrize("turn", range(3))
def test_two_are_resumed_at_once(run: Run, gateway: FaultGateway, turn: int) -> None:
    """No answer comes before both have begun to send or one has ended."""
    shared = people(4)
    own = {"a.csv": people(3, first=20), "b.csv": people(3, first=30)}
    names = [pause(run, gateway, [*rows, *shared], name) for name, rows in own.items()]
    seen: set[str] = set()
    go_on = threading.Event()

    def plan(request: Received) -> Act:
        act = gateway.accept(request)
        seen.update(name for name, rows in own.items() if pairs(request)[0] in rows)
        if len(seen) == 2:
            go_on.set()

        def held(connection: "socket") -> None:
            go_on.wait(30)
            act(connection)

        return held

    def ended(one: Client) -> None:
        one.process.wait(60)
        go_on.set()

    gateway.plan = plan
    clients = [Client() for _ in names]
    for one, name in zip(clients, names[:: -1 if turn % 2 else 1], strict=True):
        one.start("batch", "resume", name, *RESUME)
    waiting = [threading.Thread(target=ended, args=(one,)) for one in clients]
    for thread in waiting:
        thread.start()
    all_done = [one.end() for one in clients]
    for thread in waiting:
        thread.join()

    assert {done.status for done in all_done} <= {3, 7}, [done.err for done in all_done]
    assert most(gateway) == 1 if gateway.accepted else all(done.status == 7 for done in all_done)

    gateway.plan = accept_all
    for name in names:
        assert run("batch", "resume", name, "--skip-sent", *RESUME).status == 3
    assert gateway.accepted == dict.fromkeys([*own["a.csv"][1:], *own["b.csv"][1:], *shared], 1)
    assert run("batch", "check").status == 0
