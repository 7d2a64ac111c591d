"""How the sandbox behaves: its refusals, its magic numbers, and the faults and shapes to choose from."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from kxsms.domain.content import MAX_CHARACTERS
from kxsms.domain.plan import MAX_NUMBERS
from kxsms.errors import UsageError

MAX_LATENCY = 3600.0
"""Seconds. Longer than any client waits, and short enough for every platform's timers."""


class Refusal(Enum):
    """Why a request is refused: the `Code` and `Message` of its answer.

    The codes are the sandbox's own: the vendor's table is not public. Every message says `sandbox: `.
    """

    WRONG_CREDENTIALS = ("9001", "sandbox: wrong account or token")
    NO_ACCOUNT = ("9002", "sandbox: the parameter account is missing")
    NO_TOKEN = ("9003", "sandbox: the parameter token is missing")
    NO_MOBILE = ("9004", "sandbox: the parameter mobile is missing")
    NO_CONTENT = ("9005", "sandbox: the parameter content is missing")
    TOO_MANY_NUMBERS = ("9006", f"sandbox: more than {MAX_NUMBERS:,} numbers in one request")
    TOO_LONG = ("9007", f"sandbox: the text has more than {MAX_CHARACTERS} characters")
    BAD_NUMBER = ("9008", "sandbox: a number is not 11 digits starting with 13 to 19")
    NOT_UTF8 = ("9009", "sandbox: the parameters are not URL-encoded UTF-8")
    NO_BALANCE = ("9010", "sandbox: the balance is too small")
    BY_MAGIC = ("9011", "sandbox: refused, as always with 19900000001")

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message


class MagicNumber(Enum):
    """A number that makes the sandbox behave specially. To every other number delivery succeeds at once."""

    REFUSED = ("19900000001", "the whole request is refused")
    UNDELIVERED = ("19900000002", "accepted, and delivery fails (UNDELIV)")
    NO_REPORT = ("19900000003", "accepted, and no report ever comes")
    REPLIES = ("19900000004", "accepted, and the phone replies by itself (收到)")
    LATE_REPORT = ("19900000005", "accepted, and reported a minute later")
    NO_ANSWER = ("19900000006", "accepted, but the connection is closed without an answer")

    def __init__(self, mobile: str, meaning: str) -> None:
        self.mobile = mobile
        self.meaning = meaning


class FaultKind(Enum):
    """What can go wrong with a Send on purpose: the word for the command line, and what it means."""

    ERROR_500 = ("500", "HTTP 500, nothing accepted")
    RUBBISH = ("rubbish", "accepted, and answered with bytes that are neither JSON nor XML")
    RESET_BEFORE = ("reset-before", "the connection is reset, nothing accepted")
    RESET_AFTER = ("reset-after", "accepted, then the connection is reset without an answer")
    HALF = ("half", "accepted, and half of the answer comes before the connection is closed")

    def __init__(self, word: str, meaning: str) -> None:
        self.word = word
        self.meaning = meaning


class AnswerShape(Enum):
    """How the answers to QueryReport and QueryMo look: the word for the command line, and what it means.

    Nobody has published the gateway's own shape; each of these is that of some gateway.
    """

    PLAIN = ("plain", "a list in an envelope with a Code")
    FLAT = ("flat", "the list alone: no envelope and no Code")
    NESTED = ("nested", "the list deep inside: data, result, items")
    BY_TASK = ("by-task", "an object a task, with a list of its numbers")
    LOWER = ("lower", "other names: smsid, phone, stat, donetime; tel, motext, recvtime, spcode")
    SINGLE = ("single", "an object instead of a list if there is only one")
    ATTRIBUTES = ("attributes", "XML attributes instead of elements; JSON as plain")
    NUMBERS = ("numbers", "mobiles as 8613800000000 and times as 20261122100000, in JSON as numbers")
    UNIX = ("unix", "times as Unix seconds, in JSON as numbers")
    SMPP = ("smpp", "SMPP's words: MsgId, Stat, and DoneTime as yymmddHHMM")
    GB18030 = ("gb18030", "as plain, in GB18030 without saying so")
    BOM = ("bom", "as plain, with a byte order mark and the content type text/html")

    def __init__(self, word: str, meaning: str) -> None:
        self.word = word
        self.meaning = meaning


@dataclass(frozen=True)
class Fault:
    """A fault and its share of the Send requests, 0 to 1."""

    kind: FaultKind
    share: float


@dataclass(frozen=True)
class Behaviour:
    """How a server behaves: `latency` in seconds for every answer, faults for Send, a shape for the queries.

    The same `seed` draws the same faults in the same order. Raises UsageError for a latency that is
    negative or over MAX_LATENCY, and for shares that are more than 1 together.
    """

    latency: float = 0.0
    faults: tuple[Fault, ...] = ()
    seed: int | None = None
    shape: AnswerShape = AnswerShape.PLAIN

    def __post_init__(self) -> None:
        if not 0 <= self.latency <= MAX_LATENCY:
            raise UsageError(
                f"a latency of {self.latency:g} seconds is not possible",
                f"give 0 to {MAX_LATENCY:g} seconds",
            )
        total = math.fsum(fault.share for fault in self.faults)
        if total > 1 + 1e-9:  # 0.7 + 0.2 + 0.1 may not be refused for its rounding
            raise UsageError(
                f"the shares of all faults are {total:g} together", "let them be 1 or less together"
            )


def parse_fault(text: str) -> Fault:
    """A fault from `KIND:SHARE` as the command line has it, such as `500:0.1`.

    Raises UsageError for an unknown kind, and for a share that is not a number from 0 to 1.
    """
    word, colon, number = text.partition(":")
    kinds = {kind.word: kind for kind in FaultKind}
    if word not in kinds:
        raise UsageError(
            f"the fault {text!r} is of no known kind", f"give one of {', '.join(kinds)}, as in 500:0.1"
        )
    try:
        share = float(number) if colon else math.nan
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        raise UsageError(
            f"the fault {text!r} has no share from 0 to 1", f"to have it in every tenth request: {word}:0.1"
        )
    return Fault(kinds[word], share)


def parse_shape(text: str) -> AnswerShape:
    """A shape from its word. Raises UsageError for a word that is none."""
    shapes = {shape.word: shape for shape in AnswerShape}
    if text not in shapes:
        raise UsageError(f"there is no shape {text!r}", f"give one of {', '.join(shapes)}")
    return shapes[text]


def fault_drawer(behaviour: Behaviour) -> Callable[[], FaultKind | None]:
    """A function that draws the next Send's fault, or None. Any thread may call it."""
    if not behaviour.faults:
        return lambda: None
    import random

    chance = random.Random(behaviour.seed)

    def draw() -> FaultKind | None:
        point = chance.random()
        for fault in behaviour.faults:
            if point < fault.share:
                return fault.kind
            point -= fault.share
        return None

    return draw
