"""The bytes of requests: what a profile changes in them, and what they must never contain."""

from pathlib import Path
from urllib.parse import unquote

import pytest

from kxsms import __version__
from tests.conftest import TOKEN, Run
from tests.gateway.wire.conftest import IN_TURN, TEXT, Configure, lines, numbers
from tests.scripted_gateway import ScriptedGateway, answer

COMMANDS = {
    "send": ("send", "13800000000", "-m", TEXT),
    "balance": ("balance",),
    "report": ("report",),
    "mo": ("mo",),
}
PATHS = {"send": "Send", "balance": "QueryBalance", "report": "QueryReport", "mo": "QueryMo"}
PRODUCTS = {"sms": "SMS", "vip": "VIP", "voice": "Voice", "mms": "MMS"}
BODY = '{"Code":"0","Message":"ok","Count":"1"}'


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("command", COMMANDS)
def test_post(run: Run, gateway: ScriptedGateway, command: str, product: str) -> None:
    gateway.otherwise = answer(BODY)

    assert run(*COMMANDS[command], "--product", product).status == 0

    (request,) = gateway.received
    assert request.method == "POST"
    assert request.target == f"/{PRODUCTS[product]}/{PATHS[command]}"
    assert request.headers["content-type"].startswith("application/x-www-form-urlencoded")
    text = {"mobile": "13800000000", "content": TEXT} if command == "send" else {}
    assert request.form == {"account": "12345", "token": TOKEN, "type": "0"} | text


@pytest.mark.parametrize("command", COMMANDS)
def test_get(run: Run, gateway: ScriptedGateway, profile: Configure, command: str) -> None:
    profile(method="GET")
    gateway.otherwise = answer(BODY)

    assert run(*COMMANDS[command]).status == 0

    (request,) = gateway.received
    assert request.method == "GET"
    assert request.path == f"/SMS/{PATHS[command]}"
    assert request.body == b""
    assert "content-type" not in request.headers
    assert request.form["account"] == "12345"
    assert request.form["token"] == TOKEN


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_text_is_encoded_once(run: Run, gateway: ScriptedGateway, profile: Configure, method: str) -> None:
    profile(method=method)
    text = "【科迅】a b&c=d+e%41%/\\?#;\"'<>\t🎉é"

    assert run("send", "13800000000", "-m", text).status == 0

    (request,) = gateway.received
    assert request.form["content"] == text
    wire = request.target if method == "GET" else request.body.decode("ascii")
    assert "%E3%80%90%E7%A7%91%E8%BF%85%E3%80%91" in wire
    assert "%25E3" not in wire


def test_get_keeps_urls_short(run: Run, gateway: ScriptedGateway, profile: Configure) -> None:
    profile(method="GET")
    mobiles = numbers(2_501)

    done = run("send", "--to-file", "-", *IN_TURN, "-m", TEXT, "-o", "json", stdin=lines(mobiles))

    assert done.status == 0
    assert done.json["accepted"] == 2_501
    assert done.json["requests"] == len(gateway.received) > 2
    assert [number for request in gateway.received for number in request.numbers] == mobiles
    assert all(len(gateway.url + request.target) < 2_000 for request in gateway.received)


@pytest.mark.parametrize(
    ("name", "output", "value"),
    [("type", "raw-xml", "1"), ("responseType", "table", "0"), ("responseType", "raw-xml", "1")],
)
@pytest.mark.parametrize("command", COMMANDS)
def test_format_parameter(
    run: Run, gateway: ScriptedGateway, profile: Configure, command: str, name: str, output: str, value: str
) -> None:
    profile(format_parameter=name)
    gateway.otherwise = answer(BODY)

    assert run(*COMMANDS[command], "-o", output).status == 0

    form = gateway.received[0].form
    assert {key: form[key] for key in ("type", "responseType") if key in form} == {name: value}


@pytest.mark.parametrize("command", ["report", "mo"])
@pytest.mark.parametrize("status", [200, 500])
def test_empty_codes(
    run: Run, gateway: ScriptedGateway, profile: Configure, command: str, status: int
) -> None:
    profile(empty_codes=["-7"])
    gateway.script = [
        answer('{"Code":"-7","Message":"没有数据"}', status=status),
        answer('{"Code":"-8","Message":"x"}', status=status),
    ]

    first, second = run(command, "-o", "json"), run(command)

    assert first.status == 0
    assert first.json == []
    assert second.status == 3


def test_an_empty_code_does_not_accept_a_send(run: Run, gateway: ScriptedGateway, profile: Configure) -> None:
    profile(empty_codes=["-7"])
    gateway.script = [answer('{"Code":"-7"}')]

    assert run("send", "13800000000", "-m", TEXT).status == 3


@pytest.mark.parametrize("command", COMMANDS)
def test_a_profiles_own_words_for_codes(
    run: Run, gateway: ScriptedGateway, profile: Configure, command: str
) -> None:
    profile(codes={"-3": "ring up sales"})
    gateway.script = [answer('{"Code":"-3","Message":"余额不足"}')]

    done = run(*COMMANDS[command])

    assert done.status == 3
    assert all(word in done.err for word in ("-3", "余额不足", "ring up sales"))


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("command", COMMANDS)
def test_headers(
    run: Run, gateway: ScriptedGateway, profile: Configure, home: Path, command: str, method: str
) -> None:
    netrc = home / ".netrc"
    netrc.write_text("machine 127.0.0.1 login spy password hush\ndefault login spy password hush\n")
    netrc.chmod(0o600)
    profile(method=method)
    gateway.otherwise = answer(BODY, headers={"Set-Cookie": "session=1; Path=/"})

    assert run(*COMMANDS[command], env={"NETRC": str(netrc)}).status == 0

    (request,) = gateway.received
    assert request.headers["user-agent"] == f"kxsms/{__version__}"
    assert request.headers["host"] == f"127.0.0.1:{gateway.port}"
    assert not {"authorization", "proxy-authorization", "cookie", "referer"} & set(request.headers)
    assert TOKEN not in unquote(str(request.headers))


def test_no_cookies(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = answer(headers={"Set-Cookie": "session=1; Path=/"})

    run("send", "--to-file", "-", *IN_TURN, "-m", TEXT, stdin=lines(numbers(2_501)))

    assert len(gateway.received) == 2
    assert not any("cookie" in request.headers for request in gateway.received)


def test_a_base_url_may_have_a_path(run: Run, gateway: ScriptedGateway) -> None:
    assert (
        run("send", "13800000000", "-m", TEXT, env={"KXSMS_BASE_URL": f"{gateway.url}/sms/v1/"}).status == 0
    )

    assert gateway.received[0].target == "/sms/v1/SMS/Send"
