"""Calls whose first answer has records and whose second fails: the records are kept and shown once."""

import json

import pytest

from tests.conftest import Run
from tests.faults.client import Client
from tests.inbox.records_gateway import ONE, RecordsGateway, a_reply, a_report, body_of, fetch, write_profile
from tests.scripted_gateway import Act, answer, close

ENDINGS: dict[str, Act] = {"close": close, "refusal": answer('{"Code":"-3","Message":"slow down"}')}


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_records_are_kept(run: Run, gateway: RecordsGateway, ending: str) -> None:
    gateway.prepare(body_of(a_report()))
    gateway.answers.append(ENDINGS[ending])
    assert run("report").status in (3, 5)
    assert [record["mobile"] for record in fetch(run, "--no-pull")] == [ONE]


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_records_are_shown_once_by_this_call_or_the_next(
    run: Run, gateway: RecordsGateway, ending: str
) -> None:
    gateway.prepare(body_of(a_report()))
    gateway.answers.append(ENDINGS[ending])
    first, second = run("report", "-o", "jsonl"), run("report", "-o", "jsonl")
    assert [json.loads(line)["mobile"] for line in first.lines + second.lines] == [ONE]


def test_a_settled_batch_is_named_by_this_call_or_the_next(run: Run, gateway: RecordsGateway) -> None:
    write_profile(exclusive=True)
    gateway.send_answers.append(close)
    batch = run("send", ONE, "-m", "【科迅】您好", "-o", "json").json["batch"]
    gateway.prepare(body_of(a_report(ONE, "77", time="2099-01-01 00:00:00")))
    gateway.answers.append(close)
    done = run("report")
    assert batch in done.err + run("report").err


def test_watch_shows_the_records_before_it_waits_for_the_gateway(
    gateway: RecordsGateway, client: Client
) -> None:
    gateway.prepare(body_of(a_reply()))
    gateway.answers.append(close)
    process = client.start("mo", "--watch", "--interval", "0.1", "-o", "jsonl")
    assert process.stdout is not None
    client.read_until(b"waiting for the gateway")
    gateway.prepare(body_of(a_reply(content="later")))
    assert json.loads(process.stdout.readline())["content"] == "1"
