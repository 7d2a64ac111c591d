"""The checks of the options of `send`, before anything is read."""

from kxsms.context import Context
from kxsms.domain.content import InvalidContent, is_extno, sign
from kxsms.domain.format import Format
from kxsms.domain.out_file import OutFile
from kxsms.errors import InputError, UsageError
from kxsms.language import tr


def checked_tester(mobile: str | None, other: str | None) -> str | None:
    """Return the number of --test-to, or None. Raise UsageError with the `other` option, and InputError."""
    from kxsms.domain.mobile import InvalidMobile, normalise

    if mobile is None:
        return None
    if other is not None:
        raise UsageError(tr("--test-to sends now, and {other} does not", other=other), tr("use one of them"))
    try:
        return normalise(mobile)
    except InvalidMobile as reason:
        raise InputError(
            tr("--test-to: {mobile!r} {reason}", mobile=mobile, reason=reason),
            tr("give one number of 11 digits"),
        ) from None


def out_file_of(context: Context, path: str | None, *, dry_run: bool) -> OutFile | None:
    """Return the file of --out. Raise UsageError without --dry-run, and as `out_file` does."""
    if path is None:
        return None
    if not dry_run:
        raise UsageError(
            tr("--out needs --dry-run"),
            tr("add --dry-run, or run kxsms batch export ID --out FILE after a send"),
        )
    from kxsms.commands.out_file import out_file

    return out_file(path, None, is_plain=context.options.format is Format.CSV)


def check_repetition(*, again: bool, skip_sent: bool, key: str | None) -> None:
    """Raise UsageError for options about earlier sends that contradict each other, and for an unusable
    key."""
    if again and key is not None:
        raise UsageError(
            tr("--again and --idempotency-key contradict each other"), tr("use a new key for a new send")
        )
    if again and skip_sent:
        raise UsageError(tr("--again and --skip-sent contradict each other"), tr("use one of them"))
    if key is not None and not is_text(key):
        raise UsageError(
            tr("--idempotency-key {key!r} is not UTF-8", key=key), tr("use a key such as reminder-2026-11-22")
        )
    if key == "":
        raise UsageError(tr("--idempotency-key is empty"), tr("check the variable that it comes from"))


def is_text(argument: str) -> bool:
    """Return whether the argument is valid Unicode."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


def checked_signature(signature: str | None) -> str | None:
    """Return the signature. Raises InputError."""
    try:
        sign("", signature)
    except InvalidContent as reason:
        raise InputError(str(reason)) from None
    return signature


def checked_extno(extno: str | None) -> str | None:
    """Return the extension number. Raises InputError."""
    if extno and not is_extno(extno):
        raise InputError(
            tr("the extension number {extno!r} is not digits", extno=extno), tr("use a number such as 12")
        )
    return extno or None
