"""The use cases `report` and `mo`: fetch the new records, keep them, and return the records asked for."""

import shlex
from collections.abc import Container, Iterable, Iterator
from datetime import datetime, tzinfo
from itertools import chain, islice
from typing import NamedTuple

from kxsms.domain.mobile import InvalidMobile, normalise
from kxsms.domain.record_summary import RecordsSummary, sum_up
from kxsms.domain.records import DeliveryState, FetchFailure, Record, RecordFilter, RecordKind
from kxsms.domain.results import RecordsResult
from kxsms.domain.times import read_moment
from kxsms.domain.words import counted
from kxsms.domain.zones import zone
from kxsms.errors import InputError, Refused, UsageError
from kxsms.inbox.fetch import Fetch, FetchResult
from kxsms.inbox.ports import AnswerStore, RecordSession
from kxsms.language import plural, tr

PATIENCE_SECONDS = 60.0
"""How long a call waits for another one that is fetching the same."""
LAST_SHOWN = 20
"""Records that are shown below a summary that takes the place of too many."""

_FILTERS = ("since", "until", "mobile", "task", "batch", "state")
"""The fields of a query that are options of a command."""


class RecordQuery(NamedTuple):
    """The records that a user asks for, as typed.

    `pull`: fetch first. `reparse`: read all kept answers again. `summary`: return their figures alone.
    `at_most`: return figures and the last records if there are more than these.
    """

    kind: RecordKind
    since: str | None = None
    until: str | None = None
    mobile: str | None = None
    task: str | None = None
    batch: str | None = None
    state: DeliveryState | None = None
    pull: bool = True
    reparse: bool = False
    summary: bool = False
    at_most: int | None = None

    def again(self) -> str:
        """Return the command that shows each record that the ledger keeps and that this query asks for."""
        filters = {name: getattr(self, name) for name in _FILTERS}
        words = [f"--{name} {shlex.quote(value)}" for name, value in filters.items() if value is not None]
        return " ".join([f"kxsms {self.kind} --no-pull --all", *words])


def receive(session: RecordSession, query: RecordQuery) -> RecordsResult | RecordsSummary:
    """Fetch the new records and return them; with a filter, return all kept records that match it.

    Records that were never written out count as new. The query may ask for their figures instead; then they
    count as written out with them. Raises Refused or NoAnswer if the fetch fails and there is nothing new.
    """
    session.ledger.settle_orphans()
    answers = session.ledger.answers(session.profile)
    wanted = filter_of(session, query)
    kind = query.kind
    fetched = _fetch_in_turn(session, answers, query) if query.pull else fetch(session, answers, query)
    shows_all = not query.pull or not wanted.is_all
    unshown = answers.unshown(kind)
    if fetched.failure is not None and not (
        fetched.unreadable or (fetched.numbers if shows_all else unshown)
    ):
        raise fetched.failure
    failure = None
    if fetched.failure is not None:
        is_refusal = isinstance(fetched.failure, Refused)
        failure = FetchFailure(fetched.failure.message, fetched.failure.hint, is_refusal)
    if session.console.format.is_raw:
        for body in fetched.failure.bodies if fetched.failure is not None else ():
            session.console.show_answer(body)
        bodies = () if query.pull else answers.bodies(kind)
        return RecordsResult(
            kind, (), fetched.unreadable, failure, bodies, lambda: answers.written(kind, unshown)
        )
    shown: list[int] = []
    numbered = answers.records(kind, wanted, among=None if shows_all else unshown)
    records = _noting(numbered, shown, frozenset(unshown))
    result = RecordsResult(
        kind, records, fetched.unreadable, failure, on_written=lambda: answers.written(kind, shown)
    )
    return _summed_up(session, query, result)


def _summed_up(
    session: RecordSession, query: RecordQuery, result: RecordsResult
) -> RecordsResult | RecordsSummary:
    """Return a result as it is, or its summary where the query asks for it, or where it is too long."""
    records = iter(result.records)
    if not query.summary:
        if query.at_most is None:
            return result
        first = list(islice(records, query.at_most + 1))
        if len(first) <= query.at_most:
            return result._replace(records=first)
        records = chain(first, records)
    figures, last = sum_up(
        records,
        is_report=query.kind is RecordKind.REPORT,
        words=session.profile.codes,
        last=0 if query.summary else LAST_SHOWN,
    )
    return RecordsSummary(
        kind=query.kind,
        figures=figures,
        timezone=session.profile.timezone,
        last=last,
        again=query.again() if last else None,
        unread=result.unread,
        ending=result.ending,
        on_written=result.on_written,
    )


