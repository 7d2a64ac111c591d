"""The commands: each parses its options, calls a plain function and returns a result. None prints."""
