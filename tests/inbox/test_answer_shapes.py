"""Answers of many shapes: each gives the same records, times and states."""

from datetime import datetime
from typing import Any

import pytest

from tests.conftest import Run
from tests.inbox.answer_shapes import ISOS, MOBILES, SHAPES, STATES, TASKS, TIMES, VALUES, custom_fields
from tests.inbox.records_gateway import ISO, ONE, TIME, RecordsGateway, body_of, fetch, write_profile


def expected(kind: str, index: int) -> tuple[object, ...]:
    """Return number, task id, status or content, state and time of a record."""
    value = VALUES[kind][index]
    state = STATES.get(value) if kind == "report" else None
    return (MOBILES[index], TASKS[index], value, state, ISOS[index])


def shown(record: dict[str, Any]) -> tuple[object, ...]:
    """Return the same values of a record that kxsms shows."""
    value = record["status"] if "status" in record else record["content"]
    return (record["mobile"], record["task_id"], value, record.get("state"), record["time"])


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("kind", ["report", "mo"])
def test_every_shape_gives_the_same_records(run: Run, gateway: RecordsGateway, kind: str, name: str) -> None:
    shape = SHAPES[name]
    if name == "custom names":
        write_profile(fields=custom_fields(kind))
    gateway.prepare(shape.write(kind).encode(shape.encoding))
    found = fetch(run, command=kind)
    assert [shown(record) for record in found] == [expected(kind, index) for index in range(shape.count)]
    for index, record in enumerate(found):
        fee = next(text for key, text in record["extra"].items() if key.casefold() == "fee")
        assert fee == f"¥{index}"
        assert TIMES[index] in record["extra"].values()


def _unix(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


MOMENTS = {
    "written": TIME,
    "digits": "20261122100000",
    "short": "2611221000",
    "seconds": str(_unix(ISO)),
    "milliseconds": str(_unix(ISO) * 1000),
    "iso": "2026-11-22T10:00:00+08:00",
    "iso utc": "2026-11-22T02:00:00Z",
}
ABSOLUTE = ("seconds", "milliseconds", "iso", "iso utc")


@pytest.mark.parametrize("kind", ["report", "mo"])
@pytest.mark.parametrize("zone", ["", "UTC", "America/New_York"])
def test_times_are_read_and_shown_in_the_zone_of_the_profile(
    run: Run, gateway: RecordsGateway, kind: str, zone: str
) -> None:
    if zone:
        write_profile(timezone=zone)
    records = [{"Mobile": ONE, "time": text, "Content": "1", "N": name} for name, text in MOMENTS.items()]
    gateway.prepare(body_of(*records))
    absolute, offset = {
        "": (ISO, "+08:00"),
        "UTC": ("2026-11-22T02:00:00+00:00", "+00:00"),
        "America/New_York": ("2026-11-21T21:00:00-05:00", "-05:00"),
    }[zone]
    for record in fetch(run, command=kind):
        name = record["extra"]["N"]
        assert record["time"] == (absolute if name in ABSOLUTE else f"2026-11-22T10:00:00{offset}"), name
        assert MOMENTS[name] in (record["time"], *record["extra"].values())


def test_a_time_can_be_a_number(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(
        body_of({"Mobile": 13800000001, "time": _unix(ISO)}, {"Mobile": ONE, "time": _unix(ISO) * 1000})
    )
    found = fetch(run)
    assert [record["time"] for record in found] == [ISO, ISO]


def test_an_invalid_time_is_shown_as_it_is(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of({"Mobile": ONE, "time": "gestern", "Content": "1"}))
    assert fetch(run, command="mo")[0]["time"] == "gestern"


def test_states_come_from_smpp_and_from_the_config(run: Run, gateway: RecordsGateway) -> None:
    write_profile(states={"OK1": "delivered", "NO": "failed", "W": "pending"})
    words = [
        "DELIVRD",
        "EXPIRED",
        "DELETED",
        "UNDELIV",
        "ACCEPTD",
        "UNKNOWN",
        "REJECTD",
        "OK1",
        "NO",
        "W",
        "?",
    ]
    gateway.prepare(body_of(*({"Mobile": ONE, "Status": word, "TaskId": word} for word in words)))
    found = fetch(run)
    assert [record["status"] for record in found] == words
    meant = "delivered failed failed failed pending unknown failed delivered failed pending unknown"
    assert [record["state"] for record in found] == meant.split()


def test_a_status_mapped_later_counts_for_kept_reports(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of({"Mobile": ONE, "Status": "OK1", "TaskId": "1"}))
    assert fetch(run)[0]["state"] == "unknown"
    write_profile(states={"OK1": "delivered"})
    assert fetch(run, "--state", "delivered")[0]["status"] == "OK1"
