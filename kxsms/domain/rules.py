"""The rules that are in force for a send."""

from typing import NamedTuple

from kxsms.domain.cap import Cap
from kxsms.domain.claim import Waiting
from kxsms.domain.profile import Profile
from kxsms.domain.terms import Terms
from kxsms.domain.window import Window
from kxsms.domain.zones import clock, zone
from kxsms.language import tr


class Rules(NamedTuple):
    """The rules that are in force for a send, and that each claim is checked against.

    `daily_limit` is in billed messages of one day in `timezone`.
    """

    asks_opt_outs: bool = False
    cap: Cap | None = None
    daily_limit: int | None = None
    window: Window | None = None
    timezone: str = "UTC"

    @property
    def leave_out(self) -> bool:
        """Return whether they may leave recipients out."""
        return self.asks_opt_outs or self.cap is not None

    def closed(self, moment: float) -> Waiting | None:
        """Return why nothing may leave at a moment, in seconds since 1970, and until when; None if it may."""
        if self.window is None or self.window.is_open(moment, zone(self.timezone)):
            return None
        until = self.window.opens(moment, zone(self.timezone))
        return Waiting(tr("the hours in which texts may leave are {window}", window=self.window), until)

    def opens(self, moment: float) -> float:
        """Return the first moment from this one at which texts may leave."""
        closed = self.closed(moment)
        return moment if closed is None else closed.until

    def clock(self, moment: float) -> str:
        """Return a moment as ISO 8601, by the clocks of the zone."""
        return clock(moment, self.timezone)


NO_RULES = Rules()


def rules_for(profile: Profile, terms: Terms) -> Rules:
    """Return the rules in force for a send of a profile that named some itself."""
    product = profile.product
    return Rules(
        asks_opt_outs=profile.opt_out and not (terms.is_single or terms.includes_opted_out),
        cap=Cap.parse(terms.cap) if terms.cap is not None else profile.cap.get(product),
        daily_limit=None if terms.is_single else profile.daily_limit,
        window=Window.parse(terms.window) if terms.window is not None else profile.window.get(product),
        timezone=profile.timezone,
    )
