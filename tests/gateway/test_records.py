"""Delivery reports and replies, in every shape that a gateway of this kind may give them."""

from typing import TypeVar

import pytest

from kxsms.domain.profile import Profile
from kxsms.domain.records import DeliveryReport, DeliveryState, MoReply
from kxsms.gateway.records import read_replies, read_reports
from kxsms.gateway.tree import read_tree

PLAIN = Profile()
DELIVERED, FAILED = DeliveryState.DELIVERED, DeliveryState.FAILED
T1, T2 = "2024-05-06 07:08:09", "2024-05-06 07:08:10"
I1, I2 = "2024-05-06T07:08:09+08:00", "2024-05-06T07:08:10+08:00"

REPORT_1 = DeliveryReport("11", "13812345678", DELIVERED, "DELIVRD", I1, None)
REPORT_2 = DeliveryReport("11", "13912345678", FAILED, "UNDELIV", I2, None)
MO_1 = MoReply("13812345678", "回复1", I1, "01", None)
MO_2 = MoReply("13912345678", "TD", I2, "01", None)


R = TypeVar("R", DeliveryReport, MoReply)


def bare(record: R) -> R:
    """Return a record without the time as it came, which has to be in `extra` if there is one."""
    extra = dict(record.extra)
    came = [name for name, value in extra.items() if value in (T1, T2, "1714950489000")]
    assert bool(came) == (record.time in (I1, I2)) == (record.moment is not None)
    rest = {name: value for name, value in extra.items() if name not in came}
    return record._replace(extra=rest, moment=None, raw="", has_identity=False)


def reports(body: str, profile: Profile = PLAIN) -> tuple[DeliveryReport, ...]:
    return tuple(bare(report) for report in read_reports(read_tree(body.encode()), profile))


def replies(body: str, profile: Profile = PLAIN) -> tuple[MoReply, ...]:
    return tuple(bare(reply) for reply in read_replies(read_tree(body.encode()), profile))


R1 = f'{{"TaskId":"11","Mobile":"13812345678","Status":"DELIVRD","ReportTime":"{T1}"}}'
R2 = f'{{"TaskId":"11","Mobile":"13912345678","Status":"UNDELIV","ReportTime":"{T2}"}}'
S1, S2 = (text.replace('"TaskId":"11",', "") for text in (R1, R2))
X1 = f"<TaskId>11</TaskId><Mobile>13812345678</Mobile><Status>DELIVRD</Status><ReportTime>{T1}</ReportTime>"
X2 = f"<TaskId>11</TaskId><Mobile>13912345678</Mobile><Status>UNDELIV</Status><ReportTime>{T2}</ReportTime>"
A1 = f'TaskId="11" Mobile="13812345678" Status="DELIVRD" ReportTime="{T1}"'
A2 = f'TaskId="11" Mobile="13912345678" Status="UNDELIV" ReportTime="{T2}"'
Y1, Y2 = (text.replace("<TaskId>11</TaskId>", "") for text in (X1, X2))


