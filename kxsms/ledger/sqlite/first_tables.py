"""The statements that create the tables of the first ledgers: the first of the migrations."""

FIRST_TABLES: tuple[str, ...] = (
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
)
