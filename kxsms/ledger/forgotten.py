"""The numbers that were forgotten, each known by its pseudonym alone.

A pseudonym is a keyed hash of a number, as a negative whole number: it stands in the place of the number, and
so the number is recognised when it comes again. A text that only a forgotten number got is kept as a keyed
hash, too: `hash:…`. The key is in the ledger: with it, a number can be compared.
"""

import hmac
import re
import secrets
from collections.abc import Iterable
from itertools import islice
from typing import Any

from kxsms.domain.mobile import InvalidMobile, normalise
from kxsms.domain.states import RequestState
from kxsms.ledger.counters import Counters
from kxsms.ledger.database import Database
from kxsms.ledger.leaving_out import ROWS_IN_STATE, clear_leaving, leave_out
from kxsms.ledger.origins import key_at

HASHED = "hash:"


def is_hashed(column: str) -> str:
    """Return the condition that a text is kept as a hash."""
    return f"substr({column}, 1, {len(HASHED)}) = '{HASHED}'"


def is_a_hash(text: str) -> bool:
    """Return whether a text is kept as a hash, and this is it."""
    return text.startswith(HASHED)


_WHOLE = re.compile(r"[0-9]{1,18}|-[0-9]{1,19}")
"""A number that SQLite keeps as a whole one, or a pseudonym."""

_KEY_BYTES = 32
_BITS = 62
_DIGEST = "sha256"
_TEXTS_AT_A_TIME = 5_000


