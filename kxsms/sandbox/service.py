"""The gateway without HTTP: takes the parameters of a request, and returns an answer."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import assert_never
from urllib.parse import unquote_to_bytes

from kxsms.domain.content import MAX_CHARACTERS
from kxsms.domain.plan import MAX_NUMBERS
from kxsms.domain.product import Operation, Product, WireFormat
from kxsms.language import tr
from kxsms.sandbox import answers
from kxsms.sandbox.behaviour import AnswerShape, MagicNumber, Refusal
from kxsms.sandbox.shapes import CONTENT_TYPES, content_type
from kxsms.sandbox.state import ACCOUNT, TOKEN, SandboxState

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_ENCODED_TWICE = re.compile(r"(?:%[89A-F][0-9A-F]){2}", re.IGNORECASE)
_OLD_OPERATIONS = {"/sms/smsnum": Refusal.OLD_BALANCE, "/sms/smsstatus": Refusal.OLD_REPORT}
"""Operations of sister brands' SDKs of 2015 and 2016. Their answers are not published."""


@dataclass(frozen=True)
class SandboxAnswer:
    """An answer: its `Code` and a note for the log, and its body. One that is `withheld` must not be sent."""

    code: str
    body: bytes
    content_type: str
    withheld: bool = False
    note: str = ""


def parse_parameters(encoded: bytes) -> dict[str, bytes]:
    """Return the parameters of a query or a form, percent-decoded, by their names in lower case.

    The last of two equal names counts. The values are still bytes: `answer` refuses those that are not UTF-8.
    """
    pairs = (part.partition(b"=") for part in encoded.split(b"&") if part)
    return {_unquote(name).decode("latin-1").lower(): _unquote(value) for name, _, value in pairs}


def parse_multipart(content_type: str, body: bytes) -> dict[str, bytes]:
    """Return the fields of a multipart/form-data body, as `parse_parameters` returns those of a form."""
    from email.message import Message
    from email.parser import BytesParser

    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message: Message = BytesParser().parsebytes(head + body)
    fields: dict[str, bytes] = {}
    for part in message.walk():
        name, value = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(value, bytes):
            fields[name.lower()] = value
    return fields


def refuse_old_operation(path: str, parameters: Mapping[str, bytes]) -> SandboxAnswer | None:
    """Return the refusal of an operation that only earlier SDKs call, or None for any other path."""
    refusal = _OLD_OPERATIONS.get(path.lower())
    return None if refusal is None else _refuse(refusal, _wire_format(parameters))


def answer(
    state: SandboxState,
    product: Product,
    operation: Operation,
    parameters: Mapping[str, bytes],
    shape: AnswerShape = AnswerShape.PLAIN,
) -> SandboxAnswer:
    """Carry out a request, and return its answer. Raises Failure if the file of the state is unusable.

    `parameters` have names in lower case.
    """
    form = _wire_format(parameters)
    try:
        texts = {name: value.decode("utf-8") for name, value in parameters.items()}
    except UnicodeDecodeError:
        return _refuse(Refusal.NOT_UTF8, form)
    refusal = _check_credentials(texts)
    if refusal is not None:
        return _refuse(refusal, form)
    match operation:
        case Operation.SEND:
            answered = _send(state, product, texts, form)
            is_twice = _ENCODED_TWICE.search(texts.get("content", ""))
            return replace(answered, note=tr("content is percent-encoded twice") if is_twice else "")
        case Operation.QUERY_BALANCE:
            return _answer(answers.balance(state.balance(product), form), form)
        case Operation.QUERY_REPORT:
            body = answers.reports(state.take_reports(product), form, shape)
        case Operation.QUERY_MO:
            body = answers.replies(state.take_replies(product), form, shape)
        case _:
            assert_never(operation)
    return SandboxAnswer("0", body, content_type(form, shape))


def _send(state: SandboxState, product: Product, texts: Mapping[str, str], form: WireFormat) -> SandboxAnswer:
    mobiles = texts.get("mobile", "").split(",")
    content = texts.get("content", "")
    refusal = _check_message(mobiles, content)
    if refusal is not None:
        return _refuse(refusal, form)
    task_id = state.accept(product, mobiles, content, texts.get("extno", ""))
    if task_id is None:
        return _refuse(Refusal.NO_BALANCE, form)
    return _answer(answers.accepted(task_id, form), form, withheld=MagicNumber.NO_ANSWER.mobile in mobiles)


def _check_credentials(texts: Mapping[str, str]) -> Refusal | None:
    account, token = texts.get("account", ""), texts.get("token", "")
    if not account:
        return Refusal.NO_ACCOUNT
    if not token:
        return Refusal.NO_TOKEN
    right = hmac.compare_digest(account.encode(), ACCOUNT.encode())
    right &= hmac.compare_digest(token.encode(), TOKEN.encode())
    return None if right else Refusal.WRONG_CREDENTIALS


def _check_message(mobiles: list[str], content: str) -> Refusal | None:
    """Check what the real gateway checks. A text needs no signature: some templates have none."""
    if mobiles == [""]:
        return Refusal.NO_MOBILE
    if not content.strip():
        return Refusal.NO_CONTENT
    if len(mobiles) > MAX_NUMBERS:
        return Refusal.TOO_MANY_NUMBERS
    if len(content) > MAX_CHARACTERS:
        return Refusal.TOO_LONG
    if not all(_MOBILE.fullmatch(mobile) for mobile in mobiles):
        return Refusal.BAD_NUMBER
    return Refusal.BY_MAGIC if MagicNumber.REFUSED.mobile in mobiles else None


def _wire_format(parameters: Mapping[str, bytes]) -> WireFormat:
    wanted = parameters.get("type", parameters.get("responsetype", b""))
    return WireFormat.JSON if wanted == WireFormat.JSON.value.encode() else WireFormat.XML


def _answer(body: bytes, form: WireFormat, *, withheld: bool = False) -> SandboxAnswer:
    return SandboxAnswer("0", body, CONTENT_TYPES[form], withheld)


def _refuse(refusal: Refusal, form: WireFormat) -> SandboxAnswer:
    return SandboxAnswer(refusal.code, answers.refused(refusal, form), CONTENT_TYPES[form])


def _unquote(encoded: bytes) -> bytes:
    return unquote_to_bytes(encoded.replace(b"+", b" "))
