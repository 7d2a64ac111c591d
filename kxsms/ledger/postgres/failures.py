"""The errors of PostgreSQL, in words."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from kxsms.errors import ConnectionLost, Failure
from kxsms.language import mark, tr


class NewerLedger(Exception):
    """A newer version of kxsms has changed the tables."""


class ForeignSchema(Exception):
    """The schema has tables, and they are not those of a ledger."""


class WrongEncoding(Exception):
    """The database has another encoding than UTF8, which is the text of this error."""


class NoRights(Exception):
    """A role may not create the tables. The arguments are the schema and the role."""


_SAME_AGAIN = mark("run the same command again")
_HINTS: tuple[tuple[type[psycopg.Error] | tuple[type[psycopg.Error], ...], str], ...] = (
    (
        (errors.InvalidPassword, errors.InvalidAuthorizationSpecification),
        mark("check the user, and PGPASSFILE or ledger_password_command"),
    ),
    (errors.InvalidCatalogName, mark("create the database: kxsms help hosts has the SQL")),
    (
        (errors.InsufficientPrivilege, errors.InvalidSchemaName),
        mark("give the role a schema of its own: kxsms help hosts has the SQL"),
    ),
    ((errors.LockNotAvailable, errors.QueryCanceled, errors.DeadlockDetected), _SAME_AGAIN),
    (
        (errors.DiskFull, errors.OutOfMemory),
        mark("free some space on the server, then run the same command again"),
    ),
    (errors.ReadOnlySqlTransaction, mark("name the primary server: a standby only reads")),
    (errors.TooManyConnections, mark("end other programs, or raise max_connections on the server")),
)
_OTHERWISE = mark("look into the log of the server")
_NOT_ASKED = mark("check the parameters in the URL of the ledger")
_AGAIN = mark("run the same command again when the server can be reached: it sends nothing twice")
_UNREACHABLE = mark(
    "check that the server runs and can be reached from this host, and check the user, the database and the"
    " password (PGPASSFILE or ledger_password_command)"
)


@contextmanager
def explained(shown: str, *, is_open: bool = False) -> Iterator[None]:
    """Raise Failure for every error of PostgreSQL inside the `with`. `shown` names the ledger to a user.

    `is_open`: it could be reached before.
    """
    try:
        yield
    except NewerLedger:
        problem = tr("the ledger {ledger} was made by a newer version of kxsms", ledger=shown)
        raise Failure(problem, tr("upgrade kxsms")) from None
    except ForeignSchema:
        problem = tr("the schema of the ledger {ledger} holds tables of another program", ledger=shown)
        raise Failure(problem, tr("name another one with ?schema=NAME")) from None
    except WrongEncoding as encoding:
        problem = tr(
            "the database of the ledger {ledger} has the encoding {encoding}", ledger=shown, encoding=encoding
        )
        raise Failure(problem, tr("create one with ENCODING 'UTF8': kxsms help hosts has the SQL")) from None
    except NoRights as error:
        schema, role = error.args
        problem = tr(
            "the role {role} may not create tables in the schema {schema} of the ledger {ledger}",
            role=role,
            schema=schema,
            ledger=shown,
        )
        statement = f"CREATE SCHEMA {schema} AUTHORIZATION {_identifier(role)}"
        raise Failure(
            problem, tr("as its administrator, run {statement} there", statement=statement)
        ) from None
    except psycopg.Error as error:
        raise failure_of(shown, error, is_open=is_open) from error


def _identifier(name: str) -> str:
    """Return a name as SQL has it."""
    return name if re.fullmatch("[a-z_][a-z0-9_]*", name) else '"' + name.replace('"', '""') + '"'


def failure_of(shown: str, error: psycopg.Error, *, is_open: bool = False) -> Failure:
    """Return an error of PostgreSQL in words. `is_open`: see `explained`."""
    reason = _reason(error)
    hint = next((hint for kinds, hint in _HINTS if isinstance(error, kinds)), None)
    if hint is None and is_lost(error):
        problem = tr("the ledger {ledger} cannot be reached: {reason}", ledger=shown, reason=reason)
        return ConnectionLost(problem, tr(_AGAIN if is_open else _UNREACHABLE))
    problem = tr("the ledger {ledger} cannot be used: {reason}", ledger=shown, reason=reason)
    return Failure(problem, tr(hint or (_OTHERWISE if error.sqlstate else _NOT_ASKED)))


def is_lost(error: psycopg.Error) -> bool:
    """Return whether an error means that the server, or the connection to it, is gone."""
    gone = (
        *(errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow),
        errors.IdleInTransactionSessionTimeout,
    )
    return isinstance(error, gone) or (
        isinstance(error, psycopg.OperationalError) and (error.sqlstate or "08").startswith("08")
    )


def _reason(error: psycopg.Error) -> str:
    """Return the first line of what the server or its library says."""
    text = error.diag.message_primary or str(error)
    return next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)
