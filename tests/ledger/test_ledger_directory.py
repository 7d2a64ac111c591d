"""The state directory is on the disk before its files, and a ledger that it lost is not created again."""

import os
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.ledger.scene import ledger_file, send_one
from tests.scripted_gateway import ScriptedGateway

pytestmark = pytest.mark.sqlite


@pytest.mark.skipif(os.name != "posix", reason="Windows does not write directories")
def test_a_new_state_directory_is_written_to_the_disk(
    run: Run, gateway: ScriptedGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    fsync = os.fsync

    def recorded(file: int) -> None:
        synced.append(os.fstat(file).st_ino)
        fsync(file)

    monkeypatch.setattr(os, "fsync", recorded)
    monkeypatch.setenv("KXSMS_STATE_DIR", str(tmp_path / "new" / "state"))
    assert send_one(run).status == 0

    assert ledger_file().exists()
    assert tmp_path.stat().st_ino in synced
    assert (tmp_path / "new").stat().st_ino in synced


def test_a_missing_ledger_beside_its_lock_file_is_refused(run: Run, gateway: ScriptedGateway) -> None:
    assert send_one(run).status == 0
    ledger_file().unlink()

    for command in (("batch", "list"), ("send", "13800000000", "-m", "【科】您好"), ("report", "--no-pull")):
        done = run(*command)
        assert done.status == 1
        assert f"the ledger {ledger_file()} is missing" in done.err
        assert f"remove {ledger_file()}.lock too" in done.err
    assert not ledger_file().exists()


def test_reset_makes_a_lost_ledger_of_the_sandbox_anew(run: Run) -> None:
    send = ("send", "13800000000", "-m", "【科】您好", "--sandbox")
    assert run(*send).status == 0
    ledger_file().with_name("sandbox-ledger.sqlite3").unlink()
    assert run(*send).status == 1
    assert run("sandbox", "reset").status == 0
    assert run(*send).status == 0
