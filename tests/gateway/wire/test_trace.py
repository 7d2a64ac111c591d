"""The lines of `-v`: each with its time, the number of its request, and the milliseconds since that left."""

import re
import threading
from collections import defaultdict
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.scripted_gateway import ACCEPTED, ScriptedGateway, answer

LINE = re.compile(r"(\d\d:\d\d:\d\d\.\d{3}) #(\d+) \+(\d+) ms ([<>]) (.*)")


def traced(err: str) -> list[tuple[str, ...]]:
    """Return the parts of each line of the trace."""
    return [found.groups() for found in map(LINE.fullmatch, err.splitlines()) if found]


def test_every_line_has_its_time_its_number_and_milliseconds(run: Run, gateway: ScriptedGateway) -> None:
    done = run("send", "13800000000", "-m", "【科】您好", "-v")
    assert [line[3] for line in traced(done.err)] == [">", "<", "<"]
    assert len(traced(done.err)) == len(done.err.splitlines())


def test_the_request_is_at_0_ms(run: Run, gateway: ScriptedGateway) -> None:
    assert traced(run("balance", "-v").err)[0][2] == "0"


def test_the_time_is_that_of_the_profile(run: Run, gateway: ScriptedGateway, home: Path) -> None:
    (home / "config.toml").write_text('[profiles.a]\ntimezone = "UTC"\naccount = "1"\ntoken = "t"\n')
    here, there = (traced(run("balance", "-v", *more).err)[0][0] for more in ((), ("-p", "a")))
    assert (int(here[:2]) - int(there[:2])) % 24 in (8, 9)  # Shanghai; the hour may have struck in between


def test_parallel_requests_are_told_apart_by_their_numbers(
    run: Run, gateway: ScriptedGateway, home: Path
) -> None:
    together = threading.Barrier(4)
    good = answer(ACCEPTED)

    def meet(connection: object) -> None:
        together.wait(10)
        good(connection)  # type: ignore[arg-type]

    gateway.otherwise = meet
    rows = "".join(f"1380000000{index},n{index}\n" for index in range(4))
    (home / "p.csv").write_text(f"mobile,name\n{rows}", "utf-8")
    done = run("send", "--csv", "p.csv", "-m", "【科】{name}", "--yes", "-v", "--ignore-balance")
    marks = defaultdict(list)
    for _, number, _, mark, _ in traced(done.err):
        marks[number].append(mark)
    assert marks == {str(number): [">", "<", "<"] for number in range(1, 5)}


def test_a_long_answer_is_cut_with_no_number_left_in_half(run: Run, gateway: ScriptedGateway) -> None:
    body = '{"Code":"0","list":["' + "x" * 1970 + '13812345678"]}'
    gateway.otherwise = answer(body)
    assert "13812" in body[:2000]
    err = run("balance", "-v", "--mask").err
    assert "138*" in err
    assert "13812" not in err


@pytest.mark.parametrize("command", ["balance", "report"])
def test_a_failure_has_the_number_too(run: Run, gateway: ScriptedGateway, command: str) -> None:
    closed = {"KXSMS_BASE_URL": "http://127.0.0.1:1"}
    *_, (_, number, _, mark, words) = traced(run(command, "-v", env=closed).err)
    assert (number, mark) == ("1", "<")
    assert "refused the connection" in words
