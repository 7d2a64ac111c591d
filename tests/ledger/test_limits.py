"""Limits and questions before a batch is written, and the options that shape the batch."""

import re
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.ledger.scene import (
    DECLINED,
    ONE,
    TEXT,
    batches,
    counts,
    ledger_file,
    people,
    send_csv,
    send_one,
    taken,
    unfinished,
    write_csv,
)
from tests.scripted_gateway import ScriptedGateway


def test_a_send_above_max_cost_is_not_sent(run: Run, gateway: ScriptedGateway) -> None:
    write_csv([*people(2), ("13900000000", "好" * 71)])

    done = send_csv(run, "--max-cost", "3")

    assert done.status == 7
    assert done.error["kind"] == "guard"
    assert "4 messages" in done.error["message"]
    assert taken(gateway) == []
    assert batches() == 0
    assert send_csv(run, "--max-cost", "4").status == 0
    assert send_one(run, "--max-cost", "0").status == 7
    assert len(taken(gateway)) == 3


def test_max_cost_of_a_resumed_batch_counts_what_is_left(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(5))
    unfinished(run, gateway)

    assert send_csv(run, "--max-cost", "2").status == 7
    assert taken(gateway) == []
    assert counts(send_csv(run, "--max-cost", "3")) == (4, 1, 0, 0)


def test_without_a_terminal_a_csv_needs_yes(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(120))

    done = run("send", "--csv", "people.csv", "--rate", "2", "-o", "json")

    assert done.status == 2
    assert done.error["kind"] == "usage"
    assert taken(gateway) == []
    assert batches() == 0
    assert "--yes" in done.error["hint"]
    assert all(words in done.error["message"] for words in ("120 billed messages", "about 60 s"))


def test_resuming_asks_too(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(5))
    first = unfinished(run, gateway)

    done = run("send", "--csv", "people.csv", "-o", "json")

    assert done.status == 2
    assert "--yes" in done.error["hint"]
    assert taken(gateway) == []
    assert run("batch", "show", first.json["batch"], "-o", "json").json["not_sent"] == 3


def test_a_finished_batch_is_shown_without_a_question(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(2))
    send_csv(run)

    assert run("send", "--csv", "people.csv").status == 0


def test_a_dry_run_writes_nothing(run: Run, gateway: ScriptedGateway) -> None:
    longest = [("13900000003", "好" * 140), ("13900000002", "好" * 71), ("13900000001", "好" * 70)]
    write_csv([*people(3), people(1)[0], *longest, ("138", "x")])

    done = run("send", "--csv", "people.csv", "--dry-run", "--skip-invalid", "-o", "json")

    document = done.json
    assert done.status == 0
    assert document["dry_run"] is True
    assert document["batch"] is None
    names = ("recipients", "duplicates", "invalid", "segments", "requests")
    assert [document[name] for name in names] == [6, 1, 1, 9, 6]
    assert counts(done) == (0, 0, 6, 0)
    assert [(text["text"], text["segments"]) for text in document["longest"]] == [
        (text, segments) for (_, text), segments in zip(longest, (3, 2, 1), strict=True)
    ]
    assert [(sample["mobile"], sample["text"]) for sample in document["sample"]] == people(3)
    assert [(problem["line"], problem["mobile"]) for problem in document["problems"]] == [(9, "138")]
    assert taken(gateway) == []
    assert not ledger_file().parent.exists()


def test_a_dry_run_names_the_limit_that_would_stop_it(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(2))
    first = send_csv(run)
    same = run("send", "--csv", "people.csv", "--dry-run")
    assert same.status == 0
    assert first.json["batch"] in same.err
    write_csv(people(3))
    before = query_ledger("SELECT * FROM batches")

    for options in [(), ("--again", "--max-cost", "2")]:
        done = run("send", "--csv", "people.csv", "--dry-run", "-o", "json", *options)
        assert done.status == 7
        assert done.json["exit_status"] == 7
        assert done.json["recipients"] == 3
    skipping = run("send", "--csv", "people.csv", "--dry-run", "--skip-sent", "-o", "json")
    assert skipping.status == 0
    assert skipping.json["recipients"] == 1
    assert query_ledger("SELECT * FROM batches") == before
    assert len(taken(gateway)) == 2
    assert batches() == 1


