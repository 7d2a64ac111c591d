"""The PostgreSQL of the tests: a schema for each, connections cut around a commit, a server that restarts."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.postgres import CuttingProxy, PostgresServer
from tests.postgres.fixtures import Lend

ROOT = Path(__file__).parent.parent

Cut = Callable[[CuttingProxy], None]


def run(url: str, statement: str) -> list[tuple[object, ...]]:
    """Run one statement in a session of its own."""
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def table(postgres_url: str) -> str:
    """Return a URL that leads to an empty table `t`."""
    run(postgres_url, "CREATE TABLE t (n int)")
    return postgres_url


def test_tables_are_created_in_the_schema_of_the_role(table: str) -> None:
    found = run(table, "SELECT schemaname FROM pg_tables WHERE tableowner = current_user")
    assert found == [(urlsplit(table).username,)]


def test_the_role_may_create_no_other_schema(postgres_url: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run(postgres_url, "CREATE SCHEMA other")


def test_a_place_is_dropped_under_an_open_session(postgres: Lend) -> None:
    with postgres() as url:
        session = psycopg.connect(url)
        session.execute("CREATE TABLE t (n int)")
    with session, pytest.raises(psycopg.OperationalError):
        session.execute("SELECT 1")


def insert(url: str, prepare: bool = False) -> None:
    """Insert a row; with COMMIT as a prepared statement, or as psycopg sends it."""
    with psycopg.connect(url) as session:
        session.execute("INSERT INTO t VALUES (1)")
        if prepare:
            session.execute("COMMIT", prepare=True)


@pytest.mark.parametrize("prepare", [False, True])
@pytest.mark.parametrize(("cut", "rows"), [(CuttingProxy.cut_before, 0), (CuttingProxy.cut_after, 1)])
def test_a_commit_is_lost_or_its_answer(
    table: str, postgres_proxy: CuttingProxy, cut: Cut, rows: int, prepare: bool
) -> None:
    cut(postgres_proxy)
    with pytest.raises(psycopg.OperationalError):
        insert(postgres_proxy.url, prepare)
    assert len(run(table, "SELECT n FROM t")) == rows


def test_only_one_commit_is_cut(table: str, postgres_proxy: CuttingProxy) -> None:
    postgres_proxy.cut_after()
    with pytest.raises(psycopg.OperationalError):
        insert(postgres_proxy.url)
    insert(postgres_proxy.url)
    assert postgres_proxy.cuts == 1


def test_rows_are_copied_through_the_proxy(table: str, postgres_proxy: CuttingProxy) -> None:
    with psycopg.connect(postgres_proxy.url) as session:
        with session.cursor().copy("COPY t FROM STDIN") as copy:
            for number in range(20_000):
                copy.write_row((number,))
        assert len(session.execute("SELECT n FROM t").fetchall()) == 20_000


def test_the_proxy_refuses_connections_and_keeps_those_it_has(postgres_proxy: CuttingProxy) -> None:
    with psycopg.connect(postgres_proxy.url) as session:
        postgres_proxy.refuse()
        with pytest.raises(psycopg.OperationalError, match="refused"):
            psycopg.connect(postgres_proxy.url)
        session.execute("SELECT 1")
    postgres_proxy.accept()
    assert run(postgres_proxy.url, "SELECT 1") == [(1,)]


def test_a_slow_link_delays_the_question_and_the_answer(postgres_proxy: CuttingProxy) -> None:
    with psycopg.connect(postgres_proxy.url) as session:
        postgres_proxy.seconds = 0.05
        started = time.monotonic()
        session.execute("SELECT 1")
        assert time.monotonic() - started >= 0.1


def test_a_server_restarts_with_what_was_committed(own_postgres: PostgresServer) -> None:
    url = own_postgres.places.create()
    run(url, "CREATE TABLE t (n int)")
    own_postgres.restart(immediate=True)
    assert run(url, "SELECT n FROM t") == []


def test_a_session_is_ended_by_its_pid(own_postgres: PostgresServer) -> None:
    with psycopg.connect(own_postgres.places.create()) as session:
        own_postgres.end_session(session.info.backend_pid)
        with pytest.raises(psycopg.errors.AdminShutdown):
            session.execute("SELECT 1")


@pytest.mark.usefixtures("postgres_binaries")
def test_a_server_on_a_port_asks_for_the_password() -> None:
    with PostgresServer(tcp=True) as server, CuttingProxy(server.places.create()) as proxy:
        assert run(proxy.url, "SELECT 1") == [(1,)]
        with pytest.raises(psycopg.OperationalError, match="password"):
            run(proxy.url.replace(f":{urlsplit(proxy.url).password}@", "@"), "SELECT 1")


@pytest.mark.usefixtures("postgres_binaries")
def test_a_server_ends_with_the_process_that_uses_it() -> None:
    code = (
        "from tests.postgres import PostgresServer as S; s = S(tcp=True); print(s.port, s.directory); input()"
    )
    command = [sys.executable, "-u", "-c", code]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as user:
        assert user.stdout is not None
        port, directory = user.stdout.readline().split()
        user.kill()
    deadline = time.monotonic() + 10
    while Path(directory).exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not Path(directory).exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(port)))
