"""`kxsms sandbox`: the built-in gateway, for other programs."""

import threading
from typing import Annotated

import typer

from kxsms.commands.help import KxsmsCommand, show_help_alone
from kxsms.commands.options import shared
from kxsms.commands.sessions import refuse_raw
from kxsms.context import SANDBOX_LEDGER, Context
from kxsms.domain.results import Facts, Interrupted
from kxsms.errors import Failure
from kxsms.interrupts import StoppedBySignal

app = typer.Typer(
    help="The built-in gateway: serve it, answer from a phone, start anew.",
    callback=show_help_alone,
    invoke_without_command=True,
)


@app.command(cls=KxsmsCommand)
@shared
def serve(
    context: Context,
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="Port on 127.0.0.1; 0: any.")] = 0,
    latency: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="Make every answer this late.")
    ] = 0.0,
    fault: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND:SHARE", help="Fail a share of the sends, such as 500:0.1."),
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Make the same faults again.")] = None,
    shape: Annotated[
        str, typer.Option(metavar="NAME", help="What reports and replies look like, such as by-task.")
    ] = "plain",
) -> Interrupted:
    """Serve the built-in gateway on 127.0.0.1 until Ctrl-C.

    It shares its state with --sandbox. Kinds of fault: 500, rubbish, half, reset-before, reset-after
    (before and after the message is accepted). Shapes: plain, flat, nested, by-task,
    lower, single, attributes, numbers, unix, smpp, gb18030, bom.

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
@shared
def reply(
    context: Context,
    mobile: Annotated[str, typer.Argument(metavar="MOBILE", help="The phone.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What it answers.")],
) -> None:
    """Let a phone answer: `kxsms mo --sandbox` then fetches it.

    \b
    Example:
      kxsms sandbox reply 13800000000 '收到'
    """
    from kxsms.sandbox.state import SandboxState

    SandboxState(context.state_directory).add_reply(mobile, text)


@app.command(cls=KxsmsCommand)
@shared
def reset(context: Context) -> None:
    """Forget everything that the built-in gateway knows, and every batch that was sent to it."""
    from kxsms.sandbox.state import SandboxState

    SandboxState(context.state_directory).reset()
    for suffix in ("", "-wal", "-shm", ".lock"):
        path = context.state_directory / (SANDBOX_LEDGER + suffix)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise Failure(f"cannot remove {path}: {error.strerror}") from None
