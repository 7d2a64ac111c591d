"""Runs of `kxsms doctor`, and the checks that they made."""

import os
from typing import NamedTuple

import pytest

from kxsms.domain.health import Check
from tests.conftest import Done, Run
from tests.scripted_gateway import Act, answer

POSIX = pytest.mark.skipif(os.name != "posix", reason="POSIX modes and terminals")
BALANCE = '{"Code":"0","Message":"ok","Count":"5"}'
CHECKS = [
    *("kxsms", "python", "libraries", "config", "config_rights", "profile", "token"),
    *("ledger", "ledger_schema", "ledger_integrity", "ledger_leftovers", "disk"),
    *("proxy", "dns", "tcp", "tls", "product_sms", "product_vip", "product_voice", "product_mms", "clock"),
]


class Doctor(NamedTuple):
    """A run and its checks, by name."""

    done: Done
    checks: dict[str, Check]

    @property
    def failed(self) -> list[str]:
        return [check.check for check in self.checks.values() if check.ok is False]


def doctor(run: Run, *options: str, env: dict[str, str] | None = None) -> Doctor:
    """Run it with -o json."""
    done = run("doctor", "-o", "json", *options, env=env)
    return Doctor(done, {item["check"]: Check(**item) for item in done.json})


def balance(code: str = "0", **headers: str) -> Act:
    """Return an act that answers a query of a balance."""
    return answer(BALANCE.replace('"0"', f'"{code}"', 1), headers=headers)
