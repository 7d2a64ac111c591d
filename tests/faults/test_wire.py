"""Every fault of `wire` happens to every command: its status, its words, its requests, and its ledger."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from types import MappingProxyType
from typing import NamedTuple

import pytest

from tests.conftest import TOKEN, Done, Run
from tests.engines import query_ledger
from tests.faults.batch_audit import counts, states
from tests.faults.wire import (
    ACCEPTED,
    FETCHED,
    KEPT_UNREAD,
    NO_ANSWER,
    NOT_SENT,
    NOTHING_NEW,
    REJECTED,
    RETRIED,
    ROWS,
    UNKNOWN,
    Ending,
    Fault,
    whole,
)
from tests.gateway.wire.conftest import TEXT, Certificates, Configure, Serve, lines, numbers
from tests.scripted_gateway import ScriptedGateway, answer

SEND = ("send", "13800000000", "-m", TEXT, "--retries", "1")
COMMANDS = {"send": SEND, "balance": ("balance",), "report": ("report",), "mo": ("mo",)}
TWICE = {
    "send": ("send", "--to-file", "-", "--yes", "-m", TEXT, "--retries", "1", "--concurrency", "1"),
    "balance": ("balance", "--all"),
    "report": ("report",),
    "mo": ("mo",),
}
STATES = {
    ACCEPTED: "accepted",
    REJECTED: "rejected",
    NOT_SENT: "not_sent",
    RETRIED: "not_sent",
    UNKNOWN: "unknown",
}
SHOWN = {"send": "11", "balance": "7", "report": "DELIVRD", "mo": "TD"}
FAULTS = {fault.name: (row, fault) for row in ROWS for fault in row.faults}


class Place(NamedTuple):
    """The place of a fault: its URL, its gateway if it has one, and the host that it redirects to."""

    url: str
    gateway: ScriptedGateway | None = None
    other: ScriptedGateway | None = None
    environ: Mapping[str, str] = MappingProxyType({})


@contextmanager
def place_of(fault: Fault, command: str, serve: Serve, certificates: Certificates) -> Iterator[Place]:
    if fault.unreachable is not None:
        with fault.unreachable() as url:
            yield Place(url)
        return
    tls, environ = None, {}
    if fault.certificate is not None:
        name = "other.example" if fault.certificate == "wrong name" else "127.0.0.1"
        ended = datetime(2020, 1, 1, tzinfo=UTC) if fault.certificate == "expired" else None
        tls = certificates.context(name, not_after=ended)
        trusted = fault.certificate != "self-signed"
        environ = {"REQUESTS_CA_BUNDLE": str(certificates.file)} if trusted else {}
    gateway = serve(tls=tls, on_connect=fault.before_tls)
    act, other = fault.act, None
    if fault.redirects is not None:
        other = serve()
        act = answer("", fault.redirects, headers={"Location": f"{other.url}/SMS/Send"})
    gateway.script = [answer(whole())] * fault.is_second + [act]
    gateway.otherwise = act if command == "send" else answer('{"Code":"0"}')
    url = gateway.url.replace("http:", "https:") if fault.before_tls is not None else gateway.url
    yield Place(url, gateway, other, environ)


def test_every_fault_has_its_own_name() -> None:
    assert len(FAULTS) == sum(len(row.faults) for row in ROWS)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_ends_the_command_as_the_table_says(
    run: Run, profile: Configure, serve: Serve, certificates: Certificates, name: str, command: str
) -> None:
    row, fault = FAULTS[name]
    ending = {"send": row.send, "balance": row.balance}.get(command, row.records)
    profile(**fault.settings)

    with place_of(fault, command, serve, certificates) as place:
        environ = {"KXSMS_BASE_URL": place.url, "KXSMS_ACCOUNT": "12345", "KXSMS_TOKEN": TOKEN}
        arguments = (TWICE if fault.is_second else COMMANDS)[command]
        done = run(*arguments, stdin=lines(numbers(2_501)), env=environ | {**place.environ})

        assert done.status == ending.status
        check_words(done, command, fault, ending)
        check_requests(place, done, command, fault, ending)
        if command == "send":
            check_batch(run, fault, ending)
        elif command != "balance":
            check_kept(fault, ending)


def check_words(done: Done, command: str, fault: Fault, ending: Ending) -> None:
    """Check the error, the hint, and that there is no token and no traceback."""
    assert "s3cret" not in done.text + done.err
    assert "Traceback" not in done.err
    if ending.status == 0:
        assert done.err == ""
        assert ending is NOTHING_NEW or (fault.shows or SHOWN[command]) in done.text
        return
    printed = done.err.splitlines()
    error = next(line for line in printed if line.startswith("kxsms: error: "))
    below = printed[printed.index(error) :]
    hint = next((line for line in below if line.startswith("hint: ")), "")
    assert fault.says
    assert fault.says in (done.err if fault.is_second else error)
    assert ("unknown" in error) == (ending is UNKNOWN)
    assert ("do not resend yet" in hint) == (ending is UNKNOWN)
    assert ("run the same command again" in hint) == (ending in (NOT_SENT, RETRIED, NO_ANSWER))


def check_requests(place: Place, done: Done, command: str, fault: Fault, ending: Ending) -> None:
    """Check that one request arrived, or one more if nothing was sent and a retry may help."""
    tries = 2 if ending is RETRIED else 1
    assert done.err.count("; retrying") == tries - 1
    assert place.other is None or place.other.connections == 0
    if place.gateway is None:
        return
    arrived = len(place.gateway.received)
    if fault.before_tls is not None or fault.certificate is not None:
        assert place.gateway.connections == tries
        assert arrived == 0
    elif fault.is_second:
        assert arrived == (4 if command == "balance" else 2)
        assert [request.connection for request in place.gateway.received[:2]] == [1, 1]
    else:
        # report and mo repeat the request until there is nothing new.
        assert arrived == tries + (ending is FETCHED)


def check_batch(run: Run, fault: Fault, ending: Ending) -> None:
    """Check the outcome in the ledger, through kxsms and without it."""
    expected = {STATES[ending]: 1} | ({"accepted": 2_500} if fault.is_second else {})
    (batch,) = run("batch", "list", "-o", "json").json
    assert counts(batch) == expected
    assert states() == expected


def check_kept(fault: Fault, ending: Ending) -> None:
    """Check that the answers with reports and replies are on disk."""
    found = dict(query_ledger("SELECT state, count(*) FROM answers GROUP BY state"))
    read = ending is FETCHED or fault.is_second
    unread = ending is KEPT_UNREAD or fault.keeps
    assert found == ({"read": 1} if read else {"unread": 1} if unread else {})
