"""Bytes of unknown origin to text: files from Chinese Windows, answers of the gateway."""

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(data: bytes) -> str:
    """Text from UTF-8 with or without a mark, UTF-16 with a mark, or GB18030, told apart strictly.

    Raises UnicodeDecodeError for bytes that are none of these.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("gb18030")
