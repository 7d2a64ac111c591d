"""Several hosts send one batch (`python -m tests.soak hosts`), and the defects that its judge finds."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from tests.soak.hosts.faults import Fault
from tests.soak.hosts.send import HostsSoak, Wanted

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals"),
    pytest.mark.usefixtures("postgres_binaries"),
    pytest.mark.sqlite,  # it has a server of its own
]


@contextmanager
def sent(directory: Path, wanted: Wanted) -> Iterator[HostsSoak]:
    """Yield a run in which several hosts have sent a batch."""
    (directory / "soak").mkdir()
    with HostsSoak(wanted, directory / "soak", print) as soak:
        soak.send()
        yield soak


def test_hosts_that_fail_send_a_batch_once(tmp_path: Path) -> None:
    wanted = Wanted(recipients=300, faults=20, hosts=3, rate=30, seed=7, seconds=120.0)

    with sent(tmp_path, wanted) as soak:
        assert soak.judge() == []
        figures = soak.figures()

    assert figures.faults >= 15
    assert set(figures.kinds) == set(Fault)
    assert figures.unknown <= figures.lost + figures.in_flight
    assert figures.reports > 200


FOUND = (
    "arrived again",
    "was accepted 2 times",
    "is rejected, but at the gateway: accept",
    "of another recipient",
    "has 0 outcomes",
    "1 requests of session 1 are unknown, of which 0 were in flight",
    "are not those of the export",
    "batch check ended with",
    "('13000000005', 't99') is lost",
)


def test_the_judge_finds_what_is_wrong(tmp_path: Path) -> None:
    with sent(tmp_path, Wanted(recipients=6, faults=0, hosts=2, rate=0, seed=1, seconds=60.0)) as soak:
        assert soak.judge() == []
        ledger, gateway, rows = soak.ledger, soak.gateway, soak.rows
        ledger.rows("UPDATE requests SET state = 'rejected' WHERE id = 2")
        ledger.rows("UPDATE requests SET task_id = 't9' WHERE id = 3")
        ledger.rows("UPDATE requests SET state = 'unknown' WHERE id = 4")
        ledger.rows("DELETE FROM rows WHERE id = 1")
        gateway.handed.append((rows[5][0], "t99"))
        again = urlencode({"mobile": rows[4][0], "content": rows[4][1]}).encode()
        urlopen(f"{gateway.url}/Send", again).close()

        found = soak.judge()

    for words in FOUND:
        assert any(words in one for one in found), found
