"""`kxsms logout`: remove an account from the config."""

from kxsms.commands.options import CONFIG, PROFILE, RESULT, shared
from kxsms.commands.sessions import refuse_raw
from kxsms.context import Context
from kxsms.domain.results import Facts
from kxsms.errors import ProfileError


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
            raise ProfileError("no profile is logged in", "run kxsms login")
        config.forget(name)
    return Facts({"profile": name, "config": str(config.path)})
