"""The health of an installation: checks, each with its finding."""

from collections.abc import Callable
from typing import NamedTuple

from kxsms.language import mark, tr


class Finding(NamedTuple):
    """The outcome of a look: `ok` is None where a check does not apply. `hint` says how to fix it."""

    ok: bool | None
    detail: str
    hint: str | None = None


class Check(NamedTuple):
    """A finding, the name of its check, and the milliseconds that the look took."""

    check: str
    ok: bool | None
    detail: str
    hint: str | None
    ms: float


class Examination(NamedTuple):
    """A check that has yet to be made. It is skipped unless all the earlier checks that it `needs` are ok."""

    check: str
    look: Callable[[], Finding]
    needs: tuple[str, ...] = ()


def skipped(check: str) -> Finding:
    """Return the finding of a look that makes no sense until another check is ok."""
    return Finding(None, tr("not examined: see {check}", check=check_name(check)))


_CHECKS = {
    **{"kxsms": mark("kxsms"), "python": mark("python"), "libraries": mark("libraries")},
    **{"ledger": mark("ledger"), "ledger_schema": mark("ledger_schema")},
    **{"ledger_integrity": mark("ledger_integrity"), "ledger_leftovers": mark("ledger_leftovers")},
    **{"disk": mark("disk"), "config": mark("config"), "config_rights": mark("config_rights")},
    **{"profile": mark("profile"), "token": mark("token"), "proxy": mark("proxy"), "clock": mark("clock")},
    **{"dns": mark("dns"), "tcp": mark("tcp"), "tls": mark("tls")},
}
_OF_PRODUCT = "product_"


def check_name(check: str) -> str:
    """Return the name of a check of `doctor` for people."""
    if check.startswith(_OF_PRODUCT):
        return tr("product_{product}", product=check.removeprefix(_OF_PRODUCT))
    return tr(_CHECKS.get(check, "")) or check
