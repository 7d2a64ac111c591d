"""The gateway's answers in every known spelling, and bytes that are no answer."""

from dataclasses import dataclass

import pytest

from kxsms.domain.records import FIELD_NAMES
from kxsms.gateway.answers import HttpAnswer, read_answer
from kxsms.gateway.fields import find
from kxsms.gateway.tree import Empty, Unreadable, read_tree

LONG = "9" * 1_000

JSON_AS_PUBLISHED = '{"Code":"0","Message":"提交成功","TaskId":"11"}'
XML_AS_PUBLISHED = """<?xml version="1.0" encoding="utf-8"?>
<Response>
<Code>0</Code>
<Message>提交成功</Message>
<TaskId >11</TaskId >
</Response>"""
XML_WITHOUT_ITS_LAST_TAG = XML_AS_PUBLISHED.removesuffix("</Response>")


@dataclass(frozen=True)
class Said:
    """The fields that kxsms uses of an answer to Send or QueryBalance."""

    code: str
    message: str | None
    task_id: str | None
    count: str | None


def answer(body: str | bytes, content_type: str = "text/html") -> Said:
    read = read_answer(HttpAnswer(200, content_type, body if isinstance(body, bytes) else body.encode()))
    task_id, count = (find(read.fields, names) for names in (FIELD_NAMES["task"], ("count",)))
    return Said(read.code, read.message, task_id, count)


@pytest.mark.parametrize(
    "body",
    [
        JSON_AS_PUBLISHED,
        XML_AS_PUBLISHED,
        XML_WITHOUT_ITS_LAST_TAG,
        XML_WITHOUT_ITS_LAST_TAG.rstrip(),
        XML_AS_PUBLISHED.replace("\n", ""),
        '{"code": 0, "Message": "提交成功", "TaskId": 11}',
        '{"CODE":"0","MESSAGE":"提交成功","TASKID":"11"}',
        '{"code":"0","message":"提交成功","taskid":"11"}',
        '{"Code":"0","Message":"提交成功","SMSId":"11"}',
        '{"code":0,"message":"提交成功","smsid":11}',
        '{"Code":"0","Message":"提交成功","TaskId":null,"SMSId":"11"}',
        '\n {"TaskId" : "11",\r\n\t"Message" : "提交成功", "Code" : "0"} \n',
        '{"Code":" 0 ","Message":" 提交成功 ","TaskId":" 11 "}',
        r'{"Code":"0","Message":"\u63d0\u4ea4\u6210\u529f","TaskId":"11"}',
        '{"Response":{"Code":"0","Message":"提交成功","TaskId":"11"}}',
        '[{"Code":"0","Message":"提交成功","TaskId":"11"}]',
        '{"Code":"0","Code":"0","Message":"提交成功","TaskId":"11"}',
        '{"Code":"0","code":0,"Message":"提交成功","TaskId":"11"}',
        '{"Code":"0","Message":"提交成功","TaskId":"11","Balance":1.50,"Items":[],"Sub":{"a":null}}',
        '"{\\"Code\\":\\"0\\",\\"Message\\":\\"提交成功\\",\\"TaskId\\":\\"11\\"}"',
        '<string xmlns="http://tempuri.org/">{"Code":"0","Message":"提交成功","TaskId":"11"}</string>',
        "<response><code>0</code><message>提交成功</message><taskid>11</taskid></response>",
        "<Response><Code>0</Code><Message>提交成功</Message><SMSId>11</SMSId></Response>",
        "<Response ><Code >0</Code ><Message\n>提交成功</Message><TaskId\t>11</TaskId ></Response >",
        "<Response><Code> 0 </Code><Message>\n提交成功\n</Message><TaskId>11\n</TaskId></Response>",
        "<Response><Code>0</Code><Message><![CDATA[提交成功]]></Message><TaskId>11</TaskId></Response>",
        '<Response Code="0" Message="提交成功" TaskId="11"/>',
        '<Response xmlns="http://kx-ytx.com/"><Code>0</Code><Message>提交成功</Message><TaskId>11</TaskId></Response>',
        '<r:Response xmlns:r="urn:x"><r:Code>0</r:Code><r:Message>提交成功</r:Message>'
        "<r:TaskId>11</r:TaskId></r:Response>",
        "<!-- ok --><Response><Code>0</Code><Message>提交成功</Message><TaskId>11</TaskId></Response>",
        "<Response><Code>&#48;</Code><Message>提交&#x6210;功</Message><TaskId>11</TaskId></Response>",
    ],
)
def test_every_spelling_is_the_same_answer(body: str) -> None:
    assert answer(body) == Said("0", "提交成功", "11", None)


