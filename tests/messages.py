"""The catalogues: `python -m tests.messages` collects the messages of the code, and compiles translations.

It keeps the translations of messages that are still in the code, and adds the new ones without any. Then edit
`kxsms/locale/zh_CN/LC_MESSAGES/kxsms.po`, and run it again. To merge two branches, take the file of either,
and name a copy of the other: `python -m tests.messages other.po`.
"""

import ast
import inspect
import io
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import typer
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from kxsms.app import app, built
from kxsms.commands.layout import messages_in
from kxsms.language import CATALOGUES, CHINESE

PACKAGE = Path(__file__).parent.parent / "kxsms"
_NOT_SHOWN = {*("tr", "mark", "tr_as", "plural", "counted"), *("AssertionError", "ValueError", "TypeError")}
"""Functions whose texts are messages, and errors that are for programmers."""
_SENTENCE = re.compile(r"[A-Za-z]{2,},? [a-z]+,? [a-z]+")
_CODE = re.compile(
    r"\b(SELECT|INSERT|UPDATE|DELETE|FROM|WHERE|CREATE|ALTER|DROP|AND|BY|ELSE|DO|NULL)\b|[<\\]|\w\|\w|import "
)
_LINE = 110
_MADE = datetime(2026, 11, 26, tzinfo=UTC)
"""When the catalogues were begun: the date of each change would differ from run to run."""


def po_file(language: str = CHINESE) -> Path:
    """Return the path of the translations into a language."""
    return CATALOGUES / language / "LC_MESSAGES" / "kxsms.po"


@cache
def messages() -> dict[Any, list[str]]:
    """Return every message of the code, one or (one, many), with its context or None, and its files."""
    found: dict[Any, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for message in _calls_in(ast.parse(path.read_bytes())):
            _add(found, message, path)
    for text, path in _helps(typer.main.get_command(app), []):
        for paragraph, _ in messages_in(text):
            _add(found, (paragraph, None), path)
    return found


def _add(found: dict[Any, list[str]], message: Any, path: Path) -> None:
    name = path.relative_to(PACKAGE).as_posix()
    if name not in found.setdefault(message, []):
        found[message].append(name)


def _calls_in(tree: ast.Module) -> Iterator[tuple[Any, str | None]]:
    """Yield the messages that the functions of `kxsms.language`, and `counted`, get in a file.

    Babel's own extraction misses those within an f-string.
    """
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        match node.func.id, _texts_in(node):
            case (("tr" | "mark"), [str(message)]):
                yield message, None
            case "tr_as", [str(context), str(message)]:
                yield message, context
            case "plural", [str(one), str(many)]:
                yield (one, many), None
            case "counted", [str(one), str(many)] if len(node.args) == 3:
                yield (f"{{count}} {one}", f"{{count}} {many}"), None
            case "counted", nouns:
                yield from (((f"{{count}} {noun}", f"{{count}} {noun}s"), None) for noun in nouns)
            case _:
                pass


def _texts_in(call: ast.Call) -> list[str]:
    """Return the texts that a call gets, both of `"a" if condition else "b"`."""
    choices = [one.body if isinstance(one, ast.IfExp) else one for one in call.args]
    others = [one.orelse for one in call.args if isinstance(one, ast.IfExp)]
    texts = [one.value for one in (*choices, *others) if isinstance(one, ast.Constant)]
    return [text for text in texts if isinstance(text, str)]


def _helps(group: Any, parents: list[str]) -> Iterator[tuple[str, Path]]:
    """Yield the help of a command and of its options, and those of the commands of a group, with the file."""
    path = Path(inspect.getfile(inspect.unwrap(group.callback)))
    yield group.help or "", path
    context = group.make_context(" ".join(parents), [], resilient_parsing=True)
    for parameter in group.get_params(context):
        if not parameter.hidden:
            yield parameter.help or "", path
            yield getattr(parameter, "rich_help_panel", None) or "", path
    for name in getattr(group, "commands", {}):
        command = group.get_command(context, name)
        yield from _helps(command if parents else built(name), [*parents, name])


def forgotten(path: Path) -> Iterator[str]:
    """Yield the texts of three words and more in a file that are not translated, each with its line."""
    for line, text in _texts_below(ast.parse(path.read_text(encoding="utf-8"))):
        if _SENTENCE.search(text) and not _CODE.search(text):
            yield f"{path.relative_to(PACKAGE).as_posix()}:{line}: {text}"


def _texts_below(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the texts in a piece of code, but for docstrings, messages, and what only programmers read."""
    match node:
        case ast.Constant(value=str(text)):
            yield node.lineno, text
        case ast.Expr(value=ast.Constant()) | ast.Assert() | ast.MatchValue():
            return
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in _NOT_SHOWN:
            return
        case ast.keyword(arg="help" | "rich_help_panel"):
            return
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _texts_below(child)


def collected(known: Catalog, *more: Catalog) -> Catalog:
    """Return a catalogue of every message of the code, with the translations that are known.

    `more` have those of other branches, for messages of which `known` has none.
    """
    catalog = Catalog(
        locale=known.locale,
        project="kxsms",
        version="",
        creation_date=_MADE,
        revision_date=_MADE,
        msgid_bugs_address="",
        last_translator="",
        language_team="",
        fuzzy=False,
        header_comment="# The messages of kxsms in Chinese, collected by python -m tests.messages.",
    )
    for (message, context), files in messages().items():
        translated = next(filter(None, (_translation(each, message, context) for each in (known, *more))), "")
        catalog.add(message, translated, locations=[(file, 0) for file in files], context=context)
    return catalog


def _translation(catalog: Catalog, message: Any, context: str | None) -> Any:
    """Return the translation of a message, one or (one, many), or None."""
    found = catalog.get(message[0] if isinstance(message, tuple) else message, context)
    if found is None or found.fuzzy or bool(found.pluralizable) != isinstance(message, tuple):
        return None
    return found.string if all(strings(found.string)) else None


def read(path: Path) -> Catalog:
    """Return the catalogue in a file."""
    with path.open("rb") as file:
        return read_po(file, locale=CHINESE)


def compiled(catalog: Catalog) -> bytes:
    """Return a catalogue in the form that is read at run time."""
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def written(catalog: Catalog) -> bytes:
    """Return a catalogue in the form that people edit, in the order of the files."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=_LINE, sort_by_file=True, include_lineno=False)
    return buffer.getvalue()


def strings(text: object) -> list[str]:
    """Return the texts of a message or of a translation: one, or one for each plural form."""
    return (
        [str(text)]
        if isinstance(text, str)
        else [str(one or "") for one in text]
        if isinstance(text, tuple | list)
        else []
    )


def fields(texts: Iterable[str]) -> list[set[str]]:
    """Return the names of the placeholders in each of some texts."""
    import string

    return [{name for _, name, _, _ in string.Formatter().parse(text) if name is not None} for text in texts]


def main(others: Sequence[str] = ()) -> None:
    """Write the catalogue with every message of the code, and compile it."""
    path = po_file()
    catalog = collected(read(path), *(read(Path(other)) for other in others))
    path.write_bytes(written(catalog))
    path.with_suffix(".mo").write_bytes(compiled(catalog))
    missing = [each.id for each in catalog if each.id and not all(strings(each.string))]
    sys.stdout.write(f"{len(catalog)} messages, {len(missing)} without a translation\n")


if __name__ == "__main__":
    main(sys.argv[1:])
