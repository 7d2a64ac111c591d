"""The address of a gateway: a bare host is completed, and the URL of an operation is refused."""

import pytest

from kxsms.config.values import InvalidValue, check_base_url
from tests.conftest import TOKEN, Run

COMPLETED = {
    "apis.kx-ytx.com": "https://apis.kx-ytx.com",
    "apis.kx-ytx.com/": "https://apis.kx-ytx.com",
    "Apis.KX-ytx.com:8443/api": "https://Apis.KX-ytx.com:8443/api",
    "gateway:8443": "https://gateway:8443",
    "localhost": "https://localhost",
    "127.0.0.1:9000": "https://127.0.0.1:9000",
    "[::1]:9000": "https://[::1]:9000",
    "网关.example": "https://网关.example",
    "HTTP://a.example": "http://a.example",
}
OPERATIONS = {
    "https://a.example/SMS/Send": "https://a.example",
    "https://a.example/sms/send/": "https://a.example",
    "https://a.example/api/VIP/QueryReport": "https://a.example/api",
    "http://a.example:81/Voice/QueryBalance": "http://a.example:81",
    "https://a.example/SMS/Send?account=1": "https://a.example",
    "https://a.example/api/QueryMo": "https://a.example/api",
    "a.example/MMS/QueryMo": "https://a.example",
}


@pytest.mark.parametrize("given", COMPLETED)
def test_a_bare_host_is_completed(given: str) -> None:
    assert check_base_url(given) == COMPLETED[given]


@pytest.mark.parametrize(
    "given", ["nonsense", "ftp://a.example", "https:", "http:80", "mailto:a", "a b.c", ""]
)
def test_anything_else_is_refused(given: str) -> None:
    with pytest.raises(InvalidValue, match="must be a URL"):
        check_base_url(given)


@pytest.mark.parametrize("given", OPERATIONS)
def test_the_url_of_an_operation_is_refused_with_the_right_one(given: str) -> None:
    with pytest.raises(InvalidValue, match="must not end in") as caught:
        check_base_url(given)
    assert caught.value.hint == f"use {OPERATIONS[given]}"


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (("balance",), 4),
        (("login", "--no-verify", "--token-stdin", "--account", "1", "--base-url"), 2),
        (("config", "set", "base_url"), 2),
    ],
)
def test_the_hint_is_shown(run: Run, command: tuple[str, ...], status: int) -> None:
    url = "https://a.example/SMS/Send"
    arguments = command if command == ("balance",) else (*command, url)
    env = {"KXSMS_ACCOUNT": "1", "KXSMS_TOKEN": TOKEN, "KXSMS_BASE_URL": url}
    done = run(*arguments, env=env, stdin=b"t")
    assert done.status == status
    assert done.err.splitlines()[-1] == "hint: use https://a.example"
