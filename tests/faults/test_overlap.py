"""Two batches with the same recipients at the same time: no recipient gets a text twice by accident."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.conftest import Run
from tests.faults.client import Client
from tests.faults.gateway import FaultGateway, Pair, accept_all, pairs
from tests.faults.terminal_user import TerminalUser
from tests.ledger.scene import counts, people, send_csv, write_csv
from tests.scripted_gateway import Act, Received, answer

if TYPE_CHECKING:
    from socket import socket

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")

REFUSED = answer('{"Code":"-5","Message":"余额不足"}')
RESUME = ("--rate", "0", "--concurrency", "1", "-o", "json")
NEW: Pair = ("13900000000", "【科迅】新")


@pytest.fixture
def user() -> Iterator[TerminalUser]:
    user = TerminalUser()
    yield user
    user.close()


def refuse_first(gateway: FaultGateway, count: int) -> Callable[[Received], Act | None]:
    """Return a plan that refuses the next `count` requests."""
    before = len(gateway.received)
    return lambda request: REFUSED if len(gateway.received) <= before + count else None


def pause(run: Run, gateway: FaultGateway, rows: list[Pair], name: str) -> str:
    """Send a batch whose first recipient is rejected and whose rest stays planned, and return its id."""
    gateway.plan = refuse_first(gateway, 1)
    done = send_csv(run, "--again", "--pause-after", "1", file=write_csv(rows, name))
    gateway.plan = accept_all
    assert done.status == 3
    assert counts(done) == (0, 1, len(rows) - 1, 0)
    return str(done.json["batch"])


def most_accepted(gateway: FaultGateway) -> int:
    """Return the highest number of times that a recipient was accepted with the same text."""
    return max(gateway.accepted.values())


def start_send(user: TerminalUser, rows: list[Pair], *options: str) -> None:
    """Start a send that asks the user for confirmation."""
    user.start("send", "--csv", write_csv(rows, "b.csv"), "--rate", "0", *options)


def test_a_batch_resumed_during_the_question_stops_the_send(
    run: Run, gateway: FaultGateway, user: TerminalUser
) -> None:
    earlier = people(6)
    start_send(user, [*earlier, NEW])
    name = pause(run, gateway, earlier, "a.csv")
    assert run("batch", "resume", name, *RESUME).status == 3
    before = len(gateway.received)

    status = user.answer("y")

    assert status == 7, user.shown
    assert len(gateway.received) == before
    assert name.encode() in user.shown
    assert most_accepted(gateway) == 1
    assert len(run("batch", "list", "-o", "json").json) == 1


def test_skip_sent_skips_the_recipients_of_a_batch_resumed_during_the_question(
    run: Run, gateway: FaultGateway, user: TerminalUser
) -> None:
    earlier = people(6)
    start_send(user, [*earlier, NEW], "--skip-sent")
    name = pause(run, gateway, earlier, "a.csv")
    run("batch", "resume", name, *RESUME)

    status = user.answer("y")

    assert status == 0, user.shown
    assert gateway.accepted == dict.fromkeys([*earlier, NEW], 1)
    assert run("batch", "list", "-o", "json").json[0]["recipients"] == 2
    assert run("batch", "check").status == 0


def test_recipients_skipped_after_the_question_are_counted_in_a_note(
    run: Run, gateway: FaultGateway, user: TerminalUser
) -> None:
    start_send(user, [*people(6), NEW], "--skip-sent")
    name = pause(run, gateway, people(6), "a.csv")
    assert b"skipped" not in user.shown
    run("batch", "resume", name, *RESUME)

    user.answer("y")

    assert b"skipped 5 recipients" in user.shown


def test_an_earlier_batch_cannot_be_resumed_while_a_later_one_sends(
    run: Run, gateway: FaultGateway, client: Client
) -> None:
    """The later batch may send its planned rows, which are in both, at any time."""
    shared = people(5)
    name = pause(run, gateway, [*people(1, first=50), *shared], "a.csv")
    later = [*people(6, first=20), *shared]
    write_csv(later, "b.csv")
    started, released = threading.Event(), threading.Event()

    def plan(request: Received) -> Act:
        act = gateway.accept(request)

        def delayed(connection: "socket") -> None:
            started.set()
            released.wait(30)
            act(connection)

        return delayed

    gateway.plan = plan
    client.start("send", "--csv", "b.csv", "--yes", "--again", *RESUME)
    assert started.wait(30)

    listed = run("batch", "list", "-o", "json").json
    resumed = run("batch", "resume", name, *RESUME)
    write_csv([*shared, NEW], "c.csv")
    third = send_csv(run, file="c.csv")
    skipping = send_csv(run, "--skip-sent", file="c.csv")
    arrived = set(gateway.arrived)
    released.set()
    done = client.end()

    for stopped in (resumed, third, skipping):
        assert stopped.status == 8
        assert stopped.out == b""
        assert stopped.error["kind"] == "busy"
        assert listed[0]["batch"] in stopped.error["message"]
    assert arrived.isdisjoint(shared)
    assert done.status == 0
    assert done.json["accepted"] == len(later)
    assert gateway.accepted == dict.fromkeys(later, 1)


def test_skip_sent_does_not_drop_recipients_of_a_killed_batch(
    run: Run, gateway: FaultGateway, client: Client
) -> None:
    """The killed process had planned them and sent them nothing: they are neither skipped nor lost."""
    gateway.plan = client.hit_at(1, signal.SIGKILL, gateway.accept, first=False)
    client.run("send", "--csv", write_csv(people(6), "a.csv"), "--yes", *RESUME)
    gateway.plan = accept_all
    arrived = gateway.arrived.copy()
    name = run("batch", "list", "-o", "json").json[0]["batch"]
    write_csv([*people(6), NEW], "b.csv")

    stopped = send_csv(run, "--skip-sent", file="b.csv")

    assert stopped.status == 7
    assert f"kxsms batch resume {name}" in stopped.error["hint"]
    assert gateway.arrived == arrived
    run("batch", "resume", name, *RESUME)
    assert send_csv(run, "--skip-sent", file="b.csv").status == 0
    assert NEW in gateway.arrived
    assert len(gateway.arrived) >= 6  # one request that was claimed may not have left: it is unknown
    assert max(gateway.arrived.values()) == 1


def test_a_batch_retried_during_the_question_stops_the_send(
    run: Run, gateway: FaultGateway, user: TerminalUser
) -> None:
    earlier = people(3)
    gateway.plan = refuse_first(gateway, 3)
    name = send_csv(run, file=write_csv(earlier, "a.csv")).json["batch"]
    gateway.plan = accept_all
    start_send(user, [*earlier, NEW])
    assert run("batch", "retry", name, "--rejected", *RESUME).status == 0

    status = user.answer("y")

    assert status == 7, user.shown
    assert gateway.accepted == dict.fromkeys(earlier, 1)


@pytest.mark.parametrize(("option", "statuses"), [("--yes", (8, 3)), ("--again", (0, 7))])
def test_a_batch_waiting_for_confirmation_stops_a_later_one_unless_with_again(
    run: Run, gateway: FaultGateway, user: TerminalUser, option: str, statuses: tuple[int, int]
) -> None:
    """The question about the rest of a batch reserves it; --again overrides that."""
    rows = people(6)
    pause(run, gateway, rows, "b.csv")
    start_send(user, rows)
    done = send_csv(run, option, file=write_csv([*rows[3:], NEW], "c.csv"))

    status = user.answer("y")

    assert done.status == statuses[0], done.err
    assert status == statuses[1], user.shown
    assert most_accepted(gateway) == 1


@pytest.mark.parametrize("turn", range(3))
def test_two_overlapping_batches_are_resumed_at_once(run: Run, gateway: FaultGateway, turn: int) -> None:
    """No answer leaves before both have started to send or one has ended."""
    shared = people(4)
    own = {"a.csv": people(3, first=20), "b.csv": people(3, first=30)}
    names = [pause(run, gateway, [*rows, *shared], name) for name, rows in own.items()]
    seen: set[str] = set()
    released = threading.Event()

    def plan(request: Received) -> Act:
        act = gateway.accept(request)
        seen.update(name for name, rows in own.items() if pairs(request)[0] in rows)
        if len(seen) == 2:
            released.set()

        def delayed(connection: "socket") -> None:
            released.wait(30)
            act(connection)

        return delayed

    def release_at_the_end_of(client: Client) -> None:
        client.process.wait(60)
        released.set()

    gateway.plan = plan
    clients = [Client() for _ in names]
    for client, name in zip(clients, names[:: -1 if turn % 2 else 1], strict=True):
        client.start("batch", "resume", name, *RESUME)
    waiting = [threading.Thread(target=release_at_the_end_of, args=(client,)) for client in clients]
    for thread in waiting:
        thread.start()
    all_done = [client.end() for client in clients]
    for thread in waiting:
        thread.join()

    assert {done.status for done in all_done} <= {3, 7, 8}, [done.err for done in all_done]
    assert most_accepted(gateway) == 1 if gateway.accepted else all(done.status == 8 for done in all_done)

    gateway.plan = accept_all
    for name in names:
        assert run("batch", "resume", name, "--skip-sent", *RESUME).status == 3
    assert gateway.accepted == dict.fromkeys([*own["a.csv"][1:], *own["b.csv"][1:], *shared], 1)
    assert run("batch", "check").status == 0
