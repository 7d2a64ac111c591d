"""The token leaves in the request and appears nowhere else, even if the gateway repeats it."""

import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from tests.conftest import TOKEN, Done, Run
from tests.gateway.wire.conftest import TEXT, Configure
from tests.scripted_gateway import Act, ScriptedGateway, answer, close, half, raw, reset, silent

COMMANDS = {
    "send": ("send", "13800000000", "-m", TEXT, "--retries", "0"),
    "balance": ("balance",),
    "report": ("report",),
    "mo": ("mo",),
}
PART = "s3cret"
"""A part of the token that every spelling contains."""

SPELLINGS: dict[str, str] = {
    "plain": TOKEN,
    "url": quote_plus(TOKEN),
    "url-in-lower-case": quote_plus(TOKEN).replace("%2B", "%2b").replace("%2F", "%2f").replace("%3D", "%3d"),
    "url-but-slashes": quote(TOKEN),
    "html": TOKEN.replace("+", "&#43;").replace("/", "&#x2F;"),
}


def seen(done: Done) -> bool:
    return PART in done.out.decode("utf-8", "replace") + done.err


def check_masked(done: Done) -> None:
    assert not seen(done)
    assert "Traceback" not in done.err


@pytest.mark.parametrize(("method", "format"), [("POST", "table"), ("GET", "raw-xml"), ("GET", "json")])
@pytest.mark.parametrize("command", COMMANDS)
def test_the_trace_masks_the_token(
    run: Run, gateway: ScriptedGateway, profile: Configure, command: str, method: str, format: str
) -> None:
    profile(method=method)
    gateway.script = [answer('{"Code":"0","Message":"ok","Count":"1"}')]

    done = run(*COMMANDS[command], "-v", "-o", format)

    assert done.status == 0
    assert f"/SMS/{gateway.received[0].path.split('/')[-1]}" in done.err
    assert '"Code":"0"' in done.err
    check_masked(done)


FAILURES: dict[str, Act] = {
    "closed": close,
    "reset": reset,
    "half": half(),
    "silent": silent,
    "http-302": answer("", status=302, headers={"Location": "http://127.0.0.1:9/"}),
    "http-404": answer("", status=404),
    "http-502": answer("", status=502),
    "rubbish": answer("rubbish"),
    "no-http": raw(b"SSH-2.0\r\n"),
}


@pytest.mark.parametrize("case", FAILURES)
@pytest.mark.parametrize("options", [("-v",), ("-o", "json")])
def test_a_get_that_fails(
    run: Run,
    gateway: ScriptedGateway,
    profile: Configure,
    options: tuple[str, ...],
    case: str,
) -> None:
    profile(method="GET", read_timeout=0.1 if case == "silent" else 20)
    gateway.script = [FAILURES[case]]

    done = run(*COMMANDS["send"], *options)

    assert done.status in (5, 6)
    assert quote_plus(TOKEN) in gateway.received[0].target
    check_masked(done)


@pytest.mark.parametrize("url", ["http://gateway.invalid", "http://127.0.0.1:1", "https://127.0.0.1:1"])
@pytest.mark.parametrize("options", [("-v",), ("-o", "json")])
def test_a_get_that_cannot_connect(
    run: Run, gateway: ScriptedGateway, profile: Configure, options: tuple[str, ...], url: str
) -> None:
    profile(method="GET")

    done = run(*COMMANDS["send"], *options, env={"KXSMS_BASE_URL": url})

    assert done.status == 5
    check_masked(done)


@pytest.mark.parametrize(
    "proxy", ["http://127.0.0.1:1", "http://proxy.invalid:1", "socks5://127.0.0.1:1", "x"]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_get_that_reaches_no_proxy(
    run: Run, gateway: ScriptedGateway, profile: Configure, scheme: str, proxy: str
) -> None:
    profile(method="GET")

    env = {"KXSMS_BASE_URL": f"{scheme}://gateway.invalid", "all_proxy": proxy}
    done = run(*COMMANDS["send"], "-v", env=env)

    assert done.status == 5
    check_masked(done)


def refusal_of(token: str) -> Act:
    return answer(f'{{"Code":"-1","Message":"bad token {token}"}}')


def slashed(token: str) -> Act:
    """Write JSON as PHP does."""
    return refusal_of(token.replace("/", "\\/"))


def escaped(token: str) -> Act:
    """Write JSON as .NET does."""
    return refusal_of(token.replace("+", "\\u002B"))


def xml(token: str) -> Act:
    return answer(f"<Response><Code>-1</Code><Message>bad token {token}</Message></Response>")


def gb18030(token: str) -> Act:
    return answer(
        json.dumps({"Code": "-1", "Message": f"错误 {token}"}, ensure_ascii=False).encode("gb18030")
    )


def utf16(token: str) -> Act:
    return answer(json.dumps({"Code": "-1", "Message": f"bad token {token}"}).encode("utf-16"))


def wrapped(token: str) -> Act:
    """Pack JSON into a JSON string, as some .NET services do."""
    return answer(json.dumps(json.dumps({"Code": "-1", "Message": token}).replace("+", "\\u002B")))


def page(token: str) -> Act:
    return answer(f"<html><title>GET /SMS/Send?token={token}</title></html>", status=502)


def rubbish(token: str) -> Act:
    return answer(f"no such page: /?token={token}")


def cut(token: str) -> Act:
    """Place the token so that a message of 60 characters would show a part of it."""
    return answer(f"{'x' * 48} {token}")


def long(token: str) -> Act:
    """Place the token so that a trace of 2,000 characters would show a part of it."""
    return answer("x" * 1_990 + token)


def content_type(token: str) -> Act:
    return answer("{}", status=500, content_type=f"text/plain; x={token}")


def location(token: str) -> Act:
    return answer("", status=302, headers={"Location": f"/login?token={token}"})


def status_line(token: str) -> Act:
    """Act like a server that sends back the bytes it gets."""
    return raw(f"GET /SMS/Send?account=12345&token={token} HTTP/1.1\r\n\r\n".encode())


ECHOES = [
    refusal_of,
    slashed,
    escaped,
    xml,
    gb18030,
    utf16,
    wrapped,
    page,
    rubbish,
    cut,
    long,
    content_type,
    location,
    status_line,
]


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize(
    ("command", "options"),
    [("send", ("-o", "json")), ("balance", ()), ("report", ("-v",))],
)
def test_a_token_in_the_answer_is_masked(
    run: Run,
    gateway: ScriptedGateway,
    command: str,
    options: tuple[str, ...],
    echo: Callable[[str], Act],
) -> None:
    gateway.script = [echo(TOKEN)]

    done = run(*COMMANDS[command], *options)

    assert done.status in (1, 3, 5, 6)
    check_masked(done)


@pytest.mark.parametrize("echo", [page, rubbish, status_line])
@pytest.mark.parametrize("options", [(), ("-o", "json")])
def test_a_url_with_the_token_in_the_answer_is_masked(
    run: Run,
    gateway: ScriptedGateway,
    profile: Configure,
    options: tuple[str, ...],
    echo: Callable[[str], Act],
) -> None:
    profile(method="GET")
    gateway.script = [echo(quote_plus(TOKEN))]

    done = run(*COMMANDS["send"], *options)

    assert done.status in (3, 5, 6)
    check_masked(done)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_trace_masks_a_token_in_the_answer(run: Run, gateway: ScriptedGateway, spelling: str) -> None:
    gateway.script = [answer(f'{{"Code":"0","Seen":"{SPELLINGS[spelling]}","TaskId":"1"}}')]

    done = run(*COMMANDS["send"], "-v")

    assert done.status == 0
    check_masked(done)
