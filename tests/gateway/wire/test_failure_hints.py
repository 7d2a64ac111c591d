"""Hints for failures of the connection name what to change."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from tests.conftest import TOKEN, Done, Run
from tests.gateway.wire.conftest import Certificates, Serve
from tests.scripted_gateway import ScriptedGateway, answer

AGAIN = "run the same command again"


def balance(run: Run, url: str, **env: str) -> Done:
    given = {"KXSMS_ACCOUNT": "1", "KXSMS_TOKEN": TOKEN, "KXSMS_BASE_URL": url}
    return run("balance", env=given | env)


def hint(done: Done) -> str:
    return done.err.splitlines()[-1]


def test_an_authority_that_is_not_trusted(run: Run, serve: Serve, certificates: Certificates) -> None:
    gateway = serve(tls=certificates.context("127.0.0.1"))
    done = balance(run, gateway.url)
    assert "has no valid TLS certificate" in done.err
    assert "SSL_CERT_FILE or REQUESTS_CA_BUNDLE" in hint(done)


def test_a_certificate_for_another_name(run: Run, serve: Serve, certificates: Certificates) -> None:
    gateway = serve(tls=certificates.context("other.example"))
    done = balance(run, gateway.url, SSL_CERT_FILE=str(certificates.file))
    assert hint(done).startswith("hint: check base_url")


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_certificates_that_are_missing(run: Run, serve: Serve, variable: str) -> None:
    done = balance(run, serve().url.replace("http:", "https:"), **{variable: "/nowhere/ca.pem"})
    assert f"{variable} names no usable certificates: /nowhere/ca.pem" in done.err
    assert hint(done).startswith("hint: correct or unset that variable")


def test_a_bundle_without_certificates(run: Run, serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    done = balance(run, serve().url.replace("http:", "https:"), SSL_CERT_FILE=str(tmp_path / "ca.pem"))
    assert "SSL_CERT_FILE names no usable certificates" in done.err


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to name the file")
@pytest.mark.parametrize("form", ["{}", "/nowhere:{}"])
def test_a_directory_of_certificates_is_obeyed(
    run: Run, serve: Serve, certificates: Certificates, tmp_path: Path, form: str
) -> None:
    gateway = serve(tls=certificates.context("127.0.0.1"))
    gateway.otherwise = answer('{"Code":"0","Count":"5"}')
    command = ["openssl", "x509", "-hash", "-noout", "-in", str(certificates.file)]
    name = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    (tmp_path / "certs").mkdir()
    shutil.copy(certificates.file, tmp_path / "certs" / f"{name}.0")
    assert balance(run, gateway.url, SSL_CERT_DIR=form.format(tmp_path / "certs")).status == 0


def test_a_name_that_is_not_known(run: Run) -> None:
    done = balance(run, "https://gateway.invalid")
    assert "check the network, the proxy variables (such as HTTPS_PROXY) and base_url" in hint(done)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_wants_credentials(run: Run, serve: Serve, scheme: str) -> None:
    proxy = serve()
    proxy.otherwise = answer("", status=407)
    done = balance(run, f"{scheme}://gateway.invalid", all_proxy=proxy.url)
    assert "HTTP 407 Proxy Authentication Required" in done.err
    assert "check the credentials in the proxy variable" in hint(done)
    assert "base_url" not in hint(done)


def test_a_page_that_is_not_there(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = answer("", status=404)
    assert hint(balance(run, gateway.url)).startswith("hint: check base_url")


@pytest.mark.parametrize("status", [429, 502])
def test_a_failure_that_may_pass(run: Run, gateway: ScriptedGateway, status: int) -> None:
    gateway.otherwise = answer("", status=status)
    assert hint(balance(run, gateway.url)) == f"hint: {AGAIN}"


def test_openssl_reads_these_variables() -> None:
    """The names are those of OpenSSL itself."""
    paths = ssl.get_default_verify_paths()
    assert (paths.openssl_cafile_env, paths.openssl_capath_env) == ("SSL_CERT_FILE", "SSL_CERT_DIR")