class Forgotten:
    """The forgotten numbers of a ledger, as they are when they are first asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.pseudonyms = frozenset(row[0] for row in database.rows("SELECT pseudonym FROM forgotten"))
        self._key: bytes = (
            (database.value("SELECT key FROM forgetting_key") or b"") if self.pseudonyms else b""
        )

    def __bool__(self) -> bool:
        """Return whether any number was forgotten: nearly always none was, and all else is free then."""
        return bool(self.pseudonyms)

    def pseudonym(self, mobile: int) -> int | None:
        """Return the pseudonym of a number, or None if it was not forgotten."""
        if not self.pseudonyms:
            return None
        found = _pseudonym(self._key, mobile)
        return found if found in self.pseudonyms else None

    # Whether a batch that was made after a number was forgotten names it again.
    _IS_KNOWN = "SELECT EXISTS (SELECT 1 FROM rows WHERE mobile = ? AND request IS NOT NULL)"

    def name(self, mobile: int) -> int:
        """Return a number as the ledger is to keep it: its pseudonym, unless a later batch names it again."""
        pseudonym = self.pseudonym(mobile)
        if pseudonym is None or self._database.value(self._IS_KNOWN, (mobile,)):
            return mobile
        return pseudonym

    def number_in(self, text: str | None) -> int | None:
        """Return the number that a record names, if it was forgotten."""
        if not self.pseudonyms or not text:
            return None
        try:
            number = int(normalise(text))
        except InvalidMobile:
            return None
        return None if self.pseudonym(number) is None else number

    def hashed(self, text: str) -> str:
        """Return a text as its keyed hash."""
        return (
            HASHED
            + hmac.new(self._key, b"text\0" + text.encode("utf-8", "surrogatepass"), _DIGEST).hexdigest()
        )

    def digest(self, digest: bytes) -> bytes:
        """Return the digest of a record as a keyed one: of another nobody can try out numbers."""
        return hmac.digest(self._key, b"record\0" + digest, _DIGEST)


def whole_number(mobile: str | None) -> int | None:
    """Return the number of a record, or its pseudonym, as rows have it, or None if it is invalid."""
    return int(mobile) if mobile and _WHOLE.fullmatch(mobile) else None


HAS_KEY = "idempotency_key IN (:key, :key_here, :hashed, :hashed_here)"
"""The condition for the batch of an idempotency key, with the values of `keys_of`."""


def keys_of(database: Database, origin: str | None, key: str) -> dict[str, str | None]:
    """Return the spellings of a key: bare in older batches, and hashed where a forgotten number was in it."""
    here = key_at(origin, key) or key
    forgotten = Forgotten(database)
    hashes = (forgotten.hashed(key), forgotten.hashed(here)) if forgotten else (None, None)
    return {"key": key, "key_here": here, "hashed": hashes[0], "hashed_here": hashes[1]}


_ADD_KEY = "INSERT INTO forgetting_key SELECT ? WHERE NOT EXISTS (SELECT 1 FROM forgetting_key)"
_ADD = "INSERT OR IGNORE INTO forgotten (pseudonym, since) VALUES (?, ?)"


def register(database: Database, mobile: int) -> Forgotten:
    """Note that a number is forgotten, so that later records are kept under its pseudonym."""
    with database.transaction():
        database.execute(_ADD_KEY, (secrets.token_bytes(_KEY_BYTES),))
        key = database.value("SELECT key FROM forgetting_key")
        database.execute(_ADD, (_pseudonym(key, mobile), database.now()))
    return Forgotten(database)


def _pseudonym(key: bytes, mobile: int) -> int:
    whole = hmac.digest(key, b"mobile\0%d" % mobile, _DIGEST)
    return -1 - (int.from_bytes(whole[:8]) >> (64 - _BITS))


# A row with a pseudonym is never sent to.
_FIND = (
    f"INSERT OR IGNORE INTO temp.leaving SELECT row.id, request.id FROM {ROWS_IN_STATE} AND row.mobile < 0"
)


def leave_out_forgotten(database: Database, counters: Counters, requests: dict[str, Any]) -> int:
    """Skip the planned recipients of a range of requests that were forgotten. Return how many they are.

    Call it inside a transaction, at the end of which the counters are flushed. `requests` holds the batch and
    its first and last request.
    """
    if not forgotten_rows(database, requests, RequestState.PLANNED):
        return 0
    return leave_out(database, counters, requests["batch"], "skipped")


def forgotten_rows(database: Database, requests: dict[str, Any], state: RequestState) -> list[int]:
    """Return the rows of a range of requests in a state whose number was forgotten. Fill `leaving` too."""
    if database.row("SELECT 1 FROM forgotten LIMIT 1") is None:
        return []
    clear_leaving(database)
    database.execute(_FIND, {**requests, "state": state})
    return [row[0] for row in database.rows("SELECT row FROM temp.leaving")]


_ALIASES = "CREATE TEMP TABLE IF NOT EXISTS aliases (mobile INTEGER PRIMARY KEY, pseudonym INTEGER NOT NULL)"
_STAGED = "SELECT DISTINCT mobile FROM temp.staged WHERE mobile IS NOT NULL"
_ADD_ALIAS = "INSERT INTO temp.aliases VALUES (?, ?)"


class StagedAliases:
    """The numbers of a staged plan that were forgotten, with their pseudonyms in the table `temp.aliases`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: frozenset[int] = frozenset()

    def note(self) -> bool:
        """Fill the table, if numbers were forgotten since. Return whether any number was ever forgotten."""
        forgotten = Forgotten(self._database)
        if forgotten and forgotten.pseudonyms != self._known:
            self._fill(forgotten)
            self._known = forgotten.pseudonyms
        return bool(forgotten)

    def _fill(self, forgotten: Forgotten) -> None:
        mobiles: Iterable[int] = (row[0] for row in self._database.stream(_STAGED))
        pairs = ((mobile, forgotten.pseudonym(mobile)) for mobile in mobiles)
        found = [pair for pair in pairs if pair[1] is not None]
        self._database.execute(_ALIASES)
        self._database.execute("DELETE FROM temp.aliases")
        self._database.executemany(_ADD_ALIAS, found)


def alias_of(mobile: str) -> str:
    """Return an expression for the pseudonym of a number of the staged plan, or NULL."""
    return f"(SELECT pseudonym FROM temp.aliases WHERE aliases.mobile = {mobile})"


_HASHES = (
    "CREATE TEMP TABLE IF NOT EXISTS hashes (text INTEGER PRIMARY KEY, hash TEXT)",
    "DELETE FROM temp.hashes",
)
_ADD_HASH = "INSERT INTO temp.hashes VALUES (?, ?)"


def fill_hashes(database: Database, query: str) -> None:
    """Fill the table `temp.hashes` with the hash of each text of a query that yields ids and texts."""
    for statement in _HASHES:
        database.execute(statement)
    hashed = Forgotten(database).hashed
    texts = database.stream(query)
    while some := [(number, hashed(text)) for number, text in islice(texts, _TEXTS_AT_A_TIME)]:
        database.executemany(_ADD_HASH, some)
