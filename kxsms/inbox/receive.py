"""The use cases `report` and `mo`: fetch the new records, keep them, and return the records asked for."""

from datetime import datetime, tzinfo
from typing import NamedTuple

from kxsms.domain.mobile import InvalidMobile, normalise
from kxsms.domain.records import DeliveryState, FetchFailure, RecordFilter, RecordKind
from kxsms.domain.results import RecordsResult
from kxsms.domain.times import read_moment, zone
from kxsms.domain.words import counted
from kxsms.errors import InputError, Refused, UsageError
from kxsms.inbox.fetch import Fetch, FetchResult
from kxsms.inbox.ports import AnswerStore, RecordSession


class RecordQuery(NamedTuple):
    """The records that a user asks for, as typed.

    `pull`: fetch first. `reparse`: read all kept answers again.
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


def receive(session: RecordSession, query: RecordQuery) -> RecordsResult:
    """Fetch the new records and return them; with a filter, return all kept records that match it.

    Raises Refused or NoAnswer if the fetch fails before it gets anything new.
    """
    session.ledger.settle_orphans()
    answers = session.ledger.answers(session.profile)
    wanted = filter_of(session, query)
    fetched = fetch(session, answers, query)
    if fetched.failure is not None and not (fetched.numbers or fetched.unreadable):
        raise fetched.failure
    failure = None
    if fetched.failure is not None:
        is_refusal = isinstance(fetched.failure, Refused)
        failure = FetchFailure(fetched.failure.message, fetched.failure.hint, is_refusal)
    if session.console.format.is_raw:
        for body in fetched.failure.bodies if fetched.failure is not None else ():
            session.console.show_answer(body)
        bodies = () if query.pull else answers.bodies(query.kind)
        return RecordsResult(query.kind, (), fetched.unreadable, failure, bodies)
    shows_all = not query.pull or not wanted.is_all
    records = answers.records(query.kind, wanted, among=None if shows_all else fetched.numbers)
    return RecordsResult(query.kind, records, fetched.unreadable, failure)


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
            f"{option} {text!r}: {reason}", "use a time such as 2026-11-22, '2026-11-22 10:00', 2h or 7d"
        ) from None


def _mobile(text: str | None) -> str | None:
    try:
        return normalise(text) if text is not None else None
    except InvalidMobile as reason:
        raise InputError(f"--mobile {text!r} {reason}", "use a number such as 13800000000") from None


def fetch(
    session: RecordSession,
    answers: AnswerStore,
    query: RecordQuery,
    *,
    waiting: bool = False,
    quiet: bool = False,
) -> FetchResult:
    """Fetch the new records, unless the query asks only the ledger, and note how many recipients they settle.

    `waiting`: a command will run for each reply. `quiet`: do not note earlier answers that cannot be read.
    """
    fetching = Fetch(query.kind, session.open_gateway(), answers, session.profile.name, waiting=waiting)
    fetching.reread(everything=query.reparse)
    if query.pull:
        fetching.fetch(session.console.show_answer)
    result = fetching.result()
    for batch, count in result.settled.items():
        if count < 0:
            again = counted(-count, "recipient is", "recipients are")
            session.console.warn(
                f"batch {batch}: {again} unknown again, because a report under the same task id names another"
                " number",
                f"run kxsms batch show {batch}",
            )
        if count <= 0:
            continue
        recipients = counted(count, "unknown recipient", "unknown recipients")
        session.console.note(
            f"batch {batch}: {recipients} turned out to be accepted, according to delivery reports"
        )
    if result.still_unreadable and not quiet:
        kept = counted(result.still_unreadable, "earlier answer")
        them = "it" if result.still_unreadable == 1 else "them"
        session.console.note(f"{kept} still cannot be read; the ledger keeps {them}")
    return result
