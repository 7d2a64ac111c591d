"""Mobile numbers and texts that come from arguments and plain files, not from a table."""

import re
from collections.abc import Iterator

from kxsms.domain.encoding import decode
from kxsms.errors import InputError

# Editors count these as ends of lines; Unicode knows more of them.
_LINE_END = re.compile(r"\r\n|\n|\r")


def escaped(text: str) -> str:
    """Return an argument or a file name with its undecodable bytes escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


def from_lines(data: bytes, name: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file that are not blank, with their numbers. Raise InputError like `text_of`."""
    for line, text in enumerate(_LINE_END.split(text_of(data, name)), start=1):
        if text.strip():
            yield line, text.strip().replace("\0", "\ufffd")


def text_of(data: bytes, name: str) -> str:
    """Return the text of the file `name`. Raise InputError if its encoding is unknown."""
    try:
        return decode(data)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name}: neither UTF-8 nor GB18030 at byte {error.start}", "save the file as UTF-8"
        ) from None
