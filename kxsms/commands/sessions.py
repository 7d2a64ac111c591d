"""The sessions that use cases take, made from the context of a call."""

import shlex
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kxsms.context import Context
from kxsms.domain.format import Format
from kxsms.domain.schedule import pruned_words
from kxsms.errors import Failure, InputError, ProfileError, UsageError
from kxsms.language import tr

if TYPE_CHECKING:
    from kxsms.domain.batch import Batch
    from kxsms.domain.terms import Terms
    from kxsms.inbox.ports import RecordSession
    from kxsms.interrupts import StopRequest
    from kxsms.ledger.batches import Ledger
    from kxsms.sending.ports import SendSession
    from kxsms.sending.replies import ReplySource


def send_session(context: Context, ledger: "Ledger", terms: "Terms") -> "SendSession":
    """Return the session of a command that sends on these terms. Raises ProfileError."""
    from kxsms.sending.ports import SendSession

    return SendSession(
        profile=context.profile,
        ledger=ledger,
        console=context.console,
        has_config=not context.options.sandbox,
        open_gateway=lambda: context.gateway,
        stop_on_signal=lambda: stop_on_signal(context),
        when_written=context.when_written,
        replies=_replies(context, ledger, terms),
    )


def _replies(context: Context, ledger: "Ledger", terms: "Terms") -> "ReplySource | None":
    """Return the replies, for a send that skips who opted out, unless the profile forbids to fetch them."""
    from kxsms.domain.rules import rules_for

    profile = context.profile
    if profile.fetch_replies is False or not rules_for(profile, terms).asks_opt_outs:
        return None
    from kxsms.inbox.background import INTERVAL_SECONDS, BackgroundReplies

    hint = None
    if not context.options.sandbox:
        hint = tr(
            "run kxsms mo, or kxsms config set fetch_replies true to let batches fetch replies;"
            " kxsms config set fetch_replies false ends this note"
        )
    return BackgroundReplies(
        lambda: context.gateway,
        ledger.answers(profile),
        context.console,
        profile.name,
        may_fetch=lambda: bool(profile.fetch_replies) or ledger.opt_outs(profile).has_fetched_replies(),
        hint=hint,
        interval=INTERVAL_SECONDS,
    )


def record_session(context: Context, batch: str | None = None) -> "RecordSession":
    """Return the session of a command that receives, for the records of a batch if one is named.

    Raises ProfileError or Failure, and InputError if there is no such batch.
    """
    from kxsms.inbox.ports import RecordSession

    ledger = context.ledger(writable=True)
    if batch is not None:
        find_batch(context, ledger, batch)
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
            tr(
                "batch {name} belongs to account {account}, not {other}",
                name=batch.name,
                account=batch.account,
                other=context.profile.account,
            ),
            tr("name its profile with --profile"),
        )
    origin = context.profile.origin
    if batch.origin not in (None, origin):
        raise ProfileError(
            tr(
                "batch {name} was sent to the gateway at {origin}, not {other}",
                name=batch.name,
                origin=batch.origin,
                other=origin,
            ),
            tr(
                "name its profile with --profile, or set base_url to the gateway at {origin}",
                origin=batch.origin,
            ),
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
            tr("batch {name} was not sent in the sandbox", name=found),
            tr("use the same command without --sandbox and KXSMS_SANDBOX"),
        )
    given = context.console.arguments
    words = 2 if given[0] == "batch" else 1
    whole = shlex.join([*given[:words], "--sandbox", *given[words:]])
    raise InputError(
        tr("batch {name} was sent in the sandbox", name=found), tr("run kxsms {command}", command=whole)
    )


def find_unpruned(context: Context, ledger: "Ledger", name: str) -> "Batch":
    """Return a batch as `find_batch` does. Raises InputError for one whose rows were pruned."""
    batch = find_batch(context, ledger, name)
    if batch.pruned is not None:
        raise InputError(*pruned_words(batch))
    return batch


def _in_other_ledger(context: Context, name: str) -> str | None:
    """Return the id of a batch in the ledger that this command does not use, or None. Create nothing."""
    from kxsms.domain.ledger_place import SqlitePlace
    from kxsms.ledger.batches import Ledger

    with suppress(Failure, InputError, UsageError, ProfileError):  # also if it is wrong where that ledger is
        place = context.other_ledger_place
        if not isinstance(place, SqlitePlace) or Path(place.path).is_file():
            with Ledger(place, writable=False) as other:
                return other.find(name).name
    return None


def refuse_raw(context: Context, what: str) -> None:
    """Raise UsageError for a raw format, which only commands that ask the gateway have."""
    if context.options.format.is_raw:
        raise UsageError(
            tr("{what} has no {format} output", what=what, format=context.options.format),
            tr("use -o table, json, jsonl or csv"),
        )


def note_mask(context: Context) -> None:
    """Note that numbers in an export are masked, because no command reads it again."""
    if context.console.mask.is_on:
        context.console.note(
            tr("phone numbers are masked"), tr("use --out FILE for a file with whole numbers")
        )


def refuse_unwatchable(context: Context) -> None:
    """Raise UsageError for a format that does not write one line per record."""
    if context.options.format not in (Format.JSONL, Format.TABLE):
        raise UsageError(
            tr("--watch has no {format} output", format=context.options.format), tr("use -o jsonl")
        )


def refuse_unwatched(name: str, command: str | None, *, watch: bool) -> None:
    """Raise UsageError for --exec without --watch."""
    if command is not None and not watch:
        raise UsageError(tr("--exec needs --watch"), tr("run kxsms {name} --watch --exec COMMAND", name=name))


def stop_on_signal(context: Context) -> "StopRequest":
    """Turn signals into a request to stop, until the command ends."""
    from kxsms.interrupts import requesting_stop

    def warn() -> None:
        context.console.warn(
            tr("stopping after the requests in flight"),
            tr("repeat the signal to stop at once: their outcome is then unknown"),
        )

    return context.enter(requesting_stop(warn))
