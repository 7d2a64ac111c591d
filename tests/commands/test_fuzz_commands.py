"""Fuzzed command lines, and the fuzzer itself: its long mode, shrinking, edits and time limit."""

import base64
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings

from tests.soak.fuzz import main, report
from tests.soak.limits import Slow, within
from tests.soak.mutation import MOST, Edit, edited
from tests.soak.shrinking import shrunk
from tests.soak.strategies import inputs
from tests.soak.targets import TARGETS

_LARGE = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(deadline=None, max_examples=40, suppress_health_check=_LARGE)
@given(inputs(TARGETS["commands"]))
def test_any_command_line_ends_with_a_message_and_a_documented_status(data: bytes) -> None:
    TARGETS["commands"].check(data)


def test_the_long_mode_tries_every_target_and_counts_its_inputs() -> None:
    command = [sys.executable, "-m", "tests.soak.fuzz", "--minutes", "0.003", "--seed", "1"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0
    assert done.stderr == ""
    lines = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert list(lines) == list(TARGETS)
    for name, said in lines.items():
        assert int(said.split()[0].replace(",", "")) >= len(TARGETS[name].seeds)
        assert said.endswith(" inputs, no defect (seed 1)")


def test_a_defect_is_reported_with_its_input_and_its_seed(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ZeroDivisionError("of a test")
    except ZeroDivisionError:
        report("numbers", b"\xff1", 7)
    out = capsys.readouterr().out
    assert "ZeroDivisionError: of a test\nseed 7\n" in out
    assert "input " + base64.b64encode(b"\xff1").decode() + "\n" in out


def test_an_unknown_target_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["fuzz", "nothing"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2


def test_shrinking_keeps_only_the_bytes_that_cause_the_defect() -> None:
    assert shrunk(b"abcXdefghYijk" * 9, lambda data: b"X" in data and data.endswith(b"k")) == b"Xk"


def test_edits_replace_bytes_and_never_exceed_the_longest_input() -> None:
    assert edited(b"abcd", [Edit(0, 1, b"x", 2)]) == b"xxbcd"
    assert edited(b"abcd", [Edit(65_535, 5, b"x")]) == b"abcdx"
    assert len(edited(b"ab", [Edit(0, 0, b"abc", MOST)])) == MOST


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no timer of the processor's time")
def test_code_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(Slow), within(0.05):
        _run_for_ever()


def _run_for_ever() -> None:
    while True:
        pass
