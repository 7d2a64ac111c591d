"""`kxsms doctor`: look at everything that a send needs."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kxsms.commands.options import CONFIG, PRODUCT, PROFILE, RESULT, SANDBOX, WIRE, shared
from kxsms.commands.sessions import refuse_raw
from kxsms.context import Context
from kxsms.domain.health import Check, Examination, Finding, check_name
from kxsms.domain.product import Product
from kxsms.domain.results import Health
from kxsms.errors import KxsmsError
from kxsms.language import tr

if TYPE_CHECKING:
    from kxsms.domain.profile import Profile


@shared(PROFILE, CONFIG, SANDBOX, PRODUCT, RESULT, WIRE)
def doctor(context: Context) -> Health:
    """Look at everything that a send needs, and send nothing.

    Exit with status 1 if a check fails.

    \b
    Examples:
      kxsms doctor
      kxsms doctor -p prod
      kxsms doctor -o json | jq '.[] | select(.ok == false)'
    """
    refuse_raw(context, "doctor")
    context.warns = False  # the checks say the same
    from kxsms.health.examine import examine

    def show(check: str) -> None:
        if context.console.can_redraw:
            context.console.status(lambda width: [tr("checking {check} …", check=check_name(check))[:width]])

    made = examine(_examinations(context), show)
    checks = tuple(_without_secrets(context, check) for check in made)
    context.console.status(None)
    return Health(checks)


def _without_secrets(context: Context, check: Check) -> Check:
    """Return a check without tokens, its hint with the options of this command line."""
    hint = check.hint and context.mask(context.console.completed(check.hint))
    return check._replace(detail=context.mask(check.detail), hint=hint)


def _unused() -> Finding:
    return Finding(None, tr("not used with --sandbox"))


def _examinations(context: Context) -> Iterator[Examination]:
    from kxsms.health import installation
    from kxsms.ledger.examination import LedgerExamination

    def directory() -> Path:
        return context.ledger_places.file_of(context.ledger_place, sandbox=context.options.sandbox).parent

    yield Examination("kxsms", installation.kxsms)
    yield Examination("python", installation.python)
    yield Examination("libraries", installation.libraries)
    yield from _of_config(context)
    ledger = context.enter(LedgerExamination(lambda: context.place_to_open, directory))
    yield Examination("ledger", ledger.place)
    yield Examination("ledger_schema", ledger.schema, ("ledger",))
    yield Examination("ledger_integrity", ledger.integrity, ("ledger", "ledger_schema"))
    yield Examination("ledger_leftovers", ledger.leftovers, ("ledger", "ledger_schema", "ledger_integrity"))
    yield Examination("disk", ledger.disk)
    yield from _of_gateway(context)


def _of_config(context: Context) -> Iterator[Examination]:
    from kxsms.config.examination import ConfigExamination, profile_finding, token_finding

    options, environ = context.options, context.environ

    def profile() -> Finding:
        context.check_account()
        return profile_finding(context.profile)

    def token() -> Finding:
        explicit = options.explicit_profile
        return token_finding(context.profile, environ, lambda: context.whole_profile, explicit=explicit)

    if options.sandbox:
        yield Examination("config", _unused)
        yield Examination("config_rights", _unused)
        yield Examination("profile", lambda: profile_finding(context.whole_profile))
        yield Examination("token", lambda: Finding(True, tr("that of the sandbox, which is no secret")))
        return
    config = ConfigExamination(lambda: context.config_path, environ, is_named=options.config is not None)
    yield Examination("config", config.file)
    yield Examination("config_rights", config.rights, ("config",))
    yield Examination("profile", profile, ("config",))
    yield Examination("token", token, ("config", "profile"))


def _of_gateway(context: Context) -> Iterator[Examination]:
    """Yield the checks of the way to the gateway, where its address is known, and of the account there."""
    from kxsms.health.account import Account, check_of

    profile = _profile(context)
    if profile is None:
        unknown = ("profile",) if context.options.sandbox else ("config", "profile")
        for check in ("proxy", "dns", "tcp", "tls", *map(check_of, Product), "clock"):
            yield Examination(check, _unused, unknown)
        return
    way = context.way_to_gateway(profile)
    yield Examination("proxy", way.proxy)
    yield Examination("dns", way.dns)
    yield Examination("tcp", way.tcp)
    yield Examination("tls", way.tls)
    account = Account(lambda: context.gateway, profile.product, profile.codes)
    needs = ("token", way.broken) if way.broken else ("token",)
    for product in sorted(Product, key=lambda one: one is not profile.product):
        yield Examination(check_of(product), partial(account.look, product), needs)
    yield Examination("clock", account.clock)


def _profile(context: Context) -> "Profile | None":
    """Return the profile, with --sandbox at the address of the built-in gateway; None if it is not usable."""
    try:
        return context.whole_profile if context.options.sandbox else context.profile
    except KxsmsError:
        return None
