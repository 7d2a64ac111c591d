"""`kxsms help`: the help topics, the help of a command, the man page."""

import difflib
from collections.abc import Collection
from typing import Annotated, Any

import typer

from kxsms.commands.layout import commands_of, help_columns, section
from kxsms.domain.lines import filled
from kxsms.domain.results import HelpPage
from kxsms.errors import UsageError
from kxsms.exit_status import ExitStatus
from kxsms.help.topics import man_page, text_of, topics
from kxsms.language import joined, mark, tr

_CLOSE = 0.5
"""How alike a word and the name of a topic are that the name comes first, from 0 to 1."""


def _names(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Complete the topics and the commands."""
    root: Any = context.find_root().command
    commands = {name: command.help for name, command in root.commands.items()}
    return [] if context.params.get("names") else list({**commands, **topics()}.items())


Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[TOPIC|COMMAND]...",
        help="The name of a topic, or of a command and its subcommand.",
        autocompletion=_names,
    ),
]
Man = Annotated[bool, typer.Option("--man", help="Print the man page.")]


_ALIASES = {
    **dict.fromkeys(("backup", "failed", "resume", "retry", "settle", "show", "list"), "batches"),
    **dict.fromkeys(("status", "statuses", "code", "codes"), "exit-statuses"),
    **dict.fromkeys(map(str, ExitStatus), "exit-statuses"),
    str(int(ExitStatus.UNKNOWN)): "unknown",
    **dict.fromkeys(("json", "jsonl", "table", "format"), "output"),
    **dict.fromkeys(("variables", "proxy"), "environment"),
    **dict.fromkeys(("file", "files", "placeholders", "encoding"), "csv"),
    **dict.fromkeys(("replies", "inbox"), "reports"),
    **dict.fromkeys(("systemd", "schedule"), "cron"),
    **dict.fromkeys(("token", "secrets"), "privacy"),
    **dict.fromkeys(("health", "checkup", "bug", "diagnose"), "doctor"),
}
"""Other words for topics."""


def help(context: typer.Context, names: Names = None, man: Man = False) -> HelpPage:
    """Show a help topic, or the help of a command.

    \b
    Examples:
      kxsms help
      kxsms help exit-statuses
      kxsms help batch retry
      kxsms help --man | man -l -
    """
    root: Any = context.find_root()
    if man:
        return HelpPage(man_page())
    if not names:
        return HelpPage(_list(root))
    known = topics()
    names = [_meant(names[0], {**known, **root.command.commands}), *names[1:]]
    if len(names) == 1 and names[0] in known:
        return HelpPage(_topic(names[0], root), is_markdown=True)
    if names[0] not in root.command.commands:
        raise _unknown(" ".join(names), {**known, **root.command.commands})
    with root.command.make_context("kxsms", [*names, "--help"], obj=context.obj) as called:
        root.command.invoke(called)
    raise AssertionError("--help ends every command")


def _list(root: Any) -> str:
    about = tr("Run kxsms help TOPIC to read a topic, or kxsms help COMMAND for its options.")
    lines = [*filled(about, help_columns()), *section(mark("Topics"), topics().items())]
    return "\n".join([*lines, *commands_of(root.command, root)]) + "\n"


def _topic(topic: str, root: Any) -> str:
    if topic not in root.command.commands:
        return text_of(topic)
    also = tr("See also `kxsms {command} --help`.", command=topic)
    return f"{text_of(topic)}\n{also}\n"


def _meant(name: str, known: Collection[str]) -> str:
    """Return the topic or the command that a name, an alias or an unambiguous beginning stands for."""
    if name in known:
        return name
    word = name.casefold().lstrip("-")
    longer = [each for each in known if word and each.startswith(word)]
    return _ALIASES.get(word) or (longer[0] if len(longer) == 1 else name)


def _unknown(name: str, known: Collection[str]) -> UsageError:
    longer = [each for each in known if name and each.startswith(name)]
    close = list(dict.fromkeys([*longer, *difflib.get_close_matches(name, list(known), 5, _CLOSE)]))
    others = sorted(each for each in known if each not in close)
    hint = tr("run kxsms help {close}", close=close[0]) if close else tr("run kxsms help")
    return UsageError(
        tr("there is no help topic or command {name!r}", name=name), hint, [joined([*close, *others])]
    )
