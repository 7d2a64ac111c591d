"""The connection to the server breaks while a batch is sent: no text is sent twice, and all are settled."""

import os
import socket
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from kxsms.domain.ledger_place import postgres_place
from kxsms.ledger.postgres.database import PostgresDatabase
from kxsms.ledger.postgres.sessions import Session
from tests.conftest import Done, Run
from tests.postgres import CuttingProxy, PostgresServer
from tests.scripted_gateway import ACCEPTED, Act, ScriptedGateway, answer

CSV = b"mobile,content\n" + b"".join(b"138%08d,Hello %d\n" % (number, number) for number in range(40))
SEND = ("send", "--csv", "-", "--yes", "-o", "json", "--concurrency", "2", "--rate", "0")


OPT_OUT = """
    INSERT INTO opt_outs (mobile, origin, account, number, since, source)
    VALUES (13800000039, %s, '12345', 1, 1, 'test')
"""


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


class Outage:
    """A server that goes away when a request arrives at the gateway, and comes back when the test says so."""

    def __init__(self, gateway: ScriptedGateway, proxy: CuttingProxy, url: str) -> None:
        self._gateway, self._proxy, self._url = gateway, proxy, url

    def at(self, request: int, body: str = ACCEPTED) -> None:
        """Go away at this request, before its answer."""
        acts = [answer()] * (request - 1)
        self._gateway.script = [*acts, lambda connection: self._vanish(connection, answer(body))]

    def _vanish(self, connection: socket.socket, act: Act) -> None:
        self._proxy.refuse()
        self._proxy.cut_all()
        act(connection)

    def end(self) -> None:
        """Come back. The process that used the server counts as dead, although it is that of the tests."""
        self._proxy.accept()
        with psycopg.connect(self._url) as connection:
            connection.execute("UPDATE sessions SET lease_until = clock_timestamp()")


@pytest.fixture
def outage(
    gateway: ScriptedGateway, postgres_url: str, postgres_proxy: CuttingProxy, impatient: None
) -> Outage:
    return Outage(gateway, postgres_proxy, postgres_url)


@pytest.fixture
def spooled(run: Run, outage: Outage, postgres_proxy: CuttingProxy) -> Done:
    """Return a send during which the server stays away, with two requests in flight."""
    outage.at(9)
    done = send(run, postgres_proxy.url)
    outage.end()
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


def test_a_file_may_be_settled_from_twice(spooled: Done, run: Run, postgres_proxy: CuttingProxy) -> None:
    (file,) = spool_files()
    content = file.read_bytes()
    send(run, postgres_proxy.url)
    file.write_bytes(content)
    send(run, postgres_proxy.url)
    done = run("batch", "check", env=place(postgres_proxy.url))
    assert (done.status, spool_files()) == (0, []), done


def test_another_host_may_have_made_them_unknown_before(
    spooled: Done, run: Run, gateway: ScriptedGateway, postgres_proxy: CuttingProxy, tmp_path: Path
) -> None:
    elsewhere = {**place(postgres_proxy.url), "KXSMS_STATE_DIR": str(tmp_path / "elsewhere")}
    run(*SEND, stdin=CSV, env=elsewhere)
    done = send(run, postgres_proxy.url)
    assert (done.json["accepted"], done.json["unknown"]) == (40, 0)


def test_a_refusal_that_was_kept_in_the_file_is_one(
    run: Run, outage: Outage, postgres_proxy: CuttingProxy, tmp_path: Path
) -> None:
    outage.at(1, '{"Code":"-3","Message":"no"}')
    send(run, postgres_proxy.url)
    outage.end()
    elsewhere = {**place(postgres_proxy.url), "KXSMS_STATE_DIR": str(tmp_path / "elsewhere")}
    run(*SEND, stdin=CSV, env=elsewhere)
    done = send(run, postgres_proxy.url)
    assert (done.json["rejected"], done.json["unknown"]) == (1, 0)


