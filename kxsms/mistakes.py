"""Explains a wrong command line in plain words, and names the command or the option that was meant."""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import typer

from kxsms.app import built
from kxsms.errors import UsageError
from kxsms.help.topics import topics
from kxsms.language import joined, mark, tr

_CLOSE = 0.7
"""How alike two words are that one may stand for the other, from 0 to 1."""

_GROUPS = ("batch", "config", "sandbox")
_COMMANDS: Mapping[str, Mapping[str, str]] = {
    "kxsms": {
        **dict.fromkeys(("ls", "history", "log", "logs", "sent"), "batch list"),
        **dict.fromkeys(("status", "state", "info"), "batch show ID"),
        **dict.fromkeys(("resend", "again"), "batch retry ID"),
        **dict.fromkeys(("continue", "restart"), "batch resume ID"),
        **dict.fromkeys(("reports", "receipts", "delivery", "dlr"), "report"),
        **dict.fromkeys(("replies", "inbox", "receive", "incoming"), "mo"),
        **dict.fromkeys(("credit", "credits", "count", "quota"), "balance"),
        **dict.fromkeys(("auth", "signin", "init", "configure", "setup"), "login"),
        **dict.fromkeys(("settings", "profile", "profiles"), "config show"),
        **dict.fromkeys(("sms", "text", "message"), "send"),
        **dict.fromkeys(("health", "diagnose", "selftest", "ping", "test"), "doctor"),
        "version": "--version",
    },
    "kxsms batch": {
        **dict.fromkeys(("ls", "history"), "list"),
        **dict.fromkeys(("status", "info", "get"), "show ID"),
        **dict.fromkeys(("continue", "restart", "send"), "resume ID"),
        **dict.fromkeys(("resend", "again"), "retry ID"),
    },
    "kxsms config": {
        **dict.fromkeys(("list", "ls", "cat"), "show"),
        **dict.fromkeys(("add", "edit", "change"), "set KEY VALUE"),
        **dict.fromkeys(("remove", "rm", "delete", "del"), "unset KEY"),
        **dict.fromkeys(("default", "switch", "select"), "use NAME"),
    },
    "kxsms sandbox": dict.fromkeys(("start", "run", "server"), "serve"),
}
"""Names that other tools have for commands, by group."""


class _Alias(NamedTuple):
    """Names that other tools have for an option. They count where the command has the option `meant`."""

    names: tuple[str, ...]
    meant: str
    hint: str


_NUMBERS = ("--to", "--number", "--numbers", "--mobile", "--mobiles", "--phone", "--phones", "--recipient")
_OPTIONS = (
    _Alias(
        (*_NUMBERS, "--recipients"),
        "--to-file",
        mark("write the numbers without an option: kxsms send 13800000000 -m TEXT; or use --to-file FILE"),
    ),
    _Alias(
        ("--text", "--content", "--body", "--msg", "--sms", "--template"), "--message", mark("use -m TEXT")
    ),
    _Alias(
        ("--file", "--input", "-f"),
        "--csv",
        mark("use --csv FILE for rows, --to-file FILE for numbers, or --message-file FILE for a text"),
    ),
    _Alias(("--sign", "--sender", "--from"), "--signature", mark("use --signature NAME")),
    _Alias(("--test", "--check", "--preview", "--simulate", "--dryrun"), "--dry-run", mark("use --dry-run")),
    _Alias(("--force", "--no-confirm", "--assume-yes"), "--yes", mark("use --yes")),
    _Alias(("--column",), "--mobile-column", mark("use --mobile-column NAME")),
    _Alias(("--from", "--start", "--after"), "--since", mark("use --since TIME")),
    _Alias(("--to", "--end", "--before"), "--until", mark("use --until TIME")),
    _Alias(("--phone", "--number"), "--mobile", mark("use --mobile NUMBER")),
    _Alias(("--follow", "-f"), "--watch", mark("use --watch")),
    _Alias(("--user", "--username"), "--account", mark("use --account NAME")),
    _Alias(("--url", "--host", "--server"), "--base-url", mark("use --base-url URL")),
    _Alias(("--json",), "--output", mark("use -o json")),
    _Alias(("--csv",), "--output", mark("use -o csv")),
    _Alias(("--format",), "--output", mark("use -o FORMAT")),
    _Alias(("--silent",), "--quiet", mark("use --quiet")),
    _Alias(("--debug", "--trace"), "--verbose", mark("use --verbose")),
    _Alias(
        ("--token", "--password"),
        "--help",
        mark("run kxsms login --token-stdin, or set KXSMS_TOKEN: other users can read a command line"),
    ),
    _Alias(("--version", "-V"), "--help", mark("run kxsms --version")),
)


def explain(error: typer.TyperException, arguments: Sequence[str]) -> UsageError:
    """Return the error for a command line that Typer cannot parse. Typer's own words are the last resort."""
    said: Any = error
    context = getattr(said, "ctx", None)
    # Typer reports an option without its value before it knows the command.
    first = [argument for argument in arguments[:1] if not argument.startswith("-")]
    path = context.command_path if context is not None else " ".join(["kxsms", *first])
    message, parameter = str(said.message), getattr(said, "param", None)
    help_hint = tr("run {path} --help", path=path)
    if hasattr(said, "possibilities"):
        return _unknown_option(said.option_name, path, context, help_hint)
    if found := re.fullmatch(r"No such command '(.*?)'\..*", message, re.S):
        return _unknown_command(found[1], path, context, help_hint)
    if option := getattr(said, "option_name", None):
        problem = tr("needs a value") if message.endswith("requires an argument.") else tr("takes no value")
        return UsageError(f"{option} {problem}", help_hint)
    if found := re.fullmatch(r"Got unexpected extra argument\(s\) \((.*)\)", message, re.S):
        return UsageError(tr("{path} has too many arguments: {found}", path=path, found=found[1]), help_hint)
    if parameter is not None and not message:
        is_batch = parameter.metavar == "ID"
        hint = tr("run kxsms batch list to see the ids") if is_batch else help_hint
        return UsageError(tr("{path} needs {metavar}", path=path, metavar=parameter.metavar), hint)
    if parameter is not None and (found := re.match(r"""('.*?'|".*?"|\S+) is not """, message, re.S)):
        return _wrong_value(found[1], parameter, context, help_hint)
    return UsageError(said.format_message(), help_hint)


