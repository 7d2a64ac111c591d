"""The place of a ledger: an SQLite file, or a schema of a PostgreSQL server that several hosts share.

psycopg takes 390 ms to import, so kxsms reads URLs itself, as libpq does. Source: libpq, "Connection URIs".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import ClassVar
from urllib.parse import unquote

from kxsms.domain.profile import is_loopback_host
from kxsms.domain.secret import MASK
from kxsms.language import mark, tr

SCHEMA = "kxsms"
SANDBOX_SUFFIX = "_sandbox"

_URL = re.compile(
    r"postgres(?:ql)?://(?:(?P<user>[^@/:]*)(?::(?P<password>[^@/]*))?@)?"
    r"(?P<hosts>[^/?]*)(?:/(?P<database>[^?]*))?(?:\?(?P<query>.*))?",
    re.IGNORECASE,
)
_HOST = re.compile(r"(?:\[(?P<address>[^]]+)\]|(?P<name>[^]:[]*))(?::(?P<port>[0-9]*))?")
_SCHEMA = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,62}")
_SECRETS = ("password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key")
_LONG_ENOUGH = 4
"""Characters. A shorter password would mask parts of other words."""
_KNOWS_SYSTEM_ROOTS = 160_000
"""The first version of libpq with `sslrootcert=system`: 16."""

_DEFAULTS = {
    "application_name": "kxsms",
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
"""Parameters of libpq by which a host that is gone is noticed soon: seconds, the last in milliseconds."""
_VARIABLES = {"application_name": "PGAPPNAME", "connect_timeout": "PGCONNECT_TIMEOUT"}
_ENCODE = mark("write @ as %40, : as %3A, / as %2F, ? as %3F and % as %25 in names and passwords")


class InvalidPlace(ValueError):
    """A URL that names no place. The text does not contain the URL, which may hold a password."""

    def __init__(self, text: str, hint: str | None = None) -> None:
        super().__init__(text)
        self.hint = hint


@dataclass(frozen=True)
class SqlitePlace:
    """An SQLite file, by its absolute path. It has no secrets."""

    path: str
    maskable: ClassVar[tuple[str, ...]] = ()
    warning: ClassVar[None] = None


@dataclass(frozen=True)
class PostgresPlace:
    """A schema of a PostgreSQL server.

    `shown` is the URL without secrets, `host` the name of the server for messages. `conninfo` has the
    parameters of libpq, the password included if the URL has one. `password_command` prints the password. In
    `state_directory` is kept what cannot be written while the server is away.
    """

    shown: str
    schema: str
    host: str
    conninfo: Mapping[str, str] = field(repr=False)
    password_command: str | None = field(default=None, repr=False)
    state_directory: str | None = field(default=None, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the values of the URL that no message may show."""
        return tuple(value for name in _SECRETS if (value := self.conninfo.get(name)))

    @property
    def maskable(self) -> tuple[str, ...]:
        """Return the secrets that are long enough to be masked in any text."""
        return tuple(secret for secret in self.secrets if len(secret) >= _LONG_ENOUGH)

    @property
    def warning(self) -> tuple[str, str] | None:
        """Return a warning about a URL that contains a password, and its hint, or None."""
        if not self.secrets:
            return None
        return (
            tr("the URL of the ledger contains a password: {url}", url=self.shown),
            tr("keep it in the file that PGPASSFILE names, or set ledger_password_command in the config"),
        )

    def parameters(self, libpq: int) -> dict[str, str]:
        """Return the arguments of `psycopg.connect` for a version of libpq, such as 160004."""
        parameters = dict(self.conninfo)
        if libpq < _KNOWS_SYSTEM_ROOTS and parameters.get("sslrootcert") == "system":
            del parameters["sslrootcert"]
        return parameters

    def of_sandbox(self) -> "PostgresPlace":
        """Return the place of the sandbox on the same server: a schema of its own. Raises InvalidPlace."""
        schema = self.schema + SANDBOX_SUFFIX
        if not _SCHEMA.fullmatch(schema):  # the server would cut it off, and so take that of real batches
            raise InvalidPlace(
                tr(
                    "must have a schema of at most {count} letters for the sandbox",
                    count=63 - len(SANDBOX_SUFFIX),
                )
            )
        return replace(self, schema=schema)


LedgerPlace = SqlitePlace | PostgresPlace


