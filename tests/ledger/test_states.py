"""The states of requests: every transition of the table, none besides, and counters that follow."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

import kxsms.ledger
from kxsms.domain.batch import Batch, BatchHeader, RecipientCounts
from kxsms.domain.claim import Claim, Settlement
from kxsms.domain.outcome import Accepted, NotSent, Outcome, Rejected, Unknown
from kxsms.domain.profile import Profile
from kxsms.domain.records import DeliveryReport, DeliveryState, FetchedAnswer, RecordKind
from kxsms.domain.states import TRANSITIONS, RequestState
from kxsms.errors import Failure
from kxsms.ledger.batches import Ledger
from kxsms.ledger.counters import Counters
from kxsms.ledger.sqlite.database import SqliteDatabase
from kxsms.sending.planner import Planner, PlanOptions, place_plan
from kxsms.source.rows import numbers_source
from tests.engines import ledger_place

pytestmark = pytest.mark.each_on_both

PLANNED, SENDING, ACCEPTED, REJECTED, NOT_SENT, UNKNOWN = RequestState
MOBILE = "13800000000"
OUTCOMES: dict[RequestState, Outcome | None] = {
    PLANNED: None,
    ACCEPTED: Accepted("0", None, "11"),
    REJECTED: Rejected("-3", "余额不足"),
    NOT_SENT: NotSent("connection refused"),
    UNKNOWN: Unknown("no answer"),
}


class Scene:
    """A ledger with one batch of one request to two recipients."""

    def __init__(self) -> None:
        self.ledger = Ledger(ledger_place(), writable=True)
        with self.ledger as ledger:
            source = numbers_source([MOBILE, "13800000001"], None, None, "【科迅】您好")
            staged = ledger.stage()
            summary = Planner(source, PlanOptions(), staged, lambda text: 2).read()
            plan = place_plan(staged, summary)
            header = BatchHeader("p", "1", "sms", None, "r", False, ("mobile",), 0, summary.digest)
            batch = ledger.create(staged, header, plan, 0, None)
            assert batch is not None
            self.name = batch.name

    @property
    def batch(self) -> Batch:
        """The batch as the ledger has it now."""
        return self.ledger.find(self.name)

    def send(self, *, retry: RequestState | None = None, ending: RequestState = SENDING) -> None:
        """Own the batch, claim its request and settle it, or leave it `sending` as a crash would."""
        with self.ledger.own(self.batch) as owned:
            if retry is not None:
                owned.retry(retry)
            claims = owned.cycle([], [], 1).claims
            if ending is not SENDING:
                owned.cycle(settled(claims, ending), [], 0)

    def report(self, mobile: str = MOBILE) -> None:
        """Fetch a delivery report under a task id that no other request has."""
        report = DeliveryReport(
            *("77", mobile, DeliveryState.DELIVERED, "DELIVRD", "2096-10-02T07:06:40+00:00", None),
            moment=4e9,
            raw=mobile,
        )
        answers = self.ledger.answers(Profile(name="p", account="1", exclusive=True))
        answer = FetchedAnswer(RecordKind.REPORT, 200, "application/json", b"{}", 4e9)
        answers.add(replace(answer, id=answers.keep(answer)), [report])

    def settle(self, state: RequestState) -> None:
        """Settle the request as a person does."""
        with self.ledger.own(self.batch) as owned:
            owned.settle(state, None)

    def retry_without_sending(self) -> None:
        """Plan the unknown request again, and end before it is claimed."""
        with self.ledger.own(self.batch) as owned:
            owned.retry(UNKNOWN)


def settled(claims: list[Claim], state: RequestState) -> list[Settlement]:
    return [Settlement(claim, state, OUTCOMES[state]) for claim in claims]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene()
    with scene.ledger:
        yield scene


def counted(state: RequestState) -> RecipientCounts:
    """The counts of a batch whose one request to two recipients is in a state."""
    return RecipientCounts(recipients=2, **({} if state is PLANNED else {state.value: 2}))


def test_a_new_request_is_planned(scene: Scene) -> None:
    assert scene.batch.counts == counted(PLANNED)


@pytest.mark.parametrize("ending", [SENDING, *OUTCOMES])
def test_a_claimed_request(scene: Scene, ending: RequestState, engine: str) -> None:
    scene.send(ending=ending)
    # In PostgreSQL, an owner that leaves settles what it has in flight.
    is_over = ending is SENDING and engine == "postgres"
    assert scene.batch.counts == counted(UNKNOWN if is_over else ending)


def own(scene: Scene) -> None:
    with scene.ledger.own(scene.batch):
        pass


def report_of_another_number_later(scene: Scene) -> None:
    scene.report()
    scene.report("13900000000")


def settle_as_not_sent_and_own(scene: Scene) -> None:
    scene.settle(NOT_SENT)
    own(scene)


LATER: list[tuple[RequestState, RequestState, Callable[[Scene], None]]] = [
    (SENDING, UNKNOWN, own),
    (NOT_SENT, PLANNED, own),
    (REJECTED, ACCEPTED, lambda scene: scene.send(retry=REJECTED, ending=ACCEPTED)),
    (REJECTED, REJECTED, lambda scene: scene.send(retry=REJECTED, ending=REJECTED)),
    (UNKNOWN, ACCEPTED, lambda scene: scene.send(retry=UNKNOWN, ending=ACCEPTED)),
    (UNKNOWN, ACCEPTED, Scene.report),
    (UNKNOWN, UNKNOWN, report_of_another_number_later),
    (UNKNOWN, ACCEPTED, lambda scene: scene.settle(ACCEPTED)),
    (UNKNOWN, NOT_SENT, lambda scene: scene.settle(NOT_SENT)),
    (UNKNOWN, PLANNED, settle_as_not_sent_and_own),
    (UNKNOWN, UNKNOWN, Scene.retry_without_sending),
    (UNKNOWN, UNKNOWN, lambda scene: scene.send(retry=UNKNOWN, ending=NOT_SENT)),
    (UNKNOWN, UNKNOWN, lambda scene: scene.send(retry=UNKNOWN, ending=REJECTED)),
]


@pytest.mark.parametrize(("before", "after", "act"), LATER)
def test_a_settled_request(
    scene: Scene, before: RequestState, after: RequestState, act: Callable[[Scene], None]
) -> None:
    scene.send(ending=before)
    act(scene)
    assert scene.batch.counts == counted(after)


@pytest.mark.parametrize(("before", "after", "act"), LATER)
def test_its_counters_are_those_of_its_requests(
    scene: Scene, before: RequestState, after: RequestState, act: Callable[[Scene], None]
) -> None:
    scene.send(ending=before)
    act(scene)
    assert scene.ledger.check() == []


@pytest.mark.parametrize(("before", "after", "act"), LATER)
def test_a_batch_is_finished_when_all_its_requests_are_settled(
    scene: Scene, before: RequestState, after: RequestState, act: Callable[[Scene], None]
) -> None:
    scene.send(ending=before)
    act(scene)
    assert (scene.batch.finished is not None) == (after in (ACCEPTED, REJECTED, UNKNOWN))


def test_these_are_all_transitions(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every transition of the table happens in the tests above."""
    seen = set()
    move = Counters.move

    def noted(
        self: Counters,
        batch: int,
        before: RequestState,
        after: RequestState,
        recipients: int,
        requests: int = 1,
    ) -> None:
        seen.add((before, after))
        move(self, batch, before, after, recipients, requests)

    monkeypatch.setattr(Counters, "move", noted)
    for ending in OUTCOMES:
        again(scene, PLANNED)
        scene.send(ending=ending)
    for before, _, act in LATER:
        again(scene, before)
        act(scene)
    late = {(UNKNOWN, REJECTED)}  # see test_late_answers.py
    assert seen == set(TRANSITIONS) - late


