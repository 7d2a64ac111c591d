"""The options that commands share. A command names the groups of those that mean something to it.

`@shared(PROFILE, CONFIG, RESULT)` gives `kxsms logout` the options --profile, --config, --output and --quiet.
"""

import functools
import inspect
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from kxsms.commands.layout import OUTPUT_PANEL, SHARED_PANEL
from kxsms.completion.values import formats, profile_names
from kxsms.context import Context, Options
from kxsms.domain.format import Format
from kxsms.domain.product import Product
from kxsms.domain.profile import Profile
from kxsms.domain.results import Result

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
WIRE = ("verbose",)
"""For a command that talks over the network."""
GATEWAY = (*PROFILE, *CONFIG, *SANDBOX, *ANSWER, *WIRE)
"""For a command that asks the gateway and shows its answers."""


def _shared(
    output: Annotated[
        Format,
        typer.Option(
            "--output",
            "-o",
            envvar="KXSMS_OUTPUT",
            metavar="FORMAT",
            help="Write the result as table, json, jsonl or csv.",
            autocompletion=formats,
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = Format.TABLE,
    answer: Annotated[
        Format,
        typer.Option(
            "--output",
            "-o",
            envvar="KXSMS_OUTPUT",
            metavar="FORMAT",
            help="Write the result as table, json, jsonl or csv, or the gateway's answers as raw-json"
            " or raw-xml.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = Format.TABLE,
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="Hide notes and progress.", rich_help_panel=OUTPUT_PANEL),
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            "-v",
            help="Show what goes over the wire, with the token masked.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = False,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile",
            "-p",
            envvar="KXSMS_PROFILE",
            metavar="NAME",
            help="Use this profile. [default: the config's default_profile]",
            autocompletion=profile_names,
            rich_help_panel=SHARED_PANEL,
        ),
    ] = None,
    sandbox: Annotated[
        bool,
        typer.Option(
            "--sandbox",
            envvar="KXSMS_SANDBOX",
            help="Use the built-in gateway: no account, no cost, no SMS.",
            rich_help_panel=SHARED_PANEL,
        ),
    ] = False,
    product: Annotated[
        Product | None,
        typer.Option(
            "--product",
            envvar="KXSMS_PRODUCT",
            metavar="PRODUCT",
            help=f"Use sms, vip, voice or mms. [default: the profile's, {Profile.product}]",
            rich_help_panel=SHARED_PANEL,
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            envvar="KXSMS_CONFIG",
            metavar="FILE",
            readable=False,
            help="Use this config file. [default: the one that kxsms config path prints]",
            rich_help_panel=SHARED_PANEL,
        ),
    ] = None,
) -> None:
    """Declare every shared option, in the order of the help. Only the signature is used."""


_PARAMETERS = inspect.signature(_shared).parameters


def shared(*groups: tuple[str, ...]) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Return a decorator that adds groups of shared options to a command.

    The command gets the Context that they make as its first argument.
    """
    names = [name for name in _PARAMETERS if any(name in group for group in groups)]

    def decorate(command: Callable[..., R]) -> Callable[..., R]:
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        caller = inspect.Parameter("typer_context", kind, annotation=typer.Context)
        own = list(inspect.signature(command).parameters.values())[1:]
        parameters = [caller, *own, *(_PARAMETERS[name] for name in names)]

        @functools.wraps(command)
        def run(typer_context: typer.Context, **values: Any) -> R:
            given = {name: values.pop(name) for name in names}
            source = typer_context.get_parameter_source("profile") if "profile" in names else None
            context: Context = typer_context.find_object(Context)  # type: ignore[assignment]
            context.use(
                Options(
                    profile=given.get("profile"),
                    explicit_profile=source is not None and source.name == "COMMANDLINE",
                    sandbox=given.get("sandbox", False),
                    product=given.get("product"),
                    format=given.get("answer") or given.get("output") or _format_of_errors(),
                    quiet=given.get("quiet", False),
                    verbose=given.get("verbose", False),
                    config=given.get("config"),
                )
            )
            return command(context, **values)

        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return run

    return decorate


def _format_of_errors() -> Format:
    """Return the format of KXSMS_OUTPUT, for the errors of a command without --output."""
    with suppress(ValueError):
        return Format(os.environ.get("KXSMS_OUTPUT", ""))
    return Format.TABLE
