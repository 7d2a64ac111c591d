"""The ledger on disk: every batch, its rows, and its requests with their outcomes."""
