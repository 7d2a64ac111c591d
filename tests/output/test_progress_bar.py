"""The bar of a send on a terminal: right at any width, on a resize, and with Chinese text."""

import io
import os
import re
import socket
import sys
from pathlib import Path

import pytest

from kxsms.compat import override
from kxsms.domain.figures import Figures
from kxsms.output.console import Console
from kxsms.output.meter import Meter
from kxsms.output.progress_bar import bar
from kxsms.output.stderr import Stderr
from tests.output.width import width
from tests.scripted_gateway import ScriptedGateway, answer
from tests.terminal import on_terminal

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
HALF = Figures(1_250, 2_500, (("accepted", 1_200), ("rejected", 30), ("unknown", 20), ("in flight", 40)))
MILLION = Figures(
    612_345, 1_000_000, (("accepted", 600_000), ("rejected", 12_300), ("unknown", 45), ("in flight", 40_000))
)
CHINESE = Figures(1_250, 2_500, (("已接受", 1_200), ("已拒绝", 30), ("结果未知", 20), ("发送中", 40)))


def plain(lines: list[str]) -> list[str]:
    return [ESCAPES.sub("", line) for line in lines]


@pytest.mark.parametrize("columns", [20, 50, 79, 119, 200])
@pytest.mark.parametrize("figures", [HALF, MILLION, CHINESE], ids=["half", "million", "chinese"])
def test_no_line_is_wider_than_the_terminal(figures: Figures, columns: int) -> None:
    assert max(map(width, plain(bar(figures, 65, columns)))) <= columns


@pytest.mark.parametrize("columns", [79, 119])
@pytest.mark.parametrize("figures", [HALF, MILLION, CHINESE], ids=["half", "million", "chinese"])
def test_80_and_120_columns_hold_everything_in_two_lines(figures: Figures, columns: int) -> None:
    first, second = plain(bar(figures, 65, columns))
    assert re.fullmatch(rf"━+[╸╺]?━*  +{figures.done:,} of {figures.total:,}  +\d+ %  65/s  .* left", first)
    assert second == "  ".join(f"{name} {count:,}" for name, count in figures.parts)


def test_the_bar_is_filled_as_far_as_the_send_is() -> None:
    (line, _) = bar(HALF, 0, 79)
    done, left = (sum(map(len, re.findall(rf"\x1b\[{style}m([━╸╺]+)", line))) for style in (32, 2))
    assert abs(done - left) <= 1


def test_without_a_rate_nothing_is_said_of_the_time_left() -> None:
    assert "left" not in bar(HALF, 0, 79)[0]


def test_no_color_has_no_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert bar(HALF, 65, 79) == plain(bar(HALF, 65, 79))


def test_an_ascii_terminal_gets_an_ascii_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(io.BytesIO(), "ascii"))
    assert all(line.isascii() for line in bar(HALF, 65, 79))


class Terminal(io.StringIO):
    """A terminal of a width that a test changes."""

    @override
    def isatty(self) -> bool:
        return True

    @override
    def fileno(self) -> int:
        return 2

    def written(self) -> str:
        """Return what was written since the last call."""
        text = self.getvalue()
        self.seek(0)
        self.truncate()
        return text


class Size:
    columns = 80


def terminal_of_80(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Let stderr be a terminal of 80 columns: no fixture, because pytest sets stderr again after those."""
    shown = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setattr(os, "get_terminal_size", lambda file: os.terminal_size((Size.columns, 24)))
    monkeypatch.setattr(Size, "columns", 80)
    return shown


def rule(columns: int) -> list[str]:
    return ["中" * (columns // 2), "second"]


def test_a_line_is_written_above_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of_80(monkeypatch)
    err = Stderr()
    err.status(rule)
    terminal.written()
    err.line("余额不足")
    assert terminal.written() == f"\r\x1b[1A\x1b[J余额不足\n{'中' * 39}\nsecond"


@pytest.mark.parametrize(("columns", "rows"), [(80, 2), (120, 2), (77, 3), (50, 3), (39, 3), (30, 4)])
def test_a_resize_erases_every_row_that_the_bar_now_takes(
    monkeypatch: pytest.MonkeyPatch, columns: int, rows: int
) -> None:
    terminal = terminal_of_80(monkeypatch)
    err = Stderr()
    err.status(rule)
    monkeypatch.setattr(Size, "columns", columns)
    terminal.written()
    err.status(None)
    assert terminal.written() == f"\r\x1b[{rows - 1}A\x1b[J"


def test_a_resize_draws_the_bar_anew_at_the_new_width(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = terminal_of_80(monkeypatch)
    err = Stderr()
    err.status(rule)
    monkeypatch.setattr(Size, "columns", 30)
    err.line("note")
    assert terminal.written().endswith(f"note\n{'中' * 14}\nsecond")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_rate_is_that_of_the_last_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of_80(monkeypatch)
    clock = Clock()
    meter = Meter(Console(), clock=clock)
    for second in range(60):
        clock.now = float(second)
        done = min(second, 30) * 100  # the gateway stops answering after half a minute
        meter.show(Figures(done, 10_000, ()))
        shown = terminal.written()
        if second in (25, 59):
            assert ("100/s" in shown) is (second == 25)


def test_an_error_in_the_middle_of_a_send_leaves_no_bar_behind(
    gateway: ScriptedGateway, home: Path, tmp_path: Path
) -> None:
    rows = "".join(f"138000000{index:02},n{index}\n" for index in range(20))
    (home / "p.csv").write_text(f"mobile,name\n{rows}", "utf-8")
    good = answer()

    def lose_the_ledger(connection: socket.socket) -> None:
        (tmp_path / "state/ledger.sqlite3").unlink(missing_ok=True)
        good(connection)

    gateway.script = [good] * 8 + [lose_the_ledger] * 12
    command = ["kxsms", "send", "--csv", "p.csv", "-m", "【科】{name}", "--yes", "--rate", "5"]
    status, shown = on_terminal(command)
    assert status == 1
    assert " of 20 " in shown
    assert "in flight" not in shown.rpartition("\x1b[J")[2]


@pytest.mark.parametrize("columns", [80, 120])
def test_a_real_send_shows_its_bar_until_it_ends(gateway: ScriptedGateway, home: Path, columns: int) -> None:
    rows = "".join(f"1380000000{index},张三{index}\n" for index in range(8))
    (home / "p.csv").write_text(f"mobile,name\n{rows}", "utf-8")
    command = ["kxsms", "send", "--csv", "p.csv", "-m", "【科】{name}", "--yes", "--rate", "5"]
    status, shown = on_terminal(command, columns=columns)
    frames = [ESCAPES.sub("", frame) for frame in re.findall(r"━.* of 8 .*\n.*in flight \d+", shown)]
    assert status == 0
    assert frames
    assert max(width(line) for frame in frames for line in frame.splitlines()) < columns
    assert "in flight" not in shown.rpartition("\x1b[J")[2]
