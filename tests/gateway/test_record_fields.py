"""The fields of reports and replies: their names, their meaning, and that none is lost."""

import pytest

from kxsms.domain.profile import Profile
from kxsms.domain.records import DeliveryReport, DeliveryState
from kxsms.gateway.records import read_reports
from kxsms.gateway.tree import read_tree
from tests.gateway.test_records import DELIVERED, I1, T1, replies, reports


@pytest.mark.parametrize("name", ["Mobile", "mobile", "Phone", "TEL", "tel"])
def test_a_number_is_found_under_every_name(name: str) -> None:
    assert reports(f'[{{"{name}":"13812345678"}}]')[0].mobile == "13812345678"
    assert reports(f"<r><a><{name}>13812345678</{name}></a></r>")[0].mobile == "13812345678"


@pytest.mark.parametrize("name", ["TaskId", "SMSId", "MsgID", "batchNo", "sendid"])
@pytest.mark.parametrize("value", ["11", '"11"', "9" * 1_000])
def test_a_task_is_found_under_every_name(name: str, value: str) -> None:
    found = reports(f'[{{"Mobile":"13812345678","{name}":{value}}}]')
    assert [report.task_id for report in found] == [value.strip('"')]


@pytest.mark.parametrize("name", ["status", "STATE", "Stat", "ReportStatus", "result", "Err"])
def test_a_status_is_found_under_every_name(name: str) -> None:
    found = reports(f'[{{"Mobile":"13812345678","{name}":"DELIVRD"}}]')
    assert [(report.status, report.state) for report in found] == [("DELIVRD", DELIVERED)]


@pytest.mark.parametrize(
    "name", ["ReportTime", "receiveTime", "RECVTIME", "motime", "Time", "times", "DoneTime"]
)
def test_a_time_is_found_under_every_name_and_is_read(name: str) -> None:
    assert [report.time for report in reports(f'[{{"Mobile":"1","{name}":"{T1}"}}]')] == [I1]
    assert [reply.time for reply in replies(f'[{{"Mobile":"1","{name}":1714950489000}}]')] == [
        "2024-05-06T07:08:09+08:00"
    ]


@pytest.mark.parametrize("name", ["Content", "msg", "MESSAGE", "MoText"])
def test_a_text_is_found_under_every_name(name: str) -> None:
    assert [reply.content for reply in replies(f'[{{"Mobile":"1","{name}":"a<b>"}}]')] == ["a<b>"]


@pytest.mark.parametrize("name", ["ExtNo", "subcode", "DestCode", "SPCODE", "ext"])
def test_an_extension_number_is_found_under_every_name(name: str) -> None:
    assert [reply.extno for reply in replies(f'[{{"Mobile":"1","{name}":"007"}}]')] == ["007"]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("DELIVRD", "delivered"),
        ("delivrd", "delivered"),
        (" DELIVRD ", "delivered"),
        ("EXPIRED", "failed"),
        ("DELETED", "failed"),
        ("UNDELIV", "failed"),
        ("REJECTD", "failed"),
        ("ACCEPTD", "pending"),
        ("UNKNOWN", "unknown"),
        ("0", "unknown"),
        ("成功", "unknown"),
        ("MK:0001", "unknown"),
        ("DELIVERED", "unknown"),
    ],
)
def test_kxsms_knows_smpp_states_and_guesses_no_other(status: str, state: str) -> None:
    (report,) = reports(f'[{{"Mobile":"13812345678","Status":"{status}"}}]')
    assert report.state == state
    assert report.status == status.strip()


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("OK1", "delivered"),
        ("0", "delivered"),
        ("MK:0001", "failed"),
        ("ACCEPTD", "failed"),
        ("?", "pending"),
        ("EXPIRED", "failed"),
    ],
)
def test_a_profiles_own_states_win(status: str, state: str) -> None:
    own = {"OK1": "delivered", "0": "delivered", "MK:0001": "failed", "ACCEPTD": "failed", "?": "pending"}
    (report,) = reports(f'[{{"Mobile":"13812345678","Status":"{status}"}}]', Profile(states=own))
    assert report.state == state
    assert report.status == status


def test_a_status_may_be_a_bare_number() -> None:
    (report,) = reports('[{"Mobile":13812345678,"Status":0}]', Profile(states={"0": "delivered"}))
    assert report.mobile == "13812345678"
    assert report.state == DELIVERED
    assert report.status == "0"


@pytest.mark.parametrize(
    "body",
    [
        '{"hm":"13812345678","rw":"11","zt":"DELIVRD"}',
        '{"Code":"0","Data":[{"HM":"13812345678","Rw":"11","ZT":"DELIVRD"}]}',
        "<R><Code>0</Code><a><hm>13812345678</hm><rw>11</rw><zt>DELIVRD</zt></a></R>",
        '<R><a hm="13812345678" rw="11" zt="DELIVRD"/></R>',
    ],
)
def test_a_profiles_own_names_of_fields_are_read(body: str) -> None:
    profile = Profile(fields={"mobile": ("hm",), "task": ("RW",), "status": ("Zt",)})
    assert reports(body, profile) == (DeliveryReport("11", "13812345678", DELIVERED, "DELIVRD", None, None),)


