"""`kxsms send`: one text to some numbers, or a file with a row for each recipient."""

from contextlib import ExitStack
from dataclasses import replace

from kxsms.commands.options import GATEWAY, PRODUCT, shared
from kxsms.commands.send_options import (
    Again,
    AllowDuplicates,
    AtOption,
    CapOption,
    Concurrency,
    Csv,
    Delimiter,
    DryRun,
    Encoding,
    Extno,
    HeaderRow,
    HiddenRows,
    Key,
    Limit,
    LiteralText,
    MaxCost,
    Message,
    MessageFile,
    MobileColumn,
    Mobiles,
    Out,
    PauseAfter,
    Rate,
    Retries,
    SheetName,
    Signature,
    SkipInvalid,
    SkipSent,
    ToFile,
    TrustValues,
    Wait,
    WindowOption,
    Yes,
)
from kxsms.commands.send_source import SourceArguments, open_source
from kxsms.commands.send_terms import checked_terms
from kxsms.commands.sessions import refuse_raw, send_session
from kxsms.context import Context
from kxsms.domain.content import InvalidContent, is_extno, sign
from kxsms.domain.format import Format
from kxsms.domain.out_file import OutFile
from kxsms.domain.results import SendResult
from kxsms.errors import InputError, UsageError


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
    header_row: HeaderRow = None,
    sheet: SheetName = None,
    hidden_rows: HiddenRows = None,
    limit: Limit = None,
    literal: LiteralText = False,
    trust_values: TrustValues = False,
    skip_invalid: SkipInvalid = False,
    allow_duplicates: AllowDuplicates = False,
    dry_run: DryRun = False,
    out: Out = None,
    yes: Yes = False,
    max_cost: MaxCost = None,
    at: AtOption = None,
    wait: Wait = False,
    window: WindowOption = None,
    cap: CapOption = None,
    rate: Rate = None,
    concurrency: Concurrency = None,
    retries: Retries = None,
    pause_after: PauseAfter = None,
    again: Again = False,
    skip_sent: SkipSent = False,
    key: Key = None,
) -> SendResult:
    """Send a text to some numbers, or to each row of a file.

    If it is cut short, run the same command again: no recipient gets the same text twice. With --csv,
    --to-file or more than ten numbers, kxsms asks before it sends.

    \b
    Examples:
      kxsms send 13800000000 -m '【科迅云通讯】您的验证码为:65544'
      kxsms send --to-file numbers.txt --message-file text.txt --dry-run
      kxsms send --csv people.csv -m '【科迅云通讯】{姓名}您好' --dry-run
      kxsms send --csv people.csv -m '{姓名}您好' --at 'tomorrow 10:00'
      kxsms send --csv people.csv --message-file text.txt --yes \\
        --idempotency-key "reminder-$(date +%F)"
    """
    from kxsms.domain.terms import Terms
    from kxsms.sending.pacing import pace_for
    from kxsms.sending.planner import PlanOptions
    from kxsms.sending.schedule import wait_and_send
    from kxsms.sending.send import preview
    from kxsms.sending.send import send as send_order
    from kxsms.sending.staging import SendOrder
    from kxsms.source.file_options import FileOptions
    from kxsms.source.texts import TextOptions

    if dry_run:
        refuse_raw(context, "a dry run")
    _check_repetition(again=again, skip_sent=skip_sent, key=key)
    file = _out_file(context, out, dry_run=dry_run)
    name = _checked_signature(signature or context.profile.signature)
    arguments = SourceArguments(
        mobiles=mobiles or [],
        to_file=to_file,
        csv=csv,
        message=message,
        message_file=message_file,
        file=FileOptions(mobile_column, encoding, delimiter, header_row, sheet, hidden_rows),
        texts=TextOptions(name, literal, trust_values),
        limit=limit,
    )
    named = Terms(window=window, cap=cap, max_cost=max_cost, again=again, skip_sent=skip_sent)
    terms, when = checked_terms(context.profile, named.with_pace(rate, concurrency, retries, pause_after), at)
    with ExitStack() as files:
        source = open_source(context, files, arguments)
        source = replace(source, is_batch=source.is_batch or at is not None)
        order = SendOrder(
            source=source,
            options=PlanOptions(name, skip_invalid, allow_duplicates, limit),
            extno=_checked_extno(extno or context.profile.extno),
            key=key,
            terms=terms._replace(is_single=not source.is_batch),
            yes=yes,
            pace=pace_for(context.profile, terms),
            out=file,
            at=when,
        )
        if not dry_run:
            context.check_account()
        session = send_session(context, context.ledger(writable=not dry_run))
        result = preview(session, order) if dry_run else send_order(session, order)
        result = wait_and_send(session, result) if wait else result
        return result._replace(encoding=order.source.guessed_encoding)


def _out_file(context: Context, path: str | None, *, dry_run: bool) -> OutFile | None:
    """Return the file of --out. Raise UsageError without --dry-run, and as `out_file` does."""
    if path is None:
        return None
    if not dry_run:
        raise UsageError(
            "--out needs --dry-run", "add --dry-run, or run kxsms batch export ID --out FILE after a send"
        )
    from kxsms.commands.out_file import out_file

    return out_file(path, None, is_plain=context.options.format is Format.CSV)


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
