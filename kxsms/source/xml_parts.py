"""XML of any size, read piece by piece, without document types and so without entities."""

import re
from collections.abc import Mapping
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError, ParserCreate, XMLParserType

from kxsms.language import tr

CHUNK = 1 << 18
"""Bytes of a part that are read at a time."""

TRUE = ("1", "true")

_NO_HEIGHT = re.compile(r"\s*0+(?:\.0*)?\s*")


def is_hidden_row(attributes: Mapping[str, str]) -> bool:
    """Return whether a row is hidden or filtered out, given its attributes.

    Some programs hide a row by a height of zero.
    """
    height = attributes.get("ht")
    return attributes.get("hidden") in TRUE or (
        height is not None and _NO_HEIGHT.fullmatch(height) is not None
    )


def refuse_document_type(*_: object) -> None:
    """Raise ParseError: no part of a workbook has a document type, which may define entities."""
    raise ParseError(tr("a document type"))


def new_parser() -> XMLParserType:
    """Return a parser that refuses document types, and gives each text in one piece."""
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse_document_type
    return parser


def parse(parser: XMLParserType, data: bytes, *, is_final: bool = False) -> None:
    """Parse the next piece. Raise ParseError."""
    try:
        parser.Parse(data, is_final)
    except ExpatError as error:
        raise ParseError(str(error)) from None


class LocalNames(dict[str, str]):
    """The names of elements without their prefixes: `row` for `x:row`."""

    def __missing__(self, name: str) -> str:
        local = self[name] = name.rpartition(":")[2]
        return local
