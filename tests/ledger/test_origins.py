"""Two gateways under one account name: they share no batch, no key, no overlap and no report."""

from collections.abc import Iterator

import pytest

from kxsms.domain.profile import origin_of
from tests.conftest import Run
from tests.engines import query_ledger
from tests.inbox.records_gateway import a_report, body_of
from tests.ledger.scene import ONE, batches, people, send_csv, send_one, taken, write_csv
from tests.scripted_gateway import ScriptedGateway, answer, close

KEY = ("--idempotency-key", "monday")
DECLINED = answer("", status=404)


@pytest.fixture
def other() -> Iterator[ScriptedGateway]:
    with ScriptedGateway() as scripted:
        yield scripted


def at(gateway: ScriptedGateway) -> dict[str, str]:
    return {"KXSMS_BASE_URL": gateway.url}


def accept_as(task: str) -> str:
    return f'{{"Code":"0","Message":"ok","TaskId":"{task}"}}'


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://apis.kx-ytx.com", "apis.kx-ytx.com"),
        ("http://APIS.kx-ytx.com/api", "apis.kx-ytx.com"),
        ("http://apis.kx-ytx.com.:80", "apis.kx-ytx.com"),
        ("https://apis.kx-ytx.com:443", "apis.kx-ytx.com"),
        ("https://apis.kx-ytx.com:8443", "apis.kx-ytx.com:8443"),
        ("http://[::1]:8080", "[::1]:8080"),
    ],
)
def test_an_origin_is_host_and_port_without_the_scheme(url: str, origin: str) -> None:
    assert origin_of(url) == origin


def test_a_file_is_sent_to_each_gateway(run: Run, gateway: ScriptedGateway, other: ScriptedGateway) -> None:
    write_csv(people(3))
    send_csv(run)
    done = send_csv(run, env=at(other))
    assert done.json["replayed"] is False
    assert taken(other) == people(3)


def test_each_gateway_replays_its_own(run: Run, gateway: ScriptedGateway, other: ScriptedGateway) -> None:
    write_csv(people(3))
    first, second = send_csv(run), send_csv(run, env=at(other))
    assert send_csv(run).json["batch"] == first.json["batch"]
    assert send_csv(run, env=at(other)).json["batch"] == second.json["batch"]
    assert batches() == 2


def test_an_unfinished_batch_is_not_resumed_at_another_gateway(
    run: Run, gateway: ScriptedGateway, other: ScriptedGateway
) -> None:
    gateway.script = [answer(), DECLINED, DECLINED]
    write_csv(people(3))
    send_csv(run, "--retries", "0")
    assert send_csv(run, env=at(other)).json["resumed"] is False
    assert taken(other) == people(3)


def test_resume_refuses_another_gateway(run: Run, gateway: ScriptedGateway, other: ScriptedGateway) -> None:
    gateway.script = [answer(), DECLINED, DECLINED]
    write_csv(people(3))
    name = send_csv(run, "--retries", "0").json["batch"]
    done = run("batch", "resume", name, env=at(other))
    assert done.status == 4
    assert gateway.url.removeprefix("http://") in done.err
    assert taken(other) == []


def test_a_key_is_one_for_each_gateway(run: Run, gateway: ScriptedGateway, other: ScriptedGateway) -> None:
    send_one(run, *KEY)
    assert send_one(run, *KEY, env=at(other)).json["replayed"] is False
    assert send_one(run, *KEY).json["replayed"] is True
    assert send_one(run, *KEY, env=at(other)).json["replayed"] is True
    assert batches() == 2


def test_an_unknown_send_does_not_hold_back_another_gateway(
    run: Run, gateway: ScriptedGateway, other: ScriptedGateway
) -> None:
    gateway.script = [close]
    assert send_one(run).status == 6
    assert send_one(run, env=at(other)).status == 0


def test_there_is_no_overlap_between_gateways(
    run: Run, gateway: ScriptedGateway, other: ScriptedGateway
) -> None:
    write_csv(people(3))
    send_csv(run)
    write_csv(people(4))
    assert send_csv(run, env=at(other)).status == 0
    assert send_csv(run).status == 7


def test_skip_sent_skips_nobody_of_another_gateway(
    run: Run, gateway: ScriptedGateway, other: ScriptedGateway
) -> None:
    write_csv(people(3))
    send_csv(run)
    write_csv(people(4))
    send_csv(run, "--skip-sent", env=at(other))
    assert taken(other) == people(4)


def test_a_report_is_booked_at_its_own_gateway(
    run: Run, gateway: ScriptedGateway, other: ScriptedGateway
) -> None:
    gateway.script = [answer(accept_as("7"))]
    name = send_one(run).json["batch"]
    other.script = [answer(body_of(a_report(ONE, "7"))), answer(body_of())]
    assert run("report", "-o", "json", env=at(other)).json[0]["batch"] is None
    gateway.script = [answer(body_of(a_report(ONE, "7"))), answer(body_of())]
    assert run("report", "-o", "json").json[0]["batch"] == name
    assert query_ledger("SELECT count(*) FROM records") == [(2,)]


def test_the_ledger_shows_the_reports_of_one_gateway(
    run: Run, gateway: ScriptedGateway, other: ScriptedGateway
) -> None:
    other.script = [answer(body_of(a_report(ONE, "7"))), answer(body_of())]
    run("report", env=at(other))
    assert run("report", "--no-pull", "-o", "json").json == []
    assert len(run("report", "--no-pull", "-o", "json", env=at(other)).json) == 1


def test_the_sandbox_has_a_constant_origin(run: Run) -> None:
    command = ("send", "--sandbox", ONE, "-m", "【科迅】您好", "-o", "json", *KEY)
    run(*command)
    assert run(*command).json["replayed"] is True
