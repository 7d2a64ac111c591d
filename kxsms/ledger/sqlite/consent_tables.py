"""The statements that create the tables of consent, hours and money: one of the migrations."""

CONSENT_TABLES: tuple[str, ...] = (
    # The recipients who opted out, for all products of an account. `record` is the reply, `removed` when
    # a person took the number off the list, in seconds since 1970. `number` grows with each change: the
    # list is asked again where a greater one is there.
    """
    CREATE TABLE opt_outs (
        mobile INTEGER NOT NULL,
        origin TEXT NOT NULL,
        account TEXT NOT NULL,
        number INTEGER NOT NULL,
        since REAL NOT NULL,
        source TEXT NOT NULL,
        reason TEXT,
        record INTEGER,
        removed REAL,
        PRIMARY KEY (mobile, origin, account)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX opt_outs_number ON opt_outs (number)",
    # Recipients that are not sent to, counted by the reason.
    "ALTER TABLE batches ADD COLUMN opted_out INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE batches ADD COLUMN capped INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE batches ADD COLUMN cancelled INTEGER NOT NULL DEFAULT 0",
    # `scheduled_for` is when a person wants the batch to be sent, `due` when `batch run` may send it next;
    # NULL where that needs a person. `waits` says why it waits. `terms` are the limits and the pace that
    # the send named, as JSON. `price` is that of one billed message. A test does not count for others.
    "ALTER TABLE batches ADD COLUMN scheduled_for REAL",
    "ALTER TABLE batches ADD COLUMN due REAL",
    "ALTER TABLE batches ADD COLUMN waits TEXT",
    "ALTER TABLE batches ADD COLUMN terms TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE batches ADD COLUMN price TEXT",
    "ALTER TABLE batches ADD COLUMN is_test INTEGER NOT NULL DEFAULT 0",
    # The text or template. Of an older batch it is the text of its first request, where all got that one.
    "ALTER TABLE batches ADD COLUMN text TEXT",
    """
    UPDATE batches SET text = (SELECT content FROM requests WHERE requests.id = batches.first_request)
    WHERE NOT is_csv OR requests = 1
    """,
    "CREATE INDEX batches_due ON batches (due) WHERE due IS NOT NULL",
    # The messages that were or may have been billed, by the day, in the zone of the profile.
    """
    CREATE TABLE billed (
        origin TEXT NOT NULL,
        account TEXT NOT NULL,
        product TEXT NOT NULL,
        day TEXT NOT NULL,
        segments INTEGER NOT NULL,
        PRIMARY KEY (origin, account, product, day)
    ) WITHOUT ROWID
    """,
)
