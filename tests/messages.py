"""The catalogues: `python -m tests.messages` collects the messages of the code, and compiles translations.

It keeps the translations of messages that are still in the code, and adds the new ones without any. Then edit
`kxsms/locale/zh_CN/LC_MESSAGES/kxsms.po`, and run it again.
"""

import ast
import inspect
import io
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from kxsms.language import CATALOGUES, CHINESE

PACKAGE = Path(__file__).parent.parent / "kxsms"
_KEYWORDS = {"tr": None, "mark": None, "tr_as": ((1, "c"), 2), "plural": (1, 2)}
_LINE = 110
_MADE = datetime(2026, 11, 26, tzinfo=UTC)
"""When the catalogues were begun: the date of each change would differ from run to run."""


def po_file(language: str = CHINESE) -> Path:
    """Return the path of the translations into a language."""
    return CATALOGUES / language / "LC_MESSAGES" / "kxsms.po"


def messages() -> dict[Any, str]:
    """Return every message of the code, one or (one, many), with its context or None, and its file."""
    found: dict[Any, str] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE.parent).as_posix()
        source = path.read_bytes()
        for _, message, _, context in extract("python", io.BytesIO(source), _KEYWORDS):
            found.setdefault((message, context), name)
        for noun in _nouns_in(ast.parse(source)):
            found.setdefault((noun, None), name)
        if path.parent.name == "commands":
            for message in _help_in(ast.parse(source)):
                found.setdefault((message, None), name)
    return found


def _nouns_in(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the two messages of each noun that `counted` counts in a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "counted":
            one, *several = node.args[1:]
            for noun in (one.body, one.orelse) if isinstance(one, ast.IfExp) else (one,):
                many = ast.literal_eval(several[0]) if several else f"{ast.literal_eval(noun)}s"
                yield f"{{count}} {ast.literal_eval(noun)}", f"{{count}} {many}"


def _help_in(tree: ast.Module) -> Iterator[str]:
    """Yield the help of each option of a file, and the docstring of each command."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg == "help" and isinstance(keyword.value, ast.Constant):
                    yield inspect.cleandoc(str(keyword.value.value))
        if isinstance(node, ast.FunctionDef) and _is_command(node):
            yield inspect.cleandoc(ast.get_docstring(node) or "")


def _is_command(function: ast.FunctionDef) -> bool:
    names = {ast.unparse(one).partition("(")[0] for one in function.decorator_list}
    return bool(names & {"shared", "app.command", "app.callback"})


def collected(known: Catalog) -> Catalog:
    """Return a catalogue of every message of the code, with the translations that are known."""
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
    for (message, context), file in messages().items():
        old = known.get(message[0] if isinstance(message, tuple) else message, context)
        translated = (
            old.string if old is not None and bool(old.pluralizable) == isinstance(message, tuple) else ""
        )
        catalog.add(message, translated, locations=[(file, 0)], context=context)
    return catalog


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
        else list(map(str, text))
        if isinstance(text, tuple | list)
        else []
    )


def fields(texts: Iterable[str]) -> list[set[str]]:
    """Return the names of the placeholders in each of some texts."""
    import string

    return [{name for _, name, _, _ in string.Formatter().parse(text) if name is not None} for text in texts]


def main() -> None:
    """Write the catalogue with every message of the code, and compile it."""
    path = po_file()
    catalog = collected(read(path) if path.exists() else Catalog(locale=CHINESE))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(written(catalog))
    path.with_suffix(".mo").write_bytes(compiled(catalog))
    missing = [each.id for each in catalog if each.id and not all(strings(each.string))]
    sys.stdout.write(f"{len(catalog)} messages, {len(missing)} without a translation\n")


if __name__ == "__main__":
    main()
