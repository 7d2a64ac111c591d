"""Bytes of unknown origin to text: files from Chinese Windows, answers of the gateway."""

import codecs

_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def marked_encoding(data: bytes) -> str | None:
    """Return the encoding that the byte order mark at the start of the data names; None without a mark."""
    return next((encoding for mark, encoding in _MARKS.items() if data.startswith(mark)), None)


def decode(data: bytes) -> str:
    """Return the text of UTF-8 with or without a mark, of UTF-16 with a mark, or of GB18030.

    Raise UnicodeDecodeError for any other bytes: nothing is replaced or dropped.
    """
    marked = marked_encoding(data)
    if marked is not None:
        return data.decode(marked).removeprefix("\ufeff")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("gb18030")