def test_a_dry_run_needs_no_token(run: Run) -> None:
    assert run("send", ONE, "-m", TEXT, "--dry-run").status == 0


def test_limit_takes_the_first_rows(run: Run, gateway: ScriptedGateway) -> None:
    write_csv([*people(2), ("138", "never read")])

    assert counts(send_csv(run, "--limit", "2")) == (2, 0, 0, 0)
    assert taken(gateway) == people(2)


def test_equal_rows_are_sent_once_unless_duplicates_are_allowed(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(1) * 3)
    once = send_csv(run)
    assert counts(once) == (1, 0, 0, 0)
    assert once.json["duplicates"] == 2
    assert taken(gateway) == people(1)

    done = send_csv(run, "--allow-duplicates", "--again")

    assert counts(done) == (3, 0, 0, 0)
    assert done.json["duplicates"] == 0
    assert taken(gateway) == people(1) * 3


def test_rows_with_one_text_share_a_request(run: Run, gateway: ScriptedGateway) -> None:
    write_csv([(mobile, TEXT if index % 2 else text) for index, (mobile, text) in enumerate(people(6))])

    done = send_csv(run)

    assert done.json["requests"] == 4
    assert counts(done) == (6, 0, 0, 0)
    assert sorted(len(request.numbers) for request in gateway.received) == [1, 1, 1, 3]


def test_the_mobile_column_can_be_named(run: Run, gateway: ScriptedGateway) -> None:
    Path("two.csv").write_text(f"mobile,亲属,内容\n13900000000,{ONE},{TEXT}\n", "utf-8")

    assert send_csv(run, "--mobile-column", "亲属", file="two.csv").status == 0
    assert taken(gateway) == [(ONE, TEXT)]


def test_a_template(run: Run, gateway: ScriptedGateway) -> None:
    Path("t.csv").write_text(f"手机号,姓名\n{ONE},王%s\n13900000000,李\n", "utf-8")

    done = send_csv(run, "-m", "{{{姓名}}}您好", "--signature", "科迅", file="t.csv")

    assert done.status == 0
    assert counts(done) == (2, 0, 0, 0)
    assert taken(gateway) == [(ONE, "【科迅】{王%s}您好"), ("13900000000", "【科迅】{李}您好")]


def test_a_text_may_use_the_column_of_texts(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(1))

    assert send_csv(run, "-m", "{content}!").status == 0
    assert taken(gateway) == [(people(1)[0][0], people(1)[0][1] + "!")]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--mobile-column", "tel"),
        ("--encoding", "utf-8"),
        ("--delimiter", ";"),
        ("--header-row", "2"),
        ("--limit", "1"),
    ],
)
def test_an_option_for_csv_needs_a_csv(run: Run, gateway: ScriptedGateway, option: str, value: str) -> None:
    done = send_one(run, option, value)

    assert done.status == 2
    assert option in done.error["message"]
    assert "--csv" in done.error["hint"]
    assert taken(gateway) == []


@pytest.mark.parametrize("extra", [(ONE,), ("--to-file", "people.csv")])
def test_a_csv_excludes_other_numbers(run: Run, gateway: ScriptedGateway, extra: tuple[str, ...]) -> None:
    write_csv(people(1))

    assert send_csv(run, *extra).status == 2
    assert taken(gateway) == []


def test_jsonl_ends_with_the_summary(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(4))
    gateway.script, gateway.otherwise = [], DECLINED

    done = send_csv(run, "-o", "jsonl")

    assert [bool(re.search('"exit_status"', line)) for line in done.lines] == [False] * 3 + [True]
