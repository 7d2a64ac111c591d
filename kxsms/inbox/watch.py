"""The use case `--watch`: show each new record as a line, and run a command for each reply."""

import os
from collections.abc import Sequence

from kxsms.domain.secret import without_token
from kxsms.errors import InputError, Refused, UsageError
from kxsms.inbox.ports import AnswerStore, RecordSession
from kxsms.inbox.receive import RecordQuery, fetch, filter_of

_LONGEST_WAIT = 300.0
"""Seconds between two attempts, at most, while the gateway does not answer."""


def watch(session: RecordSession, query: RecordQuery, interval: float, command: str | None) -> None:
    """Show each new record as a line, until a signal arrives or stdout has no reader.

    Ask the gateway every `interval` seconds. While it does not answer, double the wait after each attempt
    and warn once. Run `command` for each reply. Raises UsageError, InputError, Refused or Failure.
    """
    console = session.console
    session.ledger.settle_orphans()
    answers = session.ledger.answers(session.profile)
    wanted = filter_of(session, query)
    arguments = _words_of(command) if command is not None else None
    wait, is_away, is_first = interval, False, True
    while True:
        fetched = fetch(session, answers, query, waiting=arguments is not None, quiet=not is_first)
        is_first = False
        for answer in fetched.unreadable:
            console.error(f"an answer cannot be read; the ledger keeps it: {answer.problem}")
        for record in answers.records(query.kind, wanted, among=fetched.numbers):
            console.show_record(record)
        if isinstance(fetched.failure, Refused):
            raise fetched.failure
        if fetched.failure is not None:
            if not is_away:
                console.warn(f"{fetched.failure.message}; waiting for the gateway")
            wait, is_away = min(wait * 2, max(_LONGEST_WAIT, interval)), True
        else:
            if is_away:
                console.note("the gateway answers again")
            wait, is_away = interval, False
        if arguments is not None:
            _run_for_each(session, answers, arguments)
        if not console.wait(wait):
            return


def _words_of(command: str) -> list[str]:
    """Split a command into words. Raises UsageError."""
    import shlex

    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--exec {command!r}: {str(error).lower()}") from None
    if not words:
        raise UsageError("--exec names no command")
    return words


def _run_for_each(session: RecordSession, answers: AnswerStore, arguments: Sequence[str]) -> None:
    """Run a command for each reply that waits for it. If it fails, the reply waits for the next turn."""
    import subprocess

    for number, reply in answers.waiting():
        try:
            status = subprocess.run(
                arguments,
                input=session.console.record_json(reply),
                env=without_token(os.environ),
                check=False,
            ).returncode
        except OSError as error:
            raise InputError(
                f"--exec {arguments[0]!r}: {error.strerror}", "name a program: --exec uses no shell"
            ) from None
        if status == 0:
            answers.has_run(number)
        else:
            session.console.error(
                f"{arguments[0]} failed with status {status} for the reply of {reply.mobile};"
                " it runs again later"
            )