def test_what_did_not_leave_before_the_server_went_away_is_sent_later(
    run: Run, outage: Outage, gateway: ScriptedGateway, postgres_proxy: CuttingProxy, tmp_path: Path
) -> None:
    def lose_the_answer() -> None:
        postgres_proxy.cut_after()
        postgres_proxy.refuse()

    interrupted(gateway, (7,), lose_the_answer)
    first = send(run, postgres_proxy.url)
    outage.end()
    elsewhere = {**place(postgres_proxy.url), "KXSMS_STATE_DIR": str(tmp_path / "elsewhere")}
    run(*SEND, stdin=CSV, env=elsewhere)
    send(run, postgres_proxy.url)
    assert (first.status, sorted(numbers_of(gateway))) == (1, [f"138{number:08}" for number in range(40)])


MO = '{"Code":"0","MoList":[{"Mobile":"13800000000","Content":"hi"}]}'


@pytest.fixture
def fetched(run: Run, outage: Outage, gateway: ScriptedGateway, postgres_proxy: CuttingProxy) -> Done:
    """Return a fetch of replies whose server is away when the answer comes."""
    outage.at(1, MO)
    gateway.otherwise = answer('{"Code":"0","MoList":[]}')
    done = run("mo", "-o", "json", env=place(postgres_proxy.url))
    outage.end()
    return done


def test_an_answer_that_cannot_be_kept_is_in_a_file(fetched: Done) -> None:
    assert (fetched.status, str(spool_files()[0]) in fetched.error["hint"]) == (1, True)


def test_the_next_command_keeps_the_answer(fetched: Done, run: Run, postgres_proxy: CuttingProxy) -> None:
    done = run("mo", "-o", "json", env=place(postgres_proxy.url))
    assert done.json[0]["content"] == "hi"


def test_an_answer_in_a_file_is_in_a_copy_of_the_ledger(
    fetched: Done, run: Run, postgres_proxy: CuttingProxy
) -> None:
    run("ledger", "copy", "--to", "new.sqlite3", "--yes", env=place(postgres_proxy.url))
    done = run("mo", "-o", "json", env={"KXSMS_LEDGER": str(Path("new.sqlite3").absolute())})
    assert done.json[0]["content"] == "hi"


def test_an_answer_in_a_file_is_kept_once(fetched: Done, run: Run, postgres_proxy: CuttingProxy) -> None:
    (file,) = spool_files()
    content = file.read_bytes()
    run("mo", "-o", "json", env=place(postgres_proxy.url))
    file.write_bytes(content)
    done = run("mo", "-o", "json", env=place(postgres_proxy.url))
    assert (done.json, spool_files()) == ([], [])


def test_an_answer_is_kept_once_though_its_commit_was_lost(
    run: Run, gateway: ScriptedGateway, postgres_proxy: CuttingProxy
) -> None:
    def act(connection: socket.socket) -> None:
        postgres_proxy.cut_after()
        answer(MO)(connection)

    gateway.script = [act]
    gateway.otherwise = answer('{"Code":"0","MoList":[]}')
    first = run("mo", "-o", "json", env=place(postgres_proxy.url))
    second = run("mo", "-o", "json", env=place(postgres_proxy.url))
    assert (postgres_proxy.cuts, len(first.json), len(second.json)) == (1, 1, 0)


def test_who_opted_out_at_a_lost_commit_gets_nothing(
    run: Run, gateway: ScriptedGateway, postgres_url: str, postgres_proxy: CuttingProxy
) -> None:
    def opt_out() -> None:
        with psycopg.connect(postgres_url) as connection:
            connection.execute(OPT_OUT, (f"127.0.0.1:{gateway.port}",))
        postgres_proxy.cut_before()

    interrupted(gateway, (3,), opt_out)
    send(run, postgres_proxy.url)
    assert "13800000039" not in numbers_of(gateway)


def test_a_lease_outlives_a_restart_of_the_server(
    own_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_RENEWAL_SECONDS", "_RETRY_SECONDS"):
        monkeypatch.setattr(f"kxsms.ledger.postgres.sessions.{name}", 0.02)
    url = place(own_postgres.places.create())["KXSMS_LEDGER"]
    with PostgresDatabase(postgres_place(url, {}), writable=True) as database:
        session = Session(database.place)
        number = session.number
    own_postgres.restart(immediate=True)
    with psycopg.connect(own_postgres.places.admin_url) as connection:
        connection.autocommit = True
        lease = f"SELECT lease_until FROM {database.place.schema}.sessions WHERE number = {number}"
        before = connection.execute(lease.encode()).fetchone()
        while connection.execute(lease.encode()).fetchone() == before:
            assert session.is_held()
    session.close()
