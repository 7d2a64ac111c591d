"""Reads the numbers of a send that is no CSV."""

import re
from collections.abc import Iterable, Iterator

from kxsms.domain.encoding import decode
from kxsms.errors import InputError

# Of all that Unicode calls the end of a line, what an editor counts.
_LINE_END = re.compile(r"\r\n|\n|\r")


def from_arguments(arguments: Iterable[str]) -> Iterator[str]:
    """The arguments, with bytes that are no text escaped."""
    return map(escaped, arguments)


def escaped(text: str) -> str:
    """An argument or a file's name, with bytes that are no text escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


def from_lines(data: bytes, source: str) -> Iterator[tuple[int, str]]:
    """The lines of a file that are not blank, with their numbers. Raises InputError for bytes that are not
    text."""
    for line, text in enumerate(_LINE_END.split(text_of(data, source)), start=1):
        if text.strip():
            yield line, text.strip().replace("\0", "\ufffd")


def text_of(data: bytes, source: str) -> str:
    """The text of a file. Raises InputError naming the file."""
    try:
        return decode(data)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{source}: neither UTF-8 nor GB18030 at byte {error.start}", "save the file as UTF-8"
        ) from None
