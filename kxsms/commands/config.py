"""`kxsms config`: show and change the config."""

from typing import Annotated

import typer

from kxsms.commands.layout import KxsmsCommand, show_help_alone
from kxsms.commands.options import CONFIG, PROFILE, RESULT, shared
from kxsms.commands.sessions import refuse_raw
from kxsms.completion.values import config_keys, profile_names
from kxsms.context import Context
from kxsms.domain.results import ConfigDocument, Value

app = typer.Typer(help="Show and change the config.", callback=show_help_alone, invoke_without_command=True)

Key = Annotated[
    str,
    typer.Argument(
        metavar="KEY",
        help="The name of a key, such as signature, codes.-1 or profiles.prod.extno.",
        autocompletion=config_keys,
    ),
]

ConfigValue = Annotated[
    str, typer.Argument(metavar="VALUE", help="The value; commas separate the items of a list.")
]
Name = Annotated[
    str, typer.Argument(metavar="NAME", help="The name of a profile.", autocompletion=profile_names)
]


@app.command(cls=KxsmsCommand)
@shared(CONFIG, RESULT)
def show(context: Context) -> ConfigDocument:
    """Show the whole config, with the tokens masked."""
    refuse_raw(context, "config show")
    return ConfigDocument(context.config.masked())


@app.command("get", cls=KxsmsCommand)
@shared(PROFILE, CONFIG, RESULT)
def get_(context: Context, key: Key) -> Value:
    """Print one value of a profile.

    \b
    Examples:
      kxsms config get signature
      kxsms config get -p prod product
      kxsms config get default_profile
    """
    refuse_raw(context, "config get")
    return Value(key, context.config.get(key, context.options.profile))


@app.command("set", cls=KxsmsCommand)
@shared(PROFILE, CONFIG)
def set_(
    context: Context,
    key: Key,
    value: Annotated[
        str, typer.Argument(metavar="VALUE", help="The value; commas separate the items of a list.")
    ],
) -> None:
    """Change one value of a profile.

    \b
    Examples:
      kxsms config set signature 科迅云通讯
      kxsms config set -p prod empty_codes 101,102
      kxsms config set codes.-1 '余额不足'
      kxsms config set token_command 'pass show kxsms/prod'
    """
    with context.changing_config() as config:
        config.set(key, value, context.options.profile)


@app.command(cls=KxsmsCommand)
@shared(PROFILE, CONFIG)
def unset(context: Context, key: Key) -> None:
    """Remove one value of a profile, so that its default applies again."""
    with context.changing_config() as config:
        config.unset(key, context.options.profile)


@app.command(cls=KxsmsCommand)
@shared(CONFIG)
def use(
    context: Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The name of a profile.", autocompletion=profile_names)
    ],
) -> None:
    """Make a profile the default."""
    with context.changing_config() as config:
        config.use(name)


@app.command(cls=KxsmsCommand)
@shared(CONFIG, RESULT)
def path(context: Context) -> Value:
    """Print where the config file is."""
    refuse_raw(context, "config path")
    return Value("path", str(context.config_path))
