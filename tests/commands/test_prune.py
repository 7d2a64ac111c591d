"""`kxsms batch prune`: old batches lose numbers and texts; figures, keys and outcomes stay."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kxsms.domain.pruning import Reason
from tests.conftest import Done, Run
from tests.engines import query_ledger
from tests.inbox.records_gateway import (
    ONE,
    THREE,
    TWO,
    RecordsGateway,
    a_reply,
    a_report,
    accept_as,
    body_of,
    fetch,
    show_batch,
    started,
    write_profile,
)
from tests.inbox.test_written_out import into_full_disk, needs_full
from tests.ledger.pruning import age_ledger, found_in_files, rows_left
from tests.ledger.scene import DECLINED, REFUSED, write_csv
from tests.ledger.test_locks import owner
from tests.scripted_gateway import answer, close
from tests.terminal import on_terminal

PEOPLE = [(ONE, "【科迅】甲"), (TWO, "【科迅】乙"), (THREE, "【科迅】丙")]
TEXTS = [text for _, text in PEOPLE]
SEND = ("--yes", "--concurrency", "1", "--rate", "0", "-o", "json")
UNKNOWN = (accept_as("7"), close)
WAYS = ("day", "product", "batch", "code")


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordsGateway]:
    yield from started(monkeypatch)


def send(run: Run, *options: str, file: str = "people.csv") -> Done:
    return run("send", "--csv", file, *SEND, *options)


def prune(run: Run, *options: str, age: str = "100d") -> Any:
    done = run("batch", "prune", "--older-than", age, "--yes", "-o", "json", *options)
    assert done.status == 0, done.err
    return done.json


def kept(document: Any) -> dict[str, int]:
    return {one["reason"]: one["batches"] for one in document["kept"]}


def test_a_number_with_two_texts_that_are_not_accepted_does_not_stop_pruning(
    run: Run, gateway: RecordsGateway
) -> None:
    write_csv([(ONE, "【科迅】甲"), (ONE, "【科迅】乙")])
    gateway.send_answers += [close, close]
    send(run)
    age_ledger(200)
    assert kept(prune(run)) == {"unknown": 1}


@pytest.fixture
def sent(run: Run, gateway: RecordsGateway) -> Done:
    """Send three texts: one is delivered and answered by an opt-out, one fails, and one is refused."""
    write_csv(PEOPLE)
    gateway.send_answers += [accept_as("7"), accept_as("8"), REFUSED]
    done = send(run)
    gateway.prepare(body_of(a_report(ONE, "7"), a_report(TWO, "8", "UNDELIV")))
    fetch(run)
    gateway.prepare(body_of(a_reply(ONE, "TD"), a_reply(TWO, "你好")))
    fetch(run, command="mo")
    return done


@pytest.fixture
def name(sent: Done) -> str:
    """Return the id of a batch that is 200 days old."""
    age_ledger(200)
    found: str = sent.json["batch"]
    return found


def figures(run: Run) -> list[Any]:
    return [run("stats", "--since", "365d", "--by", by, "-o", "json").json for by in WAYS]


def test_it_says_what_it_deleted(run: Run, name: str) -> None:
    found = prune(run)
    counts = {key: found[key] for key in ("batches", "recipients", "records", "answers")}
    assert counts == {"batches": 1, "recipients": 3, "records": 4, "answers": 2}


def test_a_dry_run_says_the_same_and_deletes_nothing(run: Run, name: str) -> None:
    planned, left = prune(run, "--dry-run"), rows_left()
    done = prune(run)
    done["older_than"] = planned["older_than"]  # the next second may have begun
    assert left["rows"] == 3
    assert planned == {**done, "dry_run": True, "bytes_freed": None}


def test_no_number_and_no_text_is_left_in_the_files(run: Run, name: str) -> None:
    wanted = {TWO, THREE, *TEXTS, "你好"}
    assert found_in_files(*wanted) == wanted
    prune(run)
    assert found_in_files(*wanted) == set()
    assert rows_left() == {}


def test_the_text_of_a_batch_is_not_left_in_the_files(run: Run, gateway: RecordsGateway) -> None:
    write_csv(PEOPLE)
    send(run, "-m", "【科迅】秘密")
    age_ledger(200)
    prune(run)
    assert found_in_files("秘密") == set()


def test_the_first_invalid_rows_of_a_replay_are_only_counted(run: Run, gateway: RecordsGateway) -> None:
    write_csv([*PEOPLE, ("1380", "【科迅】丁")])
    send(run, "--skip-invalid")
    age_ledger(200)
    prune(run)
    again = send(run, "--skip-invalid").json
    assert (again["invalid"], again["problems"], again["problems_left_out"]) == (1, [], 1)


def test_the_statistics_do_not_change(run: Run, name: str) -> None:
    before = figures(run)
    prune(run)
    assert figures(run) == before


def test_messages_are_kept_as_they_were_by_a_pruning_in_another_language(
    run: Run, gateway: RecordsGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.send_answers.append(answer('{"Code":"-3","Message":"Permission denied"}'))
    run("send", ONE, "-m", TEXTS[0])
    age_ledger(101)
    monkeypatch.setenv("KXSMS_LANG", "zh")
    prune(run)
    monkeypatch.setenv("KXSMS_LANG", "en")
    name = run("batch", "list", "-o", "json").json[0]["batch"]
    assert "Permission denied" in run("batch", "show", name).err


def test_the_statistics_of_billed_messages_do_not_change(run: Run, gateway: RecordsGateway) -> None:
    write_profile(price={"sms": "0.05"})
    write_csv(PEOPLE)
    gateway.send_answers += [accept_as("7"), REFUSED, accept_as("8")]
    send(run)
    age_ledger(200)
    before = figures(run)
    assert before[0][0]["cost"] == 0.1
    prune(run)
    assert figures(run) == before


def test_the_counters_are_checked_after_it(run: Run, name: str) -> None:
    prune(run)
    assert run("batch", "check").status == 0


def test_a_wrong_figure_is_found_by_the_check(run: Run, name: str) -> None:
    prune(run)
    query_ledger("UPDATE pruned_figures SET rejected = rejected + 1 WHERE code = '-3'")
    assert "rejected 1 and not 2" in run("batch", "check").err


def test_opt_outs_stay(run: Run, name: str) -> None:
    prune(run)
    assert [one["mobile"] for one in run("optout", "list", "-o", "json").json] == [ONE]


def test_the_same_file_shows_the_same_outcome_again(
    run: Run, gateway: RecordsGateway, sent: Done, name: str
) -> None:
    prune(run)
    again = send(run)
    assert len([one for one in gateway.received if "Send" in one.path]) == 3
    assert again.status == sent.status == 3
    assert again.json == {**sent.json, "replayed": True}


def test_a_replay_does_not_name_commands_that_need_the_rows(run: Run, name: str) -> None:
    prune(run)
    assert "retry" not in send(run).err


def test_a_kept_message_has_no_number(run: Run, gateway: RecordsGateway) -> None:
    gateway.send_answers.append(answer(f'{{"Code":"-3","Message":"{ONE} is blocked"}}'))
    write_csv(PEOPLE[:1])
    send(run)
    age_ledger(200)
    prune(run)
    assert "138****0001" in send(run).json["tasks"][0]["message"]


def test_a_key_still_names_the_send(run: Run, gateway: RecordsGateway) -> None:
    write_csv(PEOPLE)
    send(run, "--idempotency-key", "k")
    age_ledger(200)
    prune(run)
    write_csv(PEOPLE[:1])
    assert send(run, "--idempotency-key", "k").status == 2


def test_a_key_under_which_nothing_was_accepted_tries_again(run: Run, gateway: RecordsGateway) -> None:
    write_csv(PEOPLE)
    gateway.send_answers += [REFUSED] * 3
    send(run, "--idempotency-key", "k")
    age_ledger(200)
    prune(run)
    assert send(run, "--idempotency-key", "k").json["accepted"] == 3


def test_show_still_has_the_figures(run: Run, name: str) -> None:
    before = show_batch(run, name)
    prune(run)
    after = show_batch(run, name)
    assert after.pop("pruned") is not None
    assert before.pop("pruned") is None
    assert after == {**before, "text": None}


def test_show_says_when_it_was_pruned(run: Run, name: str) -> None:
    prune(run)
    day = show_batch(run, name)["pruned"][:10]
    err = run("batch", "show", name).err
    assert f"the recipients and texts of batch {name} were pruned on {day}" in err
    assert "retry" not in err


@pytest.mark.parametrize(
    "command",
    [
        *(("export",), ("resume",), ("retry", "--rejected"), ("retry", "--failed", "--yes")),
        *(("settle", "--accepted", "--yes"), ("cancel", "--yes"), ("report", "--html", "-")),
    ],
    ids=" ".join,
)
def test_a_command_that_needs_the_rows_is_refused(run: Run, name: str, command: tuple[str, ...]) -> None:
    prune(run)
    done = run("batch", command[0], name, *command[1:])
    assert done.status == 2
    assert f"batch show {name}" in done.err


def test_a_late_report_belongs_to_no_batch(run: Run, gateway: RecordsGateway, name: str) -> None:
    prune(run)
    gateway.prepare(body_of(a_report(ONE, "7", "UNDELIV")))
    assert [one["batch"] for one in fetch(run)] == [None]
    assert show_batch(run, name)["delivered"] == 1


def test_the_number_of_a_deleted_record_is_not_given_again(
    run: Run, gateway: RecordsGateway, name: str
) -> None:
    prune(run)
    gateway.prepare(body_of(a_report(ONE, "99")))
    fetch(run)
    assert query_ledger("SELECT id FROM records") == [(5,)]


def test_a_batch_still_fetches_replies_if_others_were_fetched_before(
    run: Run, gateway: RecordsGateway, name: str
) -> None:
    prune(run)
    queries = gateway.query_count()
    write_csv([("13600000001", "【科迅】丁")], "new.csv")
    send(run, file="new.csv")
    assert gateway.query_count() == queries + 1


def test_a_new_batch_uses_no_number_of_a_pruned_one(run: Run, name: str) -> None:
    prune(run)
    write_csv([("13600000001", "【科迅】丁")], "new.csv")
    send(run, file="new.csv")
    assert query_ledger("SELECT id FROM rows") == [(4,)]
    assert run("batch", "show", name, "-o", "json").json["recipients"] == 3


def test_records_of_no_batch_go_too(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_report(ONE, "99")))
    fetch(run)
    age_ledger(200)
    assert prune(run)["records"] == 1


def test_a_younger_batch_is_not_pruned(run: Run, name: str) -> None:
    assert prune(run, age="201d")["batches"] == 0
    assert rows_left()["rows"] == 3


@pytest.mark.parametrize("age", ["6d", "167h", "2099-01-01"])
def test_an_age_below_a_week_is_refused(run: Run, age: str) -> None:
    done = run("batch", "prune", "--older-than", age, "--yes")
    assert done.status == 2
    assert f"--older-than '{age}' is less than 7 days" in done.err


@pytest.mark.parametrize("options", [(), ("--older-than", "old"), ("--older-than", "-7d")])
def test_an_age_is_needed(run: Run, options: tuple[str, ...]) -> None:
    done = run("batch", "prune", "--yes", *options)
    assert done.status == 2
    assert "--older-than" in done.err


@pytest.mark.parametrize("age", ["8d", "1w", "2026-06-01"])
def test_ages_and_dates_are_understood(run: Run, age: str) -> None:
    assert prune(run, age=age)["batches"] == 0


def test_it_asks(run: Run, name: str) -> None:
    done = run("batch", "prune", "--older-than", "100d")
    assert done.status == 2
    assert "--yes" in done.err
    assert rows_left()["rows"] == 3


def test_an_answer_of_no_deletes_nothing(run: Run, name: str) -> None:
    command = ("kxsms", "batch", "prune", "--older-than", "100d")
    status, shown = on_terminal(command, answers=["n"], columns=200)
    assert status == 7
    assert "1 batch (3 recipients), 4 reports and replies and 2 answers" in shown
    assert rows_left()["rows"] == 3


def test_nothing_to_prune_needs_no_consent(run: Run) -> None:
    assert run("batch", "prune", "--older-than", "100d").status == 0


def test_an_unfinished_batch_is_kept(run: Run, gateway: RecordsGateway) -> None:
    write_csv(PEOPLE)
    gateway.send_answers += [accept_as("7"), DECLINED, DECLINED, DECLINED]
    send(run, "--retries", "0")
    age_ledger(200)
    assert kept(prune(run)) == {"unfinished": 1}


@pytest.fixture
def unknown(run: Run, gateway: RecordsGateway) -> str:
    """Return the id of a batch with an unknown recipient."""
    write_csv(PEOPLE[:2])
    gateway.send_answers += UNKNOWN
    found: str = send(run).json["batch"]
    return found


def test_a_batch_with_unknown_recipients_is_kept(run: Run, unknown: str) -> None:
    age_ledger(200)
    assert kept(prune(run)) == {"unknown": 1}
    assert f"kxsms batch settle {unknown}" in run("batch", "prune", "--older-than", "100d", "--yes").err


def test_a_settled_batch_is_pruned(run: Run, unknown: str) -> None:
    run("batch", "settle", unknown, "--accepted", "--yes")
    age_ledger(200)
    assert prune(run)["batches"] == 1


def test_a_batch_with_a_doubtful_attempt_is_kept(run: Run, unknown: str) -> None:
    run("batch", "retry", unknown, "--unknown", "--yes")
    age_ledger(200)
    assert kept(prune(run)) == {"doubtful": 1}


def test_a_batch_that_a_kept_one_needs_is_kept(run: Run, gateway: RecordsGateway, unknown: str) -> None:
    write_csv(PEOPLE[1:], "later.csv")
    send(run, "--again", file="later.csv")
    age_ledger(200)
    assert kept(prune(run)) == {"unknown": 1, "needed": 1}
    assert run("batch", "retry", unknown, "--unknown", "--yes").status == 7


def test_a_batch_sent_long_before_a_kept_one_is_pruned(run: Run, gateway: RecordsGateway) -> None:
    write_csv(PEOPLE, "first.csv")
    send(run, file="first.csv")
    age_ledger(30)
    write_csv(PEOPLE[:2])
    gateway.send_answers += UNKNOWN
    send(run)
    age_ledger(200)
    found = prune(run)
    assert (found["batches"], kept(found)) == (1, {"unknown": 1})


def test_the_retry_of_a_kept_batch_is_kept(run: Run, gateway: RecordsGateway) -> None:
    write_csv(PEOPLE)
    gateway.send_answers += [accept_as("7"), accept_as("8"), close]
    original = send(run).json["batch"]
    gateway.prepare(body_of(a_report(ONE, "7", "UNDELIV")))
    fetch(run)
    assert run("batch", "retry", original, "--failed", "--yes").status == 0
    age_ledger(200)
    assert kept(prune(run)) == {"unknown": 1, "needed": 1}
    arrived = len(gateway.received)
    run("batch", "retry", original, "--failed", "--yes")
    assert len(gateway.received) == arrived


@needs_full
def test_the_retry_of_a_kept_batch_without_unknown_recipients_is_kept(
    run: Run, gateway: RecordsGateway
) -> None:
    write_csv(PEOPLE[:1])
    gateway.send_answers.append(accept_as("7"))
    original = send(run).json["batch"]
    gateway.prepare(body_of(a_report(ONE, "7", "UNDELIV")))
    assert into_full_disk("report") == 1
    run("batch", "retry", original, "--failed", "--yes")
    age_ledger(200)
    assert kept(prune(run)) == {"not_shown": 1, "needed": 1}


def test_unmatched_records_that_may_be_evidence_are_kept(
    run: Run, gateway: RecordsGateway, unknown: str
) -> None:
    gateway.prepare(body_of(a_report(TWO, "99")))
    fetch(run)
    age_ledger(200)
    assert prune(run)["records"] == 0


@needs_full
def test_a_batch_whose_replies_were_not_shown_is_kept(run: Run, gateway: RecordsGateway) -> None:
    write_csv(PEOPLE)
    send(run)
    gateway.prepare(body_of(a_reply(ONE, "好")))
    assert into_full_disk("mo") == 1
    age_ledger(200)
    assert kept(prune(run)) == {"not_shown": 1}


def test_a_batch_that_a_cap_counts_is_kept(run: Run, gateway: RecordsGateway) -> None:
    write_csv(PEOPLE)
    send(run)
    write_profile(cap={"sms": "3/300d"})
    age_ledger(200)
    assert kept(prune(run)) == {"cap": 1}


def test_a_batch_that_another_process_owns_is_kept(run: Run, name: str) -> None:
    with owner():
        found = prune(run)
    assert kept(found) == {"in_use": 1}
    assert found["batches"] == 0


def test_a_test_is_pruned_like_any_other_batch(run: Run, gateway: RecordsGateway) -> None:
    write_csv(PEOPLE)
    send(run, "--test-to", ONE)
    age_ledger(200)
    assert prune(run)["batches"] == 1


def test_a_source_keeps_the_name_of_its_file_alone(run: Run, gateway: RecordsGateway) -> None:
    Path("wang").mkdir()
    write_csv(PEOPLE, "wang/people.csv")
    send(run, file="wang/people.csv")
    age_ledger(200)
    prune(run)
    assert [one["source"] for one in run("batch", "list", "-o", "json").json] == ["people.csv"]


@pytest.mark.sqlite
def test_the_file_becomes_smaller(run: Run, gateway: RecordsGateway) -> None:
    write_csv([(f"138{n:08d}", f"【科迅】{n}") for n in range(10_000)])
    gateway.send_answers += [DECLINED] * 3
    found = send(run, "--retries", "0")
    run("batch", "cancel", found.json["batch"], "--yes")
    age_ledger(200)
    assert prune(run)["bytes_freed"] > 1_000_000


def test_the_documents_name_every_reason(run: Run) -> None:
    page = run("help", "privacy").out
    assert [reason for reason in Reason if f"`{reason}`".encode() not in page] == []
