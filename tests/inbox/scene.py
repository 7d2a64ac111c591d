"""What the tests of reports and replies share: a gateway that hands each answer out once, and its answers."""

import json
import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli_w

from tests.conftest import Done, Run
from tests.faults.gateway import FaultGateway
from tests.scripted_gateway import Act, Received, answer

EMPTY = '{"Code":"0","Message":"ok","Data":[]}'
TEXT = "【科迅】您好"
ONE, TWO, THREE = "13800000001", "13900000002", "13700000003"
TIME, ISO = "2026-11-22 10:00:00", "2026-11-22T10:00:00+08:00"
LONG_AGO, FUTURE = "2020-01-01 00:00:00", "2099-01-01 00:00:00"


@dataclass
class Hatch(FaultGateway):
    """Hands out each of `handed` once, to whoever asks for reports or replies, and then `nothing`.

    `sends` are the acts for what is sent; after the last of them everything is accepted.
    """

    handed: list[Act] = field(default_factory=list)
    sends: list[Act] = field(default_factory=list)
    nothing: Act = field(default_factory=lambda: answer(EMPTY))

    def __post_init__(self) -> None:
        self.plan = self._hand_out

    def _hand_out(self, request: Received) -> Act | None:
        if request.path.endswith(("QueryReport", "QueryMo")):
            return self.handed.pop(0) if self.handed else self.nothing
        return self.sends.pop(0) if self.sends else None

    def hand(self, *bodies: str | bytes) -> None:
        """Have these bodies ready, an answer each."""
        self.handed += [answer(body) for body in bodies]

    def asked(self) -> int:
        """How often it was asked for reports or replies."""
        return sum(1 for request in self.received if "/Query" in request.path)


def data(*records: Mapping[str, object]) -> str:
    """An answer with these records."""
    return json.dumps({"Code": "0", "Message": "ok", "Data": records}, ensure_ascii=False)


def a_report(mobile: str = ONE, task: str = "7", status: str = "DELIVRD", time: str = TIME) -> dict[str, str]:
    return {"Mobile": mobile, "TaskId": task, "Status": status, "ReportTime": time}


def a_reply(mobile: str = ONE, content: str = "1", time: str | None = TIME) -> dict[str, str]:
    timed = {"MoTime": time} if time is not None else {}
    return {"Mobile": mobile, "Content": content, **timed}


def accept_as(task: str) -> Act:
    return answer(json.dumps({"Code": "0", "Message": "ok", "TaskId": task}))


def send(run: Run, gateway: Hatch, task: str, *mobiles: str, text: str = TEXT) -> str:
    """Send a text to some numbers, which the gateway accepts under this task id; the batch."""
    gateway.sends.append(accept_as(task))
    done = run("send", *mobiles, "-m", text, "-o", "json")
    assert done.status == 0, done.err
    return str(done.json["batch"])


def fetch(run: Run, *options: str, command: str = "report", status: int = 0) -> list[dict[str, Any]]:
    """What `kxsms report` (or `mo`) shows."""
    done: Done = run(command, "-o", "json", *options)
    assert done.status == status, done.err
    found: list[dict[str, Any]] = done.json
    return found


def show(run: Run, batch: str) -> dict[str, Any]:
    """What `kxsms batch show` says."""
    found: dict[str, Any] = run("batch", "show", batch, "-o", "json").json
    return found


def configure(**settings: object) -> None:
    """Write the config's only profile, its default; account and gateway come from the environment."""
    document = {"default_profile": "t", "profiles": {"t": settings}}
    path = Path(os.environ["KXSMS_CONFIG"])
    path.write_text(tomli_w.dumps(document), encoding="utf-8")
    path.chmod(0o600)


def look(query: str, values: Sequence[object] = ()) -> list[Any]:
    """Rows of the ledger; also changes it, as nobody should."""
    path = Path(os.environ["KXSMS_STATE_DIR"]) / "ledger.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
        return connection.execute(query, values).fetchall()


def put_new(kind: str, body: str | bytes, account: str = "12345") -> None:
    """Leave an answer in the ledger as a crash between its arrival and its reading does."""
    raw = body.encode() if isinstance(body, str) else body
    look(
        "INSERT INTO answers (kind, account, product, fetched, http_status, content_type, body)"
        " VALUES (?, ?, 'sms', 1795312800.0, 200, 'application/json', ?)",
        (kind, account, raw),
    )
