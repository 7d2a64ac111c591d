"""The commands in a hint: the options that they need to work as printed."""

import re
import shlex
from collections.abc import Mapping, Sequence

_ASKING = ("send", "report", "mo", "balance", "doctor")
_GROUPS = ("batch", "config", "ledger", "optout", "sandbox", "template")
_WORDS = (*_ASKING, *_GROUPS, "stats", "forget", "login", "logout", "help")
_OF_PROFILE = (
    *(*_ASKING, "batch resume", "batch retry", "config", "login", "logout", "optout", "stats", "template"),
)

_PREPOSITIONS = r"to|first|again|then|or|and|with|if|when|for|instead|before|after|at"
_ENDS = r"\s,;:(\u201c\u201d\u2e80-\U0010ffff"
"""The characters that end an argument without quotes: an argument with Chinese in it has quotes."""
_TOKEN = rf"(?!(?:{_PREPOSITIONS})\b)(?:'[^']*'|[^'{_ENDS}])+"
_BEGINS = rf"(?<![A-Za-z])(?:kxsms (?:(?:{'|'.join(_WORDS)})\b|--?\w)|chmod |chown |rm )"
COMMAND = rf"{_BEGINS}[^{_ENDS}]*(?: {_TOKEN})*(?<![.?!])"
"""A pattern: a command in a text, with its arguments, up to a comma, a bracket, or a word such as `to`."""

_PATH = rf"kxsms ((?:(?:{'|'.join(_GROUPS)}) [a-z-]+|[a-z]+))(.*)"

_CARRIED: Mapping[str, tuple[str, ...]] = {
    "--sandbox": (*_ASKING, "batch", "ledger", "optout", "stats", "forget"),
    "-p": _OF_PROFILE,
    "--config": (*_OF_PROFILE, "batch show", "batch settle", "ledger"),
    "--product": (*_ASKING, "template"),
}
"""The commands to which an option of the command line matters, by their first words."""
_NAMES = {"--profile": "-p"}


def carried_options(arguments: Sequence[str]) -> dict[str, str]:
    """Return the options of a command line that a command in a hint must repeat, each as it is written.

    The command line may be one that cannot be parsed. What the environment says holds without repeating it.
    """
    found: dict[str, str] = {}
    for argument, following in zip(arguments, [*arguments[1:], None], strict=False):
        if argument == "--":
            break
        name, equals, value = argument.partition("=")
        name = _NAMES.get(name, name)
        if short := re.fullmatch(r"-[qvy]*p(.*)", argument):
            name, equals, value = "-p", short[1], short[1].removeprefix("=")
        if name == "--sandbox":
            found[name] = name
        elif name in _CARRIED and (equals or following is not None):
            found[name] = f"{name} {shlex.quote(value if equals else str(following))}"
    return found


def completed(hint: str, carried: Mapping[str, str]) -> str:
    """Return a hint whose commands repeat the options of this command line that matter to them."""
    if not carried:
        return hint
    return re.sub(COMMAND, lambda match: _completed_command(match[0], carried), hint)


def _completed_command(command: str, carried: Mapping[str, str]) -> str:
    found = re.fullmatch(_PATH, command, flags=re.S)
    if found is None:
        return command
    path, rest = found.groups()
    given = carried_options(rest.split())
    added = [
        text
        for name, text in carried.items()
        if name not in given and any(f"{path} ".startswith(f"{one} ") for one in _CARRIED[name])
    ]
    return " ".join([f"kxsms {path}", *added]) + rest
