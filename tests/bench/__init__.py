"""Benchmarks that users can repeat: `python -m tests.bench`."""
