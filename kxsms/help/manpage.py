"""The man page, in roff, made from the commands and the help topics in the language that is spoken.

`python -m kxsms.help.manpage` writes `kxsms/help/kxsms.1`, and the Chinese page in `kxsms/help/zh/`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import typer

from kxsms.commands.layout import (
    OUTPUT_PANEL,
    SHARED_PANEL,
    first_line,
    sections,
    translated,
    usage_of,
)
from kxsms.domain.lines import OPENING, on_one_line, pieces
from kxsms.help.topics import text_of, topics
from kxsms.language import CHINESE, ENGLISH, language, mark, start, tr

FILES: Mapping[str, Path] = {
    ENGLISH: Path(__file__).parent / "kxsms.1",
    CHINESE: Path(__file__).parent / "zh" / "kxsms.1",
}
"""The stored page of each language."""

_HEADER = """\
.\\" Written by python -m kxsms.help.manpage. Change the commands or kxsms/help/*.md instead.
.TH KXSMS 1 "" kxsms "{title}"
.nr HY 0
.ad l"""

_FILES: Mapping[str, str] = {
    "~/.config/kxsms/config.toml": mark("the config, with accounts and tokens; see CONFIG"),
    "~/.local/state/kxsms/ledger.sqlite3": mark("the ledger: every batch, report and reply; see BATCHES"),
    "~/.local/state/kxsms/sandbox-ledger.sqlite3": mark("the ledger of the sandbox; see SANDBOX"),
}

_SHARED = (OUTPUT_PANEL, SHARED_PANEL)
_STANDARD_TITLES = {"exit-statuses": mark("EXIT STATUS"), "environment": mark("ENVIRONMENT")}

_ESCAPES = str.maketrans({"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti"})
_SPAN = re.compile(r"`(?P<code>[^`]+)`|(?P<bold>\*\*)")
_FENCE = re.compile(r"^```.*?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ITEM = re.compile(r"^(-|\d+\.) +", re.MULTILINE)


def man_page(root: Any) -> str:
    """Return the man page of the root command."""
    context = root.make_context("kxsms", [], resilient_parsing=True)
    about, _, examples = root.help.partition("\b\nExamples:\n")
    name = first_line(about).rstrip(".。")
    synopsis = rf"\fBkxsms\fR \fI{tr('COMMAND')}\fR [\fI{tr('OPTIONS')}\fR] [\fI{tr('ARGUMENTS')}\fR]"
    parts = [
        [
            _HEADER.format(title=tr("User Commands")),
            f".SH {tr('NAME')}",
            f"kxsms {_escaped('- ' + name[:1].lower() + name[1:])}",
        ],
        [f".SH {tr('SYNOPSIS')}", synopsis],
        [f".SH {tr('DESCRIPTION')}", *_help(about), *_options(root, context)],
        [f".SH {tr('COMMANDS')}", *_commands(root, context)],
        [f".SH {tr('OPTIONS')}", ".PP", tr("Several commands have these options.")],
        [*_shared_options(root, context)],
        *([f".SH {tr(title)}", *roff(text_of(topic))] for topic, title in _topic_titles().items()),
        [f".SH {tr('FILES')}", *_entries((f"`{file}`", tr(text)) for file, text in _FILES.items())],
        [f".SH {tr('EXAMPLES')}", *_code(examples)],
    ]
    return "\n".join(line for part in parts for line in part) + "\n"


def _topic_titles() -> dict[str, str]:
    """Return the titles of the topics in order: those that every man page has come last."""
    own = {topic: topic.upper() for topic in topics() if topic not in _STANDARD_TITLES}
    return {**own, **_STANDARD_TITLES}


def _commands(group: Any, context: Any) -> Iterator[str]:
    """Return a subsection for each command, and for those of a group."""
    for name in group.list_commands(context):
        own = _context_of(name, group, context)
        yield f".SS {_escaped(f'{own.command_path} {usage_of(own.command, own)}'.rstrip())}"
        yield from _help(own.command.help)
        if hasattr(own.command, "commands"):
            yield from _commands(own.command, own)
        else:
            yield from _options(own.command, own)


def _context_of(name: str, group: Any, context: Any) -> Any:
    """Return the context of a command. A command of the root is imported for it."""
    return group.get_command(context, name).make_context(name, [], context, resilient_parsing=True)


def _help(text: str) -> Iterator[str]:
    r"""Return a docstring as roff; a paragraph after `\b` keeps its lines."""
    for block in translated(text).split("\n\n"):
        if block.startswith("\b\n"):
            title, _, lines = block.removeprefix("\b\n").partition("\n")
            yield from (".PP", _escaped(title), *_code(lines))
        else:
            yield from (".PP", _spans(block))


def _options(command: Any, context: Any) -> Iterator[str]:
    """Return the options of a command, and only the names of those that it shares."""
    for title, records in sections(command, context).items():
        own = [record for record in records if record[0] != "-h, --help"]
        if own and title in _SHARED:
            names = ", ".join(_bold(option.split()[0].rstrip(",")) for option, _ in own)
            yield from (".PP", tr("{title}, see OPTIONS: {names}", title=tr(title), names=names))
        elif own:
            yield from (".PP", tr("{title}:", title=tr(title)), *_records(own))


def _shared_options(root: Any, context: Any) -> Iterator[str]:
    """Return the shared options, all of which `send` has."""
    send = _context_of("send", root, context)
    found = sections(send.command, send)
    return _records(record for title in _SHARED for record in found[title])


def _records(records: Iterable[tuple[str, str]]) -> Iterator[str]:
    for names, text in records:
        words = (_bold(word) if word.startswith("-") else _italic(word) for word in names.split())
        yield from (".TP", " ".join(words), _spans(text))


def roff(markdown: str) -> Iterator[str]:
    """Return the body of a topic as roff: all that our topics use of Markdown, and no more."""
    for index, part in enumerate(_FENCE.split(markdown)):
        if index % 2:
            yield from _code(part)
            continue
        for block in part.strip().split("\n\n"):
            if block.startswith("# "):
                description = block.partition(": ")[2]
                sentence = tr("{sentence}.", sentence=description[0].upper() + description[1:])
                yield from (".PP", _spans(sentence))
            elif block.startswith("#"):
                yield f".SS {_spans(block.lstrip('# '))}"
            elif block.startswith("|"):
                yield from _table(block)
            elif _ITEM.match(block):
                yield from _list(block)
            elif block:
                yield from (".PP", _spans(block))


def _table(block: str) -> Iterator[str]:
    """Return each row as an entry: the first cell as its tag, and the others, named if there are several."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()]
    for tag, *cells in rows[2:]:
        columns = zip(rows[0][1:], cells, strict=True)
        named = (tr("{name}: {value}", name=name, value=cell) for name, cell in columns if cell)
        yield from _entries([(tag, cells[0] if len(cells) == 1 else tr("; ").join(named))])