@pytest.mark.parametrize(
    "body",
    [
        f"[{R1},{R2}]",
        f"[[{R1},{R2}]]",
        f"[[{R1}],[{R2}]]",
        f'{{"Code":"0","Message":"成功","Data":[{R1},{R2}]}}',
        f'{{"Code":0,"Message":"成功","Count":2,"Reports":[{R1},{R2}]}}',
        f'{{"Data":[{R1},{R2}],"Message":"成功","Code":"0"}}',
        f'{{"Code":"0","Message":[{R1},{R2}]}}',
        f'{{"Code":"0","Status":[{R1},{R2}]}}',
        f'{{"Response":{{"Code":"0","Message":"成功","Reports":{{"Report":[{R1},{R2}]}}}}}}',
        f'{{"Code":"0","Data":{{"a":{{"随便":[{R1},{R2}]}}}}}}',
        f'{{"Code":"0","Delivered":[{R1}],"Failed":[{R2}]}}',
        f'{{"Code":"0","Data":[{{"TaskId":"11","Reports":[{S1},{S2}]}}]}}',
        f'{{"Code":"0","Data":[{{"TaskId":"11","Reports":[{S1}]}},{{"TaskId":"11","Reports":[{S2}]}}]}}',
        f'{{"Code":"0","TaskId":"11","Reports":[{S1},{S2}]}}',
        f'[{{"SMSId":11,"list":[{S1},{S2}]}}]',
        f'{{"Code":"0","First":{R1},"Second":{R2}}}',
        f'{{"Code":"1","Message":"?","Data":[{R1},{R2}]}}',
        f"[{R1.lower().replace('delivrd', 'DELIVRD')},{R2.replace('Mobile', 'TEL')}]",
        f"<Response><Code>0</Code><Message>成功</Message><Report>{X1}</Report><Report>{X2}</Report></Response>",
        f"<Response><Code>0</Code><Reports><Report>{X1}</Report><Report>{X2}</Report></Reports></Response>",
        f"<Response><Code>0</Code><Reports><Report>{X1}</Report><Report>{X2}</Report></Reports>",
        f"<Reports><Report>{X1}</Report><Report>{X2}</Report></Reports>",
        f"<Reports><Report {A1}/><Report {A2}></Report></Reports>",
        f'<Response Code="0" Message="成功"><r {A1}/><r {A2}/></Response>',
        f"<Response><Code>0</Code><Delivered>{X1}</Delivered><Failed>{X2}</Failed></Response>",
        f"<R><Code>0</Code><Task><TaskId>11</TaskId><Report>{Y1}</Report><Report>{Y2}</Report></Task></R>",
        f'<R><Code>0</Code><Task TaskId="11"><r>{Y1}</r><r>{Y2}</r></Task></R>',
        f'<R><Code>0</Code><Task TaskId="11"><r>{Y1}</r></Task><Task TaskId="11"><r>{Y2}</r></Task></R>',
        f'<a:R xmlns:a="urn:a" xmlns="urn:b"><a:Code>0</a:Code><r>{X1}</r><r>{X2}</r></a:R>',
    ],
)
def test_two_reports_are_found_in_any_shape(body: str) -> None:
    assert reports(body) == (REPORT_1, REPORT_2)


@pytest.mark.parametrize(
    "body",
    [
        R1,
        f"[{R1}]",
        f'{{"Code":"0","Data":[{R1}]}}',
        f'{{"Code":"0","Data":{R1}}}',
        f'{{"Report":{R1}}}',
        f'{{"Code":"0",{R1[1:-1]}}}',
        f"<Report>{X1}</Report>",
        f"<Report {A1}/>",
        f"<Response><Code>0</Code><Reports><Report>{X1}</Report></Reports></Response>",
        f"<Response><Code>0</Code><Report {A1}/></Response>",
        f"<Response><Code>0</Code>{X1}</Response>",
    ],
)
def test_a_single_report_needs_no_list(body: str) -> None:
    assert reports(body) == (REPORT_1,)


M1 = f'{{"Mobile":"13812345678","Content":"回复1","MoTime":"{T1}","ExtNo":"01"}}'
M2 = f'{{"Mobile":"13912345678","Content":"TD","MoTime":"{T2}","ExtNo":"01"}}'
N1, N2 = (text.replace('"Mobile":"13812345678",', "") for text in (M1, M2.replace("139", "138")))
Z1 = f"<Mobile>13812345678</Mobile><Content>回复1</Content><MoTime>{T1}</MoTime><ExtNo>01</ExtNo>"
Z2 = f"<Mobile>13912345678</Mobile><Content><![CDATA[TD]]></Content><MoTime>{T2}</MoTime><ExtNo>01</ExtNo>"


@pytest.mark.parametrize(
    "body",
    [
        f"[{M1},{M2}]",
        f'{{"Code":"0","Message":"成功","Data":[{M1},{M2}]}}',
        f'{{"Code":"0","Message":"成功","Content":[{M1},{M2}]}}',
        f'{{"Code":"0","ExtNo":"01","Mos":[{M1},{M2}]}}'.replace(',"ExtNo":"01"}', "}"),
        f"[{M1},{M2}]".replace("Content", "msg").replace("Mobile", "PHONE").replace("MoTime", "recvTime"),
        f"[{M1},{M2}]".replace("Content", "Message").replace("ExtNo", "DestCode").replace("MoTime", "Times"),
        f"<Response><Code>0</Code><Message>成功</Message><Mo>{Z1}</Mo><Mo>{Z2}</Mo></Response>",
        f"<Mos><Mo>{Z1}</Mo><Mo>{Z2}</Mo></Mos>".replace("Content", "MoText").replace("ExtNo", "spcode"),
        f'<Mos><Mo Mobile="13812345678" Content="回复1" MoTime="{T1}" ExtNo="01"/>'
        f'<Mo Mobile="13912345678" Content="TD" MoTime="{T2}" ExtNo="01"/></Mos>',
    ],
)
def test_two_replies_are_found_in_any_shape(body: str) -> None:
    assert replies(body) == (MO_1, MO_2)


