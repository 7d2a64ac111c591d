"""`kxsms balance`: show how many messages are left."""

from dataclasses import replace
from typing import Annotated

import typer

from kxsms.commands.options import GATEWAY, PRODUCT, shared
from kxsms.context import Context
from kxsms.domain.advice import with_retry
from kxsms.domain.balance import Balance
from kxsms.domain.product import Product
from kxsms.domain.results import BalanceResult
from kxsms.errors import NoAnswer
from kxsms.language import tr

Every = Annotated[bool, typer.Option("--all", help="Ask for the balance of every product.")]
Minimum = Annotated[
    int | None,
    typer.Option("--min", min=0, metavar="N", help="Exit with status 7 if fewer than N messages are left."),
]


@shared(GATEWAY, PRODUCT)
def balance(
    context: Context,
    every: Annotated[bool, typer.Option("--all", help="Ask for the balance of every product.")] = False,
    minimum: Annotated[
        int | None,
        typer.Option(
            "--min", min=0, metavar="N", help="Exit with status 7 if fewer than N messages are left."
        ),
    ] = None,
) -> BalanceResult:
    """Show how many messages are left.

    \b
    Examples:
      kxsms balance
      kxsms balance --all
      kxsms balance --min 500 -q || echo 'top up'
      kxsms balance -o json | jq -r .count
    """
    gateway = context.gateway
    products = list(Product) if every else [context.profile.product]
    balances = tuple(_compared(gateway.balance(product), minimum) for product in products)
    (first, *others) = balances
    if not others and not first.is_answer:
        raise NoAnswer(
            first.message or tr("no answer"),
            with_retry(first.message, tr("run the same command again")),
            [first.body] if first.body is not None else [],
        )
    return BalanceResult(balances, every, context.profile.codes)


def _compared(balance: Balance, minimum: int | None) -> Balance:
    """Return a balance marked as short of the minimum, or as no answer if its count is not a number."""
    if minimum is None or balance.count is None:
        return balance
    from kxsms.domain.count import read_count

    count = read_count(balance.count)
    if count is None:
        return replace(
            balance, code=None, message=tr("the count {count!r} is not a number", count=balance.count)
        )
    return balance if count >= minimum else replace(balance, short_of=minimum)
