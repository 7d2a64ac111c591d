"""`kxsms send`: one text to some numbers, or a file with a row for each recipient."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from kxsms.commands.options import GATEWAY, PRODUCT, shared
from kxsms.commands.send_checks import (
    check_repetition,
    checked_extno,
    checked_signature,
    checked_tester,
    out_file_of,
)
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
    Exclude,
    Extno,
    HeaderRow,
    HiddenRows,
    IgnoreBalance,
    IncludeOptedOut,
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
    TestTo,
    ToFile,
    TrustValues,
    Wait,
    WindowOption,
    Yes,
)
from kxsms.commands.send_source import SourceArguments, excluded_numbers, open_source
from kxsms.commands.send_terms import checked_terms
from kxsms.commands.sessions import refuse_raw, send_session
from kxsms.context import Context
from kxsms.domain.results import SendResult
from kxsms.domain.terms import Terms
from kxsms.language import tr

if TYPE_CHECKING:
    from kxsms.sending.staging import SendOrder


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
    exclude: Exclude = None,
    include_opted_out: IncludeOptedOut = False,
    dry_run: DryRun = False,
    out: Out = None,
    test_to: TestTo = None,
    yes: Yes = False,
    max_cost: MaxCost = None,
    ignore_balance: IgnoreBalance = False,
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
    from kxsms.sending.pacing import pace_for
    from kxsms.sending.planner import PlanOptions
    from kxsms.sending.staging import SendOrder
    from kxsms.source.file_options import FileOptions
    from kxsms.source.texts import TextOptions

    if dry_run:
        refuse_raw(context, tr("a dry run"))
    check_repetition(again=again, skip_sent=skip_sent, key=key)
    tester = checked_tester(test_to, "--dry-run" if dry_run else "--at" if at is not None else None)
    file = out_file_of(context, out, dry_run=dry_run)
    name = checked_signature(signature or context.profile.signature)
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
    named = Terms(
        window=window,
        cap=cap,
        max_cost=max_cost,
        ignores_balance=ignore_balance,
        again=again,
        skip_sent=skip_sent,
        includes_opted_out=include_opted_out,
    ).with_pace(rate, concurrency, retries, pause_after)
    terms, when = checked_terms(context.profile, named, at)
    with ExitStack() as files:
        source = open_source(context, files, arguments)
        source = replace(source, is_batch=source.is_batch or at is not None)
        order = SendOrder(
            source=source,
            options=PlanOptions(name, skip_invalid, allow_duplicates, limit),
            extno=checked_extno(extno or context.profile.extno),
            key=key,
            terms=terms._replace(is_single=not source.is_batch),
            yes=yes,
            pace=pace_for(context.profile, terms),
            out=file,
            at=when,
            excludes=bool(exclude),
        )
        numbers = excluded_numbers(context, arguments, exclude or [])
        result = _carry_out(context, order, numbers, dry_run=dry_run, tester=tester, wait=wait)
        return result._replace(encoding=order.source.guessed_encoding)


def _carry_out(
    context: Context,
    order: "SendOrder",
    excluded: Iterable[Sequence[int]],
    *,
    dry_run: bool,
    tester: str | None,
    wait: bool,
) -> SendResult:
    """Send what was ordered, test it with one number, or show what would be sent."""
    if not dry_run:
        context.check_account()
    ledger = context.ledger(writable=not dry_run)
    if order.excludes:
        ledger.exclude(excluded)
    session = send_session(context, ledger, order.terms)
    if dry_run:
        from kxsms.sending.preview import preview

        return preview(session, order)
    if tester is not None:
        from kxsms.sending.trial import send_test

        return send_test(session, order, tester)
    from kxsms.sending.schedule import wait_and_send
    from kxsms.sending.send import send

    result = send(session, order)
    return wait_and_send(session, result) if wait else result
