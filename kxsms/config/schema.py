"""The keys of a profile, one row for each: its type, its default and its meaning."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from kxsms.config import consent_values, values
from kxsms.config.values import InvalidValue, ValueType
from kxsms.domain.product import Product, TemplatePolicy
from kxsms.domain.profile import Profile
from kxsms.domain.records import FIELD_NAMES, DeliveryState
from kxsms.domain.secret import without_credentials
from kxsms.language import mark, tr


class KeyType(NamedTuple):
    """A key of a profile. `meaning` is a sentence for the help."""

    type: ValueType
    default: object
    meaning: str

    @property
    def is_table(self) -> bool:
        """Return whether the value has keys of its own, as in `codes.-1`."""
        return isinstance(self.default, Mapping)


def check_key(key: str, value: object) -> Any:
    """Return what a Profile holds for a value of a key. Raises InvalidValue, its text beginning with both."""
    try:
        return KEY_TYPES[key].type.check(value)
    except InvalidValue as reason:
        shown = "" if key == "token" or _contains_table(value) else f" = {_shown(value)}"
        raise InvalidValue(f"{key}{shown} {reason}", reason.hint) from None


def refused_value(key: str, value: object, reason: InvalidValue) -> tuple[str, str]:
    """Return a sentence about a value that a user gives to a key, for a `reason` of its type, and a hint."""
    is_secret = key == "token" or _contains_table(value)
    problem = (
        tr("{key} is invalid", key=key)
        if is_secret
        else tr("{key} cannot be {shown}", key=key, shown=_shown(value))
    )
    default = default_of(key)
    if isinstance(default, bool):
        default = str(default).lower()
    like = (
        tr("use a value such as {default}", default=default)
        if isinstance(default, str | int | float)
        else None
    )
    sentence = tr("{problem}: it {reason}", problem=problem, reason=reason)
    return sentence, reason.hint or like or tr("run kxsms help config to see what it can be")


def profile_from(name: str, table: Mapping[str, object]) -> Profile:
    """Return a checked profile, without the keys that kxsms does not know.

    Raises InvalidValue, its text beginning with the key and the value.
    """
    return Profile(name=name, **{key: check_key(key, table[key]) for key in table if key in KEY_TYPES})


def _contains_table(value: object) -> bool:
    """Return whether the value contains a table, in which there may be a token."""
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_contains_table, value)))


def _shown(value: object) -> str:
    try:
        return without_credentials(repr(value))
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return "…"


_DEFAULTS = Profile()


def _key(name: str, type: ValueType, meaning: str) -> tuple[str, KeyType]:
    return name, KeyType(type, getattr(_DEFAULTS, name), meaning)


def _by_product(type: ValueType) -> ValueType:
    return values.table_of(type, tuple(Product))


KEY_TYPES: Mapping[str, KeyType] = dict(
    (
        _key("account", values.CREDENTIAL, mark("The account at the gateway.")),
        _key("token", values.CREDENTIAL, mark("The token of the account; kxsms never shows it.")),
        _key(
            "token_command",
            values.OPTIONAL_TEXT,
            mark("A command that prints the token, run without a shell."),
        ),
        _key("product", values.one_of(*Product), mark("The product to use.")),
        _key(
            "signature", values.SIGNATURE, mark("The name to put in 【】 before texts without a signature.")
        ),
        _key("base_url", values.BASE_URL, mark("The address of the gateway.")),
        _key(
            "method", values.one_of("POST", "GET"), mark("The HTTP method; GET writes the token into logs.")
        ),
        _key(
            "format_parameter",
            values.one_of("type", "responseType"),
            mark("The parameter that asks for JSON or XML."),
        ),
        _key("extno", values.DIGITS, mark("The extension number to send messages with.")),
        _key("rate", values.whole_number(0), mark("Requests per second; 0 for no limit.")),
        _key("concurrency", values.whole_number(1), mark("Requests in flight at a time.")),
        _key("connect_timeout", values.SECONDS, mark("The time to wait for a connection.")),
        _key("read_timeout", values.SECONDS, mark("The time to wait for an answer.")),
        _key("timezone", values.ZONE, mark("The time zone of the gateway.")),
        _key("throttle_codes", values.CODES, mark("Codes that mean “too fast”: kxsms waits, then retries.")),
        _key("empty_codes", values.CODES, mark("Codes that mean that there are no new reports or replies.")),
        _key(
            "exclusive",
            values.FLAG,
            mark("No other program uses the account: see kxsms help unknown."),
        ),
        _key("opt_out", values.FLAG, mark("Batches skip recipients who opted out.")),
        _key("opt_out_keywords", consent_values.KEYWORDS, mark("Whole replies that opt out.")),
        _key("fetch_replies", values.FLAG, mark("Fetch replies before a batch, and while it is sent.")),
        _key(
            "window",
            _by_product(consent_values.WINDOW),
            mark("The hours in which texts may leave."),
        ),
        _key(
            "cap",
            _by_product(consent_values.CAP),
            mark("The most texts that one number may get."),
        ),
        _key("price", _by_product(consent_values.PRICE), mark("The price of one billed message.")),
        _key(
            "daily_limit", values.whole_number(1), mark("The most billed messages in a day of one product.")
        ),
        _key("codes", values.table_of(values.TEXT), mark("Your own words for each code of the gateway.")),
        _key("fields", values.table_of(values.TEXTS, tuple(FIELD_NAMES)), mark("More names for each field.")),
        _key("states", values.table_of(values.one_of(*DeliveryState)), mark("The meaning of each status.")),
        _key(
            "templates",
            _by_product(consent_values.TEMPLATES),
            mark("Approved texts of each product: see kxsms help templates."),
        ),
        _key(
            "template_policy",
            values.one_of(*TemplatePolicy),
            mark("The way to treat a text without a template."),
        ),
    )
)
"""The keys of a profile. kxsms ignores and keeps every other key."""


def default_of(key: str) -> object:
    """Return the default of a key as TOML would hold it, or None if it has none."""
    default = KEY_TYPES[key].default
    if isinstance(default, frozenset):
        return sorted(default)
    if isinstance(default, tuple):
        return list(default)
    return str(default) if isinstance(default, str) else default
