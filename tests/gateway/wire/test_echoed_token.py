"""A token that the gateway repeats in another encoding, or split by markup, is masked once it is read."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import TOKEN, Done, Run
from tests.scripted_gateway import ScriptedGateway, answer

PART = "s3cret"
HALF = len(TOKEN) // 2
COMMENTED = f"{TOKEN[:3]}<!-- - -->{TOKEN[3:HALF]}<!----><?x y?>{TOKEN[HALF:]}"
IN_CDATA = f"{TOKEN[:3]}<![CDATA[{TOKEN[3:HALF]}]]><![CDATA[{TOKEN[HALF:]}]]>"

Encoded = Callable[[str], bytes]
SPLIT = {"comment": COMMENTED, "cdata": IN_CDATA}
WIDE: dict[str, Encoded] = {
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16-be": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
}
SEND = ("send", "13800000000", "-m", "【科】您好", "--retries", "0")


def body(case: str, code: str, task: str, message: str) -> bytes:
    """Return an answer with these values, in which TOKEN is written as the case has it."""
    if case in WIDE:
        text = f'{{"Code":"{code}","TaskId":"{task}","Message":"{message}"}}'
        return WIDE[case](text)
    text = f"<Response><Code>{code}</Code><TaskId>{task}</TaskId><Message>{message}</Message></Response>"
    return text.replace(TOKEN, SPLIT[case]).encode()


def records(case: str, field: str) -> bytes:
    """Return an answer with a reply whose `field` is TOKEN, written as the case has it."""
    if case in WIDE:
        return WIDE[case](f'{{"Code":"0","Data":[{{"mobile":"13800000000","{field}":"{TOKEN}"}}]}}')
    text = f"<R><Code>0</Code><D><mobile>13800000000</mobile><{field}>{TOKEN}</{field}></D></R>"
    return text.replace(TOKEN, SPLIT[case]).encode()


def hidden(done: Done) -> bool:
    shown = done.out.replace(b"\0", b"").decode("utf-8", "replace") + done.err
    return PART not in shown.replace("\\x00", "")


def in_ledger(state: Path) -> bool:
    """Return whether a value of the ledger holds the start of the token, also in UTF-16 or split."""
    with closing(sqlite3.connect(state / "ledger.sqlite3")) as database:
        dump = "\n".join(database.iterdump())
        blobs = [row[0] for row in database.execute("SELECT body FROM answers")]
        blobs += [row[0] for row in database.execute("SELECT reply FROM requests") if row[0] is not None]
    kept = b"".join(blob if isinstance(blob, bytes) else str(blob).encode() for blob in blobs)
    return PART in dump or PART[:3].encode() in kept.replace(b"\0", b"")


@pytest.mark.parametrize("case", [*SPLIT, *WIDE])
@pytest.mark.parametrize("field", ["code", "task", "message"])
def test_in_an_answer_to_send(
    run: Run, gateway: ScriptedGateway, tmp_path: Path, case: str, field: str
) -> None:
    values = {"code": "0", "task": "1", "message": "ok"} | {field: TOKEN}
    gateway.otherwise = answer(body(case, **values))

    done = run(*SEND, "-o", "json")

    assert "********" in done.text
    assert hidden(done)
    assert hidden(run("batch", "list", "-v"))
    assert not in_ledger(tmp_path / "state")


@pytest.mark.parametrize("case", [*SPLIT, *WIDE])
@pytest.mark.parametrize("field", ["content", "taskid", "other"])
def test_in_a_reply(run: Run, gateway: ScriptedGateway, tmp_path: Path, case: str, field: str) -> None:
    gateway.script = [answer(records(case, field))]
    gateway.otherwise = answer('{"Code":"0"}')

    done = run("mo", "-o", "json", "-v")

    assert done.json[0]["mobile"] == "13800000000"
    assert hidden(done)
    assert hidden(run("mo", "--no-pull", "-o", "json"))
    assert not in_ledger(tmp_path / "state")


def test_a_token_in_chinese_characters(run: Run, gateway: ScriptedGateway, tmp_path: Path) -> None:
    gateway.otherwise = answer('{"Code":"-1","Message":"令牌令牌错误密钥一二"}'.encode("gb18030"))

    done = run(*SEND, "-o", "json", env={"KXSMS_TOKEN": "令牌令牌错误密钥一二"})

    assert "令牌" not in done.text
    assert "令牌".encode("gb18030") not in (tmp_path / "state" / "ledger.sqlite3").read_bytes()
