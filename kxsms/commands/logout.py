"""`kxsms logout`: remove an account from the config."""

from kxsms.commands.options import CONFIG, PROFILE, RESULT, shared
from kxsms.commands.sessions import refuse_raw
from kxsms.context import Context
from kxsms.domain.results import Facts
from kxsms.errors import ProfileError
from kxsms.language import joined, tr


@shared(PROFILE, CONFIG, RESULT)
def logout(context: Context) -> Facts:
    """Remove the account and the token of a profile from the config.

    \b
    Examples:
      kxsms logout
      kxsms logout -p prod
    """
    refuse_raw(context, "logout")
    with context.changing_config() as config:
        name = context.options.profile or config.default_profile
        if name is None:
            hint = (
                tr("run kxsms logout -p NAME ({names})", names=joined(config.tables))
                if config.tables
                else None
            )
            raise ProfileError(tr("there is no default profile to log out"), hint)
        config.forget(name)
    return Facts({"profile": name, "config": str(config.path)})
