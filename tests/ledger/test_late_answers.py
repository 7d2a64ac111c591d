"""Answers that reach a runner after others have decided about its requests: a ledger in PostgreSQL."""

from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest

from kxsms.domain.batch import RecipientCounts
from kxsms.domain.claim import Settlement
from kxsms.domain.ledger_place import postgres_place
from kxsms.domain.outcome import Accepted, NotSent, Outcome, Rejected, Unknown
from kxsms.domain.states import RequestState
from kxsms.errors import Failure
from kxsms.ledger.batches import Ledger
from kxsms.ledger.claims import OwnedBatch
from tests.conftest import Run
from tests.ledger.scene import send_one
from tests.scripted_gateway import ScriptedGateway

PLANNED, SENDING, ACCEPTED, REJECTED, NOT_SENT, UNKNOWN = RequestState
OUTCOMES: dict[RequestState, Outcome | None] = {
    ACCEPTED: Accepted("0", "提交成功", "t1"),
    REJECTED: Rejected("-3", "余额不足"),
    NOT_SENT: NotSent("refused"),
    UNKNOWN: Unknown("no answer"),
    PLANNED: None,
}


class LateRunner:
    """A runner with a request in flight that has lost its lease: another one made the request unknown."""

    def __init__(self, url: str, stack: ExitStack) -> None:
        self._url, self._stack = url, stack
        place = postgres_place(f"{url}&schema={psycopg.conninfo.conninfo_to_dict(url)['user']}", {})
        self._late, self.other = (stack.enter_context(Ledger(place, writable=True)) for _ in range(2))
        (self.batch,) = self._late.batches()
        self._owned = stack.enter_context(self._late.own(self.batch))
        (self._claim,) = self._owned.cycle([], [], 1).claims
        self.query("UPDATE sessions SET lease_until = now()")
        with self.other.own(self.batch):
            pass

    def answer(self, state: RequestState) -> RequestState:
        """Settle the late answer, and return the state of the request."""
        self._owned.cycle([Settlement(self._claim, state, OUTCOMES[state])], [], 0)
        assert self.other.check() == []
        return RequestState(self.query("SELECT state FROM requests"))

    def claim(self) -> None:
        self._owned.cycle([], [self._claim.request], 0)

    def retry(self) -> OwnedBatch:
        """Retry the request as a person does, and leave it planned."""
        owned = self._stack.enter_context(self.other.own(self.batch))
        owned.retry(UNKNOWN)
        return owned

    def query(self, statement: str) -> str:
        with psycopg.connect(self._url) as connection:
            cursor = connection.execute(statement.encode())
            row = cursor.fetchone() if cursor.description else None
        return str(row[0]) if row else ""

    @property
    def attempt(self) -> tuple[str, str]:
        """Return the state and the code of the first attempt at the request."""
        found = self.query("SELECT state || ' ' || coalesce(code, '') FROM attempts WHERE attempt = 1")
        state, _, code = found.partition(" ")
        return state, code


@pytest.fixture
def late(
    run: Run, gateway: ScriptedGateway, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LateRunner]:
    schema = psycopg.conninfo.conninfo_to_dict(postgres_url)["user"]
    monkeypatch.setenv("KXSMS_LEDGER", f"{postgres_url}&schema={schema}")
    send_one(run, "--at", "+1h", "--yes")
    with ExitStack() as stack:
        yield LateRunner(postgres_url, stack)


@pytest.mark.parametrize("state", [ACCEPTED, REJECTED, NOT_SENT, UNKNOWN])
def test_a_late_answer_settles_the_request(late: LateRunner, state: RequestState) -> None:
    assert late.answer(state) is state


@pytest.mark.parametrize("state", [ACCEPTED, REJECTED, NOT_SENT])
def test_the_batch_counts_a_late_answer(late: LateRunner, state: RequestState) -> None:
    late.answer(state)
    assert late.other.find(late.batch.name).counts == RecipientCounts(1, **{state.value: 1})


def test_a_claim_that_comes_back_late_stays_unknown(late: LateRunner) -> None:
    assert late.answer(PLANNED) is UNKNOWN


def test_a_late_runner_claims_nothing(late: LateRunner) -> None:
    late.retry()
    with pytest.raises(Failure, match="could not renew its lease"):
        late.claim()


@pytest.mark.parametrize("state", [ACCEPTED, REJECTED, NOT_SENT])
def test_a_late_answer_does_not_settle_a_retry(late: LateRunner, state: RequestState) -> None:
    owned = late.retry()
    owned.cycle([], [], 1)
    assert late.answer(state) is SENDING


@pytest.mark.parametrize(("state", "code"), [(REJECTED, "-3"), (NOT_SENT, "")])
def test_a_late_refusal_settles_the_attempt_before_a_retry(
    late: LateRunner, state: RequestState, code: str
) -> None:
    late.retry()
    late.answer(state)
    assert late.attempt == (state.value, code)


def test_a_late_acceptance_leaves_the_attempt_before_a_retry_in_doubt(late: LateRunner) -> None:
    """Otherwise a refusal of the retry would make a further retry send the text twice."""
    late.retry()
    late.answer(ACCEPTED)
    assert late.attempt == ("unknown", "0")


def test_a_late_refusal_leaves_an_earlier_doubt(late: LateRunner) -> None:
    late.query("INSERT INTO attempts (request, attempt, state) SELECT id, 0, 'unknown' FROM requests")
    assert late.answer(REJECTED) is UNKNOWN
