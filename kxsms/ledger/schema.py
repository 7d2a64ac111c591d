"""The tables of the ledger, and the migrations that bring an older ledger up to date."""

from typing import TYPE_CHECKING

from kxsms.sqlite import ForeignFile, NewerSchema, transaction

if TYPE_CHECKING:
    import sqlite3

_APPLICATION_ID = 0x6B78736D  # "kxsm"

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # A batch has the rows `first_row` to `last_row` and the requests `first_request` to `last_request`.
        # `ready` is 0 while it is being written; a crash leaves it so, and it is swept. The counters from
        # `sending` on count recipients, and change in the transaction that changes the requests.
        """
        CREATE TABLE batches (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            ready INTEGER NOT NULL DEFAULT 0,
            created REAL NOT NULL,
            finished REAL,
            profile TEXT,
            account TEXT NOT NULL,
            product TEXT NOT NULL,
            extno TEXT,
            source TEXT NOT NULL,
            is_csv INTEGER NOT NULL,
            columns TEXT NOT NULL,
            mobile_column INTEGER NOT NULL,
            fingerprint BLOB NOT NULL,
            source_key BLOB,
            idempotency_key TEXT UNIQUE,
            first_row INTEGER NOT NULL,
            last_row INTEGER NOT NULL,
            first_request INTEGER NOT NULL,
            last_request INTEGER NOT NULL,
            recipients INTEGER NOT NULL,
            duplicates INTEGER NOT NULL,
            invalid INTEGER NOT NULL,
            skipped INTEGER NOT NULL,
            segments INTEGER NOT NULL,
            requests INTEGER NOT NULL,
            turn INTEGER NOT NULL,
            last_turn INTEGER NOT NULL DEFAULT 0,
            tried INTEGER NOT NULL DEFAULT 0,
            sending INTEGER NOT NULL DEFAULT 0,
            accepted INTEGER NOT NULL DEFAULT 0,
            rejected INTEGER NOT NULL DEFAULT 0,
            not_sent INTEGER NOT NULL DEFAULT 0,
            unknown INTEGER NOT NULL DEFAULT 0
        )
        """,
        "CREATE INDEX batches_fingerprint ON batches (fingerprint)",
        "CREATE INDEX batches_source_key ON batches (source_key) WHERE source_key IS NOT NULL",
        # A row of the input, where it was number `row`. The rows of one request stand together. `fate` says
        # why a row is in no request: invalid (with its `problem`), duplicate or skipped. `fields` are joined
        # by NUL, which no field holds.
        """
        CREATE TABLE rows (
            id INTEGER PRIMARY KEY,
            row INTEGER NOT NULL,
            line INTEGER,
            mobile INTEGER,
            request INTEGER,
            fate TEXT,
            problem TEXT,
            fields TEXT NOT NULL
        )
        """,
        "CREATE INDEX rows_mobile ON rows (mobile) WHERE request IS NOT NULL",
        # Counts the claims in the whole ledger, so that their order does not depend on the clock. A batch has
        # the turn in which it was written (`turn`), and that of its last claim.
        "CREATE TABLE turns (turn INTEGER NOT NULL)",
        "INSERT INTO turns VALUES (0)",
        # One text, its recipients, which are the rows from `first_row` to `last_row` that name this request,
        # and the last attempt to send it. Times are in seconds since 1970.
        """
        CREATE TABLE requests (
            id INTEGER PRIMARY KEY,
            batch INTEGER NOT NULL,
            first_row INTEGER NOT NULL,
            last_row INTEGER NOT NULL,
            recipients INTEGER NOT NULL,
            segments INTEGER NOT NULL,
            state TEXT NOT NULL DEFAULT 'planned',
            attempts INTEGER NOT NULL DEFAULT 0,
            turn INTEGER,
            claimed REAL,
            settled REAL,
            code TEXT,
            message TEXT,
            task_id TEXT,
            reply BLOB,
            content TEXT NOT NULL
        )
        """,
        """
        CREATE INDEX requests_bad ON requests (batch, state, code, message, recipients)
            WHERE state IN ('rejected', 'not_sent', 'unknown')
        """,
        # Attempts that a retry superseded.
        """
        CREATE TABLE attempts (
            request INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            state TEXT NOT NULL,
            claimed REAL,
            settled REAL,
            code TEXT,
            message TEXT,
            task_id TEXT,
            reply BLOB,
            PRIMARY KEY (request, attempt)
        )
        """,
    ),
    (
        "ALTER TABLE batches ADD COLUMN delivered INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE batches ADD COLUMN failed INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE batches ADD COLUMN replies INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX requests_task ON requests (task_id) WHERE task_id IS NOT NULL",
        # An answer to QueryReport or QueryMo, byte for byte: the gateway may hand it out only once. Its state
        # is `new`, then `read`; or `unread` where it could not be read, for the reason in `problem`, and
        # `tried` names the version of kxsms and the field names that were used.
        """
        CREATE TABLE answers (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            account TEXT NOT NULL,
            profile TEXT,
            product TEXT NOT NULL,
            fetched REAL NOT NULL,
            http_status INTEGER NOT NULL,
            content_type TEXT NOT NULL,
            body BLOB NOT NULL,
            state TEXT NOT NULL DEFAULT 'new',
            problem TEXT,
            tried TEXT
        )
        """,
        "CREATE INDEX answers_unread ON answers (kind, account) WHERE state != 'read'",
        # A delivery report or a reply. Repetitions have an equal `digest`. `moment` is its time, or when it
        # was fetched, in seconds since 1970. `row` is its recipient, where that is known. `waiting` is 1
        # while a command has yet to be run for it.
        """
        CREATE TABLE records (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            answer INTEGER NOT NULL,
            digest BLOB NOT NULL UNIQUE,
            mobile TEXT,
            task_id TEXT,
            status TEXT,
            state TEXT,
            content TEXT,
            time TEXT,
            moment REAL NOT NULL,
            extno TEXT,
            extra TEXT NOT NULL,
            batch INTEGER,
            row INTEGER,
            waiting INTEGER NOT NULL DEFAULT 0
        )
        """,
        "CREATE INDEX records_mobile ON records (mobile)",
        "CREATE INDEX records_unmatched ON records (moment) WHERE row IS NULL AND kind = 'report'",
        "CREATE INDEX records_batch ON records (batch) WHERE batch IS NOT NULL",
        "CREATE INDEX records_row ON records (row) WHERE row IS NOT NULL",
        "CREATE INDEX records_waiting ON records (id) WHERE waiting",
        # The latest report of each recipient. `seconds` is the time that delivery took.
        """
        CREATE TABLE deliveries (
            row INTEGER PRIMARY KEY,
            batch INTEGER NOT NULL,
            state TEXT NOT NULL,
            status TEXT,
            time TEXT,
            seconds REAL
        )
        """,
        "CREATE INDEX deliveries_batch ON deliveries (batch, state, status, seconds)",
    ),
    (
        # `is_old`: the digests of its records are those of a version that kept equal records once.
        "ALTER TABLE answers ADD COLUMN is_old INTEGER NOT NULL DEFAULT 0",
        "UPDATE answers SET is_old = 1 WHERE state = 'read' OR id IN (SELECT answer FROM records)",
        # The records `first` to `last` have not been written to stdout. A receiver is a process, named by the
        # byte that it locks while it lives; this one is about to write them, if it still lives.
        """
        CREATE TABLE unshown (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            account TEXT NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            receiver INTEGER
        )
        """,
        # The receivers that run a command for each new record.
        "CREATE TABLE runners (receiver INTEGER PRIMARY KEY, kind TEXT NOT NULL, account TEXT NOT NULL)",
        # The receiver that runs a command for a record now, and how often a command was started for it.
        "ALTER TABLE records ADD COLUMN runner INTEGER",
        "ALTER TABLE records ADD COLUMN tries INTEGER NOT NULL DEFAULT 0",
    ),
)
"""Append only, and never change one: a ledger's `user_version` counts how many of these it has had."""


def migrate(connection: "sqlite3.Connection") -> None:
    """Bring a ledger up to date. Raise NewerSchema or ForeignFile for a file that is not an older ledger."""
    if _version(connection) == len(MIGRATIONS):
        return
    with transaction(connection):
        for number in range(_version(connection), len(MIGRATIONS)):
            for statement in MIGRATIONS[number]:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _version(connection: "sqlite3.Connection") -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if owner != _APPLICATION_ID and (owner or version or tables):
        raise ForeignFile
    if version > len(MIGRATIONS):
        raise NewerSchema
    return version
