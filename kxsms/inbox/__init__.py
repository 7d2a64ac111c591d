"""The use cases that receive: fetch delivery reports and replies, and keep them in the ledger."""
