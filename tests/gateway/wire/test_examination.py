"""The way to the gateway as `kxsms doctor` sees it: TLS, its certificate, and proxies."""

import datetime

import pytest

from tests.conftest import TOKEN, Run
from tests.gateway.wire.conftest import Certificates, Configure, Serve
from tests.gateway.wire.test_proxies import tunnel
from tests.health.doctor import Doctor, balance, doctor
from tests.scripted_gateway import ScriptedGateway, answer, silent


@pytest.fixture
def ask(run: Run, monkeypatch: pytest.MonkeyPatch, certificates: Certificates) -> Run:
    """Run doctor against a base URL, with an account, trusting the test's authority."""
    monkeypatch.setenv("KXSMS_ACCOUNT", "12345")
    monkeypatch.setenv("KXSMS_TOKEN", TOKEN)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.file))
    return run


def at(run: Run, url: str, **env: str) -> Doctor:
    return doctor(run, env={"KXSMS_BASE_URL": url, **env})


def test_the_issuer_and_the_days_left_are_shown(ask: Run, serve: Serve, certificates: Certificates) -> None:
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=40, hours=1)
    gateway = serve(tls=certificates.context("127.0.0.1", not_after=end))
    gateway.otherwise = balance()

    found = at(ask, gateway.url)

    assert found.failed == []
    tls = found.checks["tls"].detail
    assert "certificate of trustme" in tls
    assert f"valid for 40 more days, until {end:%Y-%m-%d}" in tls
    assert found.checks["product_sms"].ok is True


@pytest.mark.parametrize(("hours", "words"), [(50, "2 more days"), (-50, "certificate has expired")])
def test_a_certificate_at_its_end(
    ask: Run, serve: Serve, certificates: Certificates, hours: int, words: str
) -> None:
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=hours)
    gateway = serve(tls=certificates.context("127.0.0.1", not_after=end))
    gateway.otherwise = balance()

    found = at(ask, gateway.url)

    assert found.failed == ["tls"]
    assert words in found.checks["tls"].detail
    assert found.checks["tls"].hint


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("REQUESTS_CA_BUNDLE", "", "has no valid TLS certificate"),
        ("REQUESTS_CA_BUNDLE", "missing.pem", "names no usable certificates"),
    ],
)
def test_a_certificate_that_is_not_trusted(
    ask: Run, serve: Serve, certificates: Certificates, variable: str, value: str, words: str
) -> None:
    gateway = serve(tls=certificates.context("127.0.0.1"))

    found = at(ask, gateway.url, **{variable: value})

    assert found.failed == ["tls"]
    assert words in found.checks["tls"].detail
    assert found.checks["tls"].hint
    assert found.checks["product_sms"].detail == "not examined: see tls"
    assert gateway.received == []


def test_a_certificate_for_another_name(ask: Run, serve: Serve, certificates: Certificates) -> None:
    gateway = serve(tls=certificates.context("gateway.invalid"))

    found = at(ask, gateway.url)

    assert found.failed == ["tls"]
    assert found.checks["tls"].hint == "check base_url"


def test_a_gateway_without_tls(ask: Run, gateway: ScriptedGateway) -> None:
    found = at(ask, gateway.url.replace("http:", "https:"))

    assert found.failed == ["tls"]
    assert gateway.received == []


def test_a_gateway_that_never_shakes_hands(ask: Run, serve: Serve, profile: Configure) -> None:
    gateway = serve(on_connect=silent)
    profile(connect_timeout=0.2)

    found = at(ask, gateway.url.replace("http:", "https:"))

    assert found.failed == ["tls"]
    assert "within 0.2 s" in found.checks["tls"].detail


def test_plain_http_is_no_failure_and_has_a_hint(ask: Run, serve: Serve) -> None:
    proxy = serve()
    proxy.otherwise = balance()

    found = at(ask, "http://gateway.invalid", http_proxy=proxy.url)

    assert found.failed == []
    assert found.checks["tls"].ok is None
    assert "is not encrypted" in found.checks["tls"].detail
    assert found.checks["tls"].hint


def test_a_proxy_is_named_without_its_password(ask: Run, serve: Serve) -> None:
    proxy = serve()
    proxy.otherwise = balance()

    found = at(ask, "http://gateway.invalid", HTTP_PROXY=proxy.url.replace("://", "://user:hush-hush@"))

    assert found.checks["proxy"].ok is True
    assert found.checks["proxy"].detail.endswith(f"{proxy.url.removeprefix('http://')}, from HTTP_PROXY")
    assert found.checks["tcp"].detail.startswith("connected to the proxy 127.0.0.1:")
    assert "hush-hush" not in found.done.text + found.done.err


def test_a_proxy_that_cannot_be_used(ask: Run) -> None:
    found = at(ask, "http://gateway.invalid", http_proxy="socks5://user:hush-hush@127.0.0.1:1")

    assert found.failed == ["proxy"]
    assert found.checks["tcp"].detail == "not examined: see proxy"
    assert "hush-hush" not in found.done.text + found.done.err


def test_tls_through_a_proxy(ask: Run, serve: Serve, certificates: Certificates) -> None:
    behind = serve()
    behind.otherwise = balance()
    tls = certificates.context("gateway.invalid")
    proxy = serve(tunnel(behind, tls), tunnel(behind, tls))

    found = at(ask, "https://gateway.invalid", https_proxy=proxy.url)

    assert found.failed == []
    assert "certificate of trustme" in found.checks["tls"].detail
    assert [request.method for request in proxy.received] == ["CONNECT", "CONNECT"]
    assert found.checks["product_sms"].ok is True


def test_the_password_of_a_proxy_opens_the_tunnel(ask: Run, serve: Serve, certificates: Certificates) -> None:
    behind = serve()
    proxy = serve(tunnel(behind, certificates.context("gateway.invalid")))

    at(ask, "https://gateway.invalid", https_proxy=proxy.url.replace("://", "://user:hush-hush@"))

    assert proxy.received[0].headers["proxy-authorization"] == "Basic dXNlcjpodXNoLWh1c2g="


def test_a_proxy_that_refuses_the_tunnel(ask: Run, serve: Serve) -> None:
    proxy = serve(answer("", status=407))

    found = at(ask, "https://gateway.invalid", https_proxy=proxy.url)

    assert found.failed == ["tls"]
    assert "refused the tunnel: HTTP 407" in found.checks["tls"].detail
    assert "credentials in the proxy variable" in str(found.checks["tls"].hint)
