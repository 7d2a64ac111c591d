"""The profile of the only account of the built-in gateway."""

from kxsms.domain.profile import Profile
from kxsms.sandbox.state import ACCOUNT, TOKEN


def sandbox_profile() -> Profile:
    """Return the profile that --sandbox uses. Its token is documented and not secret."""
    return Profile(name="sandbox", account=ACCOUNT, token=TOKEN, rate=0)
