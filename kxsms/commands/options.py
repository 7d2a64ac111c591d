"""The options that every command shares, written once.

A command decorated with `shared` gets a Context as its first argument, and these options behind its own.
"""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from kxsms.context import Context, Options
from kxsms.domain.format import Format
from kxsms.domain.product import Product
from kxsms.domain.results import Result

R = TypeVar("R", bound=Result)

SHARED_PANEL = "Shared options"


def profile_names(incomplete: str) -> list[str]:
    """Completes the names of the config's profiles; silent where it cannot be read."""
    import os

    from kxsms.config.paths import default_config_file
    from kxsms.config.store import load
    from kxsms.errors import KxsmsError

    try:
        path = Path(os.environ.get("KXSMS_CONFIG") or default_config_file())
        return [name for name in load(path).tables if name.startswith(incomplete)]
    except KxsmsError:
        return []


def batch_names(incomplete: str) -> list[str]:
    """Completes the ids of the latest batches; silent where the ledger cannot be read."""
    import os

    from kxsms.config.paths import state_directory
    from kxsms.context import LEDGER, SANDBOX_LEDGER
    from kxsms.errors import KxsmsError
    from kxsms.ledger.database import Ledger

    try:
        file = SANDBOX_LEDGER if os.environ.get("KXSMS_SANDBOX") else LEDGER
        with Ledger(state_directory() / file, writable=False) as ledger:
            return [batch.name for batch in ledger.batches() if batch.name.startswith(incomplete)]
    except KxsmsError:
        return []


Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        "-p",
        envvar="KXSMS_PROFILE",
        metavar="NAME",
        help="Whose account; default: the config's.",
        autocompletion=profile_names,
        rich_help_panel=SHARED_PANEL,
    ),
]
Sandbox = Annotated[
    bool,
    typer.Option(
        "--sandbox",
        envvar="KXSMS_SANDBOX",
        help="Use the built-in gateway: no account, no cost.",
        rich_help_panel=SHARED_PANEL,
    ),
]
ProductOption = Annotated[
    Product | None,
    typer.Option(
        "--product",
        envvar="KXSMS_PRODUCT",
        help="Default: the profile's, else sms.",
        rich_help_panel=SHARED_PANEL,
    ),
]
Output = Annotated[
    Format,
    typer.Option(
        "--output",
        "-o",
        envvar="KXSMS_OUTPUT",
        metavar="FORMAT",
        show_default=False,
        help="table, json, jsonl, csv, raw-json or raw-xml; default: table.",
        rich_help_panel=SHARED_PANEL,
    ),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="No notes, no progress.", rich_help_panel=SHARED_PANEL)
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        help="Show what goes over the wire, the token masked.",
        rich_help_panel=SHARED_PANEL,
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="KXSMS_CONFIG",
        metavar="FILE",
        readable=False,
        help="Another config file.",
        rich_help_panel=SHARED_PANEL,
    ),
]


# What `send`, `batch resume` and `batch retry` share.
Rate = Annotated[
    int | None,
    typer.Option(min=0, metavar="N", help="Requests a second, 0: any; else as in the profile."),
]
Concurrency = Annotated[
    int | None,
    typer.Option(min=1, max=256, metavar="N", help="Requests at a time; else as in the profile."),
]
Retries = Annotated[
    int,
    typer.Option(min=0, metavar="N", help="Further tries of what certainly was not sent.", show_default=True),
]
PauseAfter = Annotated[
    int,
    typer.Option(min=0, metavar="N", help="Pause after N equal failures; 0: never.", show_default=True),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Again = Annotated[bool, typer.Option("--again", help="Send also what was sent before.")]
SkipSent = Annotated[bool, typer.Option("--skip-sent", help="Leave out who has got the same text lately.")]
MaxCost = Annotated[
    int | None, typer.Option(min=0, metavar="N", help="Send nothing if it is billed as more than N.")
]


# What `report` and `mo` share.
Since = Annotated[
    str | None, typer.Option(metavar="TIME", help="From then on: a date, a time, 2h or 7d ago.")
]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Before then.")]
ForMobile = Annotated[str | None, typer.Option("--mobile", metavar="N", help="Only of this number.")]
ForTask = Annotated[str | None, typer.Option("--task", metavar="ID", help="Only of this task id.")]
ForBatch = Annotated[
    str | None,
    typer.Option("--batch", metavar="ID", help="Only of this batch.", autocompletion=batch_names),
]
NoPull = Annotated[bool, typer.Option("--no-pull", help="Show what is kept; do not ask the gateway.")]
Reparse = Annotated[bool, typer.Option("--reparse", help="Read all kept answers once more.")]
Watch = Annotated[bool, typer.Option("--watch", help="Go on until Ctrl-C, a line for each new one.")]
Interval = Annotated[
    float, typer.Option(min=0.1, metavar="SECONDS", help="How often to ask; 60.", show_default=False)
]


def _options(
    profile: Profile = None,
    sandbox: Sandbox = False,
    product: ProductOption = None,
    output: Output = Format.TABLE,
    quiet: Quiet = False,
    verbose: Verbose = False,
    config: ConfigFile = None,
) -> None:
    """Only its signature is used."""


_SHARED = inspect.signature(_options).parameters


def shared(command: Callable[..., R]) -> Callable[..., R]:
    """Add the shared options to a command, and call it with the Context that they make."""
    own = list(inspect.signature(command).parameters.values())[1:]
    caller = inspect.Parameter(
        "typer_context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
    )
    parameters = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in (*own, *_SHARED.values())
    ]

    @functools.wraps(command)
    def run(typer_context: typer.Context, **values: Any) -> R:
        given = {name: values.pop(name) for name in _SHARED}
        source = typer_context.get_parameter_source("profile")
        context: Context = typer_context.find_object(Context)  # type: ignore[assignment]
        context.use(
            Options(
                profile=given["profile"],
                explicit_profile=source is not None and source.name == "COMMANDLINE",
                sandbox=given["sandbox"],
                product=given["product"],
                format=given["output"],
                quiet=given["quiet"],
                verbose=given["verbose"],
                config=given["config"],
            )
        )
        return command(context, **values)

    run.__signature__ = inspect.Signature([caller, *parameters])  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in (caller, *parameters)}
    return run
