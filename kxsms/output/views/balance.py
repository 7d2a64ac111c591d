"""The view of the balance of one product, or of all."""

from collections.abc import Mapping
from typing import Any

from kxsms.compat import override
from kxsms.domain.advice import with_retry
from kxsms.domain.balance import Balance
from kxsms.domain.outcome import login_hint, refusal
from kxsms.domain.results import BalanceResult
from kxsms.errors import KxsmsError, LimitReached, NoAnswer, Refused
from kxsms.exit_status import ExitStatus
from kxsms.language import located, tr
from kxsms.output.json import Document, Items
from kxsms.output.view import Explanation, Table, View, table_of, with_numbers


class BalanceView(View[BalanceResult]):
    """A balance, or a list of them."""

    @override
    def document(self) -> Document:
        documents = [with_numbers(_document(balance), ("count",)) for balance in self.result.balances]
        return Items(documents) if self.result.every else documents[0]

    @override
    def table(self, *, for_people: bool) -> Table:
        documents = [_document(balance) for balance in self.result.balances]
        return table_of(documents, tuple(documents[0]), empty="")

    @override
    def explanation(self) -> Explanation:
        codes, balances = self.result.codes, self.result.balances
        # Where another product answers, account and token are right.
        is_known = any(balance.code == "0" for balance in balances)
        problems = (_problem(balance, codes, is_known=is_known) for balance in balances)
        return Explanation([problem for problem in problems if problem is not None])

    @override
    def exit_status(self) -> ExitStatus:
        balances = self.result.balances
        if any(balance.short_of is not None for balance in balances):
            return ExitStatus.LIMIT
        if not all(balance.is_answer for balance in balances):
            return ExitStatus.NO_ANSWER
        return ExitStatus.REFUSED if any(balance.code != "0" for balance in balances) else ExitStatus.OK

    @override
    def answers(self) -> tuple[bytes, ...]:
        return self.result.bodies


def _document(balance: Balance) -> dict[str, Any]:
    return {
        "profile": balance.profile,
        "product": balance.product.value,
        "code": balance.code,
        "message": balance.message,
        "count": balance.count,
    }


def _problem(balance: Balance, codes: Mapping[str, str], *, is_known: bool) -> KxsmsError | None:
    product = balance.product.value
    if balance.short_of is not None:
        return LimitReached(
            tr(
                "{product}: {count} left, below the minimum of {least}",
                product=product,
                count=balance.count,
                least=balance.short_of,
            )
        )
    if not balance.is_answer:
        return NoAnswer(
            tr("{product}: no usable answer: {text}", product=product, text=balance.message),
            with_retry(balance.message, tr("run the same command again")),
        )
    if balance.code is not None and balance.code != "0":
        words = refusal(balance.code, balance.message, codes.get(balance.code))
        return Refused(located(product, words), None if is_known else login_hint(balance.profile))
    return None
