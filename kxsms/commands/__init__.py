"""The commands: each parses its options, calls one use case and returns its result. None prints."""
