"""Empty places for ledgers: a role that owns one schema and no more, and the URL that leads to it."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

if TYPE_CHECKING:  # psycopg takes a tenth of a second to import
    from psycopg import Connection


CREATE = """
CREATE ROLE {name} LOGIN PASSWORD '{password}';
GRANT {name} TO CURRENT_USER;
CREATE SCHEMA AUTHORIZATION {name}
"""
"""Create a role, and a schema of its name, which is the first of its search path."""

END_SESSIONS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '{name}'
"""
"""End the sessions of a role, and wait for that: they may hold locks."""

DROP = """
DROP OWNED BY {name} CASCADE;
DROP ROLE {name}
"""
"""Drop the schema of a role, and the role."""


def make_url(parameters: Mapping[str, Any]) -> str:
    """Return the URL of these parameters of libpq."""
    rest = dict(parameters)
    user, password = quote(rest.pop("user")), rest.pop("password", None)
    name = f"{user}:{quote(password, safe='')}" if password else user
    if rest.get("port") == "5432":
        del rest["port"]
    place = ""
    if not rest["host"].startswith("/"):
        place = ":".join(rest.pop(part) for part in ("host", "port") if part in rest)
    database = quote(rest.pop("dbname"))
    query = urlencode(rest, quote_via=quote, safe="/")
    return f"postgresql://{name}@{place}/{database}" + (f"?{query}" if query else "")


class Places:
    """The places of one server, made by a role that may create roles and schemas."""

    def __init__(self, parameters: Mapping[str, Any], passwords: bool = False) -> None:
        self.parameters = parameters
        self._passwords = not parameters["host"].startswith("/") or passwords

    @classmethod
    def of_url(cls, url: str) -> "Places":
        from psycopg.conninfo import conninfo_to_dict

        parameters = {"user": "postgres", "dbname": "postgres", "host": "localhost", **conninfo_to_dict(url)}
        return cls(parameters, passwords=True)

    @property
    def admin_url(self) -> str:
        return make_url(self.parameters)

    def connect(self) -> "Connection[tuple[Any, ...]]":
        """Connect as the role that makes the places; each command is a transaction of its own."""
        import psycopg

        return psycopg.connect(self.admin_url, autocommit=True)

    def create(self) -> str:
        """Create a place, and return the URL that leads there."""
        with self.connect() as connection:
            return self._url(*_create(connection))

    @contextmanager
    def lend(self, connection: "Connection[tuple[Any, ...]]") -> Iterator[str]:
        """Yield the URL of a new place, and drop it afterwards, whoever still uses it."""
        name, password = _create(connection)
        yield self._url(name, password)
        connection.execute(END_SESSIONS.format(name=name).encode())
        connection.execute(DROP.format(name=name).encode())

    def _url(self, name: str, password: str) -> str:
        return make_url({**self.parameters, "user": name, "password": password if self._passwords else None})


def _create(connection: "Connection[tuple[Any, ...]]") -> tuple[str, str]:
    name, password = f"kxsms_{secrets.token_hex(6)}", secrets.token_hex(8)
    connection.execute(CREATE.format(name=name, password=password).encode())
    return name, password
