"""The credentials of a proxy go to the proxy alone: no output and no ledger has a part of them."""

from pathlib import Path

import pytest

from tests.conftest import TOKEN, Run
from tests.gateway.wire.conftest import TEXT, Serve
from tests.scripted_gateway import answer

PROXIES = {
    "hash": "http://zuser:zpass#zword@zhost",
    "slash": "http://zuser:zpass/zword@127.0.0.1:1",
    "query": "http://zuser:zpass?zword@127.0.0.1:1",
    "at": "http://zuser:zpass@zword@127.0.0.1:1",
    "bracket": "http://zuser:zpass[zword@127.0.0.1:1",
    "digits": "http://zuser:123/zword@127.0.0.1:1",
    "port": "http://zuser:zpassword@127.0.0.1:99999",
    "no port": "http://zuser:zpassword@127.0.0.1:zport",
    "empty": "http://zuser:@127.0.0.1:1",
    "no password": "http://zpassword@127.0.0.1:1",
    "no scheme": "zuser:zpass#zword@127.0.0.1:1",
    "socks": "socks5://zuser:zpassword@127.0.0.1:1",
    "ftp": "ftp://zuser:zpassword@127.0.0.1:1",
    "line": "http://zuser:zpass\nzword@127.0.0.1:1",
    "chinese": "http://zuser:z密码@127.0.0.1:1",
    "refused": "http://zuser:zpassword@127.0.0.1:1",
}
HOLDS = ("zuser", "zpass", "zword", "z密码", "zhost", "zport", "99999")
UNUSABLE = set(PROXIES) - {"empty", "no password", "refused"}


def environment(scheme: str, **variables: str) -> dict[str, str]:
    base = {"KXSMS_ACCOUNT": "12345", "KXSMS_TOKEN": TOKEN, "KXSMS_BASE_URL": f"{scheme}://gateway.invalid"}
    return base | variables


def parts_in(text: str) -> list[str]:
    return [part for part in HOLDS if part in text]


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("case", PROXIES)
def test_no_output_and_no_ledger_has_them(run: Run, tmp_path: Path, case: str, scheme: str) -> None:
    env = environment(scheme, all_proxy=PROXIES[case])
    send = ("send", "13800000000", "-m", TEXT, "--retries", "0")

    sent = run(*send, "-o", "json", "-v", env=env)
    batch = sent.json["batch"]
    others = [run(*send, env=env), run("balance", "-v", env=env), run("report", "-o", "json", env=env)]
    others += [run("batch", command, batch) for command in ("show", "export")]

    assert sent.status == 5
    for done in (sent, *others):
        assert parts_in(done.text + done.err) == []
    for file in (tmp_path / "state").iterdir():
        assert [part for part in HOLDS if part.encode() in file.read_bytes()] == []


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_an_unusable_proxy_is_named_by_its_variable(run: Run, variable: str) -> None:
    done = run("balance", env=environment("http", **{variable: PROXIES["hash"]}))
    assert f"error: {variable} names no valid HTTP proxy" in done.err


@pytest.mark.parametrize("case", sorted(UNUSABLE))
def test_an_unusable_proxy_has_a_hint(run: Run, case: str) -> None:
    done = run("balance", env=environment("https", HTTPS_PROXY=PROXIES[case]))
    assert "hint: use the form" in done.err or "hint: unset that variable, or name an http://" in done.err


@pytest.mark.parametrize("echo", ["zuser:zpassword", "zpassword", "enVzZXI6enBhc3N3b3Jk", "{t}"])
def test_a_proxy_that_repeats_them(run: Run, serve: Serve, tmp_path: Path, echo: str) -> None:
    proxy = serve()
    proxy.otherwise = answer(f'{{"Code":"-1","Message":"not {echo}"}}')
    env = environment("http", http_proxy=proxy.url.replace("//", "//zuser:zpassword@"))
    encoded = "enVzZXI6enBhc3N3b3Jk"

    done = run("send", "13800000000", "-m", TEXT, "-v", "-o", "json", env=env)

    assert proxy.received[0].headers["proxy-authorization"] == f"Basic {encoded}"
    assert parts_in(done.text + done.err) == []
    assert encoded not in done.text + done.err
    assert b"zpassword" not in (tmp_path / "state" / "ledger.sqlite3").read_bytes()


def test_the_credentials_of_a_base_url_are_masked(run: Run) -> None:
    env = environment("https") | {"KXSMS_BASE_URL": "https://zuser:zpass#zword@gateway.invalid"}
    done = run("balance", env=env)
    assert done.status == 4
    assert parts_in(done.err) == []


def test_the_credentials_of_a_base_url_in_the_config_are_masked(run: Run, home: Path) -> None:
    line = 'default_profile = "p"\n[profiles.p]\nbase_url = "https://zuser:zpass@gateway.invalid"\n'
    (home / "config.toml").write_text(line, "utf-8")
    for command in (("config", "show"), ("config", "get", "base_url"), ("balance",)):
        done = run(*command)
        assert parts_in(done.text + done.err) == []
