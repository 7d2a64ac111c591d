"""The statements that create the tables of the ledger, and change those of older ledgers."""

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
        # With a million batches a send looks only at the few that still have something to do.
        "CREATE INDEX batches_hidden ON batches (id) WHERE NOT ready",
        "CREATE INDEX batches_open ON batches (id) WHERE finished IS NULL",
        "CREATE INDEX batches_sending ON batches (id) WHERE sending > 0",
        "CREATE INDEX batches_turn ON batches (last_turn)",
    ),
    (
        # The process that owns a batch, and the identity and path of its lock file. Device and inode may be
        # too large for SQLite, and so are text. A record stays when its process is killed.
        """
        CREATE TABLE owners (
            batch INTEGER PRIMARY KEY,
            host TEXT NOT NULL,
            boot TEXT NOT NULL,
            pid_namespace TEXT NOT NULL,
            pid INTEGER NOT NULL,
            started TEXT NOT NULL,
            lock_device TEXT NOT NULL,
            lock_inode TEXT NOT NULL,
            lock_path BLOB NOT NULL
        )
        """,
    ),
    (
        # `shown_turn` is the `last_turn` of the last result that was written out: where it is smaller, nobody
        # has seen the result. `superseded_by` names the batch that took over the idempotency key.
        "ALTER TABLE batches ADD COLUMN shown_turn INTEGER NOT NULL DEFAULT 0",
        "UPDATE batches SET shown_turn = last_turn",
        "ALTER TABLE batches ADD COLUMN superseded_by TEXT",
    ),
    (
        # The host and port of the gateway. An older batch has that of its profile, if that is known; NULL is
        # the same under every origin. An older answer has NULL: the digests of its records have no origin.
        "ALTER TABLE batches ADD COLUMN origin TEXT",
        "ALTER TABLE answers ADD COLUMN origin TEXT",
        """
        UPDATE batches SET origin = (
            SELECT known_origins.origin FROM temp.known_origins
            WHERE known_origins.profile = batches.profile AND known_origins.account = batches.account
        )
        """,
        # 1 where a delivery report made an unknown request accepted.
        "ALTER TABLE requests ADD COLUMN reported INTEGER NOT NULL DEFAULT 0",
        """
        UPDATE requests SET reported = 1 WHERE message = 'a delivery report shows that it was accepted'
        """,
        "CREATE INDEX requests_reported ON requests (task_id) WHERE reported",
        "CREATE INDEX records_task ON records (task_id) WHERE row IS NULL AND kind = 'report'",
    ),
)
"""Append only, and never change one: a ledger's `user_version` counts how many of these it has had."""
