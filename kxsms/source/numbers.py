"""Mobile numbers and texts that come from arguments and plain files, not from a table."""

import io
import re
from collections.abc import Iterator
from typing import NamedTuple

from kxsms.language import tr

# Editors count these as ends of lines; Unicode knows more of them.
_LINE_END = re.compile(r"\r\n|\n|\r")


def escaped(text: str) -> str:
    """Return an argument or a file name with its undecodable bytes escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


class Decoded(NamedTuple):
    """The text of a file, and its encoding if that was guessed."""

    text: str
    guessed_encoding: str | None


def from_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text that are not blank, with their numbers."""
    for number, line in enumerate(_LINE_END.split(text), start=1):
        if line.strip():
            yield number, line.strip()


def text_of(data: bytes, name: str) -> Decoded:
    """Return the text of the file `name`. Raise InputError if its encoding is unknown or in doubt."""
    from kxsms.source.detection import encoding_of  # which a send without a file does not need

    found = encoding_of(io.BytesIO(data), name, None, tr("save the file as UTF-8"))
    return Decoded(data.decode(found.name).removeprefix("\ufeff"), found.guess)
