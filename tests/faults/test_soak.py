"""The soak test (`python -m tests.soak`) for a few rounds, and the defects that its audit finds."""

import os
import subprocess
import sys

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.faults.client import ROOT
from tests.faults.conftest import SEND, MakeRows
from tests.faults.gateway import FaultGateway
from tests.faults.ledger_audit import discrepancies

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


@pytest.mark.sqlite
def test_a_few_rounds_find_no_discrepancy() -> None:
    command = [sys.executable, "-m", "tests.soak", "--rounds", "6", "--seed", "20"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=False)

    printed = done.stdout.decode()
    assert done.returncode == 0, printed + done.stderr.decode()
    assert printed.startswith("seed 20\n")
    assert "\n6 rounds" in printed
    assert printed.endswith("no discrepancy\n")


STATEMENTS = {
    "is ['rejected']": "UPDATE requests SET state = 'rejected' WHERE id = 2",
    "is ['not_sent']": "UPDATE requests SET state = 'planned' WHERE id = 2",
    "of another recipient": "UPDATE requests SET task_id = 't9' WHERE id = 2",
    "is lost": "DELETE FROM rows WHERE id = 2",
    "batch check": "UPDATE batches SET accepted = 2, unknown = 1",
    "'not_sent': 6": "UPDATE batches SET recipients = 9",
}


@pytest.mark.parametrize("words", STATEMENTS)
def test_the_audit_finds_a_wrong_ledger(
    gateway: FaultGateway, run: Run, make_rows: MakeRows, words: str
) -> None:
    make_rows(3)
    assert run(*SEND).status == 0
    assert discrepancies(run, gateway) == []
    assert len({task for ids in gateway.all_task_ids.values() for task in ids}) == 3
    query_ledger(STATEMENTS[words])

    found = discrepancies(run, gateway)

    assert any(words in one for one in found), found


def test_the_audit_finds_a_recipient_who_was_accepted_twice(
    gateway: FaultGateway, run: Run, make_rows: MakeRows
) -> None:
    rows = make_rows(3)
    assert run(*SEND).status == 0
    gateway.accepted[rows[1]] += 1

    assert discrepancies(run, gateway) == [f"{rows[1]} was accepted 2 times"]
    assert discrepancies(run, gateway, allowed={rows[1]: 1}) == []
