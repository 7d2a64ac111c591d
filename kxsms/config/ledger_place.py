"""Where the ledger is: as KXSMS_LEDGER says, else as `ledger` in the config says."""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kxsms.config.paths import expand, may_contain, state_directory
from kxsms.config.values import OPTIONAL_TEXT, InvalidValue, ValueType, text_of
from kxsms.domain.ledger_place import (
    InvalidPlace,
    LedgerPlace,
    PostgresPlace,
    SqlitePlace,
    postgres_place,
    without_secrets,
)
from kxsms.errors import ProfileError, UsageError
from kxsms.language import located, mark, tr

if TYPE_CHECKING:
    from kxsms.config.store import Config

VARIABLE = "KXSMS_LEDGER"
LEDGER = "ledger.sqlite3"
SANDBOX_LEDGER = "sandbox-ledger.sqlite3"

_EXAMPLES = mark("use postgresql://user@host/database, or an absolute path such as /srv/kxsms/ledger.sqlite3")


def place_in(text: str, environ: Mapping[str, str]) -> LedgerPlace:
    """Return the place that a URL or a path names. Raises InvalidValue, without a password."""
    scheme = re.match(r"([a-z][a-z0-9+.-]*)://", text, re.IGNORECASE)
    if scheme is None:
        return _file(text)
    if scheme[1].lower() not in ("postgresql", "postgres"):
        raise InvalidValue(
            tr("must be a postgresql:// URL or a path, not {scheme}://", scheme=scheme[1]), tr(_EXAMPLES)
        )
    try:
        return postgres_place(text, environ)
    except InvalidPlace as reason:
        raise InvalidValue(str(reason), reason.hint) from None


def _file(text: str) -> SqlitePlace:
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise InvalidValue(tr("must not contain control characters"))
    path = expand(Path(text))
    if not path.is_absolute():
        raise InvalidValue(
            tr("must be a postgresql:// URL or an absolute path, not {path}", path=without_secrets(text)),
            tr(_EXAMPLES),
        )
    return SqlitePlace(str(path))


def _check(value: object) -> str | None:
    text = text_of(value).strip()
    if text:
        place_in(text, {})
    return text or None


PLACE = ValueType("URL", _check)
"""The type of `ledger`."""


class LedgerPlaces:
    """The places of the ledgers of one call: that of real batches, and that of the sandbox."""

    def __init__(
        self,
        environ: Mapping[str, str],
        config_path: Callable[[], Path],
        load: Callable[[], "Config"],
        keep_secret: Callable[[Iterable[str]], None] = lambda _: None,
    ) -> None:
        self._environ = environ
        self._config_path = config_path
        self._load = load
        self._keep_secret = keep_secret

    def of(self, *, sandbox: bool) -> LedgerPlace:
        """Return the place that the variable or the config names, else a file in the state directory.

        The sandbox uses a server that the variable names, in a schema of its own, and no other named place.
        Raises UsageError for the variable, ProfileError for the config.
        """
        text = self._environ.get(VARIABLE, "").strip()
        named = _of_variable(text, self._environ, sandbox=sandbox) if text else None
        if isinstance(named, PostgresPlace):
            self._keep_secret(named.maskable)
            return _with_command(named, self._config())
        if sandbox:
            return self._usual(sandbox=True)
        return named or self._of_config() or self._usual(sandbox=False)

    def other(self, text: str, *, sandbox: bool) -> LedgerPlace:
        """Return the place that --to names: a URL, or a path, which may be relative.

        The sandbox has a schema of its own there, too. Raises UsageError, or ProfileError for the config.
        """
        try:
            is_url = re.match(r"[a-z][a-z0-9+.-]*://", text, re.IGNORECASE)
            place = place_in(text if is_url else str(expand(Path(text)).absolute()), self._environ)
            if isinstance(place, SqlitePlace):
                return place
            self._keep_secret(place.maskable)
            return _with_command(place.of_sandbox() if sandbox else place, self._config())
        except (InvalidValue, InvalidPlace) as reason:
            raise UsageError(f"--to {reason}", reason.hint) from None

    def file_of(self, place: LedgerPlace, *, sandbox: bool) -> Path:
        """Return the file of a place; of a server, the one that kxsms would use without it."""
        return Path((place if isinstance(place, SqlitePlace) else self._usual(sandbox=sandbox)).path)

    def to_open(self, place: LedgerPlace) -> LedgerPlace:
        """Return a place with the state directory, and the password that its command prints if it has one.

        Raises ProfileError.
        """
        if not isinstance(place, PostgresPlace):
            return place
        with suppress(ProfileError):  # no home directory
            place = replace(place, state_directory=str(state_directory()))
        if place.password_command is None:
            return place
        from kxsms.config.credentials import run_password_command

        password = run_password_command(place.password_command)
        self._keep_secret([password])
        return replace(place, conninfo={**place.conninfo, "password": password})

    @staticmethod
    def _usual(*, sandbox: bool) -> SqlitePlace:
        return SqlitePlace(str(state_directory() / (SANDBOX_LEDGER if sandbox else LEDGER)))

    def _of_config(self) -> LedgerPlace | None:
        config = self._config()
        if config is None:
            return None
        named = _value(config, "ledger", PLACE)
        if named is None:
            _refuse_in_profile(config)
            return None
        place = place_in(named, self._environ)
        return _with_command(place, config) if isinstance(place, PostgresPlace) else place

    def _config(self) -> "Config | None":
        """Return the config if it has keys of the ledger. Most have none, and to parse one takes a while."""
        try:
            path = self._config_path()
        except ProfileError:  # no home directory, and so no config
            return None
        return self._load() if may_contain(path, b"ledger") else None


def _of_variable(text: str, environ: Mapping[str, str], *, sandbox: bool) -> LedgerPlace:
    try:
        place = place_in(text, environ)
        return place.of_sandbox() if sandbox and isinstance(place, PostgresPlace) else place
    except (InvalidValue, InvalidPlace) as reason:
        raise UsageError(f"{VARIABLE} {reason}", reason.hint) from None


def _value(config: "Config", key: str, type: ValueType) -> Any:
    """Return the checked value of a key, or None. Raises ProfileError."""
    if key not in config.document:
        return None
    try:
        return type.check(config.document[key])
    except InvalidValue as reason:
        raise ProfileError(located(config.path, f"{key} {reason}"), reason.hint) from None


def _with_command(place: PostgresPlace, config: "Config | None") -> PostgresPlace:
    command = None if config is None else _value(config, "ledger_password_command", OPTIONAL_TEXT)
    return replace(place, password_command=command)


def _refuse_in_profile(config: "Config") -> None:
    """Raise ProfileError for `ledger` below the heading of a profile: there it would have no effect."""
    for name, table in config.tables.items():
        if "ledger" in table:
            raise ProfileError(
                located(config.path, tr("ledger is in profile {name!r}, and belongs to none", name=name)),
                tr("move the line above the first [profiles…] line"),
            )
