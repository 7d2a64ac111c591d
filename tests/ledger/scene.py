"""What the tests of batches share: CSV files, what has arrived at the gateway, a look into the ledger."""

import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.conftest import Done, Run
from tests.scripted_gateway import ScriptedGateway, answer

Pair = tuple[str, str]
"""A mobile number, and the text that it gets."""

REFUSED = answer('{"Code":"-3","Message":"余额不足"}')
DECLINED = answer("", status=404)
NOWHERE = {"KXSMS_BASE_URL": "http://127.0.0.1:1"}
COUNTS = ("accepted", "rejected", "not_sent", "unknown")
TEXT = "【科迅】您好"
ONE = "13800000000"


def people(count: int, first: int = 1) -> list[Pair]:
    """Different numbers, each with a text of its own, and so each with a request of its own."""
    return [(f"138{number:08d}", f"{TEXT}{number}") for number in range(first, first + count)]


def write_csv(rows: Iterable[Pair], name: str = "people.csv", encoding: str = "utf-8") -> str:
    """Write a CSV with the columns mobile and content into the current directory; its name."""
    lines = ["mobile,content", *(",".join(row) for row in rows), ""]
    Path(name).write_text("\n".join(lines), encoding=encoding)
    return name


def send_csv(run: Run, *options: str, file: str = "people.csv", **more: Any) -> Done:
    """`kxsms send --csv` as a script calls it: one request at a time, no rate, the result as JSON."""
    fixed = ("--yes", "--concurrency", "1", "--rate", "0", "-o", "json")
    return run("send", "--csv", file, *fixed, *options, **more)


def send_one(run: Run, *options: str, **more: Any) -> Done:
    """`kxsms send` of one text to one number."""
    return run("send", ONE, "-m", TEXT, "-o", "json", *options, **more)


def counts(done: Done) -> tuple[int, ...]:
    """Accepted, rejected, not sent, unknown."""
    found = tuple(done.json[name] for name in COUNTS)
    assert sum(found) == done.json["recipients"]
    return found


def taken(gateway: ScriptedGateway) -> list[Pair]:
    """What has arrived since this was last asked."""
    found = [(number, request.form["content"]) for request in gateway.received for number in request.numbers]
    gateway.received.clear()
    return found


def unfinished(run: Run, gateway: ScriptedGateway, *options: str) -> Done:
    """Send people.csv so that the first is accepted, the second refused, and nothing else arrives."""
    gateway.script, gateway.otherwise = [answer(), REFUSED], DECLINED
    done = send_csv(run, *options)
    gateway.script, gateway.otherwise = [], answer()
    gateway.received.clear()
    assert (done.status, counts(done)[:2]) == (5, (1, 1))
    return done


def ledger_file() -> Path:
    """The ledger of this test."""
    return Path(os.environ["KXSMS_STATE_DIR"]) / "ledger.sqlite3"


def look(query: str, values: Sequence[object] = ()) -> list[Any]:
    """Rows of the ledger; also changes it, as nobody should."""
    with closing(sqlite3.connect(ledger_file(), isolation_level=None)) as connection:
        return connection.execute(query, values).fetchall()


def age(seconds: float) -> None:
    """Let everything in the ledger have happened so much earlier."""
    look("UPDATE batches SET created = created - ?, finished = finished - ?", (seconds, seconds))
    look("UPDATE requests SET claimed = claimed - ?, settled = settled - ?", (seconds, seconds))


def batches() -> int:
    """How many batches the ledger has."""
    found: int = look("SELECT count(*) FROM batches")[0][0] if ledger_file().exists() else 0
    return found
