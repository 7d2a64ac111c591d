"""`kxsms login` and `logout`: the products they try, the config they write, and their errors."""

import os
import socket
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import TOKEN, Run
from tests.scripted_gateway import Act, ScriptedGateway, answer
from tests.terminal import PROGRAMS, on_terminal

GOOD = answer('{"Code":"0","Count":"42"}')
BAD = answer('{"Code":"-3","Message":"账号错误"}')


@pytest.fixture(autouse=True)
def no_credentials_in_environment(gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the credentials that the fixture `gateway` puts into the environment."""
    for name in ("KXSMS_ACCOUNT", "KXSMS_TOKEN", "KXSMS_BASE_URL"):
        monkeypatch.delenv(name)


def stored(home: Path) -> dict[str, Any]:
    """Return the config as it is on disk."""
    return tomllib.loads((home / "config.toml").read_text("utf-8"))


def log_in(run: Run, url: str, *more: str) -> Any:
    """Run `kxsms login` with account 1 and the token on stdin."""
    return run(
        "login", "--account", "1", "--token-stdin", "--base-url", url, *more, stdin=TOKEN.encode() + b"\n"
    )


def test_login_stores_the_product_that_answers(run: Run, gateway: ScriptedGateway, home: Path) -> None:
    gateway.script = [BAD, GOOD, BAD, BAD]
    done = log_in(run, gateway.url, "--signature", "科迅云通讯", "-o", "json")
    assert done.status == 0
    assert done.json == {
        "profile": "default",
        "account": "1",
        "product": "vip",
        "count": 42,
        "config": str(home / "config.toml"),
    }
    assert [received.path for received in gateway.received] == [
        f"/{product}/QueryBalance" for product in ("SMS", "VIP", "Voice", "MMS")
    ]
    assert stored(home) == {
        "default_profile": "default",
        "profiles": {
            "default": {
                "account": "1",
                "base_url": gateway.url,
                "signature": "科迅云通讯",
                "token": TOKEN,
                "product": "vip",
            }
        },
    }


def test_several_products_off_a_terminal_need_the_option(
    run: Run, gateway: ScriptedGateway, home: Path
) -> None:
    gateway.script = [GOOD, GOOD, BAD, BAD]
    done = log_in(run, gateway.url)
    assert done.status == 2
    assert "sms (42 left), vip (42 left)" in done.err
    assert "hint: use --product" in done.err
    assert stored(home) == {}
    gateway.script = [GOOD]
    assert log_in(run, gateway.url, "--product", "vip").status == 0
    assert gateway.received[-1].path == "/VIP/QueryBalance"
    assert stored(home)["profiles"]["default"]["product"] == "vip"


@pytest.mark.parametrize(
    ("act", "status", "words"),
    [
        (BAD, 3, "code -3 “账号错误”"),
        (answer("<html><title>Welcome</title></html>"), 5, "an HTML page, “Welcome”"),
    ],
)
def test_login_stores_nothing_if_no_product_answers(
    run: Run, gateway: ScriptedGateway, home: Path, act: Act, status: int, words: str
) -> None:
    gateway.otherwise = act
    done = log_in(run, gateway.url)
    assert done.status == status
    assert words in done.err
    assert "nothing was stored" in done.err
    assert TOKEN not in done.err
    assert stored(home) == {}


def test_a_gateway_without_https_gets_a_hint_that_names_the_risk(
    run: Run, gateway: ScriptedGateway, home: Path
) -> None:
    done = log_in(run, gateway.url.replace("http://", "https://"))
    assert done.status == 5
    assert "no TLS connection" in done.err
    assert f"--base-url {gateway.url}" in done.err
    assert "anyone on the network path can read account, token and texts" in done.err
    assert gateway.received == []
    assert stored(home) == {}


def test_plain_http_gets_a_warning_except_on_loopback(run: Run, gateway: ScriptedGateway) -> None:
    assert "not encrypted" not in log_in(run, gateway.url, "--no-verify").err
    done = log_in(run, "http://gateway.invalid", "--no-verify")
    assert done.status == 0
    assert "http://gateway.invalid is not encrypted" in done.err


def test_no_verify_stores_the_profile_without_asking_the_gateway(
    run: Run, gateway: ScriptedGateway, home: Path
) -> None:
    assert log_in(run, gateway.url, "--no-verify", "-p", "later").status == 0
    assert gateway.received == []
    assert stored(home)["profiles"]["later"]["token"] == TOKEN
    assert stored(home)["default_profile"] == "later"


def test_the_token_can_come_from_the_environment(run: Run, gateway: ScriptedGateway, home: Path) -> None:
    gateway.script = [GOOD, BAD, BAD, BAD]
    env = {"KXSMS_TOKEN": TOKEN, "KXSMS_ACCOUNT": "7", "KXSMS_BASE_URL": gateway.url}
    assert run("login", env=env).status == 0
    assert stored(home)["profiles"]["default"]["account"] == "7"
    assert stored(home)["profiles"]["default"]["token"] == TOKEN


def test_a_second_login_keeps_the_other_keys_of_the_profile(
    run: Run, gateway: ScriptedGateway, home: Path
) -> None:
    (home / "config.toml").write_text(
        f"""default_profile = "prod"
[profiles.prod]
account = "old"
token_command = "false"
base_url = "{gateway.url}"
rate = 5
""",
        "utf-8",
    )
    gateway.script = [GOOD, BAD, BAD, BAD]
    assert run("login", "--account", "new", "--token-stdin", stdin=TOKEN.encode()).status == 0
    assert stored(home)["profiles"]["prod"] == {
        "account": "new",
        "token": TOKEN,
        "base_url": gateway.url,
        "rate": 5,
        "product": "sms",
    }


@pytest.mark.parametrize(
    ("arguments", "option"),
    [((), "--account"), (("--account", "1"), "--token-stdin")],
    ids=["account", "token"],
)
def test_a_question_off_a_terminal_names_the_option(
    run: Run, arguments: tuple[str, ...], option: str
) -> None:
    done = run("login", *arguments)
    assert done.status == 2
    assert f"hint: use {option}" in done.err


def test_there_is_no_option_for_the_token(run: Run) -> None:
    done = run("login", "--token", TOKEN)
    assert done.status == 2
    assert "kxsms login has no option --token" in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--base-url", "nonsense"), "base_url cannot be 'nonsense': it must be a URL"),
        (("--signature", "【】"), "is not a valid signature"),
        (("-p", "a b"), "is not a valid profile name"),
        (("--sandbox",), "the sandbox needs no login"),
        (("-o", "raw-xml"), "no raw-xml output"),
    ],
)
def test_an_invalid_option_is_named_and_nothing_is_stored(
    run: Run, home: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = run("login", "--account", "1", "--token-stdin", *arguments, stdin=b"t")
    assert done.status == 2
    assert words in done.err
    assert stored(home) == {}


def test_logout_removes_the_credentials_and_an_empty_profile(run: Run, home: Path) -> None:
    (home / "config.toml").write_text(
        """default_profile = "a"
[profiles.a]
account = "1"
token = "t"
product = "sms"
[profiles.b]
account = "2"
token = "t"
signature = "科迅"
""",
        "utf-8",
    )
    assert run("logout").status == 0
    assert run("logout", "-p", "b").status == 0
    assert stored(home) == {"profiles": {"b": {"signature": "科迅"}}}
    assert run("logout").status == 4
    again = run("logout", "-p", "b")
    assert again.status == 4
    assert "profile 'b' is not logged in" in again.err


@pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal")
def test_on_a_terminal_login_asks_for_the_token_and_does_not_show_it(
    gateway: ScriptedGateway, home: Path
) -> None:
    gateway.script, gateway.balance = [GOOD, GOOD, BAD, BAD], None
    status, shown = on_terminal(
        [str(PROGRAMS / "kxsms"), "login", "--base-url", gateway.url],
        answers=["12345", TOKEN, "vip"],
        cwd=home,
    )
    assert status == 0, shown
    assert "Account: " in shown
    assert "Token: " in shown
    assert TOKEN not in shown
    assert "sms (42 left), vip (42 left). Which one: " in shown
    assert stored(home)["profiles"]["default"]["token"] == TOKEN
    assert stored(home)["profiles"]["default"]["product"] == "vip"
    assert gateway.received[0].form["account"] == "12345"


def test_login_stores_nothing_if_the_gateway_refuses_the_connection(run: Run, home: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        done = log_in(run, f"http://127.0.0.1:{free.getsockname()[1]}")
    assert done.status == 5
    assert "refused the connection" in done.err
    assert stored(home) == {}
