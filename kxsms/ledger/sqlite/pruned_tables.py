"""The statements that let batches be pruned: one of the migrations."""

PRUNED_TABLES: tuple[str, ...] = (
    # When the rows, texts and records of a batch were pruned, in seconds since 1970. Its ranges of rows and
    # requests are empty then, and end where they ended, so that no number in them is given again.
    "ALTER TABLE batches ADD COLUMN pruned REAL",
    # The ranges of pruned batches whose rows and requests have yet to be deleted.
    """
    CREATE TABLE pruning (
        batch INTEGER PRIMARY KEY,
        first_row INTEGER NOT NULL,
        last_row INTEGER NOT NULL,
        first_request INTEGER NOT NULL,
        last_request INTEGER NOT NULL
    )
    """,
    # What the same send and `batch show` still show of a pruned batch, as JSON.
    "CREATE TABLE outcomes (batch INTEGER PRIMARY KEY, outcome TEXT NOT NULL)",
    # The recipients of a pruned batch, counted by the code of their requests. `segments` are the messages
    # that were or may have been billed.
    """
    CREATE TABLE pruned_figures (
        batch INTEGER NOT NULL,
        code TEXT,
        recipients INTEGER NOT NULL,
        accepted INTEGER NOT NULL,
        rejected INTEGER NOT NULL,
        segments INTEGER NOT NULL,
        delivered INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        replies INTEGER NOT NULL,
        opted_out INTEGER NOT NULL
    )
    """,
    "CREATE INDEX pruned_figures_batch ON pruned_figures (batch)",
    "CREATE INDEX opt_outs_record ON opt_outs (record) WHERE record IS NOT NULL",
    # The greatest number of a record that was deleted, or 0: it is not given again.
    "CREATE TABLE last_record (id INTEGER NOT NULL)",
    "INSERT INTO last_record VALUES (0)",
)
