"""The use case `--watch`: show each new record as a line, and run a command for each."""

import os
from collections.abc import Sequence
from contextlib import closing
from typing import IO

from kxsms.domain.records import Record, RecordFilter, RecordKind
from kxsms.domain.secret import without_token
from kxsms.errors import Failure, InputError, KxsmsError, Refused, UsageError
from kxsms.inbox.fetch import FetchResult
from kxsms.inbox.ports import AnswerStore, RecordSession
from kxsms.inbox.receive import PATIENCE_SECONDS, RecordQuery, fetch, filter_of
from kxsms.language import reason_of, tr

_LONGEST_WAIT = 300.0
"""Seconds between two attempts, at most, while the gateway does not answer."""


def watch(session: RecordSession, query: RecordQuery, interval: float, command: str | None) -> None:
    """Show each new record as a line, until a signal arrives or stdout has no reader.

    Ask the gateway every `interval` seconds. While it does not answer, double the wait after each attempt
    and warn once. Run `command` for each record. Raises UsageError, InputError, Refused or Failure.
    """
    console = session.console
    session.ledger.settle_orphans()
    answers = session.ledger.answers(session.profile)
    wanted = filter_of(session, query)
    arguments = _words_of(command) if command is not None else None
    if arguments is not None:
        answers.runs.register(query.kind)
    wait, is_away, is_first = interval, False, True
    while True:
        answers.take_turn(query.kind, PATIENCE_SECONDS)
        try:
            fetched = _fetch_and_show(
                session, answers, query, wanted, is_first=is_first, runs=arguments is not None
            )
        finally:
            answers.end_turn(query.kind)
        is_first = False
        if isinstance(fetched.failure, Refused):
            raise fetched.failure
        if fetched.failure is not None:
            if not is_away:
                console.warn(tr("{problem}; waiting for the gateway", problem=fetched.failure.message))
            wait, is_away = min(wait * 2, max(_LONGEST_WAIT, interval)), True
        else:
            if is_away:
                console.note(tr("the gateway answers again"))
            wait, is_away = interval, False
        if arguments is not None:
            _run_for_each(session, answers, query.kind, wanted, arguments)
        if not console.wait(wait):
            return


def _fetch_and_show(
    session: RecordSession,
    answers: AnswerStore,
    query: RecordQuery,
    wanted: RecordFilter,
    *,
    is_first: bool,
    runs: bool,
) -> FetchResult:
    """Fetch the new records and show the wanted ones. Raise Failure; what was shown by then stays shown.

    `runs`: a command is to be run for each of them.
    """
    fetched = fetch(session, answers, query, quiet=not is_first)
    for answer in fetched.unreadable:
        session.console.error(
            tr("an answer cannot be read; the ledger keeps it: {problem}", problem=answer.problem)
        )
    # Records that the filter hides stay unshown: looking at all of them in each turn would take long.
    numbers = answers.unshown(query.kind) if is_first or wanted.is_all else fetched.numbers
    if runs:
        # Before they count as shown. Those fetched now wait for the command since they were kept.
        answers.runs.await_command(set(numbers).difference(fetched.numbers))
    shown: list[int] = []
    try:
        with closing(answers.records(query.kind, wanted, among=numbers)) as records:
            for number, record in records:
                session.console.show_record(record)
                shown.append(number)
    finally:
        answers.written(query.kind, shown)
    if not wanted.is_all:
        answers.runs.dismiss(query.kind, set(numbers).difference(shown))
    return fetched


def _words_of(command: str) -> list[str]:
    """Split a command into words. Raises UsageError."""
    import shlex

    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(
            tr("--exec {command!r}: {error}", command=command, error=str(error).lower())
        ) from None
    if not words:
        raise UsageError(tr("--exec names no command"))
    return words


def _run_for_each(
    session: RecordSession,
    answers: AnswerStore,
    kind: RecordKind,
    wanted: RecordFilter,
    arguments: Sequence[str],
) -> None:
    """Run a command for each record that waits for it. After a failure the record waits for the next turn."""
    number = 0
    while (run := answers.runs.claim(kind, wanted, number)) is not None:
        number, of_record = run.number, _of_record(kind, run.record)
        if run.is_over:
            session.console.error(
                tr(
                    "{program} was stopped {tries} times {of_record}; it does not run again",
                    program=arguments[0],
                    tries=run.tries,
                    of_record=of_record,
                )
            )
            continue
        try:
            status = _run(arguments, session.console.record_json(run.record))
        except KxsmsError:
            answers.runs.put_back(number)
            raise
        if status == 0:
            answers.runs.succeed(number)
        elif answers.runs.fail(run):
            session.console.error(
                tr(
                    "{program} failed with status {status} {of_record}; it runs again later",
                    program=arguments[0],
                    status=status,
                    of_record=of_record,
                )
            )
        else:
            session.console.error(
                tr(
                    "{program} failed with status {status} {of_record}, the {tries}th time; it does not"
                    " run again",
                    program=arguments[0],
                    status=status,
                    of_record=of_record,
                    tries=run.tries,
                )
            )


def _of_record(kind: RecordKind, record: Record) -> str:
    """Return for which record a command runs, in words."""
    if kind is RecordKind.REPORT:
        return tr("for the report of {mobile}", mobile=record.mobile)
    return tr("for the reply of {mobile}", mobile=record.mobile)


def _run(arguments: Sequence[str], record: bytes) -> int:
    """Run a command with a record on its stdin, and return its status. Raise InputError or Failure."""
    import tempfile

    try:
        # A pipe would end in the middle of the record if this process were killed.
        with tempfile.TemporaryFile() as file:
            file.write(record)
            file.seek(0)
            return _run_with(file, arguments)
    except OSError as error:
        raise Failure(
            tr(
                "the record for --exec could not be written to a temporary file: {reason}",
                reason=reason_of(error),
            ),
            tr("set TMPDIR to a directory of yours with free space"),
        ) from None


def _run_with(stdin: IO[bytes], arguments: Sequence[str]) -> int:
    import subprocess

    try:
        return subprocess.run(arguments, stdin=stdin, env=without_token(os.environ), check=False).returncode
    except OSError as error:
        raise InputError(
            tr("--exec {program!r}: {reason}", program=arguments[0], reason=reason_of(error)),
            tr("name a program: --exec uses no shell"),
        ) from None
