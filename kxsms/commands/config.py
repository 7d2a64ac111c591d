"""`kxsms config`: show and change the config."""

from typing import Annotated

import typer

from kxsms.commands.layout import KxsmsCommand, KxsmsGroup, show_help_alone
from kxsms.commands.options import CONFIG, PROFILE, RESULT, shared
from kxsms.commands.sessions import refuse_raw
from kxsms.completion.values import config_keys, profile_names
from kxsms.context import Context
from kxsms.domain.results import ConfigDocument, Value
from kxsms.errors import LimitReached, ProfileError, UsageError
from kxsms.language import tr

app = typer.Typer(
    cls=KxsmsGroup, help="Show and change the config.", callback=show_help_alone, invoke_without_command=True
)

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
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Create the profile without asking.")]
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
    """Print one value of a profile, or its default.

    \b
    Examples:
      kxsms config get signature
      kxsms config get -p prod product
      kxsms config get default_profile
    """
    refuse_raw(context, "config get")
    from kxsms.config.lookup import setting_of

    setting = setting_of(context.config, key, context.options.profile)
    if setting.is_default:
        context.console.note(tr("{key} is not set: this is its default", key=key))
    return Value(key, setting.value)


@app.command("set", cls=KxsmsCommand)
@shared(PROFILE, CONFIG)
def set_(
    context: Context,
    key: Key,
    value: Annotated[
        str, typer.Argument(metavar="VALUE", help="The value; commas separate the items of a list.")
    ],
    yes: Yes = False,
) -> None:
    """Change one value of a profile.

    If there is no such profile, kxsms asks before it creates one.

    \b
    Examples:
      kxsms config set signature 科迅云通讯
      kxsms config set -p prod empty_codes 101,102
      kxsms config set codes.-1 '余额不足'
      kxsms config set token_command 'pass show kxsms/prod'
    """
    config = context.load_config()
    missing = config.missing_profile(key, context.options.profile)
    unknown = config.no_profile(missing) if missing is not None else ""
    config.set(key, value, context.options.profile)  # an invalid value is an error before the question
    if missing is not None and not yes:
        _confirm_profile(context, missing, unknown)
    with context.changing_config() as config:
        config.set(key, value, context.options.profile)


def _confirm_profile(context: Context, name: str, no_profile: str) -> None:
    """Ask whether to create a profile. Raise UsageError off a terminal, and LimitReached for a no."""
    try:
        wanted = context.console.confirm(tr("There is no profile {name!r}. Create it", name=name), "--yes")
    except UsageError:
        hint = tr("run kxsms login -p {name}, or use --yes to create it without an account", name=name)
        raise UsageError(no_profile, hint) from None
    if not wanted:
        raise LimitReached(tr("nothing changed: you did not answer yes"))


@app.command(cls=KxsmsCommand)
@shared(PROFILE, CONFIG)
def unset(context: Context, key: Key) -> None:
    """Remove one value of a profile, so that its default applies again."""
    with context.changing_config() as config:
        if (missing := config.missing_profile(key, context.options.profile)) is not None:
            raise ProfileError(config.no_profile(missing), config.profile_hint(missing))
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
