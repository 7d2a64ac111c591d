"""The rules of plain English and of size that a program can check, in every module of kxsms."""

import ast
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parent.parent / "kxsms"
MODULES = sorted(PACKAGE.rglob("*.py"), key=str)
MOST_LINES_OF_A_FILE = 250
MOST_LINES_OF_A_FUNCTION = 50

HEADLESS = re.compile(r"\s*(What|Whether|Who|Whom|Whose|Those|Whoever|Whatever)\b")
"""The beginning of a text without an actor. A sentence begins with the one who acts, or with a verb."""

LET = re.compile(r"Let\b[^.]*\bbe\b")
"""The beginning of a docstring such as `Let equal texts be one`."""

NOT_USED = re.compile(
    r"""\b(
        anew | lest | lately | begun | certainly | draughts?
        | mend(s|ed|ing)? | weigh(s|ed|ing)?
        | (who|whom|what|which)ever
        | held(?!\})                                # but not the field {held} of a template
        | (told | tell(s|ing)?)(?![^.;]*\bapart)    # but `told apart` is right
        | (goes | going | gone | went) [ ] on | go [ ] on [ ] with
        | at [ ] a [ ] batch | by [ ] itself | a [ ] guard [ ] said
        | on [ ] (its | their) [ ] way | of [ ] whom | further [ ] (try | tries)
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
"""Words and phrases that kxsms does not use: old words, and synonyms of the words that it does use."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Text(NamedTuple):
    """A docstring, a comment or another string of a module, and its line."""

    line: int
    text: str
    is_docstring: bool = False


def name_of(module: Path) -> str:
    """Return the path of a module as an error names it."""
    return module.relative_to(PACKAGE.parent).as_posix()


def texts(source: str) -> Iterator[Text]:
    """Yield the docstrings (those of constants too), the other strings, and the comments of a source text."""
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield Text(node.lineno, node.value, id(node) in docstrings)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield Text(token.start[0], token.string)


def is_headless(text: Text) -> bool:
    """Return whether a text begins without an actor, or is a docstring such as `Let X be Y`."""
    return bool(HEADLESS.match(text.text) or (text.is_docstring and LET.match(text.text)))


def length(function: Function, *, is_command: bool) -> int:
    """Return the number of lines of a function. The signature and docstring of a command do not count."""
    first: ast.stmt = function
    if is_command:
        has_docstring = ast.get_docstring(function) is not None and len(function.body) > 1
        first = function.body[1 if has_docstring else 0]
    return (function.end_lineno or first.lineno) - first.lineno + 1


def test_every_text_begins_with_an_actor_or_a_verb() -> None:
    found = [
        f"{name_of(module)}:{text.line}: {text.text.strip().splitlines()[0][:80]}"
        for module in MODULES
        for text in texts(module.read_text("utf-8"))
        if is_headless(text)
    ]
    assert not found, "\n".join(found)


def test_no_text_has_a_word_that_kxsms_does_not_use() -> None:
    found = [
        f"{name_of(module)}:{text.line}: {match[0]!r} in {text.text[max(0, match.start() - 30) :][:80]!r}"
        for module in MODULES
        for text in texts(module.read_text("utf-8"))
        for match in NOT_USED.finditer(text.text)
    ]
    assert not found, "\n".join(found)


def test_no_two_public_classes_have_the_same_name() -> None:
    places = defaultdict(list)
    for module in MODULES:
        for node in ast.parse(module.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(f"{name_of(module)}:{node.lineno}")
    found = [f"{name}: {', '.join(lines)}" for name, lines in places.items() if len(lines) > 1]
    assert not found, "\n".join(found)


def test_no_file_is_too_long() -> None:
    lines = {name_of(module): len(module.read_text("utf-8").splitlines()) for module in MODULES}
    found = [f"{name}: {count} lines" for name, count in lines.items() if count > MOST_LINES_OF_A_FILE]
    assert not found, "\n".join(found)


def test_no_function_is_too_long() -> None:
    found = []
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, Function):
                count = length(node, is_command=module.parent.name == "commands")
                if count > MOST_LINES_OF_A_FUNCTION:
                    found.append(f"{name_of(module)}:{node.lineno}: {node.name} has {count} lines")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("whoever has it", "whoever"),
        ("the hint told in words", "told"),
        ("two forms, told apart by their length", None),
        ("rows that are held", "held"),
        ("id IN ({held})", None),
        ("upheld, recommend, blest", None),
        ("the batch goes on", "goes on"),
    ],
)
def test_the_pattern_finds_a_word_only_where_it_is_one(text: str, word: str | None) -> None:
    match = NOT_USED.search(text)
    assert (match[0] if match else None) == word
