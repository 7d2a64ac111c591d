"""Placeholders that nothing fills: an error that shows the right spelling, and nothing is sent."""

from pathlib import Path

import pytest

from tests.conftest import Run
from tests.ledger.scene import taken
from tests.scripted_gateway import ScriptedGateway

_STYLES = (
    *(
        "#姓名#",
        "｛姓名｝",
        "%姓名%",
        "${姓名}",
        "{{姓名}}",
        "[姓名]",
        "《姓名》",
        "«姓名»",
        "<姓名>",
        "@姓名@",
        "【姓名】",
    ),
    "# 姓名 #",
    *("$姓名", "(姓名)", "（姓名）", "<%= 姓名 %>", "%(姓名)s", "[[姓名]]", "《《姓名》》"),
)
_PROGRAMS = ("{{nick}}", "${nick}", "#nick#", "%nick%", "@var(nick)", "{{nick.name}}", "#nick.name#")


def send(run: Run, text: str | None, *options: str, content: str = "") -> "tuple[int, str]":
    extra = f",{content}" if content else ""
    Path("people.csv").write_text(f"手机号,姓名{',内容' if content else ''}\n13800000000,张三{extra}\n")
    given = () if text is None else ("-m", text)
    done = run("send", "--csv", "people.csv", *given, "--yes", "-q", *options)
    return done.status, done.err


@pytest.mark.parametrize("placeholder", _STYLES)
def test_a_column_in_another_style_is_refused(run: Run, gateway: ScriptedGateway, placeholder: str) -> None:
    status, shown = send(run, f"【科迅】您好{placeholder}")
    assert status == 2
    assert f"the text holds {placeholder}, but the column '姓名' is only filled in as {{姓名}}" in shown
    assert "hint: write {姓名} in its place, or use --literal to send it unchanged" in shown
    assert taken(gateway) == []


@pytest.mark.parametrize("placeholder", _PROGRAMS)
def test_a_placeholder_of_programs_is_refused_without_a_column(
    run: Run, gateway: ScriptedGateway, placeholder: str
) -> None:
    status, shown = send(run, f"【科迅】您好{placeholder}", "-o", "json")
    assert status == 2
    assert f"the text holds {placeholder}" in shown
    assert taken(gateway) == []


@pytest.mark.parametrize(
    "text", ["#双11#", "[满减]", "<100元>", "《通知》", "满100%减50%", "a@b.cn@", "{{ 100元 }}", "#1#"]
)
def test_plain_text_is_sent(run: Run, gateway: ScriptedGateway, text: str) -> None:
    assert send(run, f"【科迅】{text}")[0] == 0
    assert taken(gateway) == [("13800000000", "【科迅】" + text.replace("{{", "{").replace("}}", "}"))]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "(手机号码)",
            "（姓 名）",
            "(姓名：)",
            "( 姓名 )",
            "$姓",
            "$5",
            "(5)",
            "5%(满)s",
            "满减(100)",
            "<%= 称呼 %>",
        ),
        *("$Names", "$NameX", "(name)", "100(元)"),
    ],
)
def test_running_text_like_a_column_is_sent(run: Run, gateway: ScriptedGateway, text: str) -> None:
    Path("people.csv").write_text("手机号,姓名,5,100,Name,手机\n13800000000,张三,a,b,c,d\n")
    given = ("--mobile-column", "手机号", "--yes", "-q")
    assert run("send", "--csv", "people.csv", "-m", f"【科迅】{text}", *given).status == 0
    assert taken(gateway) == [("13800000000", f"【科迅】{text}")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        *(
            ("$姓名您好", "$姓名"),
            ("$Name,您好", "$Name"),
            ("US$Name", "$Name"),
            ("满100%（姓名）90%", "（姓名）"),
        ),
        *(("100%(姓名)s您好，5%", "%(姓名)s"), ("<%=Name-%>", "<%=Name-%>"), ("<%- name %>", "<%- name %>")),
    ],
)
def test_a_column_in_running_text_is_refused(
    run: Run, gateway: ScriptedGateway, text: str, found: str
) -> None:
    Path("people.csv").write_text("手机号,姓名,Name,内容\n13800000000,张三,b,c\n")
    done = run("send", "--csv", "people.csv", "-m", f"【科迅】{text}", "--yes")
    assert f"the text holds {found}, but the column " in done.err
    assert taken(gateway) == []


