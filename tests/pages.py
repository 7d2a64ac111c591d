"""The README and the help topics, in both languages: tables that come from the code, examples that are run.

`python -m tests.pages` writes the tables, and with `--examples` also the output of every example.
"""

import argparse
import contextlib
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import psycopg

from kxsms.config.schema import KEY_TYPES
from kxsms.errors import KxsmsError
from kxsms.exit_status import ExitStatus, status_for
from kxsms.language import CHINESE, ENGLISH, start, tr
from kxsms.sandbox.behaviour import AnswerShape, FaultKind, MagicNumber, Refusal
from kxsms.sandbox.server import SandboxServer
from tests import chinese
from tests.faults import wire
from tests.postgres import PostgresServer
from tests.postgres.places import make_url
from tests.terminal import on_terminal

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
TOPICS = sorted((ROOT / "kxsms/help").glob("*.md"))
CHINESE_TOPICS = sorted((ROOT / "kxsms/help/zh").glob("*.md"))
CHINESE_HALF = "# kxsms 中文说明\n"
"""The line of the README with which its Chinese half begins."""

INSTALL = "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/"
TEST_COMMAND = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]' && .venv/bin/pytest"
ADDRESS = "127.0.0.1:8080"
"""Stands in the examples for the address of the gateway, whichever port it has."""
LEDGER = "postgresql://kxsms@db.example/sms"
"""Stands in the examples for the place of a ledger that several hosts share."""
BATCH = "3f2a91c0"
"""Stands in the examples for the id of the batch that was shown last."""

_SQL = re.compile(r"```sql\n(.*?)```", re.S)
_BLOCK = re.compile(r"(?<=```console\n).*?(?=```)", re.S)
_EXAMPLE = re.compile(r"^\$ ((?:.*[\\|]\n)*.*)\n((?:(?!\$ ).*\n)*)", re.M)
_EXPORT = re.compile(r"export (\w+)=(\S+)")
_OWN_WORDS = re.compile(r"^\| `([^`|]+)` \| ([^|]*) \|", re.M)


class Page(NamedTuple):
    """A page in one language: a topic, or a half of the README."""

    path: Path
    language: str = ENGLISH

    @property
    def name(self) -> str:
        return self.path.stem if self.language == ENGLISH else f"{self.path.stem} in Chinese"

    @property
    def text(self) -> str:
        return self._parts()[1]

    def write(self, text: str) -> None:
        before, _, after = self._parts()
        self.path.write_text(before + text + after, encoding="utf-8", newline="\n")

    def _parts(self) -> tuple[str, str, str]:
        """Return the text of the file in front of the page, that of the page, and that behind it."""
        whole = self.path.read_text(encoding="utf-8")
        if self.path != README:
            return "", whole, ""
        english, heading, chinese = whole.partition(CHINESE_HALF)
        half = heading + chinese
        return ("", english, half) if self.language == ENGLISH else (english, half, "")


PAGES = [
    *(Page(path) for path in (README, *TOPICS)),
    *(Page(path, CHINESE) for path in (README, *CHINESE_TOPICS)),
]


