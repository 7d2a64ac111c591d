"""The words for what went wrong, and the command to run next."""

from kxsms.domain.balance import Balance
from kxsms.domain.batch import Batch, DeliverySummary, Evidence, OutcomeGroup, RecipientCounts
from kxsms.domain.outcome import Accepted, Rejected
from kxsms.domain.plan import Plan
from kxsms.domain.product import Product
from kxsms.domain.records import FetchFailure, RecordKind, UnreadAnswer
from kxsms.domain.results import BalanceResult, BatchStatus, RecordsResult, Result, SendResult, Task
from kxsms.domain.states import RequestState
from kxsms.output.registry import view_of
from kxsms.output.view import Note
from tests.output.examples import BATCH

REFUSED = OutcomeGroup(RequestState.REJECTED, "-3", "余额不足", 1, 2)
UNKNOWN = OutcomeGroup(RequestState.UNKNOWN, None, "no answer within 50 s", 1, 1)
NOT_SENT = OutcomeGroup(RequestState.NOT_SENT, None, "HTTP 404 Not Found", 1, 2)


def batch(**counts: int) -> Batch:
    return BATCH._replace(counts=RecipientCounts(**counts))


def send(*groups: OutcomeGroup, paused: str | None = None, **counts: int) -> SendResult:
    return SendResult("prod", Product.SMS, batch(**counts), groups=groups, paused=paused)


def errors(result: Result) -> list[tuple[str, str, str | None]]:
    """Return kind, message and hint of each error that goes with a result."""
    return [(error.kind, error.message, error.hint) for error in view_of(result).explanation().errors]


def notes(*groups: OutcomeGroup, owned: bool = False, **counts: int) -> list[Note]:
    """Return what `batch show` says of a batch."""
    status = BatchStatus(batch(**counts)._replace(has_owner=owned), groups, DeliverySummary(0, 0, 0))
    return list(view_of(status).explanation().notes)


def test_a_good_send_needs_no_words() -> None:
    assert errors(send(recipients=2, accepted=2)) == []


def test_a_refusal_has_code_and_message() -> None:
    hint = "run kxsms batch retry 3f2a91c0 --rejected to resend"
    expected = ("refused", "the gateway refused: code -3 “余额不足”; 2 recipients", hint)
    assert errors(send(REFUSED, recipients=2, rejected=2)) == [expected]


def test_an_unfinished_send_with_refusals_has_to_be_resumed_first() -> None:
    (refused, left) = errors(send(REFUSED, recipients=3, rejected=2, paused="x"))
    assert refused[2] is None
    assert "batch resume" in (left[2] or "")


def test_an_unknown_outcome_says_not_to_resend() -> None:
    expected = (
        "unknown",
        "outcome unknown for 1 recipient: no answer within 50 s",
        "do not resend yet: run kxsms report, then kxsms batch show 3f2a91c0",
    )
    assert errors(send(UNKNOWN, recipients=1, unknown=1)) == [expected]


def test_a_request_in_flight_at_a_stop_is_unknown() -> None:
    (found,) = errors(send(recipients=3, sending=3))
    assert found[1] == "outcome unknown for 3 recipients: stopped before the answer came"


def test_a_pause_says_how_many_are_left() -> None:
    expected = (
        "no_answer",
        "paused: ten in a row; 1 recipient is left",
        "run the same command again, or kxsms batch resume 3f2a91c0",
    )
    assert errors(send(paused="ten in a row", recipients=2, accepted=1)) == [expected]


def test_a_send_that_a_signal_stopped_says_how_many_were_not_sent() -> None:
    (found,) = errors(send(recipients=3, accepted=1))
    assert found[1] == "not sent to 2 of 3 recipients: kxsms was stopped first"


def test_a_declined_request_leads_to_base_url() -> None:
    expected = (
        "no_answer",
        "nothing sent: HTTP 404 Not Found",
        "check base_url, then run the same command again, or kxsms batch resume 3f2a91c0",
    )
    assert errors(send(NOT_SENT, recipients=2, not_sent=2)) == [expected]


def test_a_dry_run_names_the_limit_that_would_stop_it() -> None:
    result = SendResult("prod", Product.SMS, plan=Plan(1, 0, 0, 0, 1, 1, 1), dry_run=True, guard="too dear")
    assert errors(result) == [("guard", "too dear", None)]