def test_a_profiles_own_name_wins_over_a_known_one_and_both_are_kept() -> None:
    body = '[{"Mobile":"1069","hm":"13812345678"}]'
    assert reports(body, Profile(fields={"mobile": ("hm",)})) == (
        DeliveryReport(
            None, "13812345678", DeliveryState.UNKNOWN, None, None, None, extra={"Mobile": "1069"}
        ),
    )


@pytest.mark.parametrize(
    ("body", "extra"),
    [
        ('[{"Mobile":"1","Operator":"移动","Fee":1.50}]', {"Operator": "移动", "Fee": "1.50"}),
        ('[{"Mobile":"1","Status":"DELIVRD","Err":"000"}]', {"Err": "000"}),
        ('[{"Mobile":"1","Phone":"2"}]', {"Phone": "2"}),
        ('[{"Mobile":"1","Flag":true,"Nothing":null}]', {"Flag": True, "Nothing": None}),
        ('[{"Mobile":"1","Info":{"a":"b"},"Parts":["1","2"]}]', {"Info": {"a": "b"}, "Parts": ["1", "2"]}),
        ('[{"Mobile":"1","x":"1","x":"2"}]', {"x": ["1", "2"]}),
        ('[{"Mobile":"1","Content":"您好"}]', {"Content": "您好"}),
        ("<R><r><Mobile>1</Mobile><Operator>移动</Operator></r></R>", {"Operator": "移动"}),
        ('<R><r id="7"><Mobile>1</Mobile></r></R>', {"id": "7"}),
    ],
)
def test_unknown_fields_are_kept(body: str, extra: dict[str, object]) -> None:
    (report,) = reports(body)
    assert report.mobile == "1"
    assert report.extra == extra


def test_a_report_keeps_the_fields_of_replies_and_a_reply_those_of_reports() -> None:
    body = '[{"Mobile":"1","Content":"您好","Status":"DELIVRD"}]'
    assert reports(body)[0].extra == {"Content": "您好"}
    assert replies(body)[0].extra == {"Status": "DELIVRD"}


@pytest.mark.parametrize(
    "body",
    [
        '<R><r><Mobile>1</Mobile><Status reason="停机">UNDELIV</Status></r><r><Mobile>2</Mobile></r></R>',
        '<R><r Mobile="1"><Status reason="停机">UNDELIV</Status></r></R>',
        '[{"Mobile":"1","Status":"UNDELIV","reason":"停机"}]',
    ],
)
def test_attributes_of_a_field_are_kept(body: str) -> None:
    report = reports(body)[0]
    assert report.mobile == "1"
    assert report.status == "UNDELIV"
    assert "停机" in repr(report.extra)


@pytest.mark.parametrize(
    "body",
    [
        '{"Mobile":null,"Phone":"13812345678","Status":"DELIVRD"}',
        '[{"Mobile":null,"Phone":"13812345678","Status":"DELIVRD"}]',
        '{"Code":"0","Data":[{"Mobile":null,"Phone":"13812345678","Status":null,"State":"DELIVRD"}]}',
        '{"Code":"0","Data":{"Phone":"13812345678","Tel":null,"Status":"DELIVRD"}}',
    ],
)
def test_a_null_does_not_hide_a_field_with_a_value(body: str) -> None:
    (report,) = reports(body)
    assert report.mobile == "13812345678"
    assert report.state == DELIVERED


@pytest.mark.parametrize(
    "body",
    [
        '{"Code":"0","Data":[{"Number":"13812345678","Code":"DELIVRD"}]}',
        '{"Code":"0","Data":[{"Number":"13812345678","Code":"DELIVRD"},{"Number":"2","Code":"x"}]}',
        '{"Code":"0","Data":[{"Number":"13812345678","Msg":"您好"}]}',
        '[{"Number":"13812345678","zt":"DELIVRD"}]',
    ],
)
def test_a_list_of_objects_holds_records_even_without_known_fields(body: str) -> None:
    report = reports(body)[0]
    assert report.extra["Number"] == "13812345678"


@pytest.mark.parametrize("written", ["8613812345678", "+8613812345678", "138 1234 5678", " 13812345678 "])
def test_a_number_is_normalised(written: str) -> None:
    assert [report.mobile for report in reports(f'[{{"Mobile":"{written}"}}]')] == ["13812345678"]


@pytest.mark.parametrize("written", ["138****5678", "10690000", "85212345678", "未知"])
def test_an_invalid_number_is_kept_as_it_came(written: str) -> None:
    assert [reply.mobile for reply in replies(f'[{{"Mobile":"{written}","Content":"x"}}]')] == [written]


def test_a_number_as_it_came_does_not_replace_another_field_called_mobile() -> None:
    (report,) = reports('[{"mobile":["1","2"],"phone":"+86 13812345678"}]')
    assert report.mobile == "13812345678"
    assert report.extra == {"mobile": ["1", "2", "+86 13812345678"]}
    (report,) = reports('{"Data":{"TaskId":"1","mobile":"x","list":[{"tel":"86 13812345678"}]}}')
    assert report.mobile == "13812345678"
    assert report.extra == {"mobile": ["x", "86 13812345678"]}


def test_a_time_as_it_came_keeps_its_attributes() -> None:
    body = f'<r><a Mobile="13812345678"><Time zone="8">{T1}</Time></a></r>'
    (report,) = read_reports(read_tree(body.encode()), Profile())
    assert report.time == I1
    assert report.extra == {"Time": {"#text": T1, "zone": "8"}}
