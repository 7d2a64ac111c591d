"""`-o raw-json` and `-o raw-xml`: the gateway's bytes, with a newline after each answer."""

import pytest

from tests.conftest import Run
from tests.gateway.wire.conftest import IN_TURN, TEXT, lines, numbers
from tests.scripted_gateway import ScriptedGateway, answer, close, zipped

COMMANDS = {
    "send": ("send", "13800000000", "-m", TEXT),
    "balance": ("balance",),
    "report": ("report",),
    "mo": ("mo",),
}
JSON = '{ "Code" : "0",\r\n "Message":"提交成功", "TaskId":"11", "Count":"7" }'
XML = '<?xml version="1.0"?>\r\n<Response>\n<Code>0</Code>\n<Count>7</Count><Message>提交成功</Message>'

# The bytes, and the exit status of send, of balance, and of report and mo.
BODIES: dict[str, tuple[bytes, int, int, int]] = {
    "json": (JSON.encode(), 0, 0, 0),
    "json-with-newline": (JSON.encode() + b"\n", 0, 0, 0),
    "json-bom": (b"\xef\xbb\xbf" + JSON.encode(), 0, 0, 0),
    "json-gb18030": (JSON.encode("gb18030"), 0, 0, 0),
    "xml": (XML.encode(), 0, 0, 0),
    "xml-gb18030": (XML.encode("gb18030"), 0, 0, 0),
    "refusal": ('{"Code":"-3","Message":"余额不足"}'.encode(), 3, 3, 3),
    "refusal-gb18030": ("<R><Code>-3</Code><Message>余额不足</Message></R>".encode("gb18030"), 3, 3, 3),
    "rubbish": (bytes(range(256)), 6, 5, 1),
    "page": (b"<html><title>x</title>\r\n</html>\r\n", 6, 5, 5),
    "escapes": (b'{"Code":"0","Message":"\x1b[31m[bold]","Count":"1"}', 6, 5, 1),
    "empty": (b"", 6, 5, 0),
}


@pytest.mark.parametrize("case", BODIES)
@pytest.mark.parametrize("command", ["send", "balance", "report"])
def test_the_bytes_of_an_answer(run: Run, gateway: ScriptedGateway, command: str, case: str) -> None:
    body, of_send, of_balance, of_records = BODIES[case]
    format = "raw-xml" if body.startswith(b"<") else "raw-json"
    gateway.script = [answer(body)]

    done = run(*COMMANDS[command], "-o", format)

    assert done.out == body + b"\n"
    assert done.status == {"send": of_send, "balance": of_balance}.get(command, of_records)
    assert bool(done.err) == bool(done.status)


@pytest.mark.parametrize("command", COMMANDS)
def test_gzip_is_unpacked(run: Run, gateway: ScriptedGateway, command: str) -> None:
    gateway.script = [zipped(JSON)]

    assert run(*COMMANDS[command], "-o", "raw-json").out == JSON.encode() + b"\n"


@pytest.mark.parametrize("status", [404, 502])
@pytest.mark.parametrize("command", COMMANDS)
def test_bytes_are_shown_whatever_the_http_status(
    run: Run, gateway: ScriptedGateway, command: str, status: int
) -> None:
    gateway.script = [answer(b"<html>\xd0\xc4</html>", status=status)]

    done = run(*COMMANDS[command], "-o", "raw-json")

    assert done.out == b"<html>\xd0\xc4</html>\n"
    assert done.status == (6 if command == "send" and status >= 500 else 5)


@pytest.mark.parametrize("command", COMMANDS)
def test_without_an_answer_there_are_no_bytes(run: Run, gateway: ScriptedGateway, command: str) -> None:
    gateway.script = [close]

    done = run(*COMMANDS[command], "-o", "raw-xml")

    assert done.status == (6 if command == "send" else 5)
    assert done.out == b""
    assert done.err.startswith("kxsms: error: ")


def test_each_answer_of_a_send(run: Run, gateway: ScriptedGateway) -> None:
    bodies = [JSON.encode("gb18030"), b'{"Code":"9"}\n', XML.encode()]
    gateway.script = [answer(body) for body in bodies]

    done = run("send", "--to-file", "-", *IN_TURN, "-m", TEXT, "-o", "raw-json", stdin=lines(numbers(5_001)))

    assert done.status == 3
    assert done.out == b"".join(body + b"\n" for body in bodies)


def test_each_answer_of_every_balance(run: Run, gateway: ScriptedGateway) -> None:
    bodies = [f'{{"Code":"0","Count":"{count}"}}'.encode() for count in range(4)]
    gateway.script = [answer(body) for body in bodies]

    done = run("balance", "--all", "-o", "raw-json")

    assert done.status == 0
    assert done.out == b"".join(body + b"\n" for body in bodies)
    assert [request.path.split("/")[1] for request in gateway.received] == ["SMS", "VIP", "Voice", "MMS"]
