"""In every order of events, the ledger lets no request be sent twice, and loses none."""

import itertools
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kxsms.compat import override
from kxsms.domain.batch import BatchHeader
from kxsms.domain.claim import Claim, Settlement
from kxsms.domain.identity import fingerprint
from kxsms.domain.ledger_place import PostgresPlace
from kxsms.domain.outcome import Accepted, NotSent, Outcome, Rejected, Unknown
from kxsms.domain.profile import Profile
from kxsms.domain.pruning import PruneTerms
from kxsms.domain.records import DeliveryReport, DeliveryState, FetchedAnswer, RecordKind
from kxsms.domain.states import RequestState
from kxsms.ledger.batches import Ledger
from kxsms.sending.planner import Planner, PlanOptions, place_plan
from kxsms.source.rows import Source
from kxsms.source.table import Rows
from tests.engines import empty_ledger, ledger_place

OF_ACCEPTED = "11"
OUTCOMES: dict[RequestState, Outcome | None] = {
    RequestState.ACCEPTED: Accepted("0", None, OF_ACCEPTED),
    RequestState.REJECTED: Rejected("-3", "余额不足"),
    RequestState.NOT_SENT: NotSent("connection refused"),
    RequestState.UNKNOWN: Unknown("no answer"),
    RequestState.PLANNED: None,
}
MAY_LEAVE = (RequestState.PLANNED, RequestState.NOT_SENT)
CAPACITY = 3

Pair = tuple[str, str]


@dataclass(eq=False)
class Request:
    """The pairs of a request, the numbers that it had when it was planned, and what reports did to it.

    `task` is the task id under which a report settled it, `booked` are the numbers of these reports.
    """

    pairs: list[Pair]
    numbers: set[str]
    task: str | None = None
    booked: set[str] = field(default_factory=set)


_MOBILES = st.sampled_from([f"1380000000{digit}" for digit in range(10)])
_ROWS = st.lists(
    st.tuples(_MOBILES | st.just("138"), st.sampled_from("甲乙")),
    min_size=1,
    max_size=14,
).filter(lambda rows: any(mobile != "138" for mobile, _ in rows))
_ENDINGS = st.lists(st.sampled_from(list(RequestState)), min_size=1, max_size=5)


