"""The layout of a command's help: plain text in at most 80 columns, the options in groups."""

import re
from collections.abc import Mapping
from typing import Any

import typer
from typer.core import TyperCommand

from kxsms.compat import override

OUTPUT_PANEL = "Output"
SHARED_PANEL = "Shared options"

# An error message names the range of a number; help is easier to read without it.
_RANGE = r"; (?:[\d.]+<=)?x[<>]=[\d.]+|  \[(?:[\d.]+<=)?x[<>]=[\d.]+\]"


class KxsmsCommand(TyperCommand):
    """A command whose help has a section for each `rich_help_panel` of its options."""

    @override
    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        # Typer writes a required argument as {ID}, which looks like a placeholder in a template.
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    @override
    def format_options(self, ctx: Any, formatter: Any) -> None:
        for title, records in sections(self, ctx).items():
            with formatter.section(title):
                formatter.write_dl(records)


def sections(command: Any, context: Any) -> Mapping[str, list[tuple[str, str]]]:
    """Return each argument and option with its help, by the title of its section.

    Sections come in the order in which the command declares its options.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            title = _title(parameter, has_options=bool(found.keys() - {"Arguments"}))
            found.setdefault(title, []).append((record[0], re.sub(_RANGE, "", record[1])))
    return found


def _title(parameter: Any, *, has_options: bool) -> str:
    if parameter.param_type_name == "argument":
        return "Arguments"
    if "--help" in parameter.opts and has_options:
        return SHARED_PANEL
    return parameter.rich_help_panel or "Options"


def show_help_alone(context: typer.Context) -> None:
    """Show the help of a group that is called without a command; this is no error."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
