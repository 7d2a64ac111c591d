"""Reads the bytes of an answer, JSON or XML, into one tree of dicts, lists and texts.

Both forms make the same tree: an XML element is a dict of its attributes and children, repeated children are
a list, and a leaf is its text. Numbers stay the text they are, of any length.
"""

import json
import re
from collections.abc import Callable
from itertools import chain
from typing import TYPE_CHECKING

from kxsms.domain.encoding import decode
from kxsms.language import mark, plural, tr

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Tree = dict[str, "Tree"] | list["Tree"] | str | bool | None

_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|title|h1)\b", re.I)
_TITLE = re.compile(r"<(?:title|h1)\b[^<>]*>([^<>]*)", re.I)
_ROOT = re.compile(r"<([^\s/>!?]+)")
_SHOWN = 60
_MAX_DEPTH = 100
"""Levels of nesting. No answer needs ten, and the functions that read the tree call themselves for each."""

_NOT_AS_READ = (b"<!", b"<?", b"\\", b"&", b"\0", b"\xff\xfe", b"\xfe\xff")
"""Marks of an answer whose values may be written otherwise than they read; else masked bytes suffice."""

_TOO_DEEP = mark("an answer nested too deeply")


class Unreadable(ValueError):
    """Bytes that are no answer of the gateway. The text names what they are instead."""


class Empty(Unreadable):
    """An answer without a body."""


def read_tree(body: bytes, mask: Callable[[str], str] | None = None) -> Tree:
    """Return the tree of an answer; its content type does not count.

    `mask` masks the values: a secret that is whole only after parsing was not masked in the bytes.

    Raise Unreadable for anything but JSON and XML, and its subclass Empty for an empty body.
    """
    tree = _read_text(_text_of(body))
    # Some .NET services wrap the answer once more, in a JSON string or in <string>…</string>.
    if isinstance(tree, str) and tree.lstrip()[:1] in ("{", "[", "<"):
        tree = _read_text(tree)
    is_split = mask is not None and any(mark in body for mark in _NOT_AS_READ)
    return _masked(tree, mask) if mask is not None and is_split else tree


def _masked(tree: Tree, mask: Callable[[str], str]) -> Tree:
    """Return a tree with its names and values masked."""
    if isinstance(tree, str):
        return mask(tree)
    if isinstance(tree, list):
        return [_masked(item, mask) for item in tree]
    if isinstance(tree, dict):
        return {mask(name): _masked(value, mask) for name, value in tree.items()}
    return tree


def _text_of(body: bytes) -> str:
    try:
        return decode(body)
    except UnicodeDecodeError:
        # A message that was cut within a character must not cost the whole answer.
        text = body.decode("utf-8", "replace")
        if text.lstrip()[:1] in ("{", "[", "<"):
            return text
        raise Unreadable(
            plural("{count} byte that is not text", "{count} bytes that are not text", len(body))
        ) from None


def _read_text(text: str) -> Tree:
    text = text.strip("\0\ufeff \t\r\n")
    if not text:
        raise Empty(tr("an empty body"))
    markup = text.startswith("<")
    if markup:
        # The text is decoded already, and .NET likes to declare an encoding that it does not use.
        text = _without_prolog(text)
    if _HTML.match(text):
        raise Unreadable(_name_page(text))
    try:
        tree = _read_xml(text) if markup else read_json(text)
        check_depth(tree)
    except RecursionError:
        raise Unreadable(tr(_TOO_DEEP)) from None
    return tree


def check_depth(tree: Tree) -> None:
    """Raise Unreadable for a tree with more than `_MAX_DEPTH` levels."""
    level: list[Tree] = [tree]
    for _ in range(_MAX_DEPTH):
        objects = [node for node in level if isinstance(node, dict)]
        lists = [node for node in level if isinstance(node, list)]
        level = [*chain.from_iterable(lists), *chain.from_iterable(map(dict.values, objects))]
        if not level:
            return
    raise Unreadable(tr(_TOO_DEEP))


def _without_prolog(text: str) -> str:
    """Return the text from its first element or doctype on, without XML declaration and comments."""
    start = 0
    while True:
        for opening, closing in (("<?", "?>"), ("<!--", "-->")):
            if text.startswith(opening, start):
                end = text.find(closing, start + len(opening))
                if end < 0:
                    return text[start:]
                start = end + len(closing)
                break
        else:
            return text[start:]
        while text[start : start + 1].isspace():
            start += 1


def _name_page(text: str) -> str:
    title = _TITLE.search(text)
    words = " ".join(title[1].split()) if title else ""
    return tr("an HTML page, “{words}”", words=words[:_SHOWN]) if words else tr("an HTML page")


def read_json(text: str) -> Tree:
    """Return the tree of a JSON text. Raise Unreadable, or RecursionError."""
    try:
        tree: Tree = json.loads(
            text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=merge
        )
    except json.JSONDecodeError as error:
        if text[0] in "{[":
            raise Unreadable(tr("JSON that is damaged at character {place}", place=error.pos + 1)) from None
        raise Unreadable(tr("neither JSON nor XML: {text}", text=_shorten(text))) from None
    return tree


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"


def merge(pairs: list[tuple[str, Tree]]) -> dict[str, Tree]:
    """Return a dict in which the values of a repeated name are a list, so that none is dropped."""
    merged = dict(pairs)
    if len(merged) == len(pairs):
        return merged
    values: dict[str, list[Tree]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: several if len(several) > 1 else several[0] for name, several in values.items()}


def _read_xml(text: str) -> Tree:
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException

    try:
        try:
            return _parse_xml(text)
        except ParseError as error:
            root = _ROOT.match(text)
            if root is None:
                raise Unreadable(tr("XML that is damaged: {error}", error=error)) from None
            # One copy of the vendor's page lacks the last tag. Nothing else may be missing.
            try:
                return _parse_xml(f"{text}</{root[1]}>")
            except ParseError:
                raise Unreadable(tr("XML that is damaged: {error}", error=error)) from None
    except DefusedXmlException:
        raise Unreadable(tr("XML with a DTD or entities, which kxsms does not read")) from None


def _parse_xml(text: str) -> Tree:
    from defusedxml.ElementTree import fromstring

    # expat takes no lone surrogates; they reach us only through a JSON string.
    return _convert(fromstring(text.encode("utf-8", "replace").decode("utf-8"), forbid_dtd=True))


def _convert(element: "Element") -> Tree:
    pairs: list[tuple[str, Tree]] = [(_local(name), value) for name, value in element.attrib.items()]
    pairs += [(_local(child.tag), _convert(child)) for child in element]
    text = (element.text or "").strip()
    if not pairs:
        return text
    return merge([*pairs, ("#text", text)] if text else pairs)


def _local(name: str) -> str:
    return name.rpartition("}")[2]