def _entries(entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    for tag, text in entries:
        yield from (".TP", _spans(tag), _spans(text))


def _list(block: str) -> Iterator[str]:
    _, *parts = _ITEM.split(block)
    for sign, text in zip(parts[::2], parts[1::2], strict=True):
        yield from (r".IP \(bu 2" if sign == "-" else f".IP {sign} 4", _spans(text))


def _code(text: str) -> Iterator[str]:
    """Return lines that stay as they are."""
    import textwrap

    lines = [_escaped(line) for line in textwrap.dedent(text).rstrip("\n").split("\n")]
    yield from (".PP", ".RS 4", ".EX", *lines, ".EE", ".RE")


def _spans(text: str) -> str:
    """Return a paragraph on one line, code and `**bold**` in bold."""
    text, out, end, is_bold = on_one_line(text), "", 0, False
    for span in _SPAN.finditer(text):
        out += _prose(text[end : span.start()])
        end = span.end()
        is_bold ^= span["bold"] is not None
        code = rf"\fB{_plain(span['code'])}" if span["code"] else ""
        out += code + (r"\fB" if is_bold else r"\fR")
    return _guarded(out + _prose(text[end:]).removesuffix(r"\:"))


def _prose(text: str) -> str:
    r"""Return a text with `\:` wherever a line of Chinese may end: groff breaks it at blanks alone."""
    if language() != CHINESE:
        return _plain(text)
    prose = ""
    for blanks, piece in pieces(text):
        prose += (blanks if blanks or not prose else r"\:") + _plain(piece)
    blanks = text[len(text.rstrip()) :]
    return prose + (blanks if blanks or text[-1:].isascii() or text[-1:] in OPENING else r"\:")


def _bold(text: str) -> str:
    return rf"\fB{_plain(text)}\fR"


def _italic(text: str) -> str:
    return rf"\fI{_plain(text)}\fR"


def _escaped(text: str) -> str:
    return _guarded(_plain(text))


def _plain(text: str) -> str:
    return text.translate(_ESCAPES)


def _guarded(line: str) -> str:
    # A dot at the beginning of a line would make it a request.
    return rf"\&{line}" if line.startswith(".") else line


if __name__ == "__main__":
    from kxsms.app import app

    command = typer.main.get_command(app)
    for spoken, file in FILES.items():
        start(lambda spoken=spoken: spoken)  # type: ignore[misc]
        file.write_text(man_page(command), encoding="utf-8", newline="\n")