class Example(NamedTuple):
    """A command of a page, and the output that the page shows below it."""

    command: str
    output: str


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table."""
    lines = [f"| {' | '.join(map(str, cells))} |" for cells in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * (lines[0].count(" | ") + 1), *lines[1:]])


def _headed(*head: str, rows: Iterable[Iterable[object]]) -> str:
    """Return a table whose headings are in the language that is spoken."""
    return table(map(chinese.said, head), rows)


def _config_keys(_: Mapping[str, str]) -> str:
    """Return every key of a profile, its type, its meaning and its default."""

    def default(value: object) -> str:
        if isinstance(value, tuple):
            return ", ".join(f"`{item}`" for item in value[:3]) + ", …"
        return f"`{value:g}`" if isinstance(value, float) else f"`{value}`" if value else ""

    def kind(name: str) -> str:
        return name if ", " in name else chinese.said(name)  # the values themselves, such as "true, false"

    rows = [
        (f"`{name}`", kind(key.type.name), tr(key.meaning), default(key.default))
        for name, key in KEY_TYPES.items()
    ]
    return _headed("key", "type", "meaning", "default", rows=rows)


def _error_kinds(words: Mapping[str, str]) -> str:
    """Every kind of error and its exit status; its meaning in the words of the page."""
    kinds = {error.kind: int(status_for(error(""))) for error in _last_subclasses(KxsmsError)}
    rows = [(f"`{kind}`", words.get(kind, ""), status) for kind, status in kinds.items()]
    return _headed("kind", "meaning", "status", rows=rows)


def _last_subclasses(parent: type[KxsmsError]) -> Iterator[type[KxsmsError]]:
    for child in parent.__subclasses__():
        yield from _last_subclasses(child) if child.__subclasses__() else [child]


TABLES: Mapping[str, Callable[[Mapping[str, str]], str]] = {
    "exit statuses": lambda _: _headed(
        "status", "meaning", rows=((int(status), tr(status.meaning)) for status in ExitStatus)
    ),
    "magic numbers": lambda _: _headed(
        "number", "what happens", rows=((number.mobile, tr(number.meaning)) for number in MagicNumber)
    ),
    "refusals": lambda _: _headed("code", "message", rows=((each.code, each.message) for each in Refusal)),
    "faults": lambda _: _headed("kind", "effect", rows=((kind.word, tr(kind.meaning)) for kind in FaultKind)),
    "shapes": lambda _: _headed(
        "name", "what they look like", rows=((shape.word, tr(shape.meaning)) for shape in AnswerShape)
    ),
    "wire": lambda _: wire.listing(chinese.said),
    "config keys": _config_keys,
    "error kinds": _error_kinds,
}
"""By name, a function from the words that a page has already (the second cell by the first) to the table."""


def with_tables(page: str, language: str = ENGLISH) -> str:
    """Return a page with its tables as the code has them now."""
    with spoken(language):
        for name, make in TABLES.items():
            start, end = f"<!-- {name} -->\n", "<!-- end -->"
            for now in re.findall(f"{start}.*?{end}", page, re.S):
                page = page.replace(now, f"{start}\n{make(dict(_OWN_WORDS.findall(now)))}\n\n{end}")
    return page


@contextlib.contextmanager
def spoken(language: str) -> Iterator[None]:
    """Speak a language for a while, then English."""
    start(lambda: language)
    try:
        yield
    finally:
        start(lambda: ENGLISH)


def examples(page: str) -> list[Example]:
    """Return the commands of the console blocks of a page, in order."""
    return [Example(*found) for block in _BLOCK.findall(page) for found in _EXAMPLE.findall(block)]


def comparable(text: str) -> str:
    """Return an output without colours and without what differs from run to run: times, ids, addresses."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    text = re.sub(r"\d{4}-\d\d-\d\d([ T])\d\d:\d\d:\d\d", r"2026-11-22\g<1>10:00:00", text)
    text = re.sub(r"\b[0-9a-f]{8}\b", BATCH, text)
    text = re.sub(r"\b\d\d-\d\d \d\d:\d\d\b(?!:)", "11-22 10:00", text)
    text = re.sub(r"127\.0\.0\.1:\d+", ADDRESS, text)
    text = re.sub(r"\b\d+ KiB\b", "936 KiB", text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def played(page: str, state: Path, language: str = ENGLISH) -> Iterator[tuple[Example, str | None]]:
    """Run the examples of a page in an empty home, on a terminal of 80 columns, beside a sandbox in `state`.

    An `export NAME=VALUE` holds for the examples below it. Yields each example with what it printed: None
    where a program that it needs is not installed. Raises Unavailable for a page that needs a server of
    PostgreSQL where there is none.
    """
    missing = [name for name in ("jq", "curl") if shutil.which(name) is None]
    batch = BATCH
    # A short path, which stays on one line of the terminal.
    with (
        spoken(language),
        tempfile.TemporaryDirectory(dir="/tmp") as home,
        SandboxServer(state) as server,
        shared_ledger(page) as ledger,
    ):
        environment = {
            **{"NO_COLOR": "1", "HOME": home, "XDG_CONFIG_HOME": f"{home}/.config"},
            **{"KXSMS_STATE_DIR": str(state), "KXSMS_LANG": language},
        }
        for example in examples(page):
            if example.command == TEST_COMMAND:
                yield example, None
                continue
            if exported := _EXPORT.fullmatch(example.command):
                environment[exported[1]] = exported[2].replace(LEDGER, ledger)
                yield example, ""
                continue
            command = example.command.removeprefix(INSTALL).replace(ADDRESS, server.url.partition("//")[2])
            lacking = next((name for name in missing if re.search(rf"\b{name}\b", command)), None)
            if lacking is not None:
                # The rest of the story needs what the command does, if not what it shows.
                command = command.partition(f"| {lacking}")[0]
            _, shown = on_terminal(_words(command.replace(BATCH, batch)), env=environment, cwd=Path(home))
            batch = next(iter(_BATCH_ID.findall(shown)), batch)
            yield example, None if lacking else shown.replace(home, "~").replace(ledger, LEDGER)


@contextlib.contextmanager
def shared_ledger(page: str) -> Iterator[str]:
    """Yield the URL of a ledger on a server that was set up with the SQL of a page, or LEDGER without any."""
    found = _SQL.search(page)
    if found is None:
        yield LEDGER
        return
    with PostgresServer() as server:
        there = {**server.places.parameters, "dbname": "sms"}
        before, _, after = found[1].partition("\\connect sms\n")
        for url, statements in ((server.places.admin_url, before), (make_url(there), after)):
            with psycopg.connect(url, autocommit=True) as connection:
                for statement in re.findall(r"^[A-Z].*(?=;)", statements, re.M):
                    connection.execute(statement.encode())
        yield make_url({**there, "user": "kxsms"})


def _words(command: str) -> list[str]:
    """Return the words of one command of kxsms; of anything else, those with which bash runs it."""
    lexer = shlex.shlex(command.replace("\\\n", ""), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    words = list(lexer)
    is_one = words[0] == "kxsms" and not any(set(word) <= set("();<>|&\n") for word in words)
    return words if is_one and not re.search(r"[$`*?~\n]", command) else ["bash", "-c", command]


# An id, which may hold digits alone: then only at the beginning of a line, at its end, or behind "batch".
_BATCH_ID = re.compile(
    r"\b(?=[0-9a-f]*[a-f])[0-9a-f]{8}\b"
    r"|^[0-9]{8}(?= )|(?<=batch )[0-9]{8}\b|(?<=批次 )[0-9]{8}\b|(?<= )[0-9]{8}(?=\r?$)",
    re.M,
)


def _with_output(page: str, language: str) -> str:
    """Return a page with the output of its examples as it is now."""
    with tempfile.TemporaryDirectory() as state:
        outcomes = iter(list(played(page, Path(state), language)))

    def now(_: re.Match[str]) -> str:
        example, shown = next(outcomes)
        output = example.output
        if shown is not None and comparable(shown) != output.rstrip():
            output = f"{comparable(shown)}\n" if shown.strip() else ""
        return f"$ {example.command}\n{output}"

    return _BLOCK.sub(lambda block: _EXAMPLE.sub(now, block[0]), page)


def main() -> None:
    """Write the tables, and with `--examples` the output of the examples, into every page."""
    parser = argparse.ArgumentParser(prog="python -m tests.pages", description=__doc__)
    parser.add_argument("--examples", action="store_true", help="also the output of the examples")
    wants_examples = parser.parse_args().examples
    for name in [name for name in os.environ if name.startswith("KXSMS_")]:
        del os.environ[name]
    for page in PAGES:
        text = with_tables(page.text, page.language)
        page.write(_with_output(text, page.language) if wants_examples else text)


if __name__ == "__main__":
    main()
