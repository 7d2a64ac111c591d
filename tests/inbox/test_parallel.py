"""Two processes fetch at once from a gateway that hands each record out once, and a third one sends."""

import json
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path

from kxsms.compat import override
from kxsms.domain.profile import Profile
from kxsms.domain.records import RecordKind
from kxsms.gateway.client import Gateway
from kxsms.inbox.fetch import Fetch
from kxsms.ledger.answers import KeptAnswers
from kxsms.ledger.batches import Ledger
from tests.conftest import Done, Run
from tests.faults.client import Client, write_csv
from tests.inbox.scene import EMPTY, Hatch, a_reply, a_report, data, fetch, look, put_new
from tests.ledger.scene import ledger_file


def together(*commands: tuple[str, ...]) -> list[Done]:
    """Run several processes at once."""
    with ExitStack() as stack:
        clients = [stack.enter_context(closing(Client())) for _ in commands]
        for client, command in zip(clients, commands, strict=True):
            client.start(*command)
        return [client.end() for client in clients]


def test_two_fetch_and_one_sends(run: Run, gateway: Hatch, home: Path) -> None:
    numbers = [f"13{number:09d}" for number in range(800)]
    write_csv(home / "people.csv", [(f"15{number:09d}", f"【科迅】您好{number}") for number in range(60)])
    gateway.hand(*(data(*(a_report(number) for number in numbers[at : at + 40])) for at in range(0, 800, 40)))
    send = ("send", "--csv", "people.csv", "--yes", "-o", "json", "--rate", "0")
    fetching = ("report", "-o", "jsonl")
    first, second, sent = together(fetching, fetching, send)
    assert [done.status for done in (first, second, sent)] == [0, 0, 0], first.err + second.err + sent.err
    assert sent.json["accepted"] == 60
    shown = [json.loads(text)["mobile"] for text in first.lines + second.lines]
    assert sorted(shown) == numbers
    assert sorted(record["mobile"] for record in fetch(run, "--no-pull")) == numbers
    assert run("batch", "check").status == 0


def test_three_fetch_replies(gateway: Hatch) -> None:
    gateway.hand(*(data(a_reply(f"13{number:09d}")) for number in range(30)))
    done = together(*[("mo", "-o", "jsonl")] * 3)
    assert [one.status for one in done] == [0, 0, 0]
    shown = Counter(json.loads(text)["mobile"] for one in done for text in one.lines)
    assert (len(shown), max(shown.values())) == (30, 1)
    assert look("SELECT count(*) FROM records") == [(30,)]


def test_both_get_the_same_answer(gateway: Hatch) -> None:
    """A gateway that hands the same out twice, to two at once."""
    gateway.hand(*[data(*(a_report(f"13{number:09d}") for number in range(500)))] * 2)
    done = together(("report", "-o", "jsonl"), ("report", "-o", "jsonl"))
    assert [one.status for one in done] == [0, 0]
    assert sum(len(one.lines) for one in done) == 500
    assert look("SELECT count(*) FROM records") == [(500,)]


def test_another_process_has_dropped_the_answer(run: Run, gateway: Hatch) -> None:
    """One lists what is to be read, another finds that one of these is empty: the first must not stumble."""
    fetch(run)
    put_new("report", EMPTY)

    class LedgerChanged(KeptAnswers):
        @override
        def pending(self, kind: RecordKind) -> list[int]:
            found = super().pending(kind)
            look("DELETE FROM answers")  # as `Inbox.drop` of the other process
            return found

    profile = Profile(account="12345", token="t", base_url=gateway.url)
    with Ledger(ledger_file(), writable=True) as ledger:
        plain = ledger.answers(profile)
        inbox = LedgerChanged(plain._database, profile)
        fetching = Fetch(RecordKind.REPORT, Gateway(profile), inbox)
        fetching.reread(everything=False)
        assert fetching.result().numbers == ()
