"""The root of the command line: lists the commands, and imports the one that is called."""

import os
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from kxsms import __version__, exit_status
from kxsms.commands.layout import KxsmsCommand, KxsmsGroup, paragraphs, show_help_alone
from kxsms.compat import override
from kxsms.errors import UsageError
from kxsms.language import mark, tr

COMMANDS = {
    "send": mark("Send a text to some numbers, or to each row of a file."),
    "balance": mark("Show how many messages are left."),
    "report": mark("Fetch new delivery reports, keep them, and show them."),
    "mo": mark("Fetch new replies from phones, keep them, and show them."),
    "login": mark("Check an account with the gateway, and store it."),
    "logout": mark("Remove the account and the token of a profile from the config."),
    "optout": mark("List, add, remove, import and export recipients who opted out."),
    "batch": mark("List, run, resume, retry, cancel, export and prune batches."),
    "stats": mark("Show figures by day, product, batch or code."),
    "forget": mark("Remove a number, its texts, replies and values for good."),
    "config": mark("Show and change the config."),
    "template": mark("List, add, remove, import and test approved templates."),
    "ledger": mark("Show the ledger and who uses it, or copy it to another place."),
    "doctor": mark("Look at everything that a send needs, and send nothing."),
    "sandbox": mark("Serve and reset the built-in gateway, and reply from a phone."),
    "help": mark("Show a help topic, or the help of a command."),
}
"""Every command, which is a module in `commands`, with the first line of its help."""


@cache
def built(name: str) -> Any:
    """Import a command or a group, and return it with all its options.

    Completion, help and tests ask for the same one again, and Typer takes milliseconds to make it.
    """
    module = import_module(f"kxsms.commands.{name}")
    alone = typer.Typer(rich_markup_mode=None)
    if hasattr(module, "app"):
        alone.add_typer(module.app, name=name)
    else:
        alone.command(cls=KxsmsCommand)(getattr(module, name))
    return typer.main.get_group(alone).commands[name]


class _Named(TyperCommand):
    """A command of which only the name and the first line of its help are known until it is called."""

    @override
    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        return built(str(self.name)).make_context(info_name, args, parent, **extra)


class _Root(KxsmsGroup):
    """The root command, which lists, completes and suggests commands without importing any."""

    def __init__(self, **attributes: Any) -> None:
        attributes["commands"] = {name: _Named(name, help=line) for name, line in COMMANDS.items()}
        super().__init__(**attributes)

    @override
    def main(self, args: Any = None, *more: Any, **extra: Any) -> Any:
        if "_KXSMS_COMPLETE" not in os.environ:
            return super().main(args, *more, **extra)
        from kxsms.completion.answer import answer

        answer(self, list(args), os.environ["_KXSMS_COMPLETE"])
        return 0

    @override
    def closing(self) -> list[str]:
        topics = tr("Run kxsms help for topics such as csv, cron, unknown and output.")
        return [
            *paragraphs(topics),
            "",
            f"  {tr('Exit status:')}",
            *exit_status.listing("  {status:>4}  {meaning}").splitlines(),
        ]


app = typer.Typer(
    name="kxsms",
    cls=_Root,
    add_completion=False,  # Typer's scripts sort batches by id, lose apostrophes in zsh, and load rich
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _verbose_version() -> str:
    from kxsms.commands.version import verbose_version

    return verbose_version(os.environ)


def _show_completion(value: bool) -> None:
    if value:
        from kxsms.completion.shells import current_shell, script

        typer.echo(script(current_shell(os.environ)), nl=False)
        raise typer.Exit


def _install_completion(value: bool) -> None:
    if value:
        from kxsms.completion.shells import current_shell, install

        shell = current_shell(os.environ)
        typer.echo(
            tr(
                "wrote {path}; start a new {shell} to use it",
                path=install(shell, Path.home()),
                shell=shell,
            )
        )
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", help="Show the version.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="With --version: show all that a report of a defect needs.")
]
InstallCompletion = Annotated[
    bool,
    typer.Option(
        "--install-completion",
        callback=_install_completion,
        is_eager=True,
        help="Install completion for your shell.",
    ),
]
ShowCompletion = Annotated[
    bool,
    typer.Option(
        "--show-completion",
        callback=_show_completion,
        is_eager=True,
        help="Print the completion script for your shell.",
    ),
]


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Version = False,
    verbose: Verbose = False,
    install_completion: InstallCompletion = False,
    show_completion: ShowCompletion = False,
) -> None:
    """Send SMS through the kx-ytx gateway platform, from a terminal, a script or cron.

    \b
    Examples:
      kxsms send --sandbox 13800000000 -m '【科迅云通讯】您的验证码为:65544'
      kxsms login
      kxsms send --csv people.csv -m '{姓名}您好,验证码{code}'
      kxsms batch list
      kxsms report -o jsonl
    """
    if version:
        typer.echo(_verbose_version() if verbose else f"kxsms {__version__}")
        raise typer.Exit
    if verbose:
        raise UsageError(
            tr("--verbose without --version belongs to a command"),
            tr("write options after the command: kxsms COMMAND --verbose"),
        )
    show_help_alone(context)
