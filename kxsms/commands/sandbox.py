"""`kxsms sandbox`: serve and reset the built-in gateway, and reply from a phone."""

import threading
from typing import Annotated

import typer

from kxsms.commands.layout import KxsmsCommand, KxsmsGroup, show_help_alone
from kxsms.commands.options import MASK, RESULT, TRACE, shared
from kxsms.commands.sessions import refuse_raw
from kxsms.completion.values import fault_kinds, shapes
from kxsms.config.ledger_place import SANDBOX_LEDGER
from kxsms.context import Context
from kxsms.domain.results import Facts, Interrupted
from kxsms.errors import Failure
from kxsms.interrupts import StoppedBySignal
from kxsms.language import reason_of, tr

app = typer.Typer(
    cls=KxsmsGroup,
    help="Serve and reset the built-in gateway, and reply from a phone.",
    callback=show_help_alone,
    invoke_without_command=True,
)

Port = Annotated[
    int,
    typer.Option(min=0, max=65535, metavar="N", help="Listen on this port of 127.0.0.1; 0 for any free one."),
]
Latency = Annotated[
    float,
    typer.Option(
        min=0, metavar="SECONDS", help="Delay every answer by this long. [default: 0]", show_default=False
    ),
]
Fault = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KIND:SHARE",
        help="Make a share of the sends fail, such as 500:0.1 for HTTP 500 to a tenth; may be repeated.",
        autocompletion=fault_kinds,
    ),
]
Seed = Annotated[int | None, typer.Option(metavar="N", help="Repeat the faults of an earlier run with N.")]
Shape = Annotated[
    str,
    typer.Option(metavar="NAME", help="Hand out reports and replies in this shape.", autocompletion=shapes),
]


@app.command(cls=KxsmsCommand)
@shared(RESULT, TRACE, MASK)
def serve(
    context: Context,
    port: Port = 0,
    latency: Latency = 0.0,
    fault: Fault = None,
    seed: Seed = None,
    shape: Shape = "plain",
) -> Interrupted:
    """Serve the built-in gateway on 127.0.0.1 until Ctrl-C.

    It shares its state with --sandbox. kxsms help sandbox lists the kinds of fault and the shapes.

    \b
    Examples:
      kxsms sandbox serve --port 8080
      kxsms sandbox serve --latency 2 --fault reset-after:0.1
      kxsms sandbox serve --shape by-task
      curl http://127.0.0.1:8080/SMS/QueryBalance \\
        -d account=sandbox -d token=sandbox-token -d type=0
    """
    refuse_raw(context, "sandbox serve")
    from kxsms.sandbox.behaviour import Behaviour, parse_fault, parse_shape
    from kxsms.sandbox.profile import sandbox_profile
    from kxsms.sandbox.server import SandboxServer

    own = sandbox_profile()
    behaviour = Behaviour(latency, tuple(map(parse_fault, fault or [])), seed, parse_shape(shape))
    log = context.console.trace if context.options.verbose else None
    never = threading.Event()
    with SandboxServer(context.state_directory, port=port, behaviour=behaviour, on_request=log) as server:
        context.console.announce(Facts({"url": server.url, "account": own.account, "token": own.token}))
        try:
            # A wait without an end cannot be interrupted on Windows.
            while not never.wait(0.5):
                pass
        except StoppedBySignal as stopped:
            return Interrupted(stopped.status)
        raise AssertionError("only a signal ends the wait")


@app.command(cls=KxsmsCommand)
@shared()
def reply(
    context: Context,
    mobile: Annotated[str, typer.Argument(metavar="MOBILE", help="The number of the phone.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The text of the reply.")],
) -> None:
    """Reply from a phone; kxsms mo --sandbox then fetches the reply.

    \b
    Example:
      kxsms sandbox reply 13800000000 '收到'
    """
    from kxsms.sandbox.state import SandboxState

    SandboxState(context.state_directory).add_reply(mobile, text)


@app.command(cls=KxsmsCommand)
@shared()
def reset(context: Context) -> None:
    """Delete the built-in gateway's state and its batches."""
    from kxsms.sandbox.state import SandboxState

    SandboxState(context.state_directory).reset()
    # A lock file alone would mean that the ledger was lost.
    for suffix in (".lock", "", "-wal", "-shm", ".receivers"):
        path = context.state_directory / (SANDBOX_LEDGER + suffix)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise Failure(tr("cannot remove {path}: {reason}", path=path, reason=reason_of(error))) from None
