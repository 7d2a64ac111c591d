"""How a command's help is laid out: its own options first, then those that every command shares."""

import re
from typing import Any

import typer
from typer.core import TyperCommand

from kxsms.compat import override

SHARED_PANEL = "Shared options"


# What a number may be is told when it is wrong.
_RANGE = re.compile(r"; (?:[\d.]+<=)?x[<>]=[\d.]+|  \[(?:[\d.]+<=)?x[<>]=[\d.]+\]")


class KxsmsCommand(TyperCommand):
    """A command whose help lists arguments, its own options, and the shared options apart."""

    @override
    def format_options(self, ctx: Any, formatter: Any) -> None:
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": [], SHARED_PANEL: []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                record = (record[0], _RANGE.sub("", record[1]))
                is_argument = parameter.param_type_name == "argument"
                panel = getattr(parameter, "rich_help_panel", None)
                sections["Arguments" if is_argument else panel or "Options"].append(record)
        # --help comes last of all, and belongs to every command.
        sections[SHARED_PANEL] += [sections["Options"].pop()]
        for title, records in sections.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


def show_help_alone(context: typer.Context) -> None:
    """The callback of a group: without a command it shows the help, which is no error."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
