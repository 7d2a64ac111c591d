"""A gateway that hands out each prepared answer once, the records in its answers, and helpers for tests."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from tests.conftest import TOKEN, Done, Run
from tests.engines import query_ledger
from tests.faults.gateway import FaultGateway
from tests.scripted_gateway import Act, Received, answer

EMPTY = '{"Code":"0","Message":"ok","Data":[]}'
TEXT = "【科迅】您好"
ONE, TWO, THREE = "13800000001", "13900000002", "13700000003"
TIME, ISO = "2026-11-22 10:00:00", "2026-11-22T10:00:00+08:00"
LONG_AGO, FUTURE = "2020-01-01 00:00:00", "2099-01-01 00:00:00"


@dataclass
class RecordsGateway(FaultGateway):
    """A gateway that gives one of `answers` to each query for reports or replies, and then only empty ones.

    It gives one of `send_answers` to each send; after the last of them it accepts every send.
    """

    answers: list[Act] = field(default_factory=list)
    send_answers: list[Act] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.plan = self._next_answer

    def _next_answer(self, request: Received) -> Act | None:
        if request.path.endswith(("QueryReport", "QueryMo")):
            return self.answers.pop(0) if self.answers else answer(EMPTY)
        return self.send_answers.pop(0) if self.send_answers else None

    def prepare(self, *bodies: str | bytes) -> None:
        """Prepare one answer for each body."""
        self.answers += [answer(body) for body in bodies]

    def query_count(self) -> int:
        """Return how many queries for reports or replies arrived."""
        return sum(1 for request in self.received if "/Query" in request.path)


def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordsGateway]:
    """Start a gateway without prepared answers, and put its URL and credentials into the environment."""
    with RecordsGateway() as gateway:
        monkeypatch.setenv("KXSMS_BASE_URL", gateway.url)
        monkeypatch.setenv("KXSMS_ACCOUNT", "12345")
        monkeypatch.setenv("KXSMS_TOKEN", TOKEN)
        yield gateway


def body_of(*records: Mapping[str, object]) -> str:
    """Return the body of an answer with these records."""
    return json.dumps({"Code": "0", "Message": "ok", "Data": records}, ensure_ascii=False)


def a_report(mobile: str = ONE, task: str = "7", status: str = "DELIVRD", time: str = TIME) -> dict[str, str]:
    """Return a delivery report as the gateway writes it."""
    return {"Mobile": mobile, "TaskId": task, "Status": status, "ReportTime": time}


def a_reply(mobile: str = ONE, content: str = "1", time: str | None = TIME) -> dict[str, str]:
    """Return a reply as the gateway writes it."""
    timed = {"MoTime": time} if time is not None else {}
    return {"Mobile": mobile, "Content": content, **timed}


def accept_as(task: str) -> Act:
    """Return an answer that accepts a send under this task id."""
    return answer(json.dumps({"Code": "0", "Message": "ok", "TaskId": task}))


def send(run: Run, gateway: RecordsGateway, task: str, *mobiles: str, text: str = TEXT) -> str:
    """Send a text that the gateway accepts under this task id. Return the batch."""
    gateway.send_answers.append(accept_as(task))
    done = run("send", *mobiles, "-m", text, "-o", "json", "--yes")
    assert done.status == 0, done.err
    return str(done.json["batch"])


def fetch(run: Run, *options: str, command: str = "report", status: int = 0) -> list[dict[str, Any]]:
    """Run `kxsms report` or `mo`, and return the records that it shows."""
    done: Done = run(command, "-o", "json", *options)
    assert done.status == status, done.err
    found: list[dict[str, Any]] = done.json
    return found


def show_batch(run: Run, batch: str) -> dict[str, Any]:
    """Return the document of `kxsms batch show`."""
    found: dict[str, Any] = run("batch", "show", batch, "-o", "json").json
    return found


def write_profile(**settings: object) -> None:
    """Write a config with one profile `t`; account and gateway come from the environment."""
    document = {"default_profile": "t", "profiles": {"t": settings}}
    path = Path(os.environ["KXSMS_CONFIG"])
    path.write_text(tomli_w.dumps(document), encoding="utf-8")
    path.chmod(0o600)


def keep_unread_answer(kind: str, body: str | bytes, account: str = "12345") -> None:
    """Write an answer to the ledger, as a process leaves it that is killed before it reads the answer."""
    raw = body.encode() if isinstance(body, str) else body
    origin = os.environ["KXSMS_BASE_URL"].removeprefix("http://")
    query_ledger(
        "INSERT INTO answers (kind, origin, account, product, fetched, http_status, content_type, body)"
        " VALUES (?, ?, ?, 'sms', 1795312800.0, 200, 'application/json', ?)",
        (kind, origin, account, raw),
    )
