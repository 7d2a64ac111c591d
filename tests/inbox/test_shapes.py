"""Reports and replies in whatever shape: the same records, times, and states."""

from datetime import datetime
from typing import Any

import pytest

from tests.conftest import Run
from tests.inbox.scene import ISO, ONE, TIME, Hatch, configure, data, fetch
from tests.inbox.shapes import ISOS, MOBILES, SHAPES, STATES, TASKS, TIMES, WHAT, own_fields


def expected(kind: str, place: int) -> tuple[object, ...]:
    what = WHAT[kind][place]
    return (MOBILES[place], TASKS[place], what, STATES.get(what) if kind == "report" else None, ISOS[place])


def seen(record: dict[str, Any]) -> tuple[object, ...]:
    what = record["status"] if "status" in record else record["content"]
    return (record["mobile"], record["task_id"], what, record.get("state"), record["time"])


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("kind", ["report", "mo"])
def test_shape(run: Run, gateway: Hatch, kind: str, name: str) -> None:
    shape = SHAPES[name]
    if name == "own names":
        configure(fields=own_fields(kind))
    gateway.hand(shape.write(kind).encode(shape.encoding))
    found = fetch(run, command=kind)
    assert [seen(record) for record in found] == [expected(kind, place) for place in range(shape.count)]
    for place, record in enumerate(found):
        fee = next(text for key, text in record["extra"].items() if key.casefold() == "fee")
        assert fee == f"¥{place}"
        assert TIMES[place] in record["extra"].values()


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
def test_times(run: Run, gateway: Hatch, kind: str, zone: str) -> None:
    """In the zone of the profile; what names no zone is meant there."""
    if zone:
        configure(timezone=zone)
    records = [{"Mobile": ONE, "time": text, "Content": "1", "N": name} for name, text in MOMENTS.items()]
    gateway.hand(data(*records))
    absolute, offset = {
        "": (ISO, "+08:00"),
        "UTC": ("2026-11-22T02:00:00+00:00", "+00:00"),
        "America/New_York": ("2026-11-21T21:00:00-05:00", "-05:00"),
    }[zone]
    for record in fetch(run, command=kind):
        name = record["extra"]["N"]
        assert record["time"] == (absolute if name in ABSOLUTE else f"2026-11-22T10:00:00{offset}"), name
        assert MOMENTS[name] in (record["time"], *record["extra"].values())


def test_numeric_times(run: Run, gateway: Hatch) -> None:
    gateway.hand(
        data({"Mobile": 13800000001, "time": _unix(ISO)}, {"Mobile": ONE, "time": _unix(ISO) * 1000})
    )
    found = fetch(run)
    assert [record["time"] for record in found] == [ISO, ISO]


def test_what_is_no_time_stays_as_it_is(run: Run, gateway: Hatch) -> None:
    gateway.hand(data({"Mobile": ONE, "time": "gestern", "Content": "1"}))
    assert fetch(run, command="mo")[0]["time"] == "gestern"


def test_states_of_smpp_and_of_the_config(run: Run, gateway: Hatch) -> None:
    configure(states={"OK1": "delivered", "NO": "failed", "W": "pending"})
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
    gateway.hand(data(*({"Mobile": ONE, "Status": word, "TaskId": word} for word in words)))
    found = fetch(run)
    assert [record["status"] for record in found] == words
    meant = "delivered failed failed failed pending unknown failed delivered failed pending unknown"
    assert [record["state"] for record in found] == meant.split()


def test_a_new_word_counts_for_what_is_kept(run: Run, gateway: Hatch) -> None:
    gateway.hand(data({"Mobile": ONE, "Status": "OK1", "TaskId": "1"}))
    assert fetch(run)[0]["state"] == "unknown"
    configure(states={"OK1": "delivered"})
    assert fetch(run, "--state", "delivered")[0]["status"] == "OK1"
