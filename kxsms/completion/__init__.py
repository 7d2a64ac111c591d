"""Completion: the scripts of the shells, the answers to them, and the values that these suggest."""
