"""The bytes of every answer, and the checks before a message is accepted."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from kxsms.domain.product import Operation
from kxsms.sandbox.behaviour import Refusal
from kxsms.sandbox.state import SandboxState
from tests.sandbox.conftest import CREDENTIALS, FORM, Client

NOTHING = b'{"Code":"0","Message":"\xe6\x9f\xa5\xe8\xaf\xa2\xe6\x88\x90\xe5\x8a\x9f","Reports":[]}'


def test_send_in_json_is_byte_for_byte_as_published(client: Client) -> None:
    assert client.send("13800000000") == '{"Code":"0","Message":"提交成功","TaskId":"1"}'.encode()


@pytest.mark.parametrize("wanted", ["1", "", "x"])
def test_send_in_xml_is_byte_for_byte_as_published(client: Client, wanted: str) -> None:
    assert (
        client.send("13800000000", type=wanted)
        == """<?xml version="1.0" encoding="utf-8"?>
<Response>
<Code>0</Code>
<Message>提交成功</Message>
<TaskId >1</TaskId >
</Response>""".encode()
    )


def test_answers_are_xml_by_default_and_json_by_response_type(client: Client) -> None:
    target = "/SMS/QueryBalance?account=sandbox&token=sandbox-token"
    plain = client.request("GET", target)
    assert plain.body == (
        b'<?xml version="1.0" encoding="utf-8"?>\n'
        b"<Response>\n<Code>0</Code>\n<Count>100000</Count>\n</Response>"
    )
    assert plain.headers["Content-Type"] == "text/xml; charset=utf-8"
    named = client.request("GET", target + "&responseType=0")
    assert named.body == b'{"Code":"0","Count":"100000"}'
    assert named.headers["Content-Type"] == "application/json; charset=utf-8"
    assert int(named.headers["Content-Length"]) == len(named.body)


@pytest.mark.parametrize("product", ["SMS", "VIP", "Voice", "MMS", "sMs", "VOICE"])
def test_paths_are_matched_in_any_case(client: Client, product: str) -> None:
    content = quote("【甲】a&b=c+d%e 😀")
    query = f"account=sandbox&token=sandbox-token&type=0&mobile=13800000000&content={content}"
    answer = client.request("GET", f"/{product}/sEND?{query}")
    assert json.loads(answer.body)["Code"] == "0"
    assert json.loads(client.reports(product))["Reports"][0]["Mobile"] == "13800000000"


def test_reports_are_written_in_json_and_xml(client: Client) -> None:
    client.send("13800000000,19900000002", extno="77")
    assert (
        client.reports()
        == (
            '{"Code":"0","Message":"查询成功","Reports":['
            '{"TaskId":"1","Mobile":"13800000000","Status":"DELIVRD",'
            '"ReportTime":"2026-11-22 10:00:00","ExtNo":"77"},'
            '{"TaskId":"1","Mobile":"19900000002","Status":"UNDELIV",'
            '"ReportTime":"2026-11-22 10:00:00","ExtNo":"77"}'
            "]}"
        ).encode()
    )
    client.send("13800000000")
    assert client.reports(type="1") == (
        b"<Response><Code>0</Code><Reports><Report><TaskId>2</TaskId><Mobile>13800000000</Mobile>"
        b"<Status>DELIVRD</Status><ReportTime>2026-11-22 10:00:00</ReportTime><ExtNo></ExtNo></Report>"
        b"</Reports></Response>"
    )
    assert client.reports(type="1") == b"<Response><Code>0</Code><Reports></Reports></Response>"


def test_replies_are_written_in_json_and_xml(client: Client, directory: Path) -> None:
    hostile = '<b>&"\r\n\x1b[31m\x00\ufffe]]>😀'
    state = SandboxState(directory, clock=client.clock)
    state.add_reply("13800000000", hostile)
    assert (
        client.replies()
        == (
            '{"Code":"0","Message":"查询成功","Replies":[{"Mobile":"13800000000",'
            '"Content":"<b>&\\"\\r\\n\\u001b[31m\\u0000\ufffe]]>😀",'
            '"MoTime":"2026-11-22 10:00:00","ExtNo":"","TaskId":""}]}'
        ).encode()
    )
    state.add_reply("13800000000", hostile)
    assert (
        client.replies(type="1")
        == (
            "<Response><Code>0</Code><Replies><Reply><Mobile>13800000000</Mobile>"
            '<Content>&lt;b&gt;&amp;"&#13;\n\ufffd[31m\ufffd\ufffd]]&gt;😀</Content>'
            "<MoTime>2026-11-22 10:00:00</MoTime><ExtNo></ExtNo><TaskId></TaskId>"
            "</Reply></Replies></Response>"
        ).encode()
    )


REFUSED = [
    (Refusal.NO_ACCOUNT, {"account": ""}),
    (Refusal.NO_TOKEN, {"token": ""}),
    (Refusal.WRONG_CREDENTIALS, {"account": "Sandbox"}),
    (Refusal.WRONG_CREDENTIALS, {"token": "sandbox-tokén"}),
    (Refusal.NO_MOBILE, {"mobile": ""}),
    (Refusal.NO_CONTENT, {"content": ""}),
    (Refusal.NO_CONTENT, {"content": " \n"}),
    (Refusal.TOO_MANY_NUMBERS, {"mobile": ",".join(["13800000000"] * 2501)}),
    (Refusal.TOO_LONG, {"content": "字" * 451}),
    (Refusal.BAD_NUMBER, {"mobile": "12800000000"}),
    (Refusal.BAD_NUMBER, {"mobile": "13800000000,1380000000"}),
    (Refusal.BAD_NUMBER, {"mobile": "13800000000,"}),
    (Refusal.BAD_NUMBER, {"mobile": "１３８００００００００"}),
    (Refusal.BY_MAGIC, {"mobile": "13800000000,19900000001"}),
]


@pytest.mark.parametrize(("refusal", "parameters"), REFUSED)
def test_an_invalid_send_is_refused_in_both_formats(
    client: Client, refusal: Refusal, parameters: dict[str, str]
) -> None:
    message = {"mobile": "13800000000", "content": "您好", **parameters}
    expected = f'{{"Code":"{refusal.code}","Message":"{refusal.message}"}}'.encode()
    assert client.post("/SMS/Send", **message) == expected
    assert (
        client.post("/SMS/Send", **message, type="1")
        == (
            '<?xml version="1.0" encoding="utf-8"?>\n<Response>\n'
            f"<Code>{refusal.code}</Code>\n<Message>{refusal.message}</Message>\n</Response>"
        ).encode()
    )
    assert client.reports() == NOTHING
    assert client.balance() == b'{"Code":"0","Count":"100000"}'


@pytest.mark.parametrize("type_", ["0", "1"])
@pytest.mark.parametrize("operation", Operation)
def test_every_operation_is_answered(client: Client, operation: Operation, type_: str) -> None:
    assert client.post(f"/SMS/{operation}", type=type_)


@pytest.mark.parametrize("operation", ["QueryBalance", "QueryReport", "QueryMo"])
def test_queries_check_the_credentials(client: Client, operation: str) -> None:
    body = client.post(f"/VIP/{operation}", token="wrong")
    assert body == b'{"Code":"9001","Message":"sandbox: wrong account or token"}'


def test_every_refusal_names_the_sandbox_and_has_its_own_code() -> None:
    assert all(refusal.message.startswith("sandbox: ") for refusal in Refusal)
    assert len({refusal.code for refusal in Refusal}) == len(Refusal)


def test_gb18030_and_encoded_surrogates_are_refused(client: Client) -> None:
    start = "account=sandbox&token=sandbox-token&type=0&mobile=13800000000&content="
    for content in (quote("您好", encoding="gb18030"), "%ED%A0%BD%ED%B8%80"):
        answer = client.request("POST", "/SMS/Send", (start + content).encode(), FORM)
        assert json.loads(answer.body)["Code"] == Refusal.NOT_UTF8.code


def test_the_largest_message_and_one_without_signature_are_accepted(client: Client) -> None:
    numbers = ",".join(["13800000000"] * 2500)
    assert json.loads(client.send(numbers, "字" * 450))["Code"] == "0"
    assert client.balance() == b'{"Code":"0","Count":"82500"}'  # 7 parts of 67 for each number


def test_a_body_of_another_content_type_has_no_parameters(client: Client) -> None:
    body = json.dumps({**CREDENTIALS}).encode()
    answer = client.request("POST", "/SMS/QueryBalance?type=0", body, {"Content-Type": "application/json"})
    assert json.loads(answer.body)["Code"] == Refusal.NO_ACCOUNT.code
