"""The account at the gateway: the balance of each product, and the gateway's clock."""

import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Protocol

from kxsms.domain.advice import with_retry
from kxsms.domain.balance import Balance
from kxsms.domain.health import Finding, skipped
from kxsms.domain.outcome import login_hint, refusal
from kxsms.domain.product import Product
from kxsms.language import tr

_FAR = 60.0
"""Seconds that a clock may be wrong: less does not matter to windows, reports and certificates."""


def check_of(product: Product) -> str:
    """Return the name of the check of a product."""
    return f"product_{product}"


class BalanceSource(Protocol):
    """A gateway that knows a balance."""

    def balance(self, product: Product) -> Balance:
        """Ask how many messages are left for a product. Never raise."""


class Account:
    """An account that is asked for the balance of each product, its `own` first: only that one can fail.

    `gateway` is called for the first question. `codes` are the user's own words for codes.
    """

    def __init__(self, gateway: Callable[[], BalanceSource], own: Product, codes: Mapping[str, str]) -> None:
        self._gateway = gateway
        self._own = own
        self._codes = codes
        self._is_silent = False
        self._ahead: float | None = None
        self._doubt = 0.0

    def look(self, product: Product) -> Finding:
        """Ask for a balance."""
        if self._is_silent:
            return skipped(check_of(self._own))
        gateway = self._gateway()
        start = time.time()
        balance = gateway.balance(product)
        self._compare_clocks(balance.date, start, time.time())
        if balance.code == "0" and balance.count is not None:
            return Finding(True, tr("account and token work, {count} left", count=balance.count))
        is_own = product is self._own
        ok = False if is_own else None
        if balance.code is not None and balance.code != "0":
            words = refusal(balance.code, balance.message, self._codes.get(balance.code))
            return Finding(ok, words, login_hint(balance.profile) if is_own else None)
        self._is_silent = is_own
        hint = with_retry(balance.message, tr("run kxsms doctor")) if is_own else None
        return Finding(ok, tr("no usable answer: {text}", text=balance.message), hint)

    def clock(self) -> Finding:
        """Compare this machine's clock with the gateway's, as the answers to `look` gave it."""
        if self._ahead is None:
            return Finding(None, tr("no answer of the gateway has said what time it is"))
        seconds = abs(self._ahead)
        if seconds <= _FAR + self._doubt:
            return Finding(
                True, tr("within {seconds:,.0f} s of the gateway's", seconds=max(1.0, seconds + self._doubt))
            )
        return Finding(
            False,
            tr("{seconds:,.0f} s ahead of the gateway's", seconds=seconds)
            if self._ahead > 0
            else tr("{seconds:,.0f} s behind the gateway's", seconds=seconds),
            tr("set the clock of this machine, and let it follow a time server (NTP)"),
        )

    def _compare_clocks(self, date: str | None, start: float, end: float) -> None:
        """Note by how many seconds this machine is ahead. The gateway wrote the date between two moments."""
        try:
            there = parsedate_to_datetime(date or "").timestamp() + 0.5  # a date has no parts of a second
        except (ValueError, OverflowError):
            return
        self._ahead = (start + end) / 2 - there
        self._doubt = (end - start) / 2 + 0.5
