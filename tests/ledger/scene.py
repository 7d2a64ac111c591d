"""Helpers for the tests of batches: CSV files, the requests that arrived, and queries of the ledger."""

import json
import os
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from kxsms.domain.zones import DEFAULT_ZONE, zone
from tests.conftest import Done, Run
from tests.engines import has_ledger, query_ledger
from tests.scripted_gateway import ScriptedGateway, answer

Pair = tuple[str, str]
"""A mobile number, and the text for it."""

REFUSED = answer('{"Code":"-3","Message":"余额不足"}')
DECLINED = answer("", status=404)
NOWHERE = {"KXSMS_BASE_URL": "http://127.0.0.1:1"}
COUNTS = ("accepted", "rejected", "not_sent", "unknown")
TEXT = "【科迅】您好"
ONE = "13800000000"


def people(count: int, first: int = 1) -> list[Pair]:
    """Return different numbers, each with a text of its own, and so with a request of its own."""
    return [(f"138{number:08d}", f"{TEXT}{number}") for number in range(first, first + count)]


def write_csv(rows: Iterable[Pair], name: str = "people.csv", encoding: str = "utf-8") -> str:
    """Write a CSV with the columns mobile and content into the current directory, and return its name."""
    lines = ["mobile,content", *(",".join(row) for row in rows), ""]
    Path(name).write_text("\n".join(lines), encoding=encoding)
    return name


def send_csv(run: Run, *options: str, file: str = "people.csv", **more: Any) -> Done:
    """Run `kxsms send --csv` as a script does: one request at a time, without a rate, the result as JSON."""
    fixed = ("--yes", "--concurrency", "1", "--rate", "0", "-o", "json")
    return run("send", "--csv", file, *fixed, *options, **more)


def send_one(run: Run, *options: str, **more: Any) -> Done:
    """Run `kxsms send` for one text and one number."""
    return run("send", ONE, "-m", TEXT, "-o", "json", *options, **more)


def counts(done: Done) -> tuple[int, ...]:
    """Return how many recipients are accepted, rejected, not sent and unknown."""
    found = tuple(done.json[name] for name in COUNTS)
    assert sum(found) == done.json["recipients"]
    return found


def taken(gateway: ScriptedGateway) -> list[Pair]:
    """Return the numbers and texts that arrived since the last call."""
    found = [(number, request.form["content"]) for request in gateway.received for number in request.numbers]
    gateway.received.clear()
    return found


def unfinished(run: Run, gateway: ScriptedGateway, *options: str) -> Done:
    """Send people.csv so that the first is accepted, the second rejected, and no other arrives."""
    gateway.script, gateway.otherwise = [answer(), REFUSED], DECLINED
    done = send_csv(run, *options)
    gateway.script, gateway.otherwise = [], answer()
    gateway.received.clear()
    assert done.status == 5
    assert counts(done)[:2] == (1, 1)
    return done


def ledger_file() -> Path:
    """Return the path of the ledger."""
    return Path(os.environ["KXSMS_STATE_DIR"]) / "ledger.sqlite3"


def age(seconds: float) -> None:
    """Make everything in the ledger so many seconds older."""
    query_ledger("UPDATE batches SET created = created - ?, finished = finished - ?", (seconds, seconds))
    query_ledger("UPDATE requests SET claimed = claimed - ?, settled = settled - ?", (seconds, seconds))


def change_terms(**changes: object) -> None:
    """Change terms of every batch in the ledger, as no user can."""
    for number, terms in query_ledger("SELECT id, terms FROM batches"):
        changed = json.dumps({**json.loads(terms), **changes})
        query_ledger("UPDATE batches SET terms = ? WHERE id = ?", (changed, number))


def terms() -> Any:
    """Return the terms of the only batch."""
    return json.loads(query_ledger("SELECT terms FROM batches")[0][0])


def batches() -> int:
    """Return how many batches the ledger has."""
    found: int = query_ledger("SELECT count(*) FROM batches")[0][0] if has_ledger() else 0
    return found


def window_around(hours: float) -> str:
    """Return a window of two hours, in Shanghai, that opens about so many hours from now."""
    start = datetime.fromtimestamp(time.time() + hours * 3600, zone(DEFAULT_ZONE))
    return f"{start:%H}:00-{(start.hour + 2) % 24:02}:00"
