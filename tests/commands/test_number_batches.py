"""A file of numbers, or more than ten of them, is a batch: kxsms asks before it sends, and sends it once."""

from pathlib import Path

import pytest

from tests.conftest import Done, Run
from tests.ledger.scene import DECLINED, TEXT, batches, send_csv, taken, write_csv
from tests.scripted_gateway import ScriptedGateway

NUMBERS = [f"138{number:08d}" for number in range(11)]
PAIRS = [(number, TEXT) for number in NUMBERS]


@pytest.fixture(params=["file", "stdin", "arguments"])
def source(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def send(run: Run, source: str, *options: str, numbers: list[str] = NUMBERS, **more: dict[str, str]) -> Done:
    lines = "\n".join(numbers)
    Path("numbers.txt").write_text(lines)
    given = {"file": ["--to-file", "numbers.txt"], "stdin": ["--to-file", "-"], "arguments": numbers}[source]
    stdin = lines.encode() if source == "stdin" else b""
    return run("send", *given, "-m", TEXT, "-o", "json", *options, stdin=stdin, **more)


def test_it_asks_before_it_sends(run: Run, gateway: ScriptedGateway, source: str) -> None:
    done = send(run, source)

    assert done.status == 2
    assert done.error["kind"] == "usage"
    assert "--yes" in done.error["hint"]
    assert taken(gateway) == []
    assert batches() == 0


def test_the_same_again_shows_the_outcome(run: Run, gateway: ScriptedGateway, source: str) -> None:
    first = send(run, source, "--yes")
    assert first.status == 0
    assert sorted(taken(gateway)) == PAIRS

    again = send(run, source)

    assert again.status == 0
    assert again.json == {**first.json, "replayed": True}
    assert taken(gateway) == []
    assert send(run, source, "--yes", "--again").json["replayed"] is False
    assert sorted(taken(gateway)) == PAIRS


def test_an_unfinished_one_asks_before_it_is_resumed(run: Run, gateway: ScriptedGateway, source: str) -> None:
    gateway.script = [DECLINED]
    assert send(run, source, "--yes").status == 5
    taken(gateway)

    assert send(run, source).status == 2
    assert taken(gateway) == []
    assert send(run, source, "--yes").json["resumed"] is True
    assert sorted(taken(gateway)) == PAIRS


def test_overlap_with_an_earlier_batch_stops_it(run: Run, gateway: ScriptedGateway, source: str) -> None:
    write_csv(PAIRS[:2])
    send_csv(run)
    taken(gateway)

    done = send(run, source, "--yes")

    assert done.status == 7
    assert "the same text to 2 recipients " in done.error["message"]
    assert taken(gateway) == []
    assert send(run, source, "--yes", "--skip-sent").json["accepted"] == 9
    assert sorted(taken(gateway)) == PAIRS[2:]


def test_a_file_with_one_number_is_a_batch(run: Run, gateway: ScriptedGateway) -> None:
    assert send(run, "file", numbers=NUMBERS[:1]).status == 2
    assert taken(gateway) == []


def test_ten_numbers_are_sent_at_once_and_again(run: Run, gateway: ScriptedGateway) -> None:
    for _ in range(2):
        done = send(run, "arguments", numbers=NUMBERS[:10])
        assert done.status == 0
        assert done.json["replayed"] is False
    assert sorted(taken(gateway)) == sorted(PAIRS[:10] * 2)


def test_a_dry_run_needs_no_confirmation(run: Run, gateway: ScriptedGateway, source: str) -> None:
    assert send(run, source, "--dry-run").status == 0
    assert batches() == 0


def test_a_dry_run_names_the_same_batch(run: Run, gateway: ScriptedGateway, source: str) -> None:
    name = send(run, source, "--yes").json["batch"]

    assert f"batch {name}" in send(run, source, "--dry-run").err


def test_two_numbers_in_one_argument_are_named_with_the_way_out(run: Run, gateway: ScriptedGateway) -> None:
    done = run("send", "13800000000,13900000000", "-m", TEXT, "-o", "json")
    assert done.status == 2
    assert done.error["message"] == "'13800000000,13900000000' is several numbers in one field"
    assert done.error["hint"].startswith("separate the numbers with spaces")
    assert taken(gateway) == []


def test_a_landline_and_copied_marks_in_a_file_are_told_apart(run: Run, gateway: ScriptedGateway) -> None:
    rows = "手机号,姓名\n\u2068+86 138 0000 0001\u2069,张三\n\ufe0e13800000002,李四\n3961234567,王五\n"
    Path("p.csv").write_text(rows, "utf-8")
    done = run("send", "--csv", "p.csv", "-m", "【科】{姓名}您好", "--yes", "--skip-invalid", "-o", "json")
    assert sorted(taken(gateway)) == [
        ("13800000001", "【科】张三您好"),
        ("13800000002", "【科】李四您好"),
    ]
    (problem,) = done.json["problems"]
    assert problem["line"] == 4
    assert problem["problem"] == "looks like a landline number: use a mobile number"
