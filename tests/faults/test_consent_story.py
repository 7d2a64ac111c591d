"""Two days of a sender, typed as a new user would: what left is counted at the gateway."""

import csv
import io
import socket
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from datetime import time as clock_time
from pathlib import Path

import pytest

from kxsms.domain.zones import DEFAULT_ZONE, zone
from tests.conftest import Done, Run
from tests.engines import query_ledger
from tests.faults.client import kxsms
from tests.faults.gateway import FaultGateway
from tests.inbox.records_gateway import EMPTY, a_reply, body_of
from tests.scripted_gateway import Act, Received, answer
from tests.source.sheets import workbook

MOBILES = [f"138{number:08d}" for number in range(20)]
EXCLUDED, OVERNIGHT = MOBILES[5], MOBILES[17]
MEANWHILE = [MOBILES[10], MOBILES[15]]
SELF = "13911112222"
TEXT = "{姓名}您好，周末八折，退订回T"
OTHER_TEXT = "{姓名}您好，新品上市，退订回T"
SEND = ("send", "--csv", "people.xlsx", "--exclude", "complaints.txt", "--window", "09:00-21:00")
AT_MO, AT_CLOSING = 4, 7
"""The requests of the batch during which replies are fetched, and during which the window closes."""


class Clock:
    """The clock of a machine in Shanghai, which a test sets."""

    def __init__(self) -> None:
        self._offset = 0.0
        self._real = time.time
        self._today = datetime.fromtimestamp(self._real(), zone(DEFAULT_ZONE)).date()
        self.set("15:00")

    def __call__(self) -> float:
        return self._real() + self._offset

    def at(self, clock: str, days: int = 0) -> datetime:
        """Return a time of today or of a later day."""
        moment = datetime.combine(self._today, clock_time.fromisoformat(clock), zone(DEFAULT_ZONE))
        return moment + timedelta(days)

    def set(self, clock: str, days: int = 0) -> None:
        """Set the clock to a time of today or of a later day."""
        self._offset = self.at(clock, days).timestamp() - self._real()


class Sender(FaultGateway):
    """A gateway at which replies wait, and at which things happen during a batch."""

    clock: Clock
    replies: list[str]
    nth = -1
    """The number of the last request of the batch; the test to oneself is the first that arrives."""

    def decide(self, request: Received) -> Act | None:
        if request.path.endswith("/QueryMo"):
            waiting, self.replies = self.replies, []
            return answer(body_of(*(a_reply(mobile, "退订") for mobile in waiting)) if waiting else EMPTY)
        self.nth += 1
        accept = self.accept(request)

        def act(connection: socket.socket) -> None:
            if self.nth == AT_MO:
                self.replies = MEANWHILE
                assert kxsms("mo", "-q").status == 0
            elif self.nth == AT_CLOSING:
                self.clock.set("21:00", days=1)
                while query_ledger("SELECT count(*) FROM requests WHERE state = 'sending'") != [(1,)]:
                    pass  # until the next request, which is claimed, has gone back
            accept(connection)

        return act if self.nth in (AT_MO, AT_CLOSING) else accept


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "time", clock)
    return clock


@pytest.fixture
def gateway(clock: Clock) -> Iterator[Sender]:
    """Yield a gateway to which nothing but a profile leads."""
    with Sender() as sender:
        sender.clock, sender.replies, sender.plan = clock, [], sender.decide
        yield sender


def counts(done: Done) -> dict[str, int]:
    """Return some counts of the only batch that was due."""
    (result,) = done.json
    return {name: result[name] for name in ("accepted", "not_sent", "opted_out", "skipped")}


def exported(run: Run, name: str) -> dict[str, str]:
    """Return the outcome of each number in the export of a batch, which has every row of the workbook."""
    rows = list(csv.DictReader(io.StringIO(run("batch", "export", name, "--encoding", "utf-8").text)))
    assert len(rows) == len(MOBILES)
    return {row["手机号"]: row["kxsms_outcome"] for row in rows}


@pytest.fixture
def ok(run: Run) -> Run:
    """Return a function that runs a command line, and checks its exit status."""

    def call(*command: str, status: int = 0, stdin: bytes = b"") -> Done:
        done = run(*command, stdin=stdin)
        assert done.status == status, done.err
        return done

    return call


@pytest.fixture
def texts(ok: Run, gateway: Sender) -> dict[str, str]:
    """Log in, store a template, and write the files. Return the text for each number of the workbook."""
    account = ("--account", "12345", "--base-url", gateway.url, "--product", "sms")
    ok("login", *account, "--token-stdin", "--no-verify", stdin=b"secret")
    ok("config", "set", "signature", "科迅")
    ok("config", "set", "fetch_replies", "true")
    ok("template", "add", TEXT)
    names = [f"客户{number}" for number in range(len(MOBILES))]
    workbook([["手机号", "姓名"], *zip(MOBILES, names, strict=True)], name="people.xlsx")
    Path("complaints.txt").write_text(EXCLUDED)
    return {mobile: f"【科迅】{TEXT}".format(姓名=name) for mobile, name in zip(MOBILES, names, strict=True)}


@pytest.mark.sqlite  # moves the clock of the host, and a server has its own
def test_recipients_who_opted_out_get_no_other_text(
    run: Run, ok: Run, gateway: Sender, clock: Clock, texts: dict[str, str]
) -> None:
    ok(*SEND, "-m", TEXT.replace("，", ","), "--yes", status=7)
    assert not gateway.accepted

    test = (SELF, texts[MOBILES[0]])
    ok(*SEND, "-m", TEXT, "--test-to", SELF)
    assert gateway.accepted == Counter([test])

    pace = ("--yes", "--concurrency", "1", "--rate", "0", "-o", "json")
    planned = ok(*SEND, "-m", TEXT, "--at", "tomorrow 20:30", *pace).json
    assert planned["scheduled_for"] == clock.at("20:30", days=1).isoformat()
    assert (planned["recipients"], planned["skipped"]) == (19, 1)
    assert ok("batch", "run").out == b""

    clock.set("20:30", days=1)
    evening = ok("batch", "run", "-o", "json", status=7)
    assert counts(evening) == {"accepted": AT_CLOSING, "not_sent": 10, "opted_out": 2, "skipped": 1}
    assert evening.error["message"].endswith(f"10 recipients wait until {clock.at('09:00', 2).isoformat()}")
    assert ok("batch", "show", planned["batch"], "-o", "json").json["state"] == "waiting"

    clock.set("23:59", days=1)
    assert ok("batch", "run").out == b""

    gateway.replies = [OVERNIGHT]
    clock.set("09:00", days=2)
    morning = ok("batch", "run", "-o", "json")
    assert counts(morning) == {"accepted": 16, "not_sent": 0, "opted_out": 3, "skipped": 1}
    reached = [mobile for mobile in MOBILES if mobile not in (EXCLUDED, OVERNIGHT, *MEANWHILE)]
    assert gateway.accepted == Counter([test, *((mobile, texts[mobile]) for mobile in reached)])
    others = dict.fromkeys((OVERNIGHT, *MEANWHILE), "opted_out") | {EXCLUDED: "skipped"}
    assert exported(run, planned["batch"]) == dict.fromkeys(reached, "accepted") | others

    ok("template", "add", OTHER_TEXT)
    ok(*SEND[:3], "-m", OTHER_TEXT, "--yes")
    texts_of = Counter(mobile for mobile, _ in gateway.accepted)
    assert texts_of == dict.fromkeys(reached, 2) | {EXCLUDED: 1, SELF: 1}
