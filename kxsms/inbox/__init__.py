"""Fetches delivery reports and replies into the ledger, once each, and for good."""
