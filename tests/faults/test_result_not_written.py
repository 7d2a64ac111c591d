"""A result that was never written out is shown by the next equal command, which sends nothing again."""

import os
import signal
from contextlib import closing
from pathlib import Path

import pytest

from kxsms.ledger.sqlite.migrations import MIGRATIONS
from tests.conftest import Run
from tests.engines import empty_ledger, query_ledger
from tests.faults.client import kxsms
from tests.faults.gateway import FaultGateway
from tests.faults.kill_each_step import launched
from tests.ledger.scene import ONE, TEXT, age, send_one

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a POSIX shell, and pipes as there")

SEND = ("send", ONE, "-m", TEXT)
HOUR = 3600.0


def send_into(target: str, *options: str) -> int:
    """Send one text with stdout redirected by a shell, and return the status."""
    return kxsms(*SEND, *options, closed=target).status


def steps_of(command: tuple[str, ...], tmp_path: Path) -> list[str]:
    """Return the steps of a command that runs in a state directory of its own."""
    file = tmp_path / "steps"
    with (
        pytest.MonkeyPatch.context() as patch,
        closing(launched("--steps", str(file), "--at", "0")) as client,
    ):
        patch.setenv("KXSMS_STATE_DIR", str(tmp_path / "trial"))
        assert client.run(*command).status == 0
    return file.read_text("utf-8").splitlines()


def test_a_kill_between_the_last_answer_and_the_result_sends_nothing_twice(
    run: Run, gateway: FaultGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = (*SEND, "-o", "json")
    steps = steps_of(command, tmp_path)
    settled = next(number for number, step in enumerate(steps) if "SET state = 'accepted'" in step)
    committed = steps.index("COMMIT", settled) + 1
    shown = max(number for number, step in enumerate(steps) if "shown_turn" in step)
    noted = steps.index("COMMIT", shown) + 1
    for nth in range(committed + 1, noted + 1, 3):
        monkeypatch.setenv("KXSMS_STATE_DIR", str(tmp_path / f"state-{nth}"))
        empty_ledger()
        gateway.received.clear()
        with closing(launched("--at", str(nth), "--die")) as client:
            assert client.run(*command).status == -signal.SIGKILL

        again = send_one(run)

        assert again.status == 0, steps[nth - 1]
        assert again.json["replayed"] is True, steps[nth - 1]
        assert again.json["accepted"] == 1
        assert "--again" in again.err
        assert len(gateway.received) == 1
        assert send_one(run).json["replayed"] is False
        assert len(gateway.received) == 2


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "raw-json"])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_stdout_leaves_the_result_to_the_next_command(
    run: Run, gateway: FaultGateway, form: str
) -> None:
    assert send_into(">/dev/full", "-o", form) == 1
    assert send_into(">/dev/full", "-o", form) == 1
    assert len(gateway.received) == 1

    again = send_one(run)

    assert again.json["replayed"] is True
    assert len(gateway.received) == 1
    assert send_one(run).json["replayed"] is False


def test_what_was_planned_is_sent_before_the_result_is_shown(
    run: Run, gateway: FaultGateway, tmp_path: Path
) -> None:
    command = (*SEND, "-o", "json")
    claim = next(
        n for n, step in enumerate(steps_of(command, tmp_path), 1) if "SET state = 'sending'" in step
    )
    gateway.received.clear()
    with closing(launched("--at", str(claim), "--die")) as client:
        assert client.run(*command).status == -signal.SIGKILL
    assert len(gateway.received) == 0

    assert send_into(">/dev/full") == 1
    again = send_one(run)

    assert again.json["replayed"] is True
    assert len(gateway.received) == 1


@pytest.mark.parametrize("target", ["| true", ">&-", ">/dev/null"])
def test_a_result_without_a_reader_counts_as_written(run: Run, gateway: FaultGateway, target: str) -> None:
    send_into(target)

    assert send_one(run).json["replayed"] is False
    assert len(gateway.received) == 2


@pytest.mark.parametrize(("seconds", "is_shown"), [(HOUR - 60, True), (HOUR + 60, False)])
def test_an_hour_later_the_same_command_sends_again(
    run: Run, gateway: FaultGateway, seconds: float, is_shown: bool
) -> None:
    send_one(run)
    query_ledger("UPDATE batches SET shown_turn = 0")
    age(seconds)

    assert send_one(run).json["replayed"] is is_shown


def test_again_sends_although_the_result_was_not_written(run: Run, gateway: FaultGateway) -> None:
    send_one(run)
    query_ledger("UPDATE batches SET shown_turn = 0")

    assert send_one(run, "--again").json["replayed"] is False


@pytest.mark.sqlite
def test_a_batch_of_an_older_ledger_counts_as_shown(run: Run, gateway: FaultGateway) -> None:
    send_one(run)
    query_ledger("UPDATE batches SET shown_turn = 0")
    for statement in [statement for migration in MIGRATIONS for statement in migration]:
        if statement.startswith("UPDATE") and "shown_turn" in statement:
            query_ledger(statement)

    assert send_one(run).json["replayed"] is False
