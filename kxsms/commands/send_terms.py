"""The limits and the time that a send names itself."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from kxsms.domain.words import time_words
from kxsms.errors import UsageError
from kxsms.language import tr

if TYPE_CHECKING:
    from kxsms.domain.at import At
    from kxsms.domain.profile import Profile
    from kxsms.domain.terms import Terms


def checked_terms(profile: "Profile", terms: "Terms", at: str | None) -> "tuple[Terms, At | None]":
    """Return terms in the form in which they are kept, and the time of --at.

    Raise UsageError for a value of another form, and for a time outside the window.
    """
    from kxsms.domain.cap import Cap
    from kxsms.domain.window import Window

    terms = terms._replace(
        window=_checked(Window.parse, "--window", terms.window, "09:00-21:00"),
        cap=_checked(Cap.parse, "--cap", terms.cap, "3/24h"),
        timezone=profile.timezone,
    )
    return (terms, None) if at is None else _with_time(profile, terms, at)


def _with_time(profile: "Profile", terms: "Terms", text: str) -> "tuple[Terms, At]":
    from kxsms.domain.at import InvalidAt, read_at
    from kxsms.domain.rules import rules_for
    from kxsms.domain.zones import zone

    try:
        at = read_at(text, time.time(), zone(profile.timezone))
    except InvalidAt as reason:
        hint = tr("use a time such as 'tomorrow 10:00' or +2h; kxsms help schedule has all forms")
        raise UsageError(tr("--at {text!r} {reason}", text=text, reason=reason), hint) from None
    rules = rules_for(profile, terms)
    closed = rules.closed(at.moment)
    if closed is not None:
        raise UsageError(
            tr(
                "--at {text!r} is {clock}, outside the hours in which texts may leave, {window}",
                text=text,
                clock=time_words(rules.clock(at.moment)),
                window=rules.window,
            ),
            tr("use --at {clock}, or --window 00:00-24:00", clock=rules.clock(closed.until)),
        )
    return terms._replace(at=None if at.names_day else "".join(text.split())), at


def _checked(parse: Callable[[str], object], option: str, text: str | None, example: str) -> str | None:
    """Return the text of an option as it is kept. Raises UsageError if it has another form."""
    if text is None:
        return None
    try:
        return str(parse(text))
    except ValueError as reason:
        raise UsageError(
            f"{option} {text!r} {reason}",
            tr("use a value such as {option} {example}", option=option, example=example),
        ) from None
