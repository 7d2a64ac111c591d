"""`kxsms send`: one text to some numbers, or a CSV file with a row for each recipient."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from kxsms.commands.options import GATEWAY, PRODUCT, shared
from kxsms.commands.send_options import (
    Again,
    AllowDuplicates,
    Concurrency,
    Csv,
    Delimiter,
    DryRun,
    Encoding,
    Extno,
    Key,
    Limit,
    MaxCost,
    Message,
    MessageFile,
    MobileColumn,
    Mobiles,
    PauseAfter,
    Rate,
    Retries,
    Signature,
    SkipInvalid,
    SkipSent,
    ToFile,
    Yes,
)
from kxsms.commands.sessions import refuse_raw, send_session
from kxsms.context import Context
from kxsms.domain.content import InvalidContent, is_extno, sign
from kxsms.domain.results import SendResult
from kxsms.errors import InputError, UsageError

if TYPE_CHECKING:
    from kxsms.source.rows import Source

_STDIN = "-"
_MAX_SIZE = 256 * 2**20
"""Bytes of a text file or a list of numbers: 20 million numbers. A device such as /dev/zero has no end."""


@shared(GATEWAY, PRODUCT)
def send(
    context: Context,
    mobiles: Mobiles = None,
    message: Message = None,
    message_file: MessageFile = None,
    signature: Signature = None,
    extno: Extno = None,
    csv: Csv = None,
    to_file: ToFile = None,
    mobile_column: MobileColumn = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    limit: Limit = None,
    skip_invalid: SkipInvalid = False,
    allow_duplicates: AllowDuplicates = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    max_cost: MaxCost = None,
    rate: Rate = None,
    concurrency: Concurrency = None,
    retries: Retries = 5,
    pause_after: PauseAfter = 10,
    again: Again = False,
    skip_sent: SkipSent = False,
    key: Key = None,
) -> SendResult:
    """Send a text to some numbers, or to each row of a CSV file.

    If it is cut short, run the same command again: no recipient gets the same text twice. With --csv,
    --to-file or more than ten numbers, kxsms asks before it sends.

    \b
    Examples:
      kxsms send 13800000000 -m '【科迅云通讯】您的验证码为:65544'
      kxsms send --to-file numbers.txt --message-file text.txt --dry-run
      kxsms send --csv people.csv -m '【科迅云通讯】{姓名}您好' --dry-run
      kxsms send --csv people.csv --yes --idempotency-key "reminder-$(date +%F)"
    """
    from kxsms.sending.pacing import pace_for
    from kxsms.sending.planner import PlanOptions
    from kxsms.sending.send import preview
    from kxsms.sending.send import send as send_order
    from kxsms.sending.staging import SendOrder

    if dry_run:
        refuse_raw(context, "a dry run")
    _check_repetition(again=again, skip_sent=skip_sent, key=key)
    name = signature or context.profile.signature
    with ExitStack() as files:
        if csv is None:
            if message_file == _STDIN and to_file == _STDIN:
                raise UsageError(
                    "--message-file and --to-file cannot both read stdin", "use a file for one of them"
                )
            _only_with_csv(mobile_column, encoding, delimiter, limit)
            source = _numbers(context, mobiles or [], to_file, _text(context, message, message_file), name)
        else:
            if mobiles or to_file is not None:
                raise UsageError(
                    "--csv takes its numbers from the file", "remove the other numbers and --to-file"
                )
            source = _csv(context, files, csv, encoding, delimiter, mobile_column, message, message_file)
        order = SendOrder(
            source=source,
            options=PlanOptions(_checked_signature(name), skip_invalid, allow_duplicates, limit),
            extno=_checked_extno(extno or context.profile.extno),
            key=key,
            again=again,
            skip_sent=skip_sent,
            max_cost=max_cost,
            yes=yes,
            pace=pace_for(context.profile, rate, concurrency, retries, pause_after),
        )
        session = send_session(context, context.ledger(writable=not dry_run))
        return preview(session, order) if dry_run else send_order(session, order)


def _check_repetition(*, again: bool, skip_sent: bool, key: str | None) -> None:
    """Raise UsageError for options about earlier sends that contradict each other, and for an unusable
    key."""
    if again and key is not None:
        raise UsageError(
            "--again and --idempotency-key contradict each other", "use a new key for a new send"
        )
    if again and skip_sent:
        raise UsageError("--again and --skip-sent contradict each other", "use one of them")
    if key is not None and not is_text(key):
        raise UsageError(f"--idempotency-key {key!r} is not UTF-8", "use a key such as reminder-2026-11-22")
    if key == "":
        raise UsageError("--idempotency-key is empty", "check the variable that it comes from")


def is_text(argument: str) -> bool:
    """Return whether the argument is valid Unicode."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


