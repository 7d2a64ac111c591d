"""The root of the command line: registers the commands."""

from typing import Annotated

import typer

from kxsms import __version__, exit_status
from kxsms.commands import balance, config, login, logout, mo, report, sandbox, send

_EPILOG = f"""\b
Exit status:
{exit_status.listing()}"""

app = typer.Typer(name="kxsms", epilog=_EPILOG, rich_markup_mode=None, pretty_exceptions_enable=False)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"kxsms {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Send SMS through the kx-ytx gateway platform, from a terminal, a script or cron.

    \b
    Examples:
      kxsms send --sandbox 13800000000 -m '【科迅云通讯】您的验证码为:65544'
      kxsms login
      kxsms balance --min 500
      kxsms report -o jsonl
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


app.command()(send.send)
app.command()(balance.balance)
app.command()(report.report)
app.command()(mo.mo)
app.command()(login.login)
app.command()(logout.logout)
app.add_typer(config.app, name="config")
app.add_typer(sandbox.app, name="sandbox")
