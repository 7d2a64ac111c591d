"""`kxsms logout`: forget an account."""

from kxsms.commands.options import shared
from kxsms.commands.sessions import refuse_raw
from kxsms.context import Context
from kxsms.domain.results import Facts
from kxsms.errors import ProfileError


@shared
def logout(context: Context) -> Facts:
    """Remove account and token of a profile from the config.

    \b
    Examples:
      kxsms logout
      kxsms logout -p prod
    """
    refuse_raw(context, "logout")
    config = context.load_config()
    name = context.options.profile or config.default_profile
    if name is None:
        raise ProfileError("no profile is logged in", "run kxsms login")
    config.forget(name)
    config.save()
    return Facts({"profile": name, "config": str(config.path)})