def _only_with_csv(
    mobile_column: str | None, encoding: str | None, delimiter: str | None, limit: int | None
) -> None:
    options = {
        "--mobile-column": mobile_column,
        "--encoding": encoding,
        "--delimiter": delimiter,
        "--limit": limit,
    }
    for option, value in options.items():
        if value is not None:
            raise UsageError(f"{option} needs --csv", "use --csv FILE")


def _numbers(
    context: Context, mobiles: list[str], to_file: str | None, text: str | None, signature: str | None
) -> "Source":
    """Return the source of one text to the numbers given as arguments and in a file."""
    from kxsms.source.numbers import sign_and_check
    from kxsms.source.rows import numbers_source

    if text is None:
        raise UsageError("there is no text to send", "use -m TEXT or --message-file FILE")
    signed = sign_and_check(text, signature)
    lines = None if to_file is None else _read(context, to_file)
    return numbers_source(mobiles, lines, None if to_file is None else _named(to_file), signed)


def _csv(
    context: Context,
    files: ExitStack,
    path: str,
    encoding: str | None,
    delimiter: str | None,
    mobile_column: str | None,
    message: str | None,
    message_file: str | None,
) -> "Source":
    """Return the source of the rows of a CSV file."""
    from kxsms.source.csv import open_csv
    from kxsms.source.rows import table_source

    if message_file == _STDIN and path == _STDIN:
        raise UsageError("--message-file and --csv cannot both read stdin", "use a file for one of them")
    template = _text(context, message, message_file)
    file = files.enter_context(
        open_csv(path, lambda: context.console.stdin, encoding=encoding, delimiter=delimiter)
    )
    return table_source(file, template, mobile_column)


def _checked_signature(signature: str | None) -> str | None:
    try:
        sign("", signature)
    except InvalidContent as reason:
        raise InputError(str(reason)) from None
    return signature


def _checked_extno(extno: str | None) -> str | None:
    if extno and not is_extno(extno):
        raise InputError(f"the extension number {extno!r} is not digits", "use a number such as 12")
    return extno or None


def _text(context: Context, message: str | None, message_file: str | None) -> str | None:
    """Return the text that was given, or None. Raises UsageError for two of them."""
    from kxsms.source.numbers import text_of

    if message is not None and message_file is not None:
        raise UsageError("there are two texts to send", "use either -m or --message-file")
    if message_file is None:
        return message
    return text_of(_read(context, message_file), _named(message_file)).rstrip("\r\n")


def _read(context: Context, name: str) -> bytes:
    """Return the content of a file or of stdin. Raises InputError where that fails, and if it has no end."""
    content = context.console.read(_MAX_SIZE + 1) if name == _STDIN else _read_file(name)
    if len(content) > _MAX_SIZE:
        raise InputError(f"{_named(name)} is larger than {_MAX_SIZE // 2**20} MiB", "name a smaller file")
    return content


def _read_file(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(_MAX_SIZE + 1)
    except OSError as error:
        raise InputError(
            f"{name or repr(name)}: {error.strerror}", "name a file that you can read, or use - for stdin"
        ) from None


def _named(name: str) -> str:
    return "stdin" if name == _STDIN else name
