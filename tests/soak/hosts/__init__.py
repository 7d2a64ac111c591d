"""Several hosts send one batch from a ledger in PostgreSQL, under faults: `python -m tests.soak hosts`.

`gateway` is the judge's witness, `host` runs the processes of one host, `faults` draws and makes the faults,
`judge` compares the ledger with the gateway, and `run` is the whole.
"""