@pytest.mark.parametrize(
    "body",
    [
        f'{{"Code":"0","Data":[{{"Mobile":"13812345678","Replies":[{N1}]}}]}}',
        f'{{"Code":"0","Data":[{{"Mobile":"13812345678","Reply":{N1}}}]}}',
        f'<R><Code>0</Code><Phone Mobile="13812345678"><Mo>{Z1.partition("</Mobile>")[2]}</Mo></Phone></R>',
    ],
)
def test_one_reply_inside_a_number_is_read_like_several(body: str) -> None:
    two = body.replace(N1, f"{N1},{N2}") if "Replies" in body else body
    assert replies(body) == (MO_1,)
    assert [reply.mobile for reply in replies(two)] == ["13812345678"] * len(replies(two))


NOTHING = [
    '{"Code":"0","Message":"成功"}',
    '{"code":0,"message":"成功","msg":"x"}',
    '{"Code":"0","Message":"成功","Data":[]}',
    '{"Code":"0","Message":"成功","Data":{}}',
    '{"Code":"0","Message":"成功","Data":null,"Count":"0"}',
    '{"Code":"0","Message":"","TaskId":""}',
    '{"Code":"0","Message":"成功","TaskId":"0"}',
    '{"Response":{"Code":"0","Message":"成功"}}',
    '[{"Code":"0","Message":"成功"}]',
    '{"Code":"-1","Message":"账号或密码错误"}',
    '{"Code":"-1","Message":"没有新的状态报告","Data":[{}]}',
    '{"Message":"An error has occurred."}',
    "{}",
    "[]",
    "[[]]",
    "[{}]",
    "null",
    '""',
    "0",
    "<Response><Code>0</Code><Message>成功</Message></Response>",
    "<Response><Code>0</Code><Message>成功</Message><Reports/></Response>",
    "<Response><Code>0</Code><Message>成功</Message><Reports></Reports>",
    "<Response><Code>-1</Code><Message>账号或密码错误</Message></Response>",
    '<Response Code="-1" Message="账号或密码错误"/>',
    '<R xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><Code>0</Code><Message i:nil="true"/></R>',
    "<Reports/>",
]


@pytest.mark.parametrize("body", NOTHING)
def test_an_answer_without_records_has_none(body: str) -> None:
    assert reports(body) == ()
    assert replies(body) == ()


def test_reports_of_several_tasks_keep_their_order_and_their_task() -> None:
    tasks = ",".join(f'{{"TaskId":"{task}","Reports":[{S1},{S2},{S1}]}}' for task in (7, 5, 6))
    body = f'{{"Code":"0","Tasks":[{tasks}]}}'
    assert [(report.task_id, report.mobile[:3]) for report in reports(body) if report.mobile] == [
        (task, prefix) for task in ("7", "5", "6") for prefix in ("138", "139", "138")
    ]


def test_the_same_record_twice_is_two_records() -> None:
    assert len(reports(f"[{R1},{R1}]")) == 2
    assert len(reports(f"<R><r>{X1}</r><r>{X1}</r></R>")) == 2


def test_a_records_own_task_wins_over_that_of_its_list() -> None:
    (report,) = reports(f'{{"Code":"0","Data":[{{"TaskId":"99","Reports":[{R1}]}}]}}')
    assert report.task_id == "11"


def test_the_envelopes_message_is_not_the_text_of_a_reply() -> None:
    (reply,) = replies('{"Code":"0","Message":"成功","Data":[{"Mobile":"13812345678","nr":"TD"}]}')
    assert reply.content is None
    assert reply.extra == {"nr": "TD"}


def test_fields_of_a_number_beside_its_list_are_kept() -> None:
    (report,) = reports('{"Mobile":"13812345678","Status":"DELIVRD","Parts":[{"Part":"1"}]}')
    assert report.mobile == "13812345678"
    assert report.status == "DELIVRD"
    assert report.extra == {"Part": "1"}