def _unknown_command(name: str, path: str, context: Any, help_hint: str) -> UsageError:
    commands = context.command.commands
    meant = _COMMANDS.get(path, {}).get(name)
    if meant is None and path == "kxsms":
        meant = _in_a_group(name)
    if meant is None and path == "kxsms":
        meant = _joined(name)
    if meant is None and name in topics():
        meant = f"help {name}"
    if meant is None and path == "kxsms" and name.lstrip("+").isdigit():
        meant = f"send {name} -m TEXT"
    if meant is None:
        meant = next(iter(difflib.get_close_matches(name, list(commands), 1, _CLOSE)), None)
    return UsageError(
        tr("{path} has no command {name!r}", path=path, name=name),
        tr("run {path} {meant}", path=path, meant=meant) if meant else help_hint,
    )


def _in_a_group(name: str, groups: Sequence[str] = _GROUPS) -> str | None:
    """Return the command of this name in a group, with the arguments that it needs."""
    for group in groups:
        command = built(group).commands.get(name)
        if command is not None:
            needed = [one for one in command.params if one.param_type_name == "argument" and one.required]
            return " ".join([group, name, *(one.metavar for one in needed)])
    return None


def _joined(name: str) -> str | None:
    """Return the command that a name such as `batch-list` or `list_batches` is made of, or None."""
    first, _, second = re.sub(r"[-_.:/]+", " ", name).partition(" ")
    groups = {plural: group for group in _GROUPS for plural in (group, f"{group}s", f"{group}es")}
    for group, command in ((first, second), (second, first)):
        if group in groups and (found := _in_a_group(command, [groups[group]])):
            return found
    return None


def _unknown_option(name: str, path: str, context: Any, help_hint: str) -> UsageError:
    message = tr("{path} has no option {name}", path=path, name=name)
    options = _shown_options(context)
    for alias in _OPTIONS:
        if name in alias.names and alias.meant in options:
            return UsageError(message, tr(alias.hint))
    longer = [option for option in options if len(name) > 2 and option.startswith(name)]
    close = longer or difflib.get_close_matches(name, options, 1, _CLOSE)
    if close:
        return UsageError(message, tr("use {close}", close=close[0]))
    is_group = hasattr(context.command, "commands")
    return UsageError(
        message,
        tr("write options after the command: {path} COMMAND {name}", path=path, name=name)
        if is_group
        else help_hint,
    )


def _shown_options(context: Any) -> list[str]:
    shown = [one for one in context.command.get_params(context) if not getattr(one, "hidden", False)]
    return [option for one in shown if one.param_type_name == "option" for option in one.opts]


def _wrong_value(value: str, parameter: Any, context: Any, help_hint: str) -> UsageError:
    """Return the error for a value that is not a number, out of range, or not one of several."""
    source = context.get_parameter_source(parameter.name)
    is_variable = source is not None and source.name == "ENVIRONMENT"
    subject = parameter.envvar if is_variable else parameter.metavar
    if not is_variable and parameter.param_type_name == "option":
        subject = next((one for one in parameter.opts if one.startswith("--")), parameter.opts[0])
    shown = value if len(value) <= 40 else f"{value[:40]}…"
    kind = parameter.type
    if choices := getattr(kind, "choices", None):
        # --output is `answer` where the answers of the gateway can be shown as they came.
        has_raw = parameter.name != "output"
        *most, last = [str(one) for one in choices if has_raw or not str(one).startswith("raw-")]
        hint = tr("use {most} or {last}", most=joined(most), last=last)
        if subject == "--output" and "xlsx" in value.casefold() and "--out" in _shown_options(context):
            hint = tr("use --out FILE.xlsx")
        return UsageError(tr("{subject} cannot be {shown}", subject=subject, shown=shown), hint)
    if "bool" in kind.name:
        return UsageError(tr("{subject} cannot be {shown}", subject=subject, shown=shown), tr("use 1 or 0"))
    if not kind.name.startswith(("int", "float")):
        return UsageError(tr("{subject} cannot be {shown}", subject=subject, shown=shown), help_hint)
    wanted = _wanted(
        getattr(kind, "min", None), getattr(kind, "max", None), is_whole=kind.name.startswith("int")
    )
    return UsageError(
        tr("{subject} must be {wanted}, not {shown}", subject=subject, wanted=wanted, shown=shown), help_hint
    )


def _wanted(least: float | None, most: float | None, *, is_whole: bool) -> str:
    """Return which numbers an option takes."""
    if least is None:
        return tr("a whole number") if is_whole else tr("a number")
    if most is None:
        whole = tr("a whole number, {least:g} or more", least=least)
        return whole if is_whole else tr("a number, {least:g} or more", least=least)
    if is_whole:
        return tr("a whole number from {least:g} to {most:g}", least=least, most=most)
    return tr("a number from {least:g} to {most:g}", least=least, most=most)
