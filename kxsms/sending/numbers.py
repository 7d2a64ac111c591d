"""Reads the numbers of a send, each with the place it came from."""

import re
from collections.abc import Iterable, Iterator

from kxsms.domain.encoding import decode
from kxsms.domain.plan import Entry
from kxsms.errors import InputError

# Of all that Unicode calls the end of a line, what an editor counts.
_LINE_END = re.compile(r"\r\n|\n|\r")


def from_arguments(arguments: Iterable[str]) -> Iterator[Entry]:
    """One entry an argument."""
    return (Entry(argument) for argument in arguments)


def from_lines(data: bytes, source: str) -> Iterator[Entry]:
    """One entry a line of a file; blank lines are skipped. Raises InputError for bytes that are not text."""
    for line, text in enumerate(_LINE_END.split(text_of(data, source)), start=1):
        if text.strip():
            yield Entry(text.strip(), source, line)


def text_of(data: bytes, source: str) -> str:
    """The text of a file. Raises InputError naming the file."""
    try:
        return decode(data)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{source}: neither UTF-8 nor GB18030 at byte {error.start}", "save the file as UTF-8"
        ) from None
