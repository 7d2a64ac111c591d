"""Money: what a send costs, and whether the balance and the daily limit suffice for it."""

from datetime import datetime
from typing import TYPE_CHECKING

from kxsms.domain.balance import Balance
from kxsms.domain.batch import Remainder
from kxsms.domain.count import read_count
from kxsms.domain.money import amount, cost_of, messages
from kxsms.domain.outcome import refusal
from kxsms.domain.terms import Terms
from kxsms.domain.words import counted
from kxsms.domain.zones import zone
from kxsms.errors import LimitReached
from kxsms.language import joined, plural, tr
from kxsms.sending.ports import SendSession

if TYPE_CHECKING:
    from decimal import Decimal


def with_cost(remainder: Remainder, price: "Decimal | None") -> Remainder:
    """Return what is left to be sent, with its cost at a price for each billed message."""
    return remainder._replace(cost=cost_of(remainder.segments, price))


def check_daily_limit(session: SendSession, segments: int, at: float, *, is_csv: bool) -> None:
    """Raise LimitReached if so many billed messages and the earlier ones of a day pass the daily limit.

    The day is that of the moment `at`, in the profile's zone. `is_csv`: --limit can make the send smaller.
    """
    profile = session.profile
    limit = profile.daily_limit
    if limit is None or not segments:
        return
    day = datetime.fromtimestamp(at, zone(profile.timezone)).date().isoformat()
    billed = session.ledger.billed_on(profile, day)  # of a day to come: none
    if billed + segments > limit:
        later = (
            tr("run the same command again tomorrow") if segments <= limit else tr("send to fewer recipients")
        )
        fewer = tr("use --limit to send fewer rows") if is_csv else later
        would = counted(segments, "message")
        words = tr(
            "{messages} would be billed, more than the daily limit of {limit:,} allows",
            messages=would,
            limit=limit,
        )
        if billed:
            already = plural("{count} was billed today", "{count} were billed today", billed)
            words = tr("{problem}: {details}", problem=words, details=already)
        raise LimitReached(
            words,
            tr("{fewer}, or raise the limit with kxsms config set daily_limit N", fewer=fewer),
        )


def with_balance(session: SendSession, terms: Terms, remainder: Remainder, *, asks: bool) -> Remainder:
    """Ask for the balance before a batch, and return what is left to be sent with it.

    Raise LimitReached if it does not suffice. Where the gateway does not say, note that. `asks`: a person is
    asked before the batch is sent; where nobody can be, the question fails anyway.
    """
    is_asked = not (terms.is_single or terms.ignores_balance) and remainder.requests
    if not is_asked or (asks and not session.console.can_ask):
        return remainder
    gateway = session.open_gateway()
    answer = gateway.balance(session.profile.product)
    if asks:
        gateway.disconnect()  # a router may forget the connection while a person reads
    balance = None if answer.code != "0" or answer.count is None else read_count(answer.count)
    if balance is None:
        reason = _reason(answer, session.profile.codes.get(answer.code or ""))
        session.console.note(tr("the balance is not known: {reason}", reason=reason))
        return remainder
    if balance < remainder.segments:
        billed = counted(remainder.segments, "message")
        raise LimitReached(
            tr(
                "{billed} would be billed, but the balance is {balance}",
                billed=billed,
                balance=messages(balance),
            ),
            tr("top up the account, or use --ignore-balance"),
        )
    return remainder._replace(balance=balance)


def _reason(answer: Balance, own_words: str | None) -> str:
    """Return why an answer says nothing about the balance."""
    if answer.code not in (None, "0"):
        return refusal(answer.code, answer.message, own_words)
    if answer.count is not None:
        return tr("the count {count!r} is not a number", count=answer.count)
    return answer.message or tr("no answer")


def funds_in_words(remainder: Remainder) -> str:
    """Return the cost and the balance for a question, in brackets; nothing where neither is known."""
    parts = []
    if remainder.cost is not None:
        parts.append(tr("cost {amount}", amount=amount(remainder.cost)))
    if remainder.balance is not None:
        parts.append(tr("balance {messages}", messages=messages(remainder.balance)))
    return tr(" ({facts})", facts=joined(parts)) if parts else ""
