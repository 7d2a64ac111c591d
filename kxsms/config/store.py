"""The config: its profiles, the default one, and changes that keep everything else."""

import copy
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kxsms.config.file import read, write
from kxsms.config.schema import KEY_TYPES, profile_from, refused_value
from kxsms.config.secrets import masked, secrets_in
from kxsms.config.top_level import TOP_KEYS, with_top_key, wrong_top_key
from kxsms.config.values import InvalidValue
from kxsms.domain.profile import Profile
from kxsms.errors import ProfileError, UsageError
from kxsms.language import joined, located, tr

_NAME = re.compile(r"\w[\w-]*")
_CLOSE = 0.7
"""How alike two names are that one may stand for the other, from 0 to 1."""


class Config:
    """The document of a config file; empty if there is no file."""

    def __init__(self, path: Path, document: dict[str, Any]) -> None:
        self.path = path
        self.document = document
        self._before = copy.deepcopy(document)

    @property
    def default_profile(self) -> str | None:
        """Return the name of the default profile, if any. Raises ProfileError if it is not text."""
        name = self.document.get("default_profile")
        if name is not None and not isinstance(name, str):
            shown = "" if isinstance(name, dict | list) else f" = {name!r}"  # a table may contain a token
            raise self._invalid(tr("default_profile{shown} must be text in quotes", shown=shown))
        return name or None

    @property
    def tables(self) -> dict[str, Any]:
        """Return the profiles, unchecked. Raises ProfileError if `profiles` is not a table of tables."""
        tables = self.document.get("profiles", {})
        if not isinstance(tables, dict):
            raise self._invalid(tr("profiles must be a table"))
        for name, table in tables.items():
            if not isinstance(table, dict):
                raise self._invalid(tr("profiles.{name} must be a table", name=name))
        return tables

    def profile(self, name: str) -> Profile:
        """Return a checked profile. Raises ProfileError that names file, key and value."""
        tables, wrong = self.tables, wrong_top_key(self.document)
        if wrong is not None:
            raise self._invalid(wrong)
        if name not in tables:
            raise ProfileError(self.no_profile(name), self.profile_hint(name))
        try:
            return profile_from(name, tables[name])
        except InvalidValue as reason:
            raise self._invalid(f"profiles.{name}.{reason}", reason.hint) from None

    def no_profile(self, name: str) -> str:
        """Return the message that a profile does not exist, with the names of those that do."""
        known = tr("it has: {names}", names=joined(self.tables)) if self.tables else tr("it has none")
        return tr("there is no profile {name!r} in {path}; {known}", name=name, path=self.path, known=known)

    def profile_hint(self, name: str) -> str:
        """Return the hint for a profile that does not exist: the one that was probably meant, or a login."""
        import difflib

        close = difflib.get_close_matches(name, self.tables, 1, _CLOSE)
        login = tr("run kxsms login -p {name} to create it", name=shlex.quote(name))
        return tr("use -p {close}, or {hint}", close=shlex.quote(close[0]), hint=login) if close else login

    def missing_profile(self, key: str, profile: str | None) -> str | None:
        """Return the profile that a key would be in, if it does not exist, or None.

        The first profile of an empty config needs no name: there is nothing to mistake it for.
        Raises UsageError for an unknown key.
        """
        if key == "default_profile" or key in TOP_KEYS:
            return None
        name, _ = self.address(key, profile)
        is_first = not (profile or self.default_profile or self.tables or key.startswith("profiles."))
        return None if is_first or name in self.tables else name

    def set(self, key: str, text: str, profile: str | None) -> None:
        """Set a key to a value that is given as text; commas separate the items of a list.

        Raises UsageError for an unknown key, for an invalid value, and for a token: every user of the machine
        can see arguments.
        """
        if key == "default_profile":
            self.use(text)
            return
        if key in TOP_KEYS:
            self.document = with_top_key(self.document, key, text)
            return
        name, path = self.address(key, profile)
        if path == ["token"]:
            raise UsageError(
                tr("a token on the command line can be read by others"), tr("run kxsms login --token-stdin")
            )
        value = KEY_TYPES[path[0]].type.parse(text)
        self.put(name, path[0], {path[1]: value} if len(path) > 1 else value)

    def put(self, name: str, key: str, value: object) -> None:
        """Set a key of a profile, and create the profile if needed. Keys are added to a table that is there.

        Raises UsageError for an invalid value or name.
        """
        try:
            checked = KEY_TYPES[key].type.check(value)
        except InvalidValue as reason:
            raise UsageError(*refused_value(key, value, reason)) from None
        if not _NAME.fullmatch(name):
            raise UsageError(
                tr("{name!r} is not a valid profile name", name=name), tr("use letters, digits, - and _")
            )
        if key in ("account", "token"):
            value = checked or ""
        tables = self._writable_tables()
        if not tables and self.default_profile is None:
            self.document = {"default_profile": name, **self.document}
        table: dict[str, Any] = tables.setdefault(name, {})
        known = table.get(key)
        if isinstance(value, dict) and isinstance(known, dict):
            value = {**known, **value}
        table[key] = value

    def unset(self, key: str, profile: str | None) -> None:
        """Remove a key, if it is set. Raises UsageError for an unknown key."""
        if key == "default_profile" or key in TOP_KEYS:
            self.document.pop(key, None)
            return
        name, path = self.address(key, profile)
        node: Any = self.tables.get(name, {})
        for part in path[:-1]:
            node = node.get(part)
            if not isinstance(node, dict):
                return
        node.pop(path[-1], None)

    def use(self, name: str) -> None:
        """Make a profile the default. Raises ProfileError if it does not exist."""
        self.profile(name)
        self.document = {**self.document, "default_profile": name}

    def forget(self, name: str) -> None:
        """Remove the credentials of a profile, and the profile itself if only its product is left.

        Raises ProfileError if the profile does not exist or has no credentials.
        """
        self.profile(name)
        table = self.tables[name]
        if not [table.pop(key) for key in ("account", "token", "token_command") if key in table]:
            raise ProfileError(tr("profile {name!r} is not logged in", name=name))
        if set(table) <= {"product"}:
            del self.tables[name]
            if self.default_profile == name:
                del self.document["default_profile"]

    def save(self) -> None:
        """Write the file if the document has changed. Only inside `changing`. Raises OSError."""
        if self.document != self._before:
            write(self.path, self.document)

    def _writable_tables(self) -> dict[str, Any]:
        self.document["profiles"] = self.tables
        return self.tables

    def address(self, key: str, profile: str | None) -> tuple[str, list[str]]:
        """Return the profile and the path in it that a key names. Raises UsageError for an unknown key."""
        parts = key.split(".")
        if parts[0] == "profiles" and len(parts) > 2:
            name, path = parts[1], parts[2:]
        else:
            name, path = profile or self.default_profile or "default", parts
        known = KEY_TYPES.get(path[0])
        is_table = known is not None and known.is_table
        if is_table and len(path) > 2:
            path = [path[0], ".".join(path[1:])]  # a code may contain a dot
        if known is None or (len(path) > 1 and not is_table):
            raise UsageError(tr("there is no key {key!r}", key=key), _key_hint(parts[: -len(path)], path))
        return name, path

    def masked(self) -> dict[str, Any]:
        """Return the document with every secret masked."""
        document: dict[str, Any] = masked(self.document)
        return document

    def tokens(self) -> Iterator[str]:
        """Yield every token and password, so that none is shown."""
        return secrets_in(self.document)

    def open_to_others(self) -> bool:
        """Return whether other users of this machine can read the file, on systems with such modes."""
        return os.name == "posix" and self.path.is_file() and bool(self.path.stat().st_mode & 0o077)

    def warning_of_readers(self) -> tuple[str, str]:
        """Return the warning for a file that is open to others, and its hint."""
        return (
            tr("{path} can be read by other users of this machine", path=self.path),
            tr("run chmod 600 {path}", path=shlex.quote(str(self.path))),
        )

    def _invalid(self, problem: str, hint: str | None = None) -> ProfileError:
        how = hint or tr("run kxsms config set, or correct the file in an editor")
        return ProfileError(located(self.path, problem), how)


def _key_hint(before: list[str], path: list[str]) -> str:
    """Return the hint for a path that no key has: the key that was probably meant, or all of them."""
    import difflib

    keys = ("default_profile", *TOP_KEYS, *KEY_TYPES)
    if path[0] in keys:
        return tr("use {key}: it has no keys of its own", key=".".join([*before, path[0]]))
    close = difflib.get_close_matches(path[0], keys, 1)
    return (
        tr("use {key}", key=".".join([*before, *close, *path[1:]]))
        if close
        else tr("use one of {keys}", keys=joined(keys))
    )


def load(path: Path, *, must_exist: bool = False) -> Config:
    """Read a config. It is empty if there is no file, unless it `must_exist`. Raises ProfileError."""
    return Config(path, read(path, must_exist=must_exist))
