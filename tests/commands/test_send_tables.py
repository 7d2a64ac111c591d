"""Everyday files of `kxsms send --csv`: headers, lines above them, widths of rows, columns of texts."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Done, Run
from tests.ledger.scene import ONE, TEXT, batches, send_csv, taken
from tests.scripted_gateway import ScriptedGateway

TWO = "13900000002"
NAMED = "【科】{姓名}您好"
ZHANG, LI = (ONE, "【科】张三您好"), (TWO, "【科】李四您好")


def send(run: Run, text: str, *options: str, template: str = NAMED) -> Done:
    """Write p.csv and send it."""
    Path("p.csv").write_text(text, "utf-8")
    return send_csv(run, "-m", template, *options, file="p.csv")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"手机号,姓名,\r\n{ONE},张三,\r\n{TWO},李四,\r\n", id="trailing empty column"),
        pytest.param(f"手机号,,姓名,,\n{ONE},,张三,,\n{TWO},,李四\n", id="empty columns without a name"),
        pytest.param(f"手机号,姓名,备注\n{ONE},张三,x\n{TWO},李四\n", id="short rows"),
        pytest.param(f"手机号,姓名,备注,备注\n{ONE},张三,a,b\n{TWO},李四,,\n", id="repeated name"),
        pytest.param(f'"*手机号\n（必填）",姓 名*\n{ONE},张三\n{TWO},李四\n', id="marks and remarks"),
        pytest.param(f"手机号,姓名,内容\n{ONE},张三,a\n{TWO},李四,b\n", id="content column"),
        pytest.param(f"手机号,姓名,内容,content\n{ONE},张三,a,a\n{TWO},李四,b,b\n", id="content columns"),
    ],
)
def test_an_everyday_file_is_sent(run: Run, gateway: ScriptedGateway, text: str) -> None:
    assert send(run, text).status == 0
    assert taken(gateway) == [ZHANG, LI]


def test_values_without_a_name_are_noted(run: Run, gateway: ScriptedGateway) -> None:
    done = send(run, f"手机号,姓名,,\n{ONE},张三,x,\n")
    assert "kxsms: ignored 1 column without a name: column 3" in done.err.splitlines()


def test_an_ignored_column_of_texts_is_noted(run: Run, gateway: ScriptedGateway) -> None:
    done = send(run, f"手机号,姓名,内容\n{ONE},张三,a\n")
    note = "kxsms: ignored the column '内容': the text comes from -m or --message-file"
    assert note in done.err.splitlines()


def test_a_column_of_texts_in_the_template_is_not_noted(run: Run, gateway: ScriptedGateway) -> None:
    done = send(run, f"手机号,内容（必填）\n{ONE},{TEXT}\n", template="{内容}回T退订")
    assert taken(gateway) == [(ONE, f"{TEXT}回T退订")]
    assert "ignored" not in done.err


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            f"手机号,姓名,姓名\n{ONE},张三,李四\n",
            "p.csv:1: {姓名} means several columns: '姓名' (column 2), '姓名' (column 3)",
            "give each of them a name of its own in the file",
        ),
        (
            f"手机号,姓名(1),姓名(2)\n{ONE},张三,李四\n",
            "p.csv:1: {姓名} means several columns: '姓名(1)', '姓名(2)'",
            "write the name as it stands in the header",
        ),
        (
            f"{ONE},张三\n{TWO},李四\n",
            f"p.csv:1: this line holds a mobile number, '{ONE}', so it is no header",
            "name the columns in a line above, or use --header-row 0 if the file has no header",
        ),
        (
            f"客户名单,\n,\n手机号,姓名\n{ONE},张三\n",
            "p.csv:3: the header seems to be in this line, not in the first one",
            "use --header-row 3, or delete the lines above",
        ),
        (
            f"2026年客户名单,,\r\n手机号,姓名,金额\r\n{ONE},张三,5\r\n",
            "p.csv:2: the header seems to be in this line, not in the first one",
            "use --header-row 2, or delete the lines above",
        ),
        (
            f"联系人,{TWO}\n手机号,姓名\n{ONE},张三\n",
            "p.csv:2: the header seems to be in this line, not in the first one",
            "use --header-row 2, or delete the lines above",
        ),
    ],
)
def test_an_unclear_header_sends_nothing(
    run: Run, gateway: ScriptedGateway, text: str, message: str, hint: str
) -> None:
    done = send(run, text)
    assert (done.status, done.error["message"], done.error["hint"]) == (2, message, hint)
    assert taken(gateway) == []


def test_a_named_column_is_looked_for_below_the_first_line(run: Run, gateway: ScriptedGateway) -> None:
    done = send(run, f"客户名单,\n号,姓名\n{ONE},张三\n", "--mobile-column", "号")
    assert done.error["hint"] == "use --header-row 2, or delete the lines above"


def test_a_file_without_a_header_does_not_lose_its_first_recipient_to_mobile_column(
    run: Run, gateway: ScriptedGateway
) -> None:
    done = send(run, f"{ONE},张三\n{TWO},李四\n", "--mobile-column", ONE, template=TEXT)
    assert "is no header" in done.error["message"]
    assert taken(gateway) == []


@pytest.mark.parametrize("title", ["客户名单,\n", '"客户"名单\n', "客户;名单\n\n", '"客户\n名单"\n', "a\r"])
def test_lines_above_the_named_header_are_ignored(run: Run, gateway: ScriptedGateway, title: str) -> None:
    line = 1 + len(title.splitlines())
    done = send(run, f"{title}手机号,姓名\n{ONE},张三\n{TWO},李四\n", "--header-row", str(line))
    assert done.status == 0
    assert taken(gateway) == [ZHANG, LI]


def test_lines_under_a_named_header_are_those_of_an_editor(run: Run, gateway: ScriptedGateway) -> None:
    done = send(run, f"a\nb\n手机号,姓名\n{ONE},张三\n1,李四\n", "--header-row", "3")
    assert done.error["message"].startswith("p.csv:5: '1' ")


def test_damage_under_a_named_header_has_the_line_of_an_editor(run: Run, gateway: ScriptedGateway) -> None:
    done = send(run, f'a\nb\n手机号,姓名\n{ONE},张三\n"1,李四\n', "--header-row", "3")
    assert done.error["message"].startswith("p.csv:5: a quote opens")


@pytest.mark.parametrize("line", ["2", "9"])
def test_a_named_header_must_be_there(run: Run, gateway: ScriptedGateway, line: str) -> None:
    done = send(run, f"手机号,姓名\n\n{ONE},张三\n", "--header-row", line)
    assert done.error["message"] == f"p.csv:{line}: there is no header in this line"


def test_a_line_with_a_number_cannot_be_named_as_header(run: Run, gateway: ScriptedGateway) -> None:
    done = send(run, f"手机号,姓名\n{ONE},张三\n{TWO},李四\n", "--header-row", "2")
    assert done.status == 2
    assert "is no header" in done.error["message"]


@pytest.mark.parametrize("options", [(), ("--mobile-column", "2")])
def test_without_a_header_columns_are_numbered(
    run: Run, gateway: ScriptedGateway, options: tuple[str, ...]
) -> None:
    text = f"张三,{ONE}\n李四,{TWO}\n"
    done = send(run, text, "--header-row", "0", *options, template="【科】{1}您好")
    assert done.status == 0
    assert taken(gateway) == [ZHANG, LI]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{ONE},{TWO}\n", "mobile numbers are in several columns: '1', '2'"),
        (f"{ONE},x\nx,{TWO}\n", "mobile numbers are in several columns: '1', '2'"),
        ("a,b\n", "no column of the first rows holds a mobile number"),
    ],
)
def test_without_a_header_and_without_one_clear_column_of_numbers(
    run: Run, gateway: ScriptedGateway, text: str, words: str
) -> None:
    done = send(run, text, "--header-row", "0", template=TEXT)
    assert (done.status, done.error["message"]) == (2, f"p.csv: {words}")
    assert done.error["hint"] == "choose one with --mobile-column N, from 1"


def test_rows_without_a_header_need_a_text(run: Run, gateway: ScriptedGateway) -> None:
    Path("p.csv").write_text(f"{ONE},{TEXT}\n", "utf-8")
    done = send_csv(run, "--header-row", "0", file="p.csv")
    assert "-m '{N}'" in done.error["hint"]


def test_a_short_row_without_a_used_value_is_invalid(run: Run, gateway: ScriptedGateway) -> None:
    done = send(run, f"手机号,备注,姓名\n{ONE},x,张三\n{TWO},x\n")
    assert done.error["message"] == f"p.csv:3: '{TWO}' has no value in the column '姓名'"


def test_rows_with_too_many_fields_are_invalid_like_others(run: Run, gateway: ScriptedGateway) -> None:
    long = "".join(f"{ONE},张三,x\n" for _ in range(25))
    done = run("send", "--csv", "-", "-m", NAMED, "--yes", stdin=f"手机号,姓名\n1,李四\n{long}".encode())
    lines = done.err.splitlines()
    assert lines[0] == "kxsms: error: 26 invalid rows"
    assert lines[2] == f"  stdin:3: '{ONE}' has 3 fields, but the table has 2 columns"
    assert len([line for line in lines if line.startswith("  stdin:")]) == 20
    assert "  … and 6 more" in lines
    assert taken(gateway) == []
    assert batches() == 0


def test_the_hint_for_long_rows_solves_it(run: Run, gateway: ScriptedGateway) -> None:
    done = send(run, f"手机号,姓名\n{ONE},张三,x\n{TWO},李四\n")
    wanted = "put a field that contains ',' in quotes, or use --skip-invalid to send to the others"
    assert done.error["hint"] == wanted


def test_skip_invalid_skips_rows_with_too_many_fields(run: Run, gateway: ScriptedGateway) -> None:
    done = send(run, f"手机号,姓名\n{ONE},张三\n{ONE},x,y\n{TWO},李四\n", "--skip-invalid")
    assert done.status == 0
    assert taken(gateway) == [ZHANG, LI]
    problem = {"line": 3, "mobile": ONE, "problem": "has 3 fields, but the table has 2 columns"}
    assert done.json["problems"] == [problem]
    assert [row["kxsms_outcome"] for row in as_json(run, done)] == ["accepted", "invalid", "accepted"]


def as_json(run: Run, done: Done) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("batch", "export", done.json["batch"], "-o", "json").out)
    return found


EVERYDAY = f"手机号,姓名,备注,,备注\n{ONE},张三,a,b,c\n"


def test_an_export_keeps_repeated_and_nameless_columns(run: Run, gateway: ScriptedGateway) -> None:
    done = send(run, EVERYDAY)
    written = run("batch", "export", done.json["batch"]).out.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(written, newline="")))
    assert [row[:6] for row in rows] == [
        ["手机号", "姓名", "备注", "", "备注", "kxsms_outcome"],
        [ONE, "张三", "a", "b", "c", "accepted"],
    ]


def test_an_export_as_json_has_a_key_for_each_column(run: Run, gateway: ScriptedGateway) -> None:
    (row,) = as_json(run, send(run, EVERYDAY))
    assert {name: row[name] for name in list(row)[:5]} == {
        "手机号": ONE,
        "姓名": "张三",
        "备注": "a",
        "column 4": "b",
        "备注 (column 5)": "c",
    }


def test_the_same_send_with_a_header_row_is_shown_again(run: Run, gateway: ScriptedGateway) -> None:
    text = f"客户\n手机号,姓名\n{ONE},张三\n"
    first, again = (send(run, text, "--header-row", "2") for _ in range(2))
    assert (first.json["replayed"], again.json["replayed"]) == (False, True)
    assert taken(gateway) == [ZHANG]


def test_two_columns_of_texts_of_one_name_need_names(run: Run, gateway: ScriptedGateway) -> None:
    Path("p.csv").write_text(f"mobile,content,content\n{ONE},a,b\n", "utf-8")
    assert send_csv(run, file="p.csv").error["hint"] == "give each of them a name of its own in the file"


def test_two_columns_of_texts_of_several_names_are_chosen_with_a_template(
    run: Run, gateway: ScriptedGateway
) -> None:
    Path("p.csv").write_text(f"mobile,content,内容\n{ONE},a,b\n", "utf-8")
    assert send_csv(run, file="p.csv").error["hint"] == "choose one with -m '{NAME}'"


def test_header_row_needs_a_file(run: Run) -> None:
    done = run("send", ONE, "-m", TEXT, "--header-row", "2")
    assert (done.status, "--header-row needs --csv" in done.err) == (2, True)


@pytest.mark.parametrize("limit", ["1", "2"])
def test_limit_counts_the_rows_under_the_header(run: Run, gateway: ScriptedGateway, limit: str) -> None:
    text = f"客户\n手机号,姓名\n{ONE},张三\n{TWO},李四\n"
    assert send(run, text, "--header-row", "2", "--limit", limit).json["recipients"] == int(limit)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_title_without_a_delimiter_does_not_hide_the_header(
    run: Run, gateway: ScriptedGateway, delimiter: str
) -> None:
    Path("people.csv").write_text(f"客户名单\n手机号{delimiter}姓名\n13800000001{delimiter}张三\n")
    done = run("send", "--csv", "people.csv", "-m", "【科迅】{姓名}", "--yes")
    assert done.status == 2
    assert "use --header-row 2" in done.err