def _fetch_in_turn(session: RecordSession, answers: AnswerStore, query: RecordQuery) -> FetchResult:
    """Wait for another process that is fetching the same, a minute at most, and then fetch."""
    if not answers.take_turn(query.kind, PATIENCE_SECONDS):
        session.console.note(
            tr("another process has been fetching for a minute; its records are not shown here")
        )
    try:
        return fetch(session, answers, query)
    finally:
        answers.end_turn(query.kind)


def _noting(
    numbered: Iterable[tuple[int, Record]], shown: list[int], unshown: Container[int]
) -> Iterator[Record]:
    """Yield the records, and note in `shown` the numbers of those that were not shown before."""
    for number, record in numbered:
        if number in unshown:
            shown.append(number)
        yield record


def filter_of(session: RecordSession, query: RecordQuery) -> RecordFilter:
    """Return the filter that a query describes. Raises UsageError or InputError."""
    local = zone(session.profile.timezone)
    return RecordFilter(
        since=_moment(query.since, "--since", local),
        until=_moment(query.until, "--until", local),
        mobile=_mobile(query.mobile),
        task=query.task,
        batch=session.ledger.find(query.batch).id if query.batch is not None else None,
        state=query.state,
    )


def _moment(text: str | None, option: str, local: tzinfo) -> float | None:
    if text is None:
        return None
    try:
        return read_moment(text, datetime.now(local), local).timestamp()
    except ValueError as reason:
        raise UsageError(
            tr("{option} {text!r} is {reason}", option=option, text=text, reason=reason),
            tr("use a time such as 2026-11-22, '2026-11-22 10:00', 2h or 7d"),
        ) from None


def _mobile(text: str | None) -> str | None:
    try:
        return normalise(text) if text is not None else None
    except InvalidMobile as reason:
        raise InputError(
            tr("--mobile {text!r} {reason}", text=text, reason=reason), tr("use a number such as 13800000000")
        ) from None


def fetch(
    session: RecordSession,
    answers: AnswerStore,
    query: RecordQuery,
    *,
    quiet: bool = False,
) -> FetchResult:
    """Fetch the new records, unless the query asks only the ledger, and note how many recipients they settle.

    `quiet`: do not note earlier answers that cannot be read.
    """
    fetching = Fetch(query.kind, session.open_gateway(), answers, session.profile.name)
    fetching.reread(everything=query.reparse)
    if query.pull:
        if session.console.format.is_raw:
            _show_lost(session, answers, query.kind)
        fetching.fetch(session.console.show_answer)
    result = fetching.result()
    for batch, count in result.settled.items():
        if count < 0:
            session.console.warn(
                plural(
                    "batch {batch}: {count} recipient is unknown again, because a report under the same task"
                    " id names another number",
                    "batch {batch}: {count} recipients are unknown again, because a report under the same"
                    " task id names another number",
                    -count,
                    batch=batch,
                ),
                tr("run kxsms batch show {batch}", batch=batch),
            )
        if count <= 0:
            continue
        recipients = counted(count, "unknown recipient", "unknown recipients")
        session.console.note(
            tr(
                "batch {batch}: {recipients} turned out to be accepted, according to delivery reports",
                batch=batch,
                recipients=recipients,
            )
        )
    if result.still_unreadable and not quiet:
        session.console.note(
            plural(
                "{count} earlier answer still cannot be read; the ledger keeps it",
                "{count} earlier answers still cannot be read; the ledger keeps them",
                result.still_unreadable,
            )
        )
    return result


def _show_lost(session: RecordSession, answers: AnswerStore, kind: RecordKind) -> None:
    """Write the answers whose records were kept, but never written out."""
    lost = answers.unshown(kind)
    for body in answers.bodies_of(lost):
        session.console.show_answer(body)
    answers.written(kind, lost)