def again(scene: Scene, state: RequestState) -> None:
    """Put the request into a state in which nothing has happened to it before."""
    database = scene.ledger._database
    database.execute("DELETE FROM attempts")
    database.execute("DELETE FROM records")
    database.execute("UPDATE requests SET state = ?, task_id = NULL, claimed = 1, reported = FALSE", (state,))
    names = ("sending", "accepted", "rejected", "not_sent", "unknown")
    for name in names:
        database.execute(f"UPDATE batches SET finished = NULL, {name} = ?", (2 if name == state else 0,))


NOT_IN_THE_TABLE = [pair for pair in product(RequestState, repeat=2) if pair not in TRANSITIONS]


@pytest.mark.sqlite
@pytest.mark.parametrize(("before", "after"), NOT_IN_THE_TABLE)
def test_a_transition_that_is_not_in_the_table(
    tmp_path: Path, before: RequestState, after: RequestState
) -> None:
    refused = pytest.raises(ValueError, match=f"from {before} to {after}")
    with SqliteDatabase(tmp_path / "ledger.sqlite3", writable=True) as database, refused:
        Counters(database).move(1, before, after, 1)


def test_what_was_accepted_is_not_retried(scene: Scene) -> None:
    scene.send(ending=ACCEPTED)
    with scene.ledger.own(scene.batch) as owned, pytest.raises(ValueError, match="from accepted to planned"):
        owned.retry(ACCEPTED)
    assert scene.batch.counts == counted(ACCEPTED)


def test_a_claim_is_settled_once(scene: Scene) -> None:
    with scene.ledger.own(scene.batch) as owned:
        claims = owned.cycle([], [], 1).claims
        owned.cycle(settled(claims, ACCEPTED), [], 0)
        with pytest.raises(Failure, match="another process has changed this batch"):
            owned.cycle(settled(claims, REJECTED), [], 0)
    assert scene.batch.counts == counted(ACCEPTED)


def test_a_cycle_that_failed_counts_nothing(scene: Scene) -> None:
    with scene.ledger.own(scene.batch) as owned:
        claims = owned.cycle([], [], 1).claims
        with pytest.raises(Failure, match="another process has changed this batch"):
            owned.cycle(settled(claims * 2, ACCEPTED), [], 0)
        owned.cycle(settled(claims, ACCEPTED), [], 0)
    assert scene.batch.counts == counted(ACCEPTED)


def test_few_modules_write_the_state_of_requests() -> None:
    changes = re.compile(r"UPDATE\s+(main\.)?requests\s+SET\s[^;\"]*\bstate = ")
    modules = Path(kxsms.ledger.__file__).parent.glob("*.py")
    writers = {path.name for path in modules if changes.search(path.read_text("utf-8"))}
    assert writers == {"batch_states.py", "claims.py", "leaving_out.py", "settling.py"}