def test_a_placeholder_within_doubled_braces_is_filled(run: Run, gateway: ScriptedGateway) -> None:
    assert send(run, "【科迅】{{{姓名}}}")[0] == 0
    assert taken(gateway) == [("13800000000", "【科迅】{张三}")]


@pytest.mark.parametrize("placeholder", [*_STYLES, *_PROGRAMS])
def test_literal_sends_it_as_it_stands(run: Run, gateway: ScriptedGateway, placeholder: str) -> None:
    text = "【科迅】{姓名}" + placeholder.replace("{", "{{").replace("}", "}}")
    assert send(run, text, "--literal")[0] == 0
    assert taken(gateway) == [("13800000000", f"【科迅】张三{placeholder}")]


@pytest.mark.parametrize("placeholder", ["{姓名}", "{x}", "{}", *_STYLES, *_PROGRAMS])
def test_a_text_of_a_row_holds_none(run: Run, gateway: ScriptedGateway, placeholder: str) -> None:
    status, shown = send(run, None, content=f"【科迅】您好{placeholder}")
    assert status == 2
    assert f"people.csv:2: '13800000000' has a text that holds {placeholder!r}" in shown
    assert taken(gateway) == []


def test_literal_sends_the_texts_of_rows_as_they_stand(run: Run, gateway: ScriptedGateway) -> None:
    assert send(run, None, "--literal", content="【科迅】{姓名}您好")[0] == 0
    assert taken(gateway) == [("13800000000", "【科迅】{姓名}您好")]


@pytest.mark.parametrize("placeholder", ["{姓名}", "{x}", "{}", *_PROGRAMS])
def test_a_send_without_a_file_holds_none(run: Run, gateway: ScriptedGateway, placeholder: str) -> None:
    done = run("send", "13800000000", "-m", f"【科迅】您好{placeholder}")
    assert done.status == 2
    assert f"the text holds {placeholder}, but only the columns of --csv fill placeholders" in done.err
    assert taken(gateway) == []


def test_literal_sends_braces_without_a_file(run: Run, gateway: ScriptedGateway) -> None:
    assert run("send", "13800000000", "-m", "【科迅】{姓名}", "--literal").status == 0
    assert taken(gateway) == [("13800000000", "【科迅】{姓名}")]


@pytest.mark.parametrize(
    "text", ["订单#1，#姓名#", "满100%，%姓名%", "a@b.cn，@姓名@", "#1#姓名#", "$5，#姓名#"]
)
def test_a_mark_before_a_placeholder_hides_none(run: Run, gateway: ScriptedGateway, text: str) -> None:
    status, shown = send(run, f"【科迅】{text}")
    assert status == 2
    assert f"the text holds {text[-4:]}, but the column '姓名'" in shown
    assert send(run, None, content=f"【科迅】{text}")[0] == 2
    assert taken(gateway) == []


@pytest.mark.parametrize(
    "pair",
    ["＃＃", "％％", "＠＠", "$$", "［］", "＜＞", "〈〉", "「」", "『』", "〔〕", "〖〗", "{｝", "｛}"],
)
def test_a_column_in_a_style_of_chinese_keyboards_is_refused(
    run: Run, gateway: ScriptedGateway, pair: str
) -> None:
    text = f"【科迅】您好{pair[0]}姓名{pair[1]}"
    assert send(run, text)[0] == 2
    assert send(run, None, content=text)[0] == 2
    assert taken(gateway) == []


@pytest.mark.parametrize("placeholder", ["{姓名}", "{x}", *_STYLES, *_PROGRAMS])
def test_a_value_holds_none(run: Run, gateway: ScriptedGateway, placeholder: str) -> None:
    for template in ("{内容}", "【科迅】{内容}，退订回T"):
        status, shown = send(run, template, content=f"【科迅】您好{placeholder}")
        assert status == 2
        assert f"people.csv:2: '13800000000' has a text that holds {placeholder!r}" in shown
    assert taken(gateway) == []


def test_a_value_with_plain_braces_is_sent(run: Run, gateway: ScriptedGateway) -> None:
    assert send(run, "【科迅】{内容}", content="{1}#双11#")[0] == 0
    assert taken(gateway) == [("13800000000", "【科迅】{1}#双11#")]


def test_literal_sends_the_placeholder_of_a_value(run: Run, gateway: ScriptedGateway) -> None:
    assert send(run, "【科迅】{内容}", "--literal", content="{姓名}")[0] == 0
    assert taken(gateway) == [("13800000000", "【科迅】{姓名}")]
