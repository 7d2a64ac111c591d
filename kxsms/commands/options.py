"""The options that commands share. A command names the groups of those that mean something to it.

`@shared(PROFILE, CONFIG, RESULT)` shows --profile, --config, --output and --quiet in the help of a command.
It accepts the other options too, without a line in its help, so that a script can pass the same options to
all commands; a variable of the environment counts only where its option is shown.
"""

import copy
import functools
import inspect
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

import typer

from kxsms.commands.layout import OUTPUT_PANEL, SHARED_PANEL
from kxsms.completion.values import formats, profile_names
from kxsms.context import Context
from kxsms.domain.format import Format
from kxsms.domain.product import Product
from kxsms.domain.profile import Profile
from kxsms.domain.results import Result
from kxsms.options import Options

R = TypeVar("R", bound=Result)

PROFILE = ("profile",)
"""For a command that uses a profile."""
CONFIG = ("config",)
"""For a command that reads or writes the config."""
SANDBOX = ("sandbox",)
"""For a command that can work with the built-in gateway, or with its ledger."""
PRODUCT = ("product",)
"""For a command that asks for one product."""
RESULT = ("output", "quiet")
"""For a command that writes a result."""
ANSWER = ("answer", "quiet")
"""For a command whose result may also be the gateway's answers as they came."""
MASK = ("mask",)
"""For a command that writes phone numbers."""
TRACE = ("verbose",)
"""For a command that talks over the network."""
WIRE = (*TRACE, "log_file")
"""For a command that asks the gateway."""
GATEWAY = (*PROFILE, *CONFIG, *SANDBOX, *ANSWER, *WIRE, *MASK)
"""For a command that asks the gateway and shows its answers."""


_output = functools.partial(typer.Option, rich_help_panel=OUTPUT_PANEL)
_shared_option = functools.partial(typer.Option, rich_help_panel=SHARED_PANEL)


def _shared(
    output: Annotated[
        Format,
        _output(
            "--output",
            "-o",
            envvar="KXSMS_OUTPUT",
            metavar="FORMAT",
            help="Write the result as table, json, jsonl or csv.",
            autocompletion=formats,
        ),
    ] = Format.TABLE,
    answer: Annotated[
        Format,
        _output(
            "--output",
            "-o",
            envvar="KXSMS_OUTPUT",
            metavar="FORMAT",
            help="Write the result as table, json, jsonl or csv, or the gateway's answers as raw-json"
            " or raw-xml.",
        ),
    ] = Format.TABLE,
    quiet: Annotated[bool, _output("--quiet", "-q", help="Show errors and results only.")] = False,
    verbose: Annotated[
        bool,
        _output(
            "--verbose",
            "-v",
            help="Show each request and its answer, with times and numbers, and the token masked.",
        ),
    ] = False,
    mask: Annotated[
        bool | None,
        _output(
            "--mask",
            envvar="KXSMS_MASK",
            help="Show phone numbers as 138****0000. [default: the config's mask]",
            show_default=False,
        ),
    ] = None,
    log_file: Annotated[
        str | None,
        _output(
            "--log-file",
            envvar="KXSMS_LOG",
            metavar="FILE",
            help="Append a line of JSON for each request to FILE, without texts.",
        ),
    ] = None,
    profile: Annotated[
        str | None,
        _shared_option(
            "--profile",
            "-p",
            envvar="KXSMS_PROFILE",
            metavar="NAME",
            help="Use this profile. [default: the config's default_profile]",
            autocompletion=profile_names,
        ),
    ] = None,
    sandbox: Annotated[
        bool,
        _shared_option(
            "--sandbox", envvar="KXSMS_SANDBOX", help="Use the built-in gateway: no account, no cost, no SMS."
        ),
    ] = False,
    product: Annotated[
        Product | None,
        _shared_option(
            "--product",
            envvar="KXSMS_PRODUCT",
            metavar="PRODUCT",
            help=f"Use sms, vip, voice or mms. [default: the profile's, {Profile.product}]",
        ),
    ] = None,
    config: Annotated[
        Path | None,
        _shared_option(
            "--config",
            envvar="KXSMS_CONFIG",
            metavar="FILE",
            readable=False,
            help="Use this config file. [default: the one that kxsms config path prints]",
        ),
    ] = None,
) -> None:
    """Declare every shared option, in the order of the help. Only the signature is used."""


_PARAMETERS = inspect.signature(_shared).parameters


def _hidden(parameter: inspect.Parameter) -> inspect.Parameter:
    """Return a parameter whose option is accepted, but neither shown nor read from the environment.

    Every command reads KXSMS_MASK: any error may repeat a number.
    """
    kind, option = get_args(parameter.annotation)
    option = copy.copy(option)
    option.hidden = True
    if parameter.name not in MASK:
        option.envvar = None
    return parameter.replace(annotation=Annotated[kind, option])


def shared(*groups: tuple[str, ...]) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Return a decorator that adds the shared options to a command, and shows those of the groups.

    The command gets the Context that they make as its first argument.
    """
    shown = {name for group in groups for name in group}
    unused = "output" if "answer" in shown else "answer"  # two forms of one option
    names = [name for name in _PARAMETERS if name != unused]
    options = [
        _PARAMETERS[name] if name in shown else _hidden(_PARAMETERS[name])
        for name in sorted(names, key=lambda name: name not in shown)
    ]

    def decorate(command: Callable[..., R]) -> Callable[..., R]:
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        caller = inspect.Parameter("typer_context", kind, annotation=typer.Context)
        own = list(inspect.signature(command).parameters.values())[1:]
        parameters = [caller, *own, *options]

        @functools.wraps(command)
        def run(typer_context: typer.Context, **values: Any) -> R:
            given = {name: values.pop(name) for name in names}
            source = typer_context.get_parameter_source("profile")
            context: Context = typer_context.find_object(Context)  # type: ignore[assignment]
            context.use(
                Options(
                    profile=given["profile"],
                    explicit_profile=source is not None and source.name == "COMMANDLINE",
                    sandbox=given["sandbox"],
                    product=given["product"],
                    format=_format(typer_context, given, is_shown=bool(shown & {"output", "answer"})),
                    quiet=given["quiet"],
                    verbose=given["verbose"],
                    config=given["config"],
                    mask=given["mask"],
                    log_file=given["log_file"] or None,
                    command=typer_context.command_path.partition(" ")[2],
                )
            )
            return command(context, **values)

        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return run

    return decorate


def _format(typer_context: typer.Context, given: Mapping[str, Any], *, is_shown: bool) -> Format:
    """Return the format asked for; the errors of a command that shows no --output obey KXSMS_OUTPUT too."""
    name = "answer" if "answer" in given else "output"
    source = typer_context.get_parameter_source(name)
    if not is_shown and source is not None and source.name == "DEFAULT":
        with suppress(ValueError):
            return Format(os.environ.get("KXSMS_OUTPUT", ""))
    return Format(given[name])
