"""The account and the clock as `kxsms doctor` sees them: only the own product can fail."""

import time
from email.utils import formatdate

import pytest

from tests.conftest import Run
from tests.health.doctor import balance, doctor
from tests.scripted_gateway import ScriptedGateway, close


@pytest.mark.parametrize("code", ["-1", "0"])
def test_only_the_own_product_can_fail(run: Run, healthy: ScriptedGateway, code: str) -> None:
    healthy.script = [balance(code)]
    healthy.otherwise = balance("-1")

    found = doctor(run, "--product", "vip")

    assert healthy.received[0].path == "/VIP/QueryBalance"
    assert found.failed == (["product_vip"] if code == "-1" else [])
    assert found.checks["product_sms"].ok is None
    assert found.done.status == (1 if code == "-1" else 0)


def test_a_silent_gateway_is_asked_once(run: Run, healthy: ScriptedGateway) -> None:
    healthy.otherwise = close

    found = doctor(run)

    assert found.failed == ["product_sms"]
    assert len(healthy.received) == 1
    assert found.checks["product_vip"].detail == "not examined: see product_sms"


def test_a_refused_connection_is_one_failure(run: Run, healthy: ScriptedGateway, nobody: str) -> None:
    found = doctor(run)

    assert found.failed == ["tcp"]
    assert found.checks["tcp"].detail == f"{nobody} refused the connection"
    assert found.checks["product_sms"].detail == "not examined: see tcp"


def test_an_unknown_name_is_one_failure(run: Run, healthy: ScriptedGateway) -> None:
    found = doctor(run, env={"KXSMS_BASE_URL": "https://gateway.invalid"})

    assert found.failed == ["dns"]
    assert "HTTPS_PROXY" in str(found.checks["dns"].hint)
    assert found.checks["tls"].detail == "not examined: see dns"


@pytest.mark.parametrize(
    ("ahead", "ok", "words"),
    [(0, True, "within 1 s"), (-50, True, "within 5"), (-3700, False, "ahead of"), (3700, False, "behind")],
)
def test_the_clock_is_compared_with_the_gateways(
    run: Run, healthy: ScriptedGateway, ahead: int, ok: bool, words: str
) -> None:
    healthy.otherwise = balance(Date=formatdate(time.time() + ahead, usegmt=True))

    clock = doctor(run).checks["clock"]

    assert clock.ok is ok
    assert words in clock.detail
    assert bool(clock.hint) is not ok


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 99 Nov 2026 10:00:00 GMT", "\u00e9"])
def test_a_date_that_is_none_is_no_failure(run: Run, healthy: ScriptedGateway, date: str) -> None:
    healthy.otherwise = balance(Date=date)

    assert doctor(run).checks["clock"].ok is None
