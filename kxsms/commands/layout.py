"""The layout of a command's help: plain text in at most 80 columns, the options in groups."""

import inspect
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from kxsms.compat import override
from kxsms.domain.lines import filled, width_of
from kxsms.language import mark, tr

OUTPUT_PANEL = mark("Output")
SHARED_PANEL = mark("Shared options")
_ARGUMENTS = mark("Arguments")
_OPTIONS = mark("Options")

# An error message names the range of a number; help is easier to read without it.
_RANGE = r"; (?:[\d.]+<=)?x[<>]=[\d.]+|  \[(?:[\d.]+<=)?x[<>]=[\d.]+\]"
_WIDEST, _NARROWEST = 78, 50
_NAMES = 30
"""The most columns of an option's name that has its help on the same line."""


class KxsmsCommand(TyperCommand):
    """A command whose help has a section for each `rich_help_panel` of its options."""

    @override
    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        # Typer writes a required argument as {ID}, which looks like a placeholder in a template.
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    @override
    def get_help(self, ctx: Any) -> str:
        return "\n".join(_help_of(self, ctx))


class KxsmsGroup(TyperGroup):
    """A group of commands whose help lists them, and ends with `closing`."""

    @override
    def get_help(self, ctx: Any) -> str:
        return "\n".join([*_help_of(self, ctx), *commands_of(self, ctx), *self.closing()])

    def closing(self) -> list[str]:
        """Return the last lines of the help."""
        return []


def _help_of(command: Any, context: Any) -> Iterator[str]:
    """Yield the lines of the usage, the description and the options of a command."""
    usage = f"{tr('Usage: {command}', command=context.command_path)} "
    first, *more = filled(usage_of(command, context), help_columns() - width_of(usage)) or [""]
    yield (usage + first).rstrip()
    yield from (" " * width_of(usage) + line for line in more)
    yield from paragraphs(translated(command.help))
    for title, records in sections(command, context).items():
        yield from section(title, records)


def usage_of(command: Any, context: Any) -> str:
    """Return what comes after the name of a command in its usage."""
    return " ".join(map(_usage_piece, command.collect_usage_pieces(context)))


def _usage_piece(piece: str) -> str:
    match piece:
        case "[OPTIONS]":
            return tr("[OPTIONS]")
        case "COMMAND [ARGS]...":
            return tr("COMMAND [ARGS]...")
        case _:
            return piece


def help_columns() -> int:
    """Return how many columns help takes."""
    return max(min(shutil.get_terminal_size().columns, _WIDEST + 2) - 2, _NARROWEST)


def paragraphs(text: str) -> Iterator[str]:
    r"""Yield the lines of an indented text, an empty one before each paragraph.

    A paragraph after `\b` keeps its lines.
    """
    for paragraph in text.split("\n\n") if text else ():
        yield ""
        if paragraph.startswith("\b\n"):
            yield from (f"  {line}".rstrip() for line in paragraph.splitlines()[1:])
        else:
            yield from (f"  {line}" for line in filled(paragraph, help_columns() - 2))


def section(title: str, records: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the lines of a list with a title: names on the left, what they mean on the right."""
    known = list(records)
    if not known:
        return
    yield from ("", tr("{title}:", title=tr(title)))
    names = min(max(width_of(name) for name, _ in known), _NAMES)
    indent = " " * (names + 4)
    for name, meaning in known:
        lines = filled(meaning, max(help_columns() - len(indent), 10))
        padded = f"  {name}{' ' * (names - width_of(name))}  "
        if width_of(name) > names or not lines:
            yield f"  {name}"
        else:
            yield padded + lines.pop(0)
        yield from (indent + line for line in lines)


def commands_of(group: Any, context: Any) -> Iterator[str]:
    """Yield the lines that list the commands of a group."""
    commands = [(name, group.get_command(context, name)) for name in group.list_commands(context)]
    yield from section(mark("Commands"), [(name, first_line(command.help)) for name, command in commands])


def first_line(text: str | None) -> str:
    """Return the first sentence of a help text, in the language of the user."""
    paragraph = translated(text).partition("\n\n")[0]
    return re.split(r"(?<=\.)\s|(?<=。)", paragraph, maxsplit=1)[0]


def translated(text: str | None) -> str:
    """Return a help text in the language of the user: each paragraph on a line, the examples as they are."""
    found = []
    for message, kept in messages_in(text or ""):
        found.append(f"\b\n{tr(message)}\n{kept}" if kept else tr(message))
    return "\n\n".join(found)


def messages_in(text: str) -> Iterator[tuple[str, str]]:
    r"""Yield the messages of a help text, one for each paragraph.

    A paragraph after `\b` is a title, and lines that are kept as they are, such as examples.
    """
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b\n"):
            title, _, kept = paragraph.removeprefix("\b\n").partition("\n")
            yield title, kept
        elif paragraph:
            yield " ".join(paragraph.split()), ""


def sections(command: Any, context: Any) -> Mapping[str, list[tuple[str, str]]]:
    """Return each argument and option with its help, by the title of its section.

    Sections come in the order in which the command declares its options.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            shares = not isinstance(command, TyperGroup) and bool(found.keys() - {_ARGUMENTS})
            title = _title(parameter, shares_options=shares)
            found.setdefault(title, []).append((record[0], _meaning(parameter, record[1])))
    return found


def _meaning(parameter: Any, text: str) -> str:
    """Return the help of an option, and what Typer adds to it: its variable, its default."""
    own = inspect.cleandoc(parameter.help or "")
    meaning = translated(own)
    added = re.sub(_RANGE, "", text.removeprefix(own)).strip()
    facts = [_fact(*each.partition(": ")) for each in added.strip("[]").split("; ")] if added else []
    return f"{meaning}  [{tr('; ').join(facts)}]" if facts else meaning


def _fact(name: str, colon: str, value: str) -> str:
    match name:
        case "env var":
            return tr("env var: {name}", name=value)
        case "default":
            return tr("default: {value}", value=value)
        case "required":
            return tr("required")
        case _:
            return name + colon + value


def _title(parameter: Any, *, shares_options: bool) -> str:
    if parameter.param_type_name == "argument":
        return _ARGUMENTS
    if "--help" in parameter.opts and shares_options:
        return SHARED_PANEL
    return str(parameter.rich_help_panel or _OPTIONS)


def show_help_alone(context: typer.Context) -> None:
    """Show the help of a group that is called without a command; this is no error."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
