"""Every row of a batch as a CSV for a spreadsheet, and what the ledger must not hold."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.conftest import TOKEN, Done, Run
from tests.gateway import ScriptedGateway, answer, close
from tests.ledger.scene import (
    DECLINED,
    REFUSED,
    TEXT,
    ledger_file,
    people,
    send_csv,
    send_one,
    write_csv,
)

OWN = [
    *("kxsms_outcome", "kxsms_task_id", "kxsms_code", "kxsms_message"),
    *("kxsms_delivery", "kxsms_delivered_at", "kxsms_reply"),
]


def exported(done: Done, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    assert done.status == 0
    return list(csv.DictReader(io.StringIO(done.out.decode(encoding), newline="")))


def test_export_has_every_row_in_the_order_of_the_input(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(1), "before.csv")
    send_csv(run, file="before.csv")
    numbers = ["13800000001", " +86 138-0000-0009", "138", "13800000009", "13800000002", "13800000003"]
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
    assert (table[1]["kxsms_task_id"], table[4]["kxsms_code"]) == ("11", "-3")
    assert ("3 digits" in table[2]["kxsms_message"], table[4]["kxsms_message"]) == (True, "余额不足")
    lines = [json.loads(line) for line in run("batch", "export", name, "-o", "jsonl").lines]
    assert [{key: value or "" for key, value in line.items()} for line in lines] == table
    assert run("batch", "export", name, "-o", "json").json == lines
    chinese = run("batch", "export", name, "--encoding", "gb18030")
    assert exported(chinese, "gb18030") == table


def test_export_of_what_is_left(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = DECLINED
    write_csv(people(5))
    name = send_csv(run).json["batch"]

    outcomes = [row["kxsms_outcome"] for row in exported(run("batch", "export", name))]

    assert outcomes == ["not_sent"] * 5


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
    assert run("batch", "show", name, "-v").status == 0
