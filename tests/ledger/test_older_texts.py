"""A ledger of a version that kept texts with blanks at their ends: the command given before replays after it.

`older_texts.sql` was made by that version: finished.csv was sent, unfinished.csv stopped after one of three,
and one send has the key `k`. `GATEWAY` stands for the host and port of the gateway.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.ledger.scene import TEXT, ledger_file, send_csv, taken
from tests.scripted_gateway import ScriptedGateway

pytestmark = pytest.mark.sqlite

FINISHED = (
    f'mobile,content\r\n13800000000,{TEXT}0 \r\n13800000001,"{TEXT}1\r\n再见"\r\n13800000002,{TEXT}2\t\r\n'
)
UNFINISHED = f"mobile,content\n13900000000,{TEXT}0 \n13900000001,{TEXT}1 \n13900000002,{TEXT}2 \n"


@pytest.fixture(autouse=True)
def older_ledger(gateway: ScriptedGateway) -> None:
    ledger_file().parent.mkdir(mode=0o700)
    ledger_file().touch(0o600)
    script = (Path(__file__).parent / "older_texts.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(ledger_file())) as connection:
        connection.executescript(script.replace("GATEWAY", f"127.0.0.1:{gateway.port}"))
        connection.execute("UPDATE requests SET claimed = unixepoch('now'), settled = unixepoch('now')")
        connection.commit()


@pytest.mark.parametrize("file", [FINISHED, FINISHED.replace(" \r", "\r"), FINISHED.replace("\r\n", "\n")])
def test_a_finished_file_replays_however_its_blanks_are_edited(
    run: Run, gateway: ScriptedGateway, file: str
) -> None:
    Path("finished.csv").write_bytes(file.encode())
    done = send_csv(run, file="finished.csv")
    assert done.json["replayed"] is True
    assert taken(gateway) == []


@pytest.mark.parametrize("file", [UNFINISHED, UNFINISHED.replace(" \n", "\n")])
def test_an_unfinished_file_is_resumed_however_its_blanks_are_edited(
    run: Run, gateway: ScriptedGateway, file: str
) -> None:
    Path("unfinished.csv").write_bytes(file.encode())
    done = send_csv(run, file="unfinished.csv")
    assert done.json["resumed"] is True
    assert [mobile for mobile, _ in taken(gateway)] == ["13900000001", "13900000002"]


@pytest.mark.parametrize("text", [TEXT, f"{TEXT} "])
def test_a_known_key_replays(run: Run, gateway: ScriptedGateway, text: str) -> None:
    done = run("send", "13700000000", "-m", text, "-o", "json", "--idempotency-key", "k")
    assert done.json["replayed"] is True
    assert taken(gateway) == []


def test_the_overlap_with_an_older_text_is_found(run: Run, gateway: ScriptedGateway) -> None:
    Path("more.csv").write_text(f"mobile,content\n13800000000,{TEXT}0\n13600000000,{TEXT}\n")
    assert send_csv(run, file="more.csv").status == 7
    assert taken(gateway) == []


def test_the_older_ledger_is_sound(run: Run) -> None:
    assert run("batch", "check").status == 0


@pytest.mark.parametrize("mark", ["\u200b", "\ufeff ", f"{TEXT[:4]}\u200b"])
def test_a_text_with_marks_before_its_signature_replays(
    run: Run, gateway: ScriptedGateway, mark: str
) -> None:
    query_ledger("UPDATE requests SET content = ? WHERE id = 7", [f"{mark}{TEXT}"])
    query_ledger("UPDATE batches SET fingerprint = x'00' WHERE id = 3")
    options = ("--signature", "科迅", "-o", "json", "--idempotency-key", "k")
    done = run("send", "13700000000", "-m", f"\u200b{TEXT}", *options)
    assert done.json["replayed"] is True
    assert taken(gateway) == []


@pytest.mark.parametrize("value", ["张三 ", "\u3000张三", "张三\t\t", '="张三"', "\ufeff张三"])
def test_the_overlap_with_an_older_value_is_found(run: Run, gateway: ScriptedGateway, value: str) -> None:
    query_ledger("UPDATE rows SET fields = ? WHERE id = 1", [f"13800000000\0{value}"])
    query_ledger("UPDATE requests SET content = ? WHERE id = 1", [f"【科迅】{value}您好"])
    Path("more.csv").write_text("mobile,name\n13800000000,张三\n13600000000,李四\n")
    assert send_csv(run, "-m", "【科迅】{name}您好", file="more.csv").status == 7
    assert taken(gateway) == []


def test_an_older_text_that_only_holds_a_value_is_compared_as_it_was_sent(
    run: Run, gateway: ScriptedGateway
) -> None:
    query_ledger("UPDATE rows SET fields = ? WHERE id = 1", ["13800000000\0您好 "])
    query_ledger("UPDATE requests SET content = ? WHERE id = 1", ["【科迅】您好 张三"])
    Path("more.csv").write_text("mobile,name\n13800000000,张三\n13600000000,李四\n")
    assert send_csv(run, "-m", "【科迅】您好 {name}", file="more.csv").status == 7
    assert taken(gateway) == []


def test_a_resumed_batch_finds_an_older_value_that_was_sent_since(run: Run, gateway: ScriptedGateway) -> None:
    query_ledger("UPDATE rows SET fields = ? WHERE mobile = 13900000001", ["13900000001\0张三 "])
    query_ledger(
        "UPDATE requests SET content = ? WHERE recipients = 1 AND state = 'not_sent'", ["【科迅】张三 您好"]
    )
    Path("more.csv").write_text("mobile,name\n13900000001,张三\n")
    assert send_csv(run, "-m", "【科迅】{name}您好", "--again", file="more.csv").status == 0
    taken(gateway)
    ((batch,),) = query_ledger("SELECT name FROM batches WHERE finished IS NULL")
    done = run("batch", "resume", batch)
    assert (done.status, "has sent the same text" in done.err) == (7, True)
    assert taken(gateway) == []
