"""A ledger file that is damaged, emptied, removed or replaced: kxsms stops with a clear error."""

import os
import shutil
from collections import Counter
from collections.abc import Callable

import pytest

from tests.conftest import Run
from tests.faults.conftest import SEND, MakeRows
from tests.faults.gateway import FaultGateway
from tests.ledger.scene import ledger_file, people, send_csv, write_csv
from tests.scripted_gateway import Received

pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.skipif(os.name == "nt", reason="Windows keeps open files from being removed"),
]

ONE = ("send", "13800000000", "-m", "【科迅】您好")

DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "header": lambda whole: b"\xaa" * 100 + whole[100:],
    "first page": lambda whole: b"\xaa" * 4096 + whole[4096:],
    "zeros": lambda whole: bytes(len(whole)),
    "middle": lambda whole: whole[:20_000] + b"\xaa" * 40_000 + whole[60_000:],
    "ten bytes": lambda whole: whole[:10],
    "a page": lambda whole: whole[:4096],
    "half": lambda whole: whole[: len(whole) // 2],
    "an odd length": lambda whole: whole[: len(whole) // 2 + 1000],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_ledger_is_an_error_and_sends_nothing(
    gateway: FaultGateway, run: Run, make_rows: MakeRows, damage: str
) -> None:
    make_rows(200)
    assert run(*SEND).status == 0
    arrived = len(gateway.received)
    ledger_file().write_bytes(DAMAGES[damage](ledger_file().read_bytes()))
    assert ledger_file().stat().st_size

    for command in (SEND, ONE, ("batch", "check"), ("batch", "list"), ("report", "--no-pull")):
        done = run(*command)
        # A command that reads only a part of the file may not find the damage.
        assert done.status == 1 or command[1] in ("list", "--no-pull"), (command, done)
        assert (str(ledger_file()) in done.err) == (done.status == 1)
        assert "Traceback" not in done.err
    assert len(gateway.received) == arrived


def test_an_emptied_ledger_is_an_error_and_sends_nothing(
    gateway: FaultGateway, run: Run, make_rows: MakeRows
) -> None:
    rows = make_rows(3)
    assert run(*SEND).status == 0
    ledger_file().write_bytes(b"")

    assert run(*SEND).status == 1
    assert gateway.arrived == Counter(rows)


@pytest.mark.parametrize("how", ["file", "directory", "replaced"])
def test_a_ledger_that_is_removed_or_replaced_stops_the_send(
    run: Run, gateway: FaultGateway, how: str
) -> None:
    nth = 10
    file = ledger_file()

    def plan(request: Received) -> None:
        if len(gateway.received) == nth:
            if how == "directory":
                shutil.rmtree(file.parent)
            else:
                file.unlink()
            if how == "replaced":
                file.touch()

    gateway.plan = plan
    done = send_csv(run, file=write_csv(people(40)))

    assert done.status == 1
    assert done.error["kind"] == "failure"
    assert done.error["exit_status"] == 1
    assert f"{file} was removed or replaced" in done.error["message"]
    assert "Traceback" not in done.err
    assert nth <= len(gateway.received) <= nth + 1  # the next one has been claimed
    assert people(40)[nth - 1][0] in done.err  # was accepted, which is recorded nowhere else
