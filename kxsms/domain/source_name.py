"""The name of the source of a batch: a file, `stdin`, or another batch."""

import re

_SOURCE = re.compile(r"((?:(?:test|retry) of )*)(?:.*[/\\])?(.+)", re.DOTALL)


def without_directory(source: str) -> str:
    """Return the name of a source without the directories of its file."""
    found = _SOURCE.fullmatch(source)
    return source if found is None else "".join(found.groups())
