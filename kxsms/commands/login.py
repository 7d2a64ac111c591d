"""`kxsms login`: check an account, and store it."""

from typing import TYPE_CHECKING, Annotated

import typer

from kxsms.commands.options import CONFIG, PRODUCT, PROFILE, RESULT, WIRE, shared
from kxsms.commands.sessions import refuse_raw
from kxsms.context import Context
from kxsms.domain.advice import advice_for
from kxsms.domain.balance import Balance
from kxsms.domain.product import Product
from kxsms.domain.profile import DEFAULT_BASE_URL, Profile
from kxsms.domain.results import Facts
from kxsms.errors import NoAnswer, Refused, UsageError
from kxsms.language import joined, tr

if TYPE_CHECKING:
    from kxsms.config.store import Config

_DEFAULT_NAME = "default"


Account = Annotated[
    str | None,
    typer.Option(
        envvar="KXSMS_ACCOUNT", metavar="NAME", help="Log in with this account. [default: kxsms asks for it]"
    ),
]
TokenStdin = Annotated[bool, typer.Option("--token-stdin", help="Read the token from stdin.")]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        envvar="KXSMS_BASE_URL",
        metavar="URL",
        help=f"Use the gateway at this address. [default: {DEFAULT_BASE_URL}]",
    ),
]
Signature = Annotated[
    str | None, typer.Option(metavar="NAME", help="Put 【NAME】 in front of texts without a signature.")
]
NoVerify = Annotated[bool, typer.Option("--no-verify", help="Store the account without asking the gateway.")]


@shared(PROFILE, CONFIG, PRODUCT, RESULT, WIRE)
def login(
    context: Context,
    account: Account = None,
    token_stdin: TokenStdin = False,
    base: BaseUrl = None,
    signature: Signature = None,
    no_verify: NoVerify = False,
) -> Facts:
    """Check an account with the gateway, and store it.

    kxsms reads the token from stdin or KXSMS_TOKEN, or asks for it without showing it.

    \b
    Examples:
      kxsms login
      kxsms login -p prod --signature 科迅云通讯
      pass show kxsms | kxsms login --account 12345 --token-stdin
    """
    refuse_raw(context, "login")
    if context.options.sandbox:
        raise UsageError(tr("the sandbox needs no login"), tr("remove --sandbox"))
    config = context.load_config()
    name = context.options.profile or config.default_profile or _DEFAULT_NAME
    given = {"account": account, "base_url": base, "signature": signature}
    given = _complete(context, config, name, given, token_stdin)
    _put(config, name, given)
    profile = config.profile(name)
    context.warn_of_plain_http(profile)
    if no_verify:
        product, count = context.options.product or profile.product, None
    else:
        balance = _verify(context, profile)
        product, count = balance.product, balance.count
    # Others may have changed the file while a person typed and the gateway answered.
    with context.changing_config() as config:
        _put(config, name, given | {"product": product.value})
        if config.default_profile is None:
            config.use(name)
    return Facts(
        {
            "profile": name,
            "account": profile.account,
            "product": product.value,
            "count": count,
            "config": str(config.path),
        },
        counts=("count",),
    )


def _complete(
    context: Context, config: "Config", name: str, given: dict[str, str | None], token_stdin: bool
) -> dict[str, str | None]:
    """Return the given values with account and token, and ask for those that are missing."""
    from kxsms.config.credentials import clean

    known = config.tables.get(name, {}).get("account")
    token = _given_token(context, stdin=token_stdin)
    if not given["account"] and (known is None or token is None):
        question = tr("Account [{known}]", known=known) if known else tr("Account")
        given["account"] = context.console.ask(question, "--account") or known
        if not given["account"]:
            raise UsageError(tr("there is no account"), tr("use --account NAME"))
    if token is None:
        token = clean(context.console.ask(tr("Token"), "--token-stdin", hidden=True), tr("the answer"))
    context.keep_secret([token])
    return {**given, "token": token}


def _put(config: "Config", name: str, given: dict[str, str | None]) -> None:
    """Put the given values into a profile."""
    for key, value in given.items():
        if value:
            config.put(name, key, value)
    config.unset(f"profiles.{name}.token_command", None)


def _given_token(context: Context, *, stdin: bool) -> str | None:
    """Return the token given on stdin or in the environment. Raises ProfileError."""
    from kxsms.config.credentials import clean, token_from
    from kxsms.config.file import MAX_SIZE

    if stdin:
        return clean(context.console.read(MAX_SIZE).decode("utf-8-sig", "replace"), "stdin")
    return token_from(context.environ)


def _verify(context: Context, profile: Profile) -> Balance:
    """Return the balance of the product to use. Raises Refused or NoAnswer if none answers with code 0."""
    wanted = context.options.product
    gateway = context.gateway_for(profile)
    balances = [gateway.balance(product) for product in ([wanted] if wanted else Product)]
    working = {balance.product.value: balance for balance in balances if balance.code == "0"}
    if len(working) == 1:
        return next(iter(working.values()))
    if not working:
        raise _failure(profile, balances)
    listed = joined(
        tr("{name} ({count} left)", name=name, count=balance.count) for name, balance in working.items()
    )
    answer = context.console.ask(
        tr("Several products answer: {listed}. Which one", listed=listed), "--product NAME"
    )
    if answer not in working:
        raise UsageError(
            tr("{answer!r} is not one of {working}", answer=answer, working=joined(working)),
            tr("use --product NAME"),
        )
    return working[answer]


def _failure(profile: Profile, balances: list[Balance]) -> Refused | NoAnswer:
    nothing = tr("nothing was stored")
    refused = [balance for balance in balances if balance.code is not None]
    if refused:
        answers = joined(
            tr("{name}: code {code} “{message}”", name=b.product.value, code=b.code, message=b.message or "")
            for b in refused
        )
        return Refused(
            tr("the gateway refused the login; {nothing}: {answers}", nothing=nothing, answers=answers),
            tr("check account and token"),
        )
    message = tr("no usable answer; {nothing}: {text}", nothing=nothing, text=balances[0].message)
    if not all(balance.no_tls for balance in balances):
        return NoAnswer(message, advice_for(balances[0].message) or tr("check --base-url"))
    plain = profile.base_url.replace("https://", "http://", 1)
    return NoAnswer(
        message,
        tr(
            "the gateway seems not to support HTTPS; --base-url {plain} uses plain HTTP, but then anyone"
            " on the network path can read account, token and texts",
            plain=plain,
        ),
    )
