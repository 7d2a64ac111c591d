"""`kxsms send`: one text to some numbers."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from kxsms.commands.options import shared
from kxsms.context import Context
from kxsms.domain.content import has_signature, is_extno
from kxsms.domain.plan import Entry
from kxsms.domain.results import SendResult
from kxsms.errors import InputError, UsageError
from kxsms.sending.dispatcher import dispatch
from kxsms.sending.numbers import from_arguments, from_lines, text_of
from kxsms.sending.planner import named, plan, sign_and_check, summary

_STDIN = "-"


Mobiles = Annotated[list[str] | None, typer.Argument(metavar="[MOBILE]...", help="Whom to send to.")]
Message = Annotated[str | None, typer.Option("--message", "-m", metavar="TEXT", help="What to send.")]
MessageFile = Annotated[
    str | None, typer.Option(metavar="FILE", help="Read the text from a file; - for stdin.")
]
ToFile = Annotated[
    str | None, typer.Option(metavar="FILE", help="Read numbers from a file, one a line; - for stdin.")
]
Signature = Annotated[
    str | None, typer.Option(metavar="NAME", help="Put 【NAME】 before a text that has no signature.")
]
Extno = Annotated[str | None, typer.Option(metavar="N", help="Extension number, digits.")]
SkipInvalid = Annotated[bool, typer.Option("--skip-invalid", help="Send to the valid numbers.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would go out; send nothing.")]


@shared
def send(
    context: Context,
    mobiles: Mobiles = None,
    message: Message = None,
    message_file: MessageFile = None,
    to_file: ToFile = None,
    signature: Signature = None,
    extno: Extno = None,
    skip_invalid: SkipInvalid = False,
    dry_run: DryRun = False,
) -> SendResult:
    """Send one text to one or more numbers.

    \b
    Examples:
      kxsms send 13800000000 -m '【科迅云通讯】您的验证码为:65544'
      kxsms send 13800000000 13900000000 -m '您好' --signature 科迅云通讯
      kxsms send --to-file numbers.txt --message-file text.txt --dry-run
      date | kxsms send 13800000000 --message-file - --sandbox
    """
    profile = context.profile
    if dry_run:
        context.refuse_raw("a dry run")
    if message_file == _STDIN and to_file == _STDIN:
        raise UsageError("--message-file and --to-file cannot both read stdin", "put one into a file")
    extno = _checked_extno(extno or profile.extno)
    text = _text(context, message, message_file)
    signed = sign_and_check(text, signature or profile.signature)
    if not has_signature(signed):
        context.streams.warn(
            "the text has no signature 【…】 in front: it may be refused", "--signature NAME"
        )
    entries: Iterator[Entry] = from_arguments(mobiles or [])
    if to_file is not None:
        entries = chain(entries, from_lines(_read(context, to_file), _named(to_file)))
    planned = plan(
        entries,
        signed,
        extno,
        lambda: context.capacity(signed, extno),
        skip_invalid=skip_invalid,
    )
    if planned.problems:
        context.streams.warn(f"{summary(planned.problems)}, left out", details=named(planned.problems))
    if planned.duplicates:
        count = planned.duplicates
        what = "1 number is there already" if count == 1 else f"{count:,} numbers are there already"
        context.streams.note(f"{what}: each gets the text once")
    result = SendResult(profile.name, profile.product, planned, dry_run=dry_run, codes=profile.codes)
    if dry_run:
        return result
    return _dispatch(context, result)


def _dispatch(context: Context, planned: SendResult) -> SendResult:
    gateway = context.gateway
    stop = context.stop_softly(
        "stopping when the answer to what is on its way has come", "again: stop at once"
    )
    tasks = dispatch(planned.plan, gateway, context.task_ended, stop)
    result = replace(planned, tasks=tasks)
    # A signal that came too late to stop anything has interrupted nothing.
    return replace(result, interrupted=stop.status) if result.not_sent or result.unknown else result


def _checked_extno(extno: str | None) -> str | None:
    if extno and not is_extno(extno):
        raise InputError(f"the extension number {extno!r} is not digits")
    return extno or None


def _text(context: Context, message: str | None, message_file: str | None) -> str:
    if (message is None) == (message_file is None):
        what = "there is no text" if message is None else "there are two texts"
        raise UsageError(f"{what} to send", "-m TEXT or --message-file FILE, one of them")
    if message is not None:
        return message
    assert message_file is not None
    return text_of(_read(context, message_file), _named(message_file)).rstrip("\r\n")


def _read(context: Context, name: str) -> bytes:
    if name == _STDIN:
        return context.streams.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise InputError(f"{name or repr(name)}: {error.strerror}") from None


def _named(name: str) -> str:
    return "stdin" if name == _STDIN else name