def postgres_place(url: str, environ: Mapping[str, str]) -> PostgresPlace:
    """Return the place that a URL names. libpq reads its own variables of `environ`, too.

    A server that may not be this machine must prove its name with a certificate, unless the URL or PGSSLMODE
    says otherwise. Raises InvalidPlace.
    """
    match = _URL.fullmatch(url)
    if match is None or re.search(r"[\s\x00-\x1f\x7f]", url):
        raise InvalidPlace(tr("must be a URL such as postgresql://user@host/database, without spaces"))
    if "@" in match["hosts"] + (match["database"] or ""):
        raise InvalidPlace(tr("has more than one @"), tr(_ENCODE))
    given = {**_authority(match), **dict(_query(match["query"]))}
    schema = given.pop("schema", SCHEMA)
    if not _SCHEMA.fullmatch(schema) or schema.endswith(SANDBOX_SUFFIX):
        raise InvalidPlace(
            tr(
                "must have a schema of small letters, digits and _, at most 63,"
                " that does not begin with pg_ or end in {suffix}",
                suffix=SANDBOX_SUFFIX,
            ),
            tr("use a schema such as {schema}", schema=SCHEMA),
        )
    added = {
        name: value
        for name, value in _DEFAULTS.items()
        if name not in given and not environ.get(_VARIABLES.get(name, ""))
    }
    if "," in given.get("host", "") and not environ.get("PGTARGETSESSIONATTRS"):
        added["target_session_attrs"] = "read-write"  # the one that is the primary now
    return PostgresPlace(
        shown=_shown(match),
        schema=schema,
        host=given.get("host") or _service(given, environ) or environ.get("PGHOST") or "localhost",
        conninfo={**added, **_tls(given, environ), **{name: value for name, value in given.items() if value}},
    )


def _authority(match: re.Match[str]) -> dict[str, str]:
    """Return the parameters before the query: user, password, hosts, ports and database."""
    found = [_HOST.fullmatch(host) for host in match["hosts"].split(",")]
    hosts = [host for host in found if host is not None]
    if len(hosts) < len(found) or any(host["port"] and not 0 < int(host["port"]) < 65536 for host in hosts):
        raise InvalidPlace(tr("has an invalid host or port"), tr(_ENCODE))
    parts = {
        "user": match["user"],
        "password": match["password"],
        "host": ",".join(host["address"] or host["name"] for host in hosts),
        "port": ",".join(host["port"] or "" for host in hosts),
        "dbname": match["database"],
    }
    return {name: _decoded(value) for name, value in parts.items() if value}


def _query(query: str | None) -> Iterator[tuple[str, str]]:
    """Yield the parameters of a query. As with libpq, `ssl=true` is `sslmode=require`."""
    for part in query.split("&") if query else []:
        name, equals, value = part.partition("=")
        if not name or not equals or "=" in value:
            raise InvalidPlace(
                tr("must have parameters such as sslmode=require after ?"),
                tr("write = as %3D and & as %26 in values"),
            )
        if (name, value) == ("ssl", "true"):
            name, value = "sslmode", "require"
        yield _decoded(name), _decoded(value)


def _decoded(text: str) -> str:
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        decoded = "\0"
    if "\0" in decoded or re.search(r"%(?![0-9a-fA-F]{2})", text):
        raise InvalidPlace(tr("has an invalid % code"), tr(_ENCODE))
    return decoded


def _service(given: Mapping[str, str], environ: Mapping[str, str]) -> str | None:
    return given.get("service") or environ.get("PGSERVICE") or None


def _tls(given: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters that make the server prove its name, if it may be another machine."""
    service = _service(given, environ)
    if given.get("sslmode") or environ.get("PGSSLMODE") or (not service and _is_local(given, environ)):
        return {}
    if service or given.get("sslrootcert") or environ.get("PGSSLROOTCERT"):
        return {"sslmode": "verify-full"}  # a service may name the certificates to trust
    return {"sslmode": "verify-full", "sslrootcert": "system"}


def _is_local(given: Mapping[str, str], environ: Mapping[str, str]) -> bool:
    """Return whether libpq connects to this machine alone. An address wins over a name."""
    names, addresses = (
        (given.get(key) or environ.get(variable) or "").split(",")
        for key, variable in (("host", "PGHOST"), ("hostaddr", "PGHOSTADDR"))
    )
    hosts = [address or name for name, address in zip_longest(names, addresses, fillvalue="")]
    return all(not host or host[0] in "/@" or is_loopback_host(host) for host in map(str.strip, hosts))


def _shown(match: re.Match[str]) -> str:
    """Return a URL without its secrets."""
    user = f"{match['user']}@" if match["user"] else ""
    database = "" if match["database"] is None else f"/{match['database']}"
    kept = [
        part
        for part in (match["query"] or "").split("&")
        if part and unquote(part.partition("=")[0]) not in _SECRETS
    ]
    return f"postgresql://{user}{match['hosts']}{database}{'?' if kept else ''}{'&'.join(kept)}"


def without_secrets(text: str) -> str:
    """Return a URL or a path as messages may show it; a mask if it is neither and may hold secrets."""
    try:
        return postgres_place(text, {}).shown
    except InvalidPlace:
        return MASK if re.search("[@=]|://", text) else text
