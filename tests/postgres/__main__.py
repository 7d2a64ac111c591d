"""Start the PostgreSQL server of the tests, print its version, stop it; fail where tests would skip."""

import sys

from tests.postgres.places import Places
from tests.postgres.server import OTHER_SERVER, PostgresServer, Unavailable

VERSION = b"SHOW server_version"


def _version(places: Places) -> str:
    with places.connect() as connection:
        row = connection.execute(VERSION).fetchone()
    assert row is not None
    return str(row[0])


def main() -> int:
    """Return 0 if there is a server for the tests, else 1."""
    try:
        if OTHER_SERVER:
            version = _version(Places.of_url(OTHER_SERVER))
        else:
            with PostgresServer() as server:
                version = _version(server.places)
    except Unavailable as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(f"PostgreSQL {version}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