def test_the_summary_counts_and_names_task_ids() -> None:
    tasks = (
        Task(Accepted("0", None, "11"), 1),
        Task(Accepted("0", None, "12"), 1),
        Task(Rejected("5", None), 1),
    )
    result = send(recipients=3, accepted=2, rejected=1)._replace(tasks=tasks)
    assert view_of(result).summary() == "; 3 recipients: 2 accepted, 1 rejected; task ids: 11, 12"


def test_a_balance_below_the_minimum_names_both() -> None:
    balance = Balance("prod", Product.SMS, "0", None, "5", short_of=10)
    assert errors(BalanceResult((balance,))) == [("guard", "sms: 5 left, below the minimum of 10", None)]


def test_an_answer_that_cannot_be_read_can_be_looked_at() -> None:
    expected = (
        "unread",
        "an answer could not be read, and is kept: no Code",
        "run kxsms mo --no-pull -o raw-json to see it",
    )
    assert errors(RecordsResult(RecordKind.MO, (), (UnreadAnswer("no Code"),))) == [expected]


def test_a_fetch_that_failed_ends_with_the_reason() -> None:
    result = RecordsResult(RecordKind.MO, (), ending=FetchFailure("no answer", "wait", is_refusal=False))
    assert errors(result) == [("no_answer", "no answer", "wait")]


def test_show_names_the_command_for_refused_recipients() -> None:
    expected = Note(
        "the gateway refused: code -3 “余额不足”; 2 recipients",
        "run kxsms batch retry 3f2a91c0 --rejected to resend",
    )
    assert notes(REFUSED, recipients=2, rejected=2) == [expected]


def test_show_names_the_commands_for_an_unknown_outcome() -> None:
    (note,) = notes(UNKNOWN, recipients=1, unknown=1)
    assert note.text == "outcome unknown for 1 recipient: no answer within 50 s"
    assert note.hint is not None
    assert note.hint.startswith("run kxsms report; ")
    assert note.hint.endswith("kxsms batch retry 3f2a91c0 --unknown")


def test_show_names_the_command_for_recipients_that_are_left() -> None:
    expected = Note("2 recipients are left", "run kxsms batch resume 3f2a91c0")
    assert notes(recipients=3, accepted=1) == [expected]


def test_show_says_that_a_batch_is_in_progress() -> None:
    assert notes(owned=True, recipients=2, sending=1) == [
        Note("in progress: 1 in flight, 1 recipient is left")
    ]


def test_show_counts_no_recipients_that_are_not_there() -> None:
    assert notes(owned=True, recipients=2, sending=2) == [Note("in progress: 2 in flight")]


def test_show_settles_what_a_dead_process_left_in_flight() -> None:
    (note,) = notes(recipients=2, sending=2)
    assert note.text == "outcome unknown for 2 recipients: kxsms was stopped before the answer came"
    assert note.hint == "run kxsms batch resume 3f2a91c0 to settle this and to send the rest"


def test_show_sums_up_reasons_that_all_differ() -> None:
    refused = (OutcomeGroup(RequestState.REJECTED, "9", f"no {place}", 1, 2) for place in range(13))
    *shown, rest, unknown = notes(*refused, UNKNOWN, recipients=27, rejected=26, unknown=1)
    assert len(shown) == 10
    assert rest == (
        "the gateway refused 6 more recipients, for 3 other reasons",
        "run kxsms batch export 3f2a91c0 --state rejected to see each",
    )
    assert unknown.text == "outcome unknown for 1 recipient: no answer within 50 s"


def test_show_sums_up_the_evidence_of_many_task_ids() -> None:
    found = [Evidence(str(task), "13800000000", "delivered", None, None, "sms") for task in range(12)]
    status = BatchStatus(batch(recipients=1, unknown=1), (), DeliverySummary(0, 0, 0), evidence=tuple(found))
    *shown, rest = view_of(status).explanation().notes
    assert len(shown) == 10
    assert rest == (
        "reports with 2 other task ids name unknown recipients",
        "run kxsms batch show 3f2a91c0 -o json",
    )
