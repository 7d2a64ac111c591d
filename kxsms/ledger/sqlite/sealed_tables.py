"""The statements that let ledgers be copied: one of the migrations."""

SEALED_TABLES: tuple[str, ...] = (
    # At most one row: kxsms only reads a ledger that was copied, or that is an unfinished copy. `copy` is the
    # same in both ledgers. `since` is in seconds since 1970.
    "CREATE TABLE sealed (since REAL NOT NULL, state TEXT NOT NULL, place TEXT NOT NULL, copy TEXT NOT NULL)",
)
