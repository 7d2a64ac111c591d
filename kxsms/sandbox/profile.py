"""The profile of the only account of the built-in gateway."""

from kxsms.domain.profile import Profile
from kxsms.sandbox.state import ACCOUNT, TOKEN

ORIGIN = "sandbox"
"""The origin of the built-in gateway in its ledger: its port changes with every call."""


def sandbox_profile() -> Profile:
    """Return the profile that --sandbox uses. Its token is documented and not secret."""
    return Profile(
        name="sandbox",
        account=ACCOUNT,
        token=TOKEN,
        rate=0,
        base_url=f"https://{ORIGIN}",
        exclusive=True,
        fetch_replies=True,
    )
