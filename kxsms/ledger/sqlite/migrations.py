"""The statements that create the tables of the ledger, and change those of older ledgers."""

from kxsms.ledger.sqlite.consent_tables import CONSENT_TABLES
from kxsms.ledger.sqlite.equal_texts import EQUAL_TEXTS
from kxsms.ledger.sqlite.first_tables import FIRST_TABLES
from kxsms.ledger.sqlite.forgotten_tables import FORGOTTEN_TABLES
from kxsms.ledger.sqlite.pruned_tables import PRUNED_TABLES
from kxsms.ledger.sqlite.sealed_tables import SEALED_TABLES

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    FIRST_TABLES,
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
            origin TEXT,
            account TEXT NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            receiver INTEGER
        )
        """,
        # The receivers that run a command for each new record.
        """
        CREATE TABLE runners (
            receiver INTEGER PRIMARY KEY, kind TEXT NOT NULL, origin TEXT, account TEXT NOT NULL
        )
        """,
        # The receiver that runs a command for a record now, and how often a command was started for it.
        "ALTER TABLE records ADD COLUMN runner INTEGER",
        "ALTER TABLE records ADD COLUMN tries INTEGER NOT NULL DEFAULT 0",
    ),
    (
        # The process behind the number of a receiver, and the identity of the file in which it locked it.
        """
        CREATE TABLE receivers (
            number INTEGER PRIMARY KEY,
            host TEXT NOT NULL,
            boot TEXT NOT NULL,
            pid_namespace TEXT NOT NULL,
            pid INTEGER NOT NULL,
            started TEXT NOT NULL,
            lock_device TEXT NOT NULL,
            lock_inode TEXT NOT NULL
        )
        """,
    ),
    (
        # Older accounts may have blanks around them. Digests were made with this `spelling`: those of batches
        # are made again when the same send is seen again.
        """
        CREATE TABLE spellings (
            account TEXT NOT NULL, spelling TEXT NOT NULL, PRIMARY KEY (account, spelling)
        )
        """,
        """
        INSERT INTO spellings SELECT DISTINCT trimmed(account), account FROM batches
        WHERE account != trimmed(account)
        """,
        "UPDATE batches SET account = trimmed(account) WHERE account != trimmed(account)",
        "ALTER TABLE answers ADD COLUMN spelling TEXT",
        """
        UPDATE answers SET spelling = account, account = trimmed(account) WHERE account != trimmed(account)
        """,
        "UPDATE unshown SET account = trimmed(account) WHERE account != trimmed(account)",
    ),
    (
        # `compared` is the text as a later version would have made it, where that is another one: without
        # blanks at its end, and with LF as its line end. Both are the same text for overlap.
        "ALTER TABLE requests ADD COLUMN compared TEXT",
        """
        UPDATE requests SET compared = clean_text(content) WHERE clean_text(content) != content
        """,
        # The fingerprints of the batches that have such a text, taken of the later texts. Where recipients
        # were skipped, their texts are not known any more; the file is found by its source key.
        """
        UPDATE batches SET fingerprint = (
            SELECT clean_fingerprint(content, mobile, account, product, extno)
            FROM rows JOIN requests ON requests.id = rows.request
            WHERE rows.id BETWEEN batches.first_row AND batches.last_row
        )
        WHERE skipped = 0 AND id IN (SELECT batch FROM requests WHERE compared IS NOT NULL)
        """,
    ),
    (
        # The same for texts whose own signature stood behind invisible marks.
        """
        UPDATE batches SET fingerprint = (
            SELECT clean_fingerprint(signed_text(content), mobile, account, product, extno)
            FROM rows JOIN requests ON requests.id = rows.request
            WHERE rows.id BETWEEN batches.first_row AND batches.last_row
        )
        WHERE skipped = 0 AND id IN (
            SELECT batch FROM requests WHERE signed_text(content) != clean_text(content)
        )
        """,
        """
        UPDATE requests SET compared = signed_text(content) WHERE signed_text(content) != clean_text(content)
        """,
    ),
    (
        # `guessed` is the text with the values of its first row as a later version fills them in: without
        # blanks and marks at their ends. It is only compared, beside the other one, and never sent: which
        # columns the text used is not known.
        "ALTER TABLE requests ADD COLUMN guessed TEXT",
        """
        UPDATE requests SET guessed = found.text
        FROM (
            SELECT requests.id, with_clean_values(content, fields) AS text
            FROM requests JOIN rows ON rows.id = requests.first_row
            WHERE batch IN (SELECT id FROM batches WHERE is_csv)
        ) AS found
        WHERE found.id = requests.id AND found.text IS NOT NULL
        """,
    ),
    CONSENT_TABLES,
    EQUAL_TEXTS,
    PRUNED_TABLES,
    FORGOTTEN_TABLES,
    SEALED_TABLES,
)
"""Append only, and never change one: a ledger's `user_version` counts how many of these it has had."""
