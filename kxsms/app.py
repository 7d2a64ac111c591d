"""The root of the command line: registers the commands."""

from typing import Annotated

import typer

from kxsms import __version__, exit_status
from kxsms.commands import balance, batch, config, login, logout, mo, report, sandbox, send
from kxsms.commands.help import KxsmsCommand, show_help_alone

_EPILOG = f"""\b
Exit status:
{exit_status.listing()}"""

app = typer.Typer(
    name="kxsms",
    epilog=_EPILOG,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
      kxsms send --csv people.csv -m '{姓名}您好,验证码{code}'
      kxsms batch list
      kxsms report -o jsonl
    """
    show_help_alone(context)


app.command(cls=KxsmsCommand)(send.send)
app.command(cls=KxsmsCommand)(balance.balance)
app.add_typer(batch.app, name="batch")
app.command(cls=KxsmsCommand)(report.report)
app.command(cls=KxsmsCommand)(mo.mo)
app.command(cls=KxsmsCommand)(login.login)
app.command(cls=KxsmsCommand)(logout.logout)
app.add_typer(config.app, name="config")
app.add_typer(sandbox.app, name="sandbox")
