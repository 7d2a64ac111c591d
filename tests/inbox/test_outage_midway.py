"""The first answer of a call has records, the second never comes: what came is shown to somebody."""

import json

import pytest

from tests.conftest import Run
from tests.faults.client import Client
from tests.inbox.scene import ONE, Hatch, a_reply, a_report, data, fetch
from tests.scripted_gateway import Act, answer, close

ENDINGS: dict[str, Act] = {"close": close, "refusal": answer('{"Code":"-3","Message":"slow down"}')}


@pytest.mark.parametrize("ending", ENDINGS)
def test_kept(run: Run, gateway: Hatch, ending: str) -> None:
    gateway.hand(data(a_report()))
    gateway.handed.append(ENDINGS[ending])
    assert run("report").status in (3, 5)
    assert [record["mobile"] for record in fetch(run, "--no-pull")] == [ONE]


@pytest.mark.parametrize("ending", ENDINGS)
def test_shown(run: Run, gateway: Hatch, ending: str) -> None:
    """By this call or by the next: a script that lives on `kxsms report` must see it once."""
    gateway.hand(data(a_report()))
    gateway.handed.append(ENDINGS[ending])
    first, second = run("report", "-o", "jsonl"), run("report", "-o", "jsonl")
    assert [json.loads(line)["mobile"] for line in first.lines + second.lines] == [ONE]


def test_settling_is_told(run: Run, gateway: Hatch) -> None:
    gateway.sends.append(close)
    batch = run("send", ONE, "-m", "【科迅】您好", "-o", "json").json["batch"]
    gateway.hand(data(a_report(ONE, "77", time="2099-01-01 00:00:00")))
    gateway.handed.append(close)
    done = run("report")
    assert batch in done.err + run("report").err


def test_watch(gateway: Hatch, client: Client) -> None:
    gateway.hand(data(a_reply()))
    gateway.handed.append(close)
    process = client.start("mo", "--watch", "--interval", "0.1", "-o", "jsonl")
    assert process.stdout is not None
    client.read_until(b"waiting for the gateway")
    gateway.hand(data(a_reply(content="later")))
    assert json.loads(process.stdout.readline())["content"] == "1"
