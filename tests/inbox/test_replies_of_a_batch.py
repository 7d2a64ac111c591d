"""Replies that a batch fetches: who opts out gets nothing more, and the next `mo` shows each reply once."""

import socket
import subprocess
import threading
from contextlib import closing
from pathlib import Path

import pytest

from kxsms.inbox import background
from tests.conftest import TOKEN, Done, Run
from tests.engines import query_ledger
from tests.faults.client import Client
from tests.inbox.records_gateway import (
    EMPTY,
    ONE,
    TEXT,
    THREE,
    TWO,
    RecordsGateway,
    a_reply,
    body_of,
    fetch,
    keep_unread_answer,
    write_profile,
)
from tests.scripted_gateway import ACCEPTED, Act, answer
from tests.terminal import PROGRAMS

REFUSED = '{"Code":"7","Message":"no"}'


def send_batch(run: Run, *options: str, mobiles: tuple[str, ...] = (ONE, TWO)) -> Done:
    Path("n.txt").write_text("\n".join(mobiles))
    return run("send", "--to-file", "n.txt", "-m", TEXT, "--yes", "-o", "json", *options)


def send_each(run: Run, *mobiles: str, pause_after: int = 10) -> Done:
    """Send a batch with a request for each number, one at a time."""
    rows = [f"{mobile},{TEXT}{index}" for index, mobile in enumerate(mobiles)]
    Path("p.csv").write_text("\n".join(["mobile,content", *rows]))
    pace = ("--concurrency", "1", "--rate", "0", "--pause-after", str(pause_after))
    return run("send", "--csv", "p.csv", "--yes", "-o", "json", *pace)


def sent_to(gateway: RecordsGateway) -> list[str]:
    sends = [request for request in gateway.received if request.path.endswith("Send")]
    return [mobile for request in sends for mobile in request.numbers]


def test_a_reply_before_a_batch_keeps_its_number_out(run: Run, gateway: RecordsGateway) -> None:
    write_profile(fetch_replies=True)
    gateway.prepare(body_of(a_reply(TWO, "退订")))
    done = send_batch(run)
    assert (done.json["opted_out"], done.json["accepted"]) == (1, 1)
    assert sent_to(gateway) == [ONE]


def test_the_next_mo_shows_what_a_batch_fetched_once(run: Run, gateway: RecordsGateway) -> None:
    write_profile(fetch_replies=True)
    gateway.prepare(body_of(a_reply(TWO, "退订")))
    send_batch(run)
    assert [reply["content"] for reply in fetch(run, command="mo")] == ["退订"]
    assert fetch(run, command="mo") == []


def test_a_ledger_that_has_fetched_replies_does_so_again(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_reply(ONE, "hello")))
    fetch(run, command="mo")
    gateway.prepare(body_of(a_reply(TWO, "TD")))
    assert send_batch(run).json["opted_out"] == 1


@pytest.mark.parametrize("kind", ["report", "mo"])
def test_other_answers_allow_no_fetch(run: Run, gateway: RecordsGateway, kind: str) -> None:
    run("send", ONE, "-m", "【科】1")
    keep_unread_answer(kind, EMPTY, account="12345" if kind == "report" else "999")
    done = send_batch(run)
    assert gateway.query_count() == 0
    assert done.err.count("opt-outs are only known from kxsms mo") == 1
    assert "kxsms config set fetch_replies true" in done.err


def test_a_profile_can_forbid_to_fetch(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_reply(ONE, "hello")))
    fetch(run, command="mo")
    write_profile(fetch_replies=False)
    done = send_batch(run)
    assert gateway.query_count() == 2
    assert "opt-outs" not in done.err


def test_a_single_send_fetches_nothing(run: Run, gateway: RecordsGateway) -> None:
    write_profile(fetch_replies=True)
    run("send", ONE, "-m", TEXT)
    assert gateway.query_count() == 0


def test_a_dry_run_fetches_nothing(run: Run, gateway: RecordsGateway) -> None:
    write_profile(fetch_replies=True)
    send_batch(run, "--dry-run")
    assert gateway.query_count() == 0


def test_a_batch_that_was_sent_before_fetches_nothing(run: Run, gateway: RecordsGateway) -> None:
    write_profile(fetch_replies=True)
    send_batch(run)
    queries = gateway.query_count()
    assert send_batch(run).json["replayed"] is True
    assert gateway.query_count() == queries


@pytest.mark.parametrize("failure", [answer(REFUSED), answer("x", 500), answer("?", 200)])
def test_a_fetch_that_fails_is_noted_and_stops_nothing(
    run: Run, gateway: RecordsGateway, failure: Act
) -> None:
    write_profile(fetch_replies=True)
    gateway.answers.append(failure)
    done = send_batch(run)
    assert done.status == 0
    assert "replies could not be fetched" in done.err or "an answer cannot be read" in done.err


@pytest.mark.sqlite
def test_an_answer_that_cannot_be_kept_is_shown_and_stops_nothing(run: Run, gateway: RecordsGateway) -> None:
    write_profile(fetch_replies=True)
    run("send", ONE, "-m", "【科】1")
    query_ledger("CREATE TRIGGER broken BEFORE INSERT ON answers BEGIN SELECT RAISE(ABORT, 'broken'); END")
    gateway.prepare(body_of(a_reply(ONE, "a reply to keep")))
    done = send_batch(run)
    assert (done.status, done.json["accepted"]) == (0, 2)
    assert "replies could not be fetched or kept" in done.err
    assert "a reply to keep" in done.err


