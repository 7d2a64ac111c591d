"""Reports on an account that other programs use too: three recipients and nobody else settle a request."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.inbox.records_gateway import (
    FUTURE,
    LONG_AGO,
    ONE,
    TEXT,
    THREE,
    TWO,
    RecordsGateway,
    a_report,
    body_of,
    fetch,
    show_batch,
)
from tests.scripted_gateway import close

FOUR, STRANGER = "13600000004", "13500000005"
ALL = (ONE, TWO, THREE, FOUR)

pytestmark = pytest.mark.usefixtures("consistent_ledger")


@pytest.fixture
def batch(run: Run, gateway: RecordsGateway) -> str:
    """Send a text to four recipients, whose outcome is unknown."""
    return unknown(run, gateway, *ALL)


def unknown(run: Run, gateway: RecordsGateway, *mobiles: str, text: str = TEXT) -> str:
    gateway.send_answers.append(close)
    done = run("send", *mobiles, "-m", text, "-o", "json")
    assert done.status == 6, done.err
    return str(done.json["batch"])


def report(
    run: Run,
    gateway: RecordsGateway,
    *mobiles: str,
    task: str = "77",
    time: str = FUTURE,
    product: str = "sms",
) -> str:
    """Fetch reports about these numbers under one task id. Return what stderr says."""
    gateway.prepare(body_of(*(a_report(mobile, task, time=time) for mobile in mobiles)))
    return run("report", "--product", product, "-o", "json").err


def accepted(run: Run, batch: str) -> tuple[int, int]:
    document = show_batch(run, batch)
    return document["accepted"], document["unknown"]


@pytest.mark.parametrize("numbers", [(ONE,), (ONE, TWO), (ONE, ONE, TWO, TWO)])
def test_reports_about_fewer_than_three_recipients_settle_nothing(
    run: Run, gateway: RecordsGateway, batch: str, numbers: Sequence[str]
) -> None:
    report(run, gateway, *numbers)
    assert accepted(run, batch) == (0, 4)


def test_reports_about_three_recipients_settle_the_request(
    run: Run, gateway: RecordsGateway, batch: str
) -> None:
    assert batch in report(run, gateway, ONE, TWO, THREE)
    assert accepted(run, batch) == (4, 0)
    assert show_batch(run, batch)["delivered"] == 3


def test_reports_of_several_calls_settle_the_request(run: Run, gateway: RecordsGateway, batch: str) -> None:
    for mobile in (ONE, TWO, THREE):
        report(run, gateway, mobile)
    assert accepted(run, batch) == (4, 0)
    assert show_batch(run, batch)["delivered"] == 3


def test_one_number_of_nobody_here_settles_nothing(run: Run, gateway: RecordsGateway, batch: str) -> None:
    report(run, gateway, ONE, TWO, THREE, STRANGER)
    assert accepted(run, batch) == (0, 4)


def test_reports_under_different_task_ids_settle_nothing(
    run: Run, gateway: RecordsGateway, batch: str
) -> None:
    for task, mobile in enumerate(ALL, start=77):
        report(run, gateway, mobile, task=str(task))
    assert accepted(run, batch) == (0, 4)


@pytest.mark.parametrize("time", [LONG_AGO, ""])
def test_reports_not_known_to_be_later_settle_nothing(
    run: Run, gateway: RecordsGateway, batch: str, time: str
) -> None:
    report(run, gateway, ONE, TWO, THREE, time=time)
    assert accepted(run, batch) == (0, 4)


def test_reports_of_another_product_settle_nothing(run: Run, gateway: RecordsGateway, batch: str) -> None:
    report(run, gateway, ONE, TWO, THREE, product="voice")
    assert accepted(run, batch) == (0, 4)


def test_reports_that_fit_two_requests_settle_neither(run: Run, gateway: RecordsGateway, batch: str) -> None:
    other = unknown(run, gateway, *ALL, text="【科迅】再见")
    report(run, gateway, ONE, TWO, THREE)
    assert accepted(run, batch) == accepted(run, other) == (0, 4)


def test_a_request_without_one_of_the_numbers_does_not_fit(
    run: Run, gateway: RecordsGateway, batch: str
) -> None:
    other = unknown(run, gateway, ONE, TWO, text="【科迅】再见")
    report(run, gateway, ONE, TWO, THREE)
    assert accepted(run, batch) == (4, 0)
    assert accepted(run, other) == (0, 2)


@pytest.fixture
def settled(run: Run, gateway: RecordsGateway, batch: str) -> str:
    report(run, gateway, ONE, TWO, THREE)
    return batch


def test_a_number_of_others_later_makes_it_unknown_again(
    run: Run, gateway: RecordsGateway, settled: str
) -> None:
    said = report(run, gateway, STRANGER)
    assert f"batch {settled}: 4 recipients are unknown again" in said
    assert accepted(run, settled) == (0, 4)


def test_what_is_unknown_again_has_no_deliveries(run: Run, gateway: RecordsGateway, settled: str) -> None:
    report(run, gateway, STRANGER)
    document = show_batch(run, settled)
    assert (document["delivered"], document["pending"]) == (0, 0)
    assert fetch(run, "--batch", settled) == []


def test_what_is_unknown_again_stays_so(run: Run, gateway: RecordsGateway, settled: str) -> None:
    report(run, gateway, STRANGER)
    report(run, gateway, FOUR)
    fetch(run)
    assert accepted(run, settled) == (0, 4)


def test_what_is_unknown_again_is_exported_so(run: Run, gateway: RecordsGateway, settled: str) -> None:
    report(run, gateway, STRANGER)
    rows = run("batch", "export", settled, "-o", "json").json
    assert {row["kxsms_outcome"] for row in rows} == {"unknown"}
    assert {row["kxsms_delivery"] for row in rows} == {None}


def test_a_number_of_others_under_a_task_id_of_the_gateway_changes_nothing(
    run: Run, gateway: RecordsGateway
) -> None:
    batch = str(run("send", *ALL, "-m", TEXT, "-o", "json").json["batch"])
    task = run("batch", "export", batch, "-o", "json").json[0]["kxsms_task_id"]
    report(run, gateway, STRANGER, task=task)
    assert accepted(run, batch) == (4, 0)


def test_a_number_of_others_under_another_product_changes_nothing(
    run: Run, gateway: RecordsGateway, settled: str
) -> None:
    report(run, gateway, STRANGER, product="voice")
    assert accepted(run, settled) == (4, 0)


def evidence(run: Run, batch: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = show_batch(run, batch)["evidence"]
    return found


def test_weak_evidence_is_shown(run: Run, gateway: RecordsGateway, batch: str) -> None:
    report(run, gateway, ONE, STRANGER)
    assert evidence(run, batch) == [
        {
            "task_id": "77",
            "mobile": ONE,
            "state": "delivered",
            "status": "DELIVRD",
            "time": "2099-01-01T00:00:00+08:00",
            "product": "sms",
        }
    ]


def test_weak_evidence_names_the_command_to_decide(run: Run, gateway: RecordsGateway, batch: str) -> None:
    report(run, gateway, ONE)
    said = run("batch", "show", batch).err
    assert "task id 77" in said
    assert f"kxsms batch settle {batch} --accepted" in said


def test_reports_from_before_the_request_are_no_evidence(
    run: Run, gateway: RecordsGateway, batch: str
) -> None:
    report(run, gateway, ONE, time=LONG_AGO)
    assert evidence(run, batch) == []


def test_a_settled_batch_has_no_evidence(run: Run, settled: str) -> None:
    assert evidence(run, settled) == []


@pytest.mark.parametrize("first", ["sms", "voice"])
def test_a_report_is_booked_on_the_product_under_which_it_was_fetched(
    run: Run, gateway: RecordsGateway, first: str
) -> None:
    products = (first, {"sms": "voice", "voice": "sms"}[first])
    batches = {}
    for product in products:
        sent = run("send", ONE, "-m", f"{TEXT}{product}", "--product", product, "-o", "json").json
        batches[product] = sent["batch"]
    change_tasks_to("5")
    report(run, gateway, ONE, task="5", product="voice")
    assert {p: show_batch(run, b)["delivered"] for p, b in batches.items()} == {"sms": 0, "voice": 1}


def change_tasks_to(task: str) -> None:
    query_ledger("UPDATE requests SET task_id = ?", (task,))


def test_a_report_is_booked_on_the_only_product_that_has_its_task(run: Run, gateway: RecordsGateway) -> None:
    batch = run("send", ONE, "-m", TEXT, "--product", "voice", "-o", "json").json["batch"]
    change_tasks_to("5")
    report(run, gateway, ONE, task="5")
    assert show_batch(run, batch)["delivered"] == 1


def test_a_report_that_fits_two_other_products_is_booked_on_neither(
    run: Run, gateway: RecordsGateway
) -> None:
    for product in ("voice", "vip"):
        run("send", ONE, "-m", TEXT, "--product", product)
    change_tasks_to("5")
    report(run, gateway, ONE, task="5")
    assert [each["delivered"] for each in run("batch", "list", "-o", "json").json] == [0, 0]
