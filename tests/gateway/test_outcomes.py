"""The outcome of a Send for each HTTP status and body."""

import pytest

from kxsms.domain.outcome import Accepted, NotSent, Rejected, Unknown
from kxsms.gateway.answers import HttpAnswer, read_outcome

ANYTHING = [200, 201, 204, 301, 302, 303, 304, 307, 308, 400, 401, 404, 429, 499, 500, 502, 503, 504, 520]
DECLINED = [301, 307, 308, 400, 401, 403, 404, 405, 407, 408, 411, 413, 414, 429, 431, 451, 499]
OTHERS = [
    200,
    201,
    202,
    204,
    206,
    226,
    300,
    302,
    303,
    304,
    305,
    306,
    500,
    501,
    502,
    503,
    504,
    520,
    599,
    600,
]
WITHOUT_CODE = [
    b"",
    b"  ",
    b"rubbish",
    b"<html><title>Error</title></html>",
    b'{"Message":"no code"}',
    b'{"Code":"0"',
    b'{"Code":"0","Code":"1"}',
    b'<!DOCTYPE r [<!ENTITY c "0">]><r><Code>&c;</Code></r>',
    b"\xff\xff",
    b"[" * 100_000,
]


@pytest.mark.parametrize(
    "body",
    ['{"Code":"0","Message":"提交成功","TaskId":"11"}', '{"code": 0, "Message":"提交成功","SMSId":11}'],
)
def test_code_0_is_accepted_whatever_the_http_status(body: str) -> None:
    outcomes = {status: read_outcome(HttpAnswer(status, "", body.encode())) for status in ANYTHING}
    assert outcomes == dict.fromkeys(ANYTHING, Accepted("0", "提交成功", "11"))


def test_an_accepted_message_without_a_task_id_is_still_accepted() -> None:
    assert read_outcome(HttpAnswer(200, "", b"<Response><Code>0</Code>")) == Accepted("0", None, None)


@pytest.mark.parametrize("code", ["-1", "1", "00", "0x0", "success", "9" * 1_000])
def test_any_other_code_is_rejected_whatever_the_http_status(code: str) -> None:
    body = f'{{"Code":"{code}","Message":"余额不足","TaskId":"0"}}'.encode()
    outcomes = {status: read_outcome(HttpAnswer(status, "", body)) for status in ANYTHING}
    assert outcomes == dict.fromkeys(ANYTHING, Rejected(code, "余额不足"))


@pytest.mark.parametrize("body", WITHOUT_CODE, ids=range(len(WITHOUT_CODE)))
def test_a_status_that_declines_is_not_sent_without_a_code(body: bytes) -> None:
    for status in DECLINED:
        outcome = read_outcome(HttpAnswer(status, "text/html", body))
        assert isinstance(outcome, NotSent), f"{status}: {outcome}"
        assert str(status) in outcome.reason


@pytest.mark.parametrize("body", WITHOUT_CODE, ids=range(len(WITHOUT_CODE)))
def test_any_other_status_is_unknown_without_a_code(body: bytes) -> None:
    for status in OTHERS:
        outcome = read_outcome(HttpAnswer(status, "text/html", body))
        assert isinstance(outcome, Unknown), f"{status}: {outcome}"
        assert str(status) in outcome.reason
