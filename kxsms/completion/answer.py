"""Completion: the answers to the scripts of `completions/`.

A script runs kxsms with the words before the cursor as arguments. `_KXSMS_COMPLETE` is a colon and the word
at the cursor. Each line of the answer is a word and its description, separated by a tab. The line `:files`
asks the shell to complete the name of a file.
"""

from typing import Any

import typer
from typer.core import TyperGroup

from kxsms.commands.layout import first_line, translated

_FILES = ":files"
_OF_FILES = ("FILE", "COMMAND")
"""Metavars of options and arguments whose value is the name of a file."""


def answer(root: TyperGroup, before: list[str], asked: str) -> None:
    """Write the answer to a script. Scripts of older versions, which ask without a colon, get none."""
    if asked.startswith(":"):
        for value, description in suggestions(root, before, asked[1:]):
            summary = description.partition("\n")[0]
            typer.echo(f"{value}\t{summary}" if summary else value)


def suggestions(root: TyperGroup, before: list[str], word: str) -> list[tuple[str, str]]:
    """Return what may stand in place of a word, the best first, each with its description.

    `before` are the words before it, without `kxsms`.
    """
    # bash makes three words of --output=json.
    before, word = [part for part in before if part != "="], word.removeprefix("=")
    context: Any = root.make_context("kxsms", [], resilient_parsing=True)
    while isinstance(context.command, TyperGroup):
        start = next((index for index, part in enumerate(before) if not part.startswith("-")), None)
        if start is None:
            break
        command = context.command.get_command(context, before[start])
        if command is None:
            return []
        name, before = before[start], before[start + 1 :]
        # Parsing empties the list that it is given.
        context = command.make_context(name, list(before), context, resilient_parsing=True)
    found = _suggestions(context, before, word)
    return [(value, text) for value, text in found if value.startswith(word) or value == _FILES]


def _suggestions(context: Any, before: list[str], word: str) -> list[tuple[str, str]]:
    parameters = context.command.get_params(context)
    options = {name: one for one in parameters if one.param_type_name == "option" for name in one.opts}
    last = options.get(before[-1]) if before else None
    name, equals, value = word.partition("=")
    if last is not None and not last.is_flag:
        return _values(context, last, word)
    if equals and name in options:
        return _values(context, options[name], value, prefix=f"{name}=")
    if not word.startswith("-"):
        if isinstance(context.command, TyperGroup):
            return [(name, first_line(command.help)) for name, command in context.command.commands.items()]
        arguments = (one for one in parameters if one.param_type_name == "argument")
        argument = next((one for one in arguments if one.nargs == -1 or not _is_given(context, one)), None)
        if argument is not None:
            return _values(context, argument, word)
    offered = {name: one for name, one in options.items() if one.multiple or not _is_given(context, one)}
    return [(name, translated(one.help)) for name, one in offered.items() if not one.hidden]


def _values(context: Any, parameter: Any, word: str, *, prefix: str = "") -> list[tuple[str, str]]:
    if parameter.metavar in _OF_FILES:
        return [(_FILES, "")]
    return [(prefix + item.value, item.help or "") for item in parameter.shell_complete(context, word)]


def _is_given(context: Any, parameter: Any) -> bool:
    return bool(context.get_parameter_source(parameter.name).name == "COMMANDLINE")
