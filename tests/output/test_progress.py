"""How far a long send is, off a terminal: a note once a minute."""

import io
import sys
from pathlib import Path

import pytest

from kxsms.domain.batch import RecipientCounts
from kxsms.domain.claim import Claim, Settlement
from kxsms.domain.format import Format
from kxsms.domain.states import RequestState
from kxsms.output import meter
from kxsms.output.console import Console
from kxsms.output.progress import Progress
from tests.conftest import Run
from tests.scripted_gateway import ScriptedGateway


class Clock:
    """A clock that a test turns."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Watched:
    """A send of 100 recipients, and the notes on its progress."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, *, quiet: bool = False, verbose: bool = False
    ) -> None:
        self._err = io.BytesIO()
        monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(self._err, "utf-8"))
        console = Console()
        console.use(Format.TABLE, quiet=quiet, verbose=verbose)
        self._clock = Clock()
        self.progress = Progress(RecipientCounts(100), console, self._clock)

    def notes_after(self, *seconds: float) -> list[str]:
        """Settle a recipient at each of these times since the start, and return the notes so far."""
        for moment in seconds:
            self._clock.now = Clock.now + moment
            claim = Claim(1, "13800000000", 1, "【科】您好")
            self.progress.moved([Settlement(claim, RequestState.ACCEPTED)], [claim])
        return self._err.getvalue().decode("utf-8").splitlines()


def test_nothing_is_noted_in_the_first_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Watched(monkeypatch).notes_after(1, 30, 59.9) == []


def test_a_note_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    (note,) = Watched(monkeypatch).notes_after(30, 60)
    assert note.startswith("kxsms: 2 of 100 (2 %)  2 accepted")


def test_a_note_counts_every_outcome_and_what_is_in_flight(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(monkeypatch)
    claims = [Claim(number, "13800000000", 10, "【科】您好") for number in range(5)]
    watched.progress.moved([], claims)
    states = (RequestState.ACCEPTED, RequestState.REJECTED, RequestState.UNKNOWN, RequestState.PLANNED)
    watched.progress.moved([Settlement(*end) for end in zip(claims, states, strict=False)], [])
    (note,) = watched.notes_after(60)
    assert "11 accepted, 10 rejected, 10 unknown, 10 in flight" in note


def test_a_note_comes_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(Watched(monkeypatch).notes_after(*range(1, 200))) == 3


def test_quiet_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Watched(monkeypatch, quiet=True).notes_after(*range(1, 200)) == []


def test_verbose_has_more(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(Watched(monkeypatch, verbose=True).notes_after(*range(1, 60))) == 5


@pytest.mark.parametrize(("options", "tick"), [({}, 60), ({"verbose": True}, 10), ({"quiet": True}, None)])
def test_the_dispatcher_wakes_up_for_it(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, bool], tick: float | None
) -> None:
    assert Watched(monkeypatch, **options).progress.tick == tick


@pytest.mark.parametrize(("options", "is_noted"), [((), True), (("-q",), False)])
def test_a_real_send_notes_it_on_stderr(
    run: Run,
    gateway: ScriptedGateway,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    is_noted: bool,
) -> None:
    monkeypatch.setattr(meter, "_NOTE_SECONDS", 0.0)  # a minute is too long for a test
    (home / "people.csv").write_text("mobile,name\n13800000000,a\n13900000000,b\n", "utf-8")
    done = run("send", "--csv", "people.csv", "-m", "【科】{name}", "--yes", *options)
    assert ("2 of 2 (100 %)" in done.err) is is_noted