def test_a_batch_does_not_wait_long_for_another_process_that_fetches(
    run: Run, gateway: RecordsGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "_TURN_SECONDS", 0.0)
    write_profile(fetch_replies=True)
    is_asked, is_sent = threading.Event(), threading.Event()

    def asked(connection: socket.socket) -> None:
        is_asked.set()
        held_until(is_sent, answer(EMPTY))(connection)

    gateway.answers.append(asked)
    with closing(Client()) as client:
        client.start("mo", "-o", "json")
        assert is_asked.wait(20)
        done = send_batch(run)
        is_sent.set()
        assert client.end().status == 0
    assert done.json["accepted"] == 2
    assert "another process is fetching replies" in done.err
    assert gateway.query_count() == 1


def test_a_batch_that_is_resumed_fetches_first(run: Run, gateway: RecordsGateway) -> None:
    write_profile(fetch_replies=True, account="12345", token=TOKEN, base_url=gateway.url)
    gateway.send_answers.append(answer(REFUSED))
    first = send_each(run, ONE, TWO, THREE, pause_after=1)
    assert sent_to(gateway) == [ONE]
    gateway.prepare(body_of(a_reply(THREE, "R")))
    done = run("batch", "resume", first.json["batch"])
    assert done.status == 3, done.err
    assert sent_to(gateway) == [ONE, TWO]
    assert query_ledger("SELECT opted_out FROM batches") == [(1,)]


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fetch all the time while a batch is sent: five minutes are too long for a test."""
    monkeypatch.setattr(background, "INTERVAL_SECONDS", 0.0)


def held_until(event: threading.Event, act: Act) -> Act:
    def held(connection: socket.socket) -> None:
        assert event.wait(20)
        act(connection)

    return held


def setting(event: threading.Event, body: str) -> Act:
    """Return an act that answers and sets an event."""

    def act(connection: socket.socket) -> None:
        event.set()
        answer(body)(connection)

    return act


@pytest.mark.usefixtures("often")
def test_a_reply_during_a_batch_keeps_its_number_out(run: Run, gateway: RecordsGateway) -> None:
    write_profile(fetch_replies=True)
    is_kept = threading.Event()
    # A second query follows when what the first one brought has been kept and read.
    gateway.answers += [answer(EMPTY), answer(body_of(a_reply("13800000004", "退订")))]
    gateway.answers += [setting(is_kept, EMPTY)]
    gateway.send_answers.append(held_until(is_kept, answer(ACCEPTED)))
    done = send_each(run, ONE, TWO, THREE, "13800000004")
    assert sent_to(gateway) == [ONE, TWO, THREE]
    assert (done.json["opted_out"], done.json["accepted"]) == (1, 3)
    assert [reply["mobile"] for reply in fetch(run, command="mo")] == ["13800000004"]
    assert fetch(run, command="mo") == []


@pytest.mark.usefixtures("often")
def test_mo_shows_a_reply_while_the_batch_runs(run: Run, gateway: RecordsGateway) -> None:
    write_profile(fetch_replies=True)
    is_kept, shown = threading.Event(), list[bytes]()

    def accept_later(connection: socket.socket) -> None:
        assert is_kept.wait(20)
        command = [str(PROGRAMS / "kxsms"), "mo", "--no-pull", "-o", "csv"]
        shown.append(subprocess.run(command, check=True, capture_output=True).stdout)
        answer(ACCEPTED)(connection)

    gateway.answers += [answer(EMPTY), answer(body_of(a_reply(ONE, "R"))), answer(EMPTY)]
    gateway.answers += [setting(is_kept, EMPTY)]
    gateway.send_answers.append(accept_later)
    assert send_batch(run).status == 0
    assert b"opted_out" in shown[0]
    assert fetch(run, command="mo") == []


@pytest.mark.usefixtures("often")
def test_an_answer_that_arrives_after_the_last_request_is_kept(run: Run, gateway: RecordsGateway) -> None:
    write_profile(fetch_replies=True)
    is_asked, is_sent = threading.Event(), threading.Event()

    def asked(connection: socket.socket) -> None:
        is_asked.set()
        held_until(is_sent, answer(body_of(a_reply(ONE, "退订"))))(connection)

    def sent(connection: socket.socket) -> None:
        assert is_asked.wait(20)
        answer(ACCEPTED)(connection)
        threading.Timer(0.1, is_sent.set).start()

    gateway.answers += [answer(EMPTY), asked]
    gateway.send_answers.append(sent)
    assert send_batch(run).status == 0
    assert [reply["mobile"] for reply in fetch(run, command="mo")] == [ONE]


@pytest.mark.usefixtures("often")
def test_what_fails_during_a_batch_is_noted_once(run: Run, gateway: RecordsGateway) -> None:
    write_profile(fetch_replies=True)
    is_over = threading.Event()
    gateway.answers += [answer(REFUSED), answer(REFUSED), setting(is_over, REFUSED)]
    gateway.send_answers.append(held_until(is_over, answer(ACCEPTED)))
    done = send_batch(run)
    assert done.status == 0
    assert done.err.count("replies could not be fetched") == 1


def test_the_sandbox_tells_a_batch_who_opted_out(run: Run) -> None:
    run("send", "--sandbox", ONE, "-m", TEXT)
    run("sandbox", "reply", ONE, "T")
    done = send_batch(run, "--sandbox")
    assert done.json["opted_out"] == 1
