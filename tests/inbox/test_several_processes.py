"""Several processes that fetch at once: each record is kept and shown once."""

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
from tests.engines import ledger_place, query_ledger
from tests.faults.client import Client, write_csv
from tests.inbox.records_gateway import (
    EMPTY,
    RecordsGateway,
    a_reply,
    a_report,
    body_of,
    fetch,
    keep_unread_answer,
)


def run_together(*commands: tuple[str, ...]) -> list[Done]:
    """Run several commands at once, and return their results."""
    with ExitStack() as stack:
        clients = [stack.enter_context(closing(Client())) for _ in commands]
        for client, command in zip(clients, commands, strict=True):
            client.start(*command)
        return [client.end() for client in clients]


def test_two_processes_fetch_while_a_third_sends(run: Run, gateway: RecordsGateway, home: Path) -> None:
    numbers = [f"13{number:09d}" for number in range(800)]
    write_csv(home / "people.csv", [(f"15{number:09d}", f"【科迅】您好{number}") for number in range(60)])
    for start in range(0, 800, 40):
        gateway.prepare(body_of(*(a_report(number) for number in numbers[start : start + 40])))
    send = ("send", "--csv", "people.csv", "--yes", "-o", "json", "--rate", "0")
    fetching = ("report", "-o", "jsonl")
    first, second, sent = run_together(fetching, fetching, send)
    assert [done.status for done in (first, second, sent)] == [0, 0, 0], first.err + second.err + sent.err
    assert sent.json["accepted"] == 60
    shown = [json.loads(text)["mobile"] for text in first.lines + second.lines]
    assert sorted(shown) == numbers
    assert sorted(record["mobile"] for record in fetch(run, "--no-pull")) == numbers
    assert run("batch", "check").status == 0


def test_three_processes_show_each_reply_once(gateway: RecordsGateway) -> None:
    gateway.prepare(*(body_of(a_reply(f"13{number:09d}")) for number in range(30)))
    done = run_together(*[("mo", "-o", "jsonl")] * 3)
    assert [one.status for one in done] == [0, 0, 0]
    shown = Counter(json.loads(text)["mobile"] for one in done for text in one.lines)
    assert len(shown) == 30
    assert max(shown.values()) == 1
    assert query_ledger("SELECT count(*) FROM records") == [(30,)]


def test_two_processes_that_get_the_same_answer_show_its_records_once(gateway: RecordsGateway) -> None:
    gateway.prepare(*[body_of(*(a_report(f"13{number:09d}") for number in range(500)))] * 2)
    done = run_together(("report", "-o", "jsonl"), ("report", "-o", "jsonl"))
    assert [one.status for one in done] == [0, 0]
    assert sum(len(one.lines) for one in done) == 500
    assert query_ledger("SELECT count(*) FROM records") == [(500,)]


def test_a_process_can_drop_an_answer_that_another_is_about_to_read(
    run: Run, gateway: RecordsGateway
) -> None:
    fetch(run)
    keep_unread_answer("report", EMPTY)

    class DroppedAnswers(KeptAnswers):
        @override
        def pending(self, kind: RecordKind) -> list[int]:
            found = super().pending(kind)
            query_ledger("DELETE FROM answers")  # as `KeptAnswers.drop` of the other process does
            return found

    profile = Profile(account="12345", token="t", base_url=gateway.url)
    with Ledger(ledger_place(), writable=True) as ledger:
        plain = ledger.answers(profile)
        inbox = DroppedAnswers(plain._database, plain._receiver, profile)
        fetching = Fetch(RecordKind.REPORT, Gateway(profile), inbox)
        fetching.reread(everything=False)
        assert fetching.result().numbers == ()