class LedgerMachine(RuleBasedStateMachine):
    """Batches that are planned, sent, cut short, recovered, retried, cancelled and pruned.

    `state` is what must be true.
    """

    def __init__(self) -> None:
        super().__init__()
        empty_ledger()
        self.ledger = Ledger(ledger_place(), writable=True).__enter__()
        self.state: dict[str, dict[Pair, RequestState]] = {}
        self.requests: dict[str, list[Request]] = {}
        self.unbooked: defaultdict[str, set[str]] = defaultdict(set)
        self.doubted: dict[str, set[Pair]] = {}
        self.pruned: dict[str, Counter[RequestState]] = {}
        self.cancelled: defaultdict[str, set[Pair]] = defaultdict(set)
        self.given: dict[tuple[str, Pair], str] = {}
        self.occasions = itertools.count()

    @override
    def teardown(self) -> None:
        self.ledger.__exit__(None, None, None)

    @rule(rows=_ROWS)
    def create(self, rows: list[Pair]) -> None:
        chunk = Rows(range(2, len(rows) + 2), [list(row) for row in rows])
        source = Source(
            *("r.csv", True, ("mobile", "content"), 0),
            lambda most: iter([chunk]),
            lambda rows: [content for _, content in rows],
        )
        staged = self.ledger.stage()
        summary = Planner(source, PlanOptions(skip_invalid=True), staged, lambda text: CAPACITY).read()
        plan = place_plan(staged, summary)
        pairs = {row for row in rows if row[0] != "138"}
        invalid = sum(mobile == "138" for mobile, _ in rows)
        assert plan.recipients == len(pairs)
        assert plan.invalid == invalid
        assert plan.duplicates == len(rows) - invalid - len(pairs)
        mark = fingerprint(summary.digest, next(self.occasions))
        header = BatchHeader("p", "1", "sms", None, "r.csv", True, source.columns, 0, mark)
        batch = self.ledger.create(staged, header, plan, self.ledger.last(), None)
        assert batch is not None
        self.state[batch.name] = dict.fromkeys(pairs, RequestState.PLANNED)
        self.requests[batch.name] = _requests([row for row in rows if row[0] != "138"])
        self.doubted[batch.name] = set()
        self.restart()  # a process sends one batch; its staged plan and its lock end with it

    @precondition(lambda self: self.state)
    @rule(
        data=st.data(),
        want=st.integers(1, 4),
        endings=_ENDINGS,
        crashes=st.booleans(),
        which=st.sampled_from([None, None, RequestState.REJECTED, RequestState.UNKNOWN]),
    )
    def send(
        self,
        data: st.DataObject,
        want: int,
        endings: list[RequestState],
        crashes: bool,
        which: RequestState | None,
    ) -> None:
        """Send a batch or retry it. `sending` among the endings is an answer that has not come yet."""
        name, state = self.drawn(data)
        doubted = self.doubted[name]
        self.recovered(state, doubted)
        with self.ledger.own(self.ledger.find(name)) as owned:
            if which is not None:
                owned.retry(which)
                planned = [pair for pair, now in state.items() if now in (RequestState.PLANNED, which)]
                assert owned.left().recipients == len(planned)
                doubted |= {pair for pair, now in state.items() if now is which is RequestState.UNKNOWN}
                state.update(dict.fromkeys(planned, RequestState.PLANNED))
            claims = owned.cycle([], [], want).claims
            assert sum(claim.recipients for claim in claims) > 0 or not _left(state)
            for ending in endings:
                self.sent(state, claims)
                if ending is RequestState.SENDING or not claims:
                    break
                settled = [Settlement(claim, ending, OUTCOMES[ending]) for claim in claims]
                _become(state, claims, ending)
                if ending is RequestState.ACCEPTED:
                    pairs = [
                        (mobile, claim.content) for claim in claims for mobile in claim.mobiles.split(",")
                    ]
                    self.given |= {(name, pair): OF_ACCEPTED for pair in pairs}
                is_again = ending is RequestState.PLANNED and len(endings) % 2
                again = [claim.request for claim in claims] if is_again else []
                claims = owned.cycle(settled, again, want).claims
            else:
                self.sent(state, claims)
                if not crashes:
                    settled = [Settlement(claim, RequestState.PLANNED) for claim in claims]
                    owned.cycle(settled, [], 0)
                    _become(state, claims, RequestState.PLANNED)
        if isinstance(ledger_place(), PostgresPlace):  # there, an owner that leaves has nothing in flight
            sending = [pair for pair, now in state.items() if now is RequestState.SENDING]
            state.update(dict.fromkeys(sending, RequestState.UNKNOWN))
        self.doubt(state, doubted)
        if crashes:
            self.restart()

    @rule(mobile=_MOBILES, is_accepted=st.booleans())
    def report(self, mobile: str, is_accepted: bool) -> None:
        """Fetch a delivery report twice. If its task is new, it settles the one unknown request that fits."""
        number = next(self.occasions)
        task = OF_ACCEPTED if is_accepted else f"t{number}"
        report = DeliveryReport(
            *(task, mobile, DeliveryState.DELIVERED, "DELIVRD", "2096-10-02T07:06:40+00:00", None),
            moment=4e9,
            raw=f"{task} {mobile} {number}",
        )
        answers = self.ledger.answers(Profile(name="p", account="1", exclusive=True))
        for _ in range(2):
            answer = FetchedAnswer(RecordKind.REPORT, 200, "application/json", b"{}", 4e9)
            answers.add(replace(answer, id=answers.keep(answer)), [report])
        named = self.unbooked[task]
        for request in self.requests_of(task):
            if mobile in {number for number, _ in request.pairs}:
                request.booked.add(mobile)
                break
        else:
            named.add(mobile)
        for name, request in self.all_requests():
            if request.task == task and named - request.numbers:
                self.state[name].update(dict.fromkeys(request.pairs, RequestState.UNKNOWN))
                named |= request.booked
                request.task, request.booked = None, set()
        is_named = any(
            mobile == pair[0] and now is RequestState.UNKNOWN
            for state in self.state.values()
            for pair, now in state.items()
        )
        fitting = [
            (name, request)
            for name, request in self.all_requests()
            if named and named <= request.numbers and self.may_have_an_unknown_task(name, request, named)
        ]
        if is_named and not self.requests_of(task) and len(fitting) == 1:
            ((name, request),) = fitting
            if self.state[name][request.pairs[0]] is RequestState.UNKNOWN:
                self.state[name].update(dict.fromkeys(request.pairs, RequestState.ACCEPTED))
                request.task, request.booked = task, named & {number for number, _ in request.pairs}
                self.unbooked[task] = named - request.booked

    def all_requests(self) -> list[tuple[str, Request]]:
        return [(name, request) for name, requests in self.requests.items() for request in requests]

    def requests_of(self, task: str) -> list[Request]:
        """Return the accepted requests that have a task id."""
        return [
            request
            for name, request in self.all_requests()
            if self.state[name][request.pairs[0]] is RequestState.ACCEPTED
            and (request.task or self.given.get((name, request.pairs[0]))) == task
        ]

    @precondition(lambda self: self.state)
    @rule(data=st.data(), is_accepted=st.booleans(), mobile=st.none() | _MOBILES)
    def settle(self, data: st.DataObject, is_accepted: bool, mobile: str | None) -> None:
        """Settle as a person does what is unknown: all, or one number."""
        name, state = self.drawn(data)
        doubted = self.doubted[name]
        self.recovered(state, doubted)
        chosen = {
            pair for pair, now in state.items() if now is RequestState.UNKNOWN and mobile in (None, pair[0])
        }
        decided = RequestState.ACCEPTED if is_accepted else RequestState.NOT_SENT
        with self.ledger.own(self.ledger.find(name)) as owned:
            assert owned.unknown(mobile) == len(chosen)
            owned.settle(decided, mobile)
        for request in list(self.requests[name]):
            for pair in chosen.intersection(request.pairs) if mobile else ():
                if len(request.pairs) > 1:
                    request.pairs.remove(pair)
                    self.requests[name].append(Request([pair], {pair[0]}))
        state.update(dict.fromkeys(chosen, decided))
        doubted -= chosen
        self.doubt(state, doubted)

    @precondition(lambda self: self.state)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """Cancel what is planned, and nothing that may have left."""
        name, state = self.drawn(data)
        self.recovered(state, self.doubted[name])
        planned = {pair for pair, now in state.items() if now is RequestState.PLANNED}
        with self.ledger.own(self.ledger.find(name)) as owned:
            assert owned.cancel() == len(planned)
        self.cancelled[name] |= planned
        for pair in planned:
            del state[pair]
        self.requests[name] = [one for one in self.requests[name] if not planned.intersection(one.pairs)]

    @rule()
    def prune(self) -> None:
        """Prune as if all were old: batches with something left or in doubt stay whole."""
        answers = self.ledger.answers(Profile(name="p", account="1", exclusive=True))
        answers.written(RecordKind.REPORT, answers.unshown(RecordKind.REPORT))
        self.ledger.pruning(PruneTerms(time.time() + 86_400)).run()
        for batch in self.ledger.batches():
            if batch.pruned is not None and batch.name not in self.pruned:
                state = self.state.pop(batch.name)
                assert set(state.values()) <= {RequestState.ACCEPTED, RequestState.REJECTED}
                assert not self.doubted.pop(batch.name)
                del self.requests[batch.name]
                self.pruned[batch.name] = Counter(state.values())

    @rule()
    def restart(self) -> None:
        """End the process, and start another one on the same ledger."""
        self.ledger.__exit__(None, None, None)
        self.ledger = Ledger(ledger_place(), writable=True).__enter__()

    @invariant()
    def the_ledger_agrees(self) -> None:
        assert self.ledger.check() == []
        for batch in self.ledger.batches():
            state = self.state.get(batch.name, {})
            found = self.pruned.get(batch.name) or Counter(state.values())
            counts = batch.counts
            assert {each: getattr(counts, each.value) for each in RequestState} == {
                each: found[each] for each in RequestState
            }
            all_rows = list(self.ledger.read().rows(batch))
            if batch.name in self.pruned:
                assert all_rows == []
                continue
            cancelled = [row.fields[:2] for row in all_rows if row.outcome == "cancelled"]
            assert sorted(cancelled) == sorted(self.cancelled[batch.name])
            assert batch.cancelled == len(cancelled)
            assert batch.rows == len(all_rows)
            rows = [row for row in all_rows if row.outcome in list(RequestState)]
            pairs = [(row.fields[0], row.fields[1]) for row in rows]
            assert sorted(pairs) == sorted(state)
            shown = {RequestState.PLANNED: "not_sent", RequestState.SENDING: "unknown"}
            for pair, row in zip(pairs, rows, strict=True):
                assert shown.get(state[pair], state[pair]) == row.outcome
        assert len(self.state) + len(self.pruned) == len(self.ledger.batches())

    def may_have_an_unknown_task(self, name: str, request: Request, named: set[str]) -> bool:
        """Return whether the gateway may have accepted a text under a task id that never came.

        The outcome of a second attempt does not change that.
        """
        pair = request.pairs[0]
        return bool(named & {number for number, _ in request.pairs}) and (
            self.state[name][pair] in (RequestState.UNKNOWN, RequestState.SENDING)
            or pair in self.doubted[name]
        )

    def drawn(self, data: st.DataObject) -> tuple[str, dict[Pair, RequestState]]:
        """Return one of the batches. It is drawn by its index, because the names are random."""
        return list(self.state.items())[data.draw(st.integers(0, len(self.state) - 1))]

    def recovered(self, state: dict[Pair, RequestState], doubted: set[Pair]) -> None:
        """Do to the states what owning a batch does to its requests."""
        self.doubt(state, doubted)
        moves = {RequestState.SENDING: RequestState.UNKNOWN, RequestState.NOT_SENT: RequestState.PLANNED}
        state.update({pair: moves.get(now, now) for pair, now in state.items()})

    def doubt(self, state: dict[Pair, RequestState], doubted: set[Pair]) -> None:
        """Make unknown again what was so before a retry, unless the retry was accepted."""
        again = (RequestState.PLANNED, RequestState.NOT_SENT, RequestState.REJECTED)
        state.update({pair: RequestState.UNKNOWN for pair in doubted if state[pair] in again})

    def sent(self, state: dict[Pair, RequestState], claims: list[Claim]) -> None:
        """Send requests, none of which may be in flight or have been sent."""
        for claim in claims:
            assert 0 < claim.recipients <= CAPACITY
            assert all(state[mobile, claim.content] in MAY_LEAVE for mobile in claim.mobiles.split(","))
        _become(state, claims, RequestState.SENDING)


def _requests(rows: list[Pair]) -> list[Request]:
    """Return the requests of a batch: text by text, in the order of the rows."""
    requests = []
    for text in dict.fromkeys(text for _, text in rows):
        pairs = [pair for pair in dict.fromkeys(rows) if pair[1] == text]
        parts = [pairs[at : at + CAPACITY] for at in range(0, len(pairs), CAPACITY)]
        requests += [Request(part, {number for number, _ in part}) for part in parts]
    return requests


def _become(state: dict[Pair, RequestState], claims: list[Claim], ending: RequestState) -> None:
    for claim in claims:
        for mobile in claim.mobiles.split(","):
            state[mobile, claim.content] = ending


def _left(state: dict[Pair, RequestState]) -> bool:
    return any(now in MAY_LEAVE for now in state.values())


def test_a_ledger(engine: str) -> None:
    examples = 20 if engine == "sqlite" else 4
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(max_examples=examples, stateful_step_count=20, deadline=None, print_blob=True),
    )
