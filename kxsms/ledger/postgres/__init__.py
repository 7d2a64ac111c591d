"""A ledger in PostgreSQL, which several hosts share: everything that is not as in SQLite."""
