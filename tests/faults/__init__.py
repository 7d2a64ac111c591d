"""Processes that are killed, interrupted, cut off and refused: at most once, and nothing lost."""
