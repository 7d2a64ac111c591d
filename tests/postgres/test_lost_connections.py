"""The connection to the server breaks while a batch is sent: no text is sent twice, and all are settled."""

import os
import socket
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.conftest import Done, Run
from tests.postgres import CuttingProxy, PostgresServer
from tests.scripted_gateway import ScriptedGateway, answer

CSV = b"mobile,content\n" + b"".join(b"138%08d,Hello %d\n" % (number, number) for number in range(40))
SEND = ("send", "--csv", "-", "--yes", "-o", "json", "--concurrency", "2", "--rate", "0")


def interrupted(gateway: ScriptedGateway, requests: Sequence[int], fault: Callable[[], object]) -> None:
    """Let a fault happen when each of some requests arrives, before its answer."""
    numbers = count(1)

    def act(connection: socket.socket) -> None:
        if next(numbers) in requests:
            fault()
        answer()(connection)

    gateway.otherwise = act


def place(url: str) -> dict[str, str]:
    """Return the environment for a ledger in the schema of the role of a URL."""
    return {"KXSMS_LEDGER": f"{url}&schema={urlsplit(url).username}"}


def send(run: Run, url: str) -> Done:
    return run(*SEND, stdin=CSV, env=place(url))


def numbers_of(gateway: ScriptedGateway) -> list[str]:
    return [number for request in gateway.received for number in request.numbers]


@pytest.fixture(params=["before", "after"])
def sent(
    request: pytest.FixtureRequest, run: Run, gateway: ScriptedGateway, postgres_proxy: CuttingProxy
) -> Done:
    """Return a send in which the connection breaks at a COMMIT, three times."""
    fault = postgres_proxy.cut_before if request.param == "before" else postgres_proxy.cut_after
    interrupted(gateway, (3, 11, 25), fault)
    done = send(run, postgres_proxy.url)
    assert postgres_proxy.cuts == 3
    return done


def test_a_send_survives_lost_commits(sent: Done) -> None:
    assert sent.status == 0, sent.err


def test_lost_commits_send_nothing_twice(sent: Done, gateway: ScriptedGateway) -> None:
    assert sorted(numbers_of(gateway)) == [f"138{number:08}" for number in range(40)]


def test_lost_commits_lose_no_outcome(sent: Done) -> None:
    assert sent.json["accepted"] == 40


def test_a_send_survives_a_restart_of_the_server(
    run: Run, gateway: ScriptedGateway, own_postgres: PostgresServer
) -> None:
    interrupted(gateway, (5, 20), lambda: own_postgres.restart(immediate=True))
    done = send(run, own_postgres.places.create())
    assert (done.status, len(numbers_of(gateway)), done.json["accepted"]) == (0, 40, 40)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing wait for a server that is away."""
    monkeypatch.setattr("kxsms.sending.outages._PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr("kxsms.ledger.postgres.transactions._PATIENCE_SECONDS", 0.0)


@pytest.fixture
def spooled(
    run: Run, gateway: ScriptedGateway, postgres_url: str, postgres_proxy: CuttingProxy, impatient: None
) -> Done:
    """Return a send during which the server goes away for good, with two requests in flight.

    Afterwards its process counts as dead.
    """

    def vanish() -> None:
        postgres_proxy.refuse()
        postgres_proxy.cut_all()

    interrupted(gateway, (9,), vanish)
    done = send(run, postgres_proxy.url)
    gateway.otherwise = answer()
    postgres_proxy.accept()
    with psycopg.connect(postgres_url) as connection:
        connection.execute("UPDATE sessions SET lease_until = clock_timestamp()")
    return done


def spool_files() -> list[Path]:
    return sorted(Path(os.environ["KXSMS_STATE_DIR"]).glob("spool-*"))


def test_a_server_that_stays_away_ends_the_send(spooled: Done) -> None:
    assert spooled.status == 1


def test_the_error_names_the_file_with_the_outcomes(spooled: Done) -> None:
    assert str(spool_files()[0]) in spooled.error["hint"]


def test_only_its_user_can_read_the_file(spooled: Done) -> None:
    assert [path.stat().st_mode & 0o777 for path in spool_files()] == [0o600]


def test_the_next_command_settles_from_the_file(
    spooled: Done, run: Run, gateway: ScriptedGateway, postgres_proxy: CuttingProxy
) -> None:
    done = send(run, postgres_proxy.url)
    assert (done.status, done.json["accepted"]) == (0, 40), done.err


def test_after_the_file_nothing_is_sent_twice(
    spooled: Done, run: Run, gateway: ScriptedGateway, postgres_proxy: CuttingProxy
) -> None:
    send(run, postgres_proxy.url)
    assert sorted(numbers_of(gateway)) == [f"138{number:08}" for number in range(40)]


def test_a_settled_file_is_removed(spooled: Done, run: Run, postgres_proxy: CuttingProxy) -> None:
    send(run, postgres_proxy.url)
    assert not spool_files()


def test_another_host_may_have_made_them_unknown_before(
    spooled: Done, run: Run, gateway: ScriptedGateway, postgres_proxy: CuttingProxy, tmp_path: Path
) -> None:
    elsewhere = {**place(postgres_proxy.url), "KXSMS_STATE_DIR": str(tmp_path / "elsewhere")}
    run(*SEND, stdin=CSV, env=elsewhere)
    done = send(run, postgres_proxy.url)
    assert (done.json["accepted"], done.json["unknown"]) == (40, 0)


def test_the_bytes_of_a_fetch_survive(
    run: Run, gateway: ScriptedGateway, postgres_proxy: CuttingProxy, impatient: None
) -> None:
    reply = '{"Code":"0","MoList":[{"Mobile":"13800000000","Content":"hi","Time":"2026-11-22 10:00:00"}]}'

    def act(connection: socket.socket) -> None:
        postgres_proxy.refuse()
        postgres_proxy.cut_all()
        answer(reply)(connection)

    gateway.script = [act]
    env = place(postgres_proxy.url)
    first = run("mo", "-o", "json", env=env)
    postgres_proxy.accept()
    gateway.otherwise = answer('{"Code":"0","MoList":[]}')
    second = run("mo", "-o", "json", env=env)
    assert (first.status, b'"hi"' in second.out) == (1, True), (first, second)
