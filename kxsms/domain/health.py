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


_CHECKS = (
    mark("kxsms"),
    mark("python"),
    mark("libraries"),
    mark("ledger"),
    mark("ledger_schema"),
    mark("ledger_integrity"),
    mark("ledger_leftovers"),
    mark("disk"),
    mark("config"),
    mark("config_rights"),
    mark("profile"),
    mark("token"),
    mark("proxy"),
    mark("clock"),
    mark("dns"),
    mark("tcp"),
    mark("tls"),
)
"""The names of the checks but for those of products, which `check_name` translates."""

_OF_PRODUCT = "product_"


def check_name(check: str) -> str:
    """Return the name of a check of `doctor` for people."""
    if check.startswith(_OF_PRODUCT):
        return tr("product_{product}", product=check.removeprefix(_OF_PRODUCT))
    return tr(check)
