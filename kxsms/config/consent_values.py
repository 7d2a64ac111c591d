"""The types of values in a profile that are about consent, hours and money."""

from typing import Any

from kxsms.config.values import TEXTS, InvalidValue, ValueType, text_of, texts
from kxsms.language import mark, tr


def _templates(value: object) -> tuple[str, ...]:
    from kxsms.domain.approved import InvalidApproved, approved

    found = texts(value)
    for text in found:
        try:
            approved(text)
        except InvalidApproved as reason:
            raise InvalidValue(tr("holds {text!r}, which {reason}", text=text, reason=reason)) from None
    return found


def _keywords(value: object) -> tuple[str, ...]:
    from kxsms.domain.opt_out import OptOutKeywords

    found = texts(value)
    if not OptOutKeywords(found):
        raise InvalidValue(tr("must hold a word such as 退订; opt_out = false turns opt-outs off"))
    return found


def _window(value: object) -> Any:
    from kxsms.domain.window import InvalidWindow, Window

    try:
        return Window.parse(text_of(value))
    except InvalidWindow as reason:
        raise InvalidValue(str(reason)) from None


def _cap(value: object) -> Any:
    from kxsms.domain.cap import Cap, InvalidCap

    try:
        return Cap.parse(text_of(value))
    except InvalidCap as reason:
        raise InvalidValue(str(reason)) from None


def _price(value: object) -> Any:
    from decimal import Decimal, InvalidOperation

    from kxsms.domain.money import FINEST, HIGHEST_PRICE

    try:
        is_number = isinstance(value, int | float | str) and "_" not in str(value)
        price = Decimal(str(value)) if is_number else Decimal("NaN")
    except InvalidOperation:
        price = Decimal("NaN")
    if isinstance(value, bool) or not price.is_finite() or not 0 <= price <= HIGHEST_PRICE:
        raise InvalidValue(tr("must be a price such as 0.045, from 0 to {most}", most=HIGHEST_PRICE))
    if price != price.quantize(Decimal(FINEST)):
        raise InvalidValue(tr("must be a price such as 0.045, with at most 5 digits behind the point"))
    return price


KEYWORDS = ValueType(mark("list of texts"), _keywords, TEXTS.parse)
WINDOW = ValueType("hours", _window)
CAP = ValueType(mark("texts per time"), _cap)
PRICE = ValueType("price", _price)
TEMPLATES = ValueType(mark("list of templates"), _templates, lambda text: [text])
