"""The source of a send: numbers and a text, or the rows of a file."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kxsms.context import Context
from kxsms.errors import InputError, UsageError
from kxsms.language import located, mark, reason_of, tr

if TYPE_CHECKING:
    from kxsms.source.file_options import FileOptions
    from kxsms.source.rows import Source
    from kxsms.source.texts import TextOptions

_STDIN = "-"
_LIST = mark("a list of numbers")
_MAX_SIZE = 256 * 2**20
"""Bytes of a text file or a list of numbers: 20 million numbers. A device such as /dev/zero has no end."""


@dataclass(frozen=True)
class SourceArguments:
    """Arguments of `send` that say to whom, and what."""

    mobiles: list[str]
    to_file: str | None
    csv: str | None
    message: str | None
    message_file: str | None
    file: "FileOptions"
    texts: "TextOptions"
    limit: int | None


def open_source(context: Context, files: ExitStack, arguments: SourceArguments) -> "Source":
    """Return the source of a send, its file open in `files`.

    Raise UsageError for arguments that contradict each other, InputError for a file that cannot be used.
    """
    if arguments.csv is not None:
        if arguments.mobiles or arguments.to_file is not None:
            raise UsageError(
                tr("--csv takes all numbers from its file"),
                tr("remove --to-file and the numbers among the arguments"),
            )
        return _table(context, files, arguments, arguments.csv)
    if arguments.message_file == _STDIN and arguments.to_file == _STDIN:
        raise UsageError(
            tr("--message-file and --to-file cannot both read stdin"), tr("use a file for one of them")
        )
    _refuse_file_options(arguments)
    return _numbers(context, arguments)


def _refuse_file_options(arguments: SourceArguments) -> None:
    """Raise UsageError if an option was given that only means something with --csv."""
    options: dict[str, object] = {
        "--trust-values": arguments.texts.trusts_values or None,
        "--mobile-column": arguments.file.mobile_column,
        "--encoding": arguments.file.encoding,
        "--delimiter": arguments.file.delimiter,
        "--header-row": arguments.file.header_row,
        "--sheet": arguments.file.sheet,
        "--hidden-rows": arguments.file.hidden_rows,
        "--limit": arguments.limit,
    }
    for option, value in options.items():
        if value is not None:
            raise UsageError(tr("{option} needs --csv", option=option), tr("use --csv FILE"))


def _numbers(context: Context, arguments: SourceArguments) -> "Source":
    """Return the source of one text to the numbers given as arguments and in a file."""
    from kxsms.source.rows import numbers_source
    from kxsms.source.texts import sign_and_check

    text = _text(context, arguments)
    if text is None and not arguments.mobiles and arguments.to_file is None:
        raise UsageError(
            tr("there are no numbers and no text to send"),
            tr("run kxsms send 13800000000 -m TEXT, or use --to-file FILE or --csv FILE for many numbers"),
        )
    if text is None and context.console.can_ask:
        text = context.console.ask(tr("Text"), "-m TEXT")
    if text is None:
        raise UsageError(tr("there is no text to send"), tr("use -m TEXT or --message-file FILE"))
    signed = sign_and_check(text, arguments.texts)
    name = arguments.to_file
    lines = None if name is None else _read_text(context, name, _LIST)
    source = numbers_source(arguments.mobiles, lines, None if name is None else _named(name), signed, text)
    _note_guess(context, source.name, source.guessed_encoding)
    return source


def _table(context: Context, files: ExitStack, arguments: SourceArguments, path: str) -> "Source":
    """Return the source of the rows of a file."""
    from kxsms.source.header import content_columns
    from kxsms.source.numbers import escaped
    from kxsms.source.opening import open_table
    from kxsms.source.rows import table_source

    if arguments.message_file == _STDIN and path == _STDIN:
        raise UsageError(
            tr("--message-file and --csv cannot both read stdin"), tr("use a file for one of them")
        )
    template = _text(context, arguments)
    console = context.console
    table = files.enter_context(open_table(path, lambda: console.stdin, arguments.file, console.note))
    hint = tr("if its texts are wrong, name the encoding with --encoding")
    _note_guess(context, escaped(table.name), table.guessed_encoding, hint)
    if template is None and console.can_ask and not (table.header_row != 0 and content_columns(table.header)):
        template = console.ask(tr("Text, with {column} for the value of a row"), "-m TEXT")
    source = table_source(table, template, arguments.file.mobile_column, arguments.texts)
    for note in source.notes:
        console.note(note)
    return source


def excluded_numbers(
    context: Context, arguments: SourceArguments, files: Sequence[str]
) -> Iterator[Sequence[int]]:
    """Yield the numbers of the files that a send excludes, some thousand at a time.

    Raise UsageError for two files that are stdin, InputError for one that cannot be read, or an invalid line.
    """
    others = (arguments.csv, arguments.to_file, arguments.message_file)
    if (*files, *others).count(_STDIN) > 1 and _STDIN in files:
        raise UsageError(
            tr("--exclude and another option cannot both read stdin"), tr("use a file for one of them")
        )
    for file in files:
        from kxsms.source.number_list import open_numbers

        with open_numbers(file, lambda: context.console.stdin, context.console.note) as numbers:
            found = False
            for some in numbers.numbers():
                found = found or bool(some.mobiles)
                yield some.mobiles
            numbers.refuse_invalid()
            if not found:
                context.console.warn(located(numbers.name, tr("there is no number to exclude")))


def _text(context: Context, arguments: SourceArguments) -> str | None:
    """Return the text that was given, or None. Raise UsageError for two of them."""
    from kxsms.source.numbers import text_of

    if arguments.message is not None and arguments.message_file is not None:
        raise UsageError(tr("there are two texts to send"), tr("use either -m or --message-file"))
    name = arguments.message_file
    if name is None:
        return arguments.message
    message = text_of(_read_text(context, name, mark("a message")), _named(name))
    _note_guess(context, _named(name), message.guessed_encoding)
    return message.text.rstrip("\r\n")


def read_lines(context: Context, name: str, wanted: str) -> tuple[str, list[tuple[int, str]]]:
    """Return the name of a text file for messages, and its lines that are not blank with their numbers.

    Raise InputError for a file that cannot be read, or that is no text.
    """
    from kxsms.source.numbers import from_lines, text_of

    shown = _named(name)
    found = text_of(_read_text(context, name, wanted), shown)
    _note_guess(context, shown, found.guessed_encoding)
    return shown, list(from_lines(found.text))


def _note_guess(context: Context, name: str, guess: str | None, hint: str | None = None) -> None:
    """Write that the encoding of a file was guessed, if it was."""
    if guess is not None:
        context.console.note(tr("read {name} as {guess}", name=name, guess=guess), hint)


def _read_text(context: Context, name: str, wanted: str) -> bytes:
    """Return the content of a file or of stdin. Raise InputError like `_read`, and if it is no text."""
    from kxsms.source.file_kind import HEAD, refuse_other_than_text

    content = _read(context, name)
    hint = tr("send to the rows of a workbook with --csv FILE") if wanted == _LIST else tr("use a text file")
    refuse_other_than_text(content[:HEAD], _named(name), wanted, hint)
    return content


def _read(context: Context, name: str) -> bytes:
    """Return the content of a file or of stdin. Raise InputError where that fails, and if it has no end."""
    content = context.console.read(_MAX_SIZE + 1) if name == _STDIN else _read_file(name)
    if len(content) > _MAX_SIZE:
        raise InputError(
            tr("{source} is larger than {size} MiB", source=_named(name), size=_MAX_SIZE // 2**20),
            tr("name a smaller file"),
        )
    return content


def _read_file(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(_MAX_SIZE + 1)
    except OSError as error:
        raise InputError(
            located(name or repr(name), reason_of(error)),
            tr("name a file that you can read, or use - for stdin"),
        ) from None


def _named(name: str) -> str:
    return "stdin" if name == _STDIN else name
