"""The use case `batch settle`: a person decides about recipients whose outcome is unknown."""

from kxsms.domain.batch import Batch
from kxsms.domain.mobile import InvalidMobile, normalise
from kxsms.domain.states import RequestState
from kxsms.domain.words import counted
from kxsms.errors import InputError
from kxsms.language import mark, tr
from kxsms.sending.checks import confirm_or_stop
from kxsms.sending.ledger_ports import SendLedger
from kxsms.sending.ports import SendConsole

_QUESTIONS = {
    RequestState.ACCEPTED: mark("Settle {recipients} as accepted"),
    RequestState.NOT_SENT: mark("Settle {recipients} as not sent, so that the batch can be resumed"),
}


def settle(
    ledger: SendLedger,
    console: SendConsole,
    batch: Batch,
    state: RequestState,
    *,
    mobile: str | None,
    yes: bool,
) -> None:
    """Settle the unknown recipients of a batch, or the one with a number: `accepted` or `not_sent`.

    Raises InputError, LimitReached for an answer of no, UsageError without a terminal, Busy or Failure.
    """
    number = None if mobile is None else _number(mobile)
    with ledger.own(batch) as owned:
        count = owned.unknown(number)
        if not count and number is not None:
            raise InputError(
                tr("{number} is not an unknown recipient of batch {name}", number=number, name=batch.name),
                tr("run kxsms batch export {name} to see the outcome of each", name=batch.name),
            )
        if not count:
            console.note(tr("batch {name} has no recipients whose outcome is unknown", name=batch.name))
            return
        if not yes:
            recipients = f"{number}" if number is not None else counted(count, "unknown recipient")
            confirm_or_stop(console, tr(_QUESTIONS[state], recipients=recipients), tr("nothing changed"))
        owned.settle(state, number)


def _number(mobile: str) -> str:
    try:
        return normalise(mobile)
    except InvalidMobile as reason:
        raise InputError(
            tr("--mobile {mobile!r} {reason}", mobile=mobile, reason=reason),
            tr("use a number such as 13800000000"),
        ) from None
