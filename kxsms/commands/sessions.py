"""The sessions that use cases take, made from the context of a call."""

import shlex
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from kxsms.context import Context
from kxsms.domain.format import Format
from kxsms.errors import Failure, InputError, ProfileError, UsageError

if TYPE_CHECKING:
    from kxsms.domain.batch import Batch
    from kxsms.inbox.ports import RecordSession
    from kxsms.interrupts import StopRequest
    from kxsms.ledger.batches import Ledger
    from kxsms.sending.ports import SendSession


def send_session(context: Context, ledger: "Ledger") -> "SendSession":
    """Return the session of a command that sends. Raises ProfileError."""
    from kxsms.sending.ports import SendSession

    return SendSession(
        profile=context.profile,
        ledger=ledger,
        console=context.console,
        has_config=not context.options.sandbox,
        open_gateway=lambda: context.gateway,
        stop_on_signal=lambda: _stop_on_signal(context),
        when_written=context.when_written,
    )


def record_session(context: Context) -> "RecordSession":
    """Return the session of a command that receives. Raises ProfileError or Failure."""
    from kxsms.inbox.ports import RecordSession

    ledger = context.ledger(writable=True)
    return RecordSession(context.profile, lambda: context.gateway, ledger, context.console)


def use_profile_of(context: Context, batch: "Batch") -> None:
    """Use the profile and the product of a batch; --profile may name another profile.

    Raises ProfileError if the profile has another account or another gateway than the batch.
    """
    from kxsms.domain.product import Product

    options = context.options
    name = options.profile if options.explicit_profile else batch.profile
    context.use(
        options._replace(
            profile=None if options.sandbox else name,
            explicit_profile=name is not None and not options.sandbox,
            product=Product(batch.product),
        )
    )
    if context.profile.account != batch.account:
        raise ProfileError(
            f"batch {batch.name} belongs to account {batch.account}, not {context.profile.account}",
            "name its profile with --profile",
        )
    origin = context.profile.origin
    if batch.origin not in (None, origin):
        raise ProfileError(
            f"batch {batch.name} was sent to the gateway at {batch.origin}, not {origin}",
            f"name its profile with --profile, or set base_url to the gateway at {batch.origin}",
        )


def find_batch(context: Context, ledger: "Ledger", name: str) -> "Batch":
    """Return the batch whose id begins so.

    Raises InputError; it says so if the batch is in the ledger of the sandbox, or only there.
    """
    try:
        return ledger.find(name)
    except InputError:
        found = _in_other_ledger(context, name)
        if found is None:
            raise
    if context.options.sandbox:
        raise InputError(
            f"batch {found} was not sent in the sandbox",
            "use the same command without --sandbox and KXSMS_SANDBOX",
        )
    group, command, *rest = context.console.arguments
    whole = shlex.join([group, command, "--sandbox", *rest])
    raise InputError(f"batch {found} was sent in the sandbox", f"run kxsms {whole}")


def _in_other_ledger(context: Context, name: str) -> str | None:
    """Return the id of a batch in the ledger that this command does not use, or None. Create nothing."""
    from kxsms.ledger.batches import Ledger

    path = context.other_ledger_path
    if not path.is_file():
        return None
    with suppress(Failure, InputError), Ledger(path, writable=False) as other:
        return other.find(name).name
    return None


def codes_of(context: Context, batch: "Batch") -> Mapping[str, str]:
    """Return the user's words for codes in the profile with which a batch was sent, if it still exists."""
    if context.options.sandbox or batch.profile is None or batch.profile not in context.config.tables:
        return {}
    return context.config.profile(batch.profile).codes


def refuse_raw(context: Context, what: str) -> None:
    """Raise UsageError for a raw format, which only commands that ask the gateway have."""
    if context.options.format.is_raw:
        raise UsageError(f"{what} has no {context.options.format} output", "use -o table, json, jsonl or csv")


def refuse_unwatchable(context: Context) -> None:
    """Raise UsageError for a format that does not write one line per record."""
    if context.options.format not in (Format.JSONL, Format.TABLE):
        raise UsageError(f"--watch has no {context.options.format} output", "use -o jsonl")


def refuse_unwatched(name: str, command: str | None, *, watch: bool) -> None:
    """Raise UsageError for --exec without --watch."""
    if command is not None and not watch:
        raise UsageError("--exec needs --watch", f"run kxsms {name} --watch --exec COMMAND")


def _stop_on_signal(context: Context) -> "StopRequest":
    from kxsms.interrupts import requesting_stop

    def warn() -> None:
        context.console.warn(
            "stopping after the requests in flight",
            "repeat the signal to stop at once: their outcome is then unknown",
        )

    return context.enter(requesting_stop(warn))