@pytest.mark.parametrize("text", [JSON_AS_PUBLISHED, XML_AS_PUBLISHED, XML_WITHOUT_ITS_LAST_TAG])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_the_bytes_of_an_answer_decide_and_not_its_content_type(text: str, encoding: str) -> None:
    for content_type in ("", "text/html; charset=iso-8859-1", "application/json", "application/xml"):
        assert answer(text.encode(encoding), content_type) == Said("0", "提交成功", "11", None)


@pytest.mark.parametrize("declared", ["utf-8", "UTF-16", "gb2312", "GBK", "iso-8859-1", "no-such-thing"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_xml_that_declares_a_wrong_encoding_is_read(declared: str, encoding: str) -> None:
    text = XML_AS_PUBLISHED.replace("utf-8", declared)
    assert answer(text.encode(encoding)) == Said("0", "提交成功", "11", None)


@pytest.mark.parametrize("code", ["-1", "1", "10", "00", "1.5", LONG, "9" * 5_000, "ERR", "失败", "true"])
def test_a_code_may_be_any_text(code: str) -> None:
    assert answer(f'{{"Code":"{code}","Message":"x"}}') == Said(code, "x", None, None)
    assert answer(f"<R><Code>{code}</Code><Message>x</Message></R>") == Said(code, "x", None, None)


@pytest.mark.parametrize("number", ["-1", "1.50", "1E400", "12345678901234567890.10", LONG, "9" * 5_000])
def test_bare_numbers_of_any_length_keep_every_digit(number: str) -> None:
    read = answer(f'{{"Code":{number},"TaskId":{number},"Count":{number}}}')
    assert read == Said(number, None, number, number)


@pytest.mark.parametrize(
    "body",
    [
        '{"Code":"0","Count":"0"}',
        '{"code":0,"count":0}',
        "<Response><Code>0</Code><Count>0</Count></Response>",
        "<Response><Code>0</Code><Count >0</Count >",
    ],
)
def test_a_balance_may_be_0(body: str) -> None:
    assert answer(body) == Said("0", None, None, "0")


@pytest.mark.parametrize(
    "body",
    [
        '{"Code":"0","Code":"1"}',
        '{"Code":"1","Code":"0"}',
        '{"Code":"0","code":"1"}',
        '{"Code":0,"Code":null}',
        '{"code":"0","Code":"0","Code":"1"}',
        '{"Code":["0","1"],"code":"0"}',
        '<R code="0"><Code>0</Code><Code>1</Code></R>',
        "<R><Code>0</Code><Code>1</Code></R>",
        '<R Code="1"><Code>0</Code></R>',
        '[{"Code":"0"},{"Code":"1"}]',
    ],
)
def test_an_answer_with_two_codes_is_unreadable(body: str) -> None:
    with pytest.raises(Unreadable):
        answer(body)


@pytest.mark.parametrize("body", [b"", b" \r\n\t", b"\0\0", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
def test_an_empty_body_is_called_empty(body: bytes) -> None:
    with pytest.raises(Empty, match="empty"):
        read_tree(body)


@pytest.mark.parametrize(
    "body",
    [
        "<html><head><title>502 Bad Gateway</title></head><body></body></html>",
        "<!DOCTYPE html>\n<html lang=zh><title>502 Bad Gateway</title><p>x",
        "<!doctype HTML PUBLIC '-//IETF//DTD HTML 2.0//EN'><HTML><TITLE>502 Bad Gateway</TITLE>",
        "\r\n<!-- a --><!-- b -->\n<HTML><BODY><H1>502 Bad Gateway</H1></BODY></HTML>",
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" '
        '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\n'
        "<html><head><title>502 Bad Gateway</title></head><body/></html>",
    ],
)
def test_an_html_page_is_named_with_its_title(body: str) -> None:
    with pytest.raises(Unreadable, match=r"HTML.*502 Bad Gateway"):
        answer(body)


@pytest.mark.parametrize(
    "body",
    [
        "<html><body><code>0</code></body></html>",
        "<!DOCTYPE html><html><body><code>0</code></body></html>",
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><code>0</code></body></html>',
    ],
)
def test_a_code_in_an_html_page_is_not_the_gateways_code(body: str) -> None:
    with pytest.raises(Unreadable, match="HTML"):
        answer(body)


@pytest.mark.parametrize(
    "body",
    [
        '<!DOCTYPE r [<!ENTITY c "0">]><r><Code>&c;</Code></r>',
        '<!DOCTYPE r [<!ENTITY c SYSTEM "file:///etc/passwd">]><r><Code>0</Code><Message>&c;</Message></r>',
        '<?xml version="1.0"?><!DOCTYPE r SYSTEM "http://127.0.0.1/x.dtd"><r><Code>0</Code></r>',
        '<!DOCTYPE r [<!ENTITY a "a"><!ENTITY b "&a;&a;">]><r><Code>0</Code>',
    ],
)
def test_xml_with_a_dtd_is_unreadable(body: str) -> None:
    with pytest.raises(Unreadable, match="DTD"):
        answer(body)


@pytest.mark.parametrize(
    "body",
    [
        b"OK",
        b"0",
        b"null",
        b"true",
        b'"0"',
        b"[]",
        b"{}",
        b"[[]]",
        b"NaN",
        b"{",
        b'{"Code":"0"',
        b'{"Code":"0","Message":"',
        b'{"Code":"0"}{"Code":"0"}',
        b"{'Code':'0'}",
        b'callback({"Code":"0"})',
        b'{"Code":""}',
        b'{"Code":" "}',
        b'{"Code":null}',
        b'{"Code":[]}',
        b'{"Code":{}}',
        b'{"Code":{"a":"0"}}',
        b'{"Message":"ok"}',
        b'{"ErrorCode":"0"}',
        b"<",
        b"<>",
        b"<Response",
        b"<Response/>",
        b"<Response><Code/></Response>",
        b"<Response><Code>0",
        b"<Response><Code>0</Response>",
        b"<Response><Code>0</Code></Respon",
        b"<Response><Code>0</Code><Message>a & b</Message></Response>",
        b"<Response><Message>x</Message></Response>",
        b"<Response><Code>0</Code></Response><Response><Code>0</Code></Response>",
        b"\xff\xfe\xfd",
        b"\x1f\x8b\x08\x00\x00\xff",
        b"Code: 0",
    ],
)
def test_rubbish_is_unreadable_and_is_named(body: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        answer(body)
    assert 0 < len(str(caught.value)) < 200


def test_nan_as_the_code_is_never_a_success() -> None:
    assert answer('{"Code":"0","Message":NaN,"TaskId":Infinity}') == Said("0", "NaN", "Infinity", None)
    try:
        code = answer('{"Code":NaN}').code
    except Unreadable:
        return
    assert code != "0"


def test_the_repr_of_an_answer_does_not_show_its_body() -> None:
    assert "secret" not in repr(HttpAnswer(200, "text/plain", b"secret"))
