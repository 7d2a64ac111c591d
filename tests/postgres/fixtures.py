"""Fixtures: an empty place on a real PostgreSQL server, a proxy before it, a server of one's own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.postgres.places import Places
from tests.postgres.proxy import CuttingProxy
from tests.postgres.server import OTHER_SERVER, PostgresServer, Unavailable, binaries
from tests.postgres.sharing import shared_places

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

Lend = Callable[[], "AbstractContextManager[str]"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line that tests were skipped because there is no PostgreSQL."""
    skipped = [report.longrepr for report in terminalreporter.stats.get("skipped", ())]
    reasons = [found[2] for found in skipped if isinstance(found, tuple)]
    if ours := [reason for reason in reasons if Unavailable.WORDS in reason]:
        terminalreporter.write_line(f"{len(ours)} tests were skipped: {ours[0].removeprefix('Skipped: ')}")


@pytest.fixture(scope="session")
def postgres_places(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Places]:
    """Yield the places on the server of the session."""
    with ExitStack() as stack:
        places = Places.of_url(OTHER_SERVER) if OTHER_SERVER else None
        if places is None:
            ours = tmp_path_factory.getbasetemp()
            # A worker of pytest-xdist has a directory in that of the session.
            is_worker = hasattr(request.config, "workerinput")
            try:
                places = stack.enter_context(shared_places(ours.parent if is_worker else ours))
            except Unavailable as error:
                pytest.skip(str(error))
        yield places


@pytest.fixture(scope="session")
def postgres(postgres_places: Places) -> Iterator[Lend]:
    """Yield a function that lends an empty place on the server of the session."""
    with postgres_places.connect() as connection:
        yield lambda: postgres_places.lend(connection)


@pytest.fixture
def postgres_url(postgres: Lend) -> Iterator[str]:
    """Yield the URL of an empty schema, for a role that owns it and no more."""
    with postgres() as url:
        yield url


@pytest.fixture
def postgres_proxy(postgres_url: str) -> Iterator[CuttingProxy]:
    """Yield a proxy that leads to the schema of `postgres_url`."""
    with CuttingProxy(postgres_url) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def postgres_binaries() -> Path:
    """Return the directory of the server's programs."""
    try:
        return binaries()
    except Unavailable as error:
        pytest.skip(str(error))


@pytest.fixture
def own_postgres(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    """Yield a server that only this test uses."""
    if OTHER_SERVER:
        pytest.skip("the server of KXSMS_TEST_POSTGRES is not ours to restart")
    request.getfixturevalue("postgres_binaries")
    with PostgresServer() as server:
        yield server
