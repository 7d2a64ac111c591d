"""The behaviour of the sandbox: its refusals, its magic numbers, and the faults and shapes to choose from."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from kxsms.domain.content import MAX_CHARACTERS
from kxsms.domain.plan import MAX_NUMBERS
from kxsms.errors import UsageError
from kxsms.language import joined, mark, tr

MAX_LATENCY = 3600.0
"""Seconds. Longer than any client waits, and short enough for the timers of every platform."""


class Refusal(Enum):
    """A reason to refuse a request: the `Code` and the `Message` of the answer.

    The codes are the sandbox's own: the vendor's table is not public. Every message begins with its name.
    """

    WRONG_CREDENTIALS = ("9001", mark("sandbox: wrong account or token"))
    NO_ACCOUNT = ("9002", mark("sandbox: the parameter account is missing"))
    NO_TOKEN = ("9003", mark("sandbox: the parameter token is missing"))
    NO_MOBILE = ("9004", mark("sandbox: the parameter mobile is missing"))
    NO_CONTENT = ("9005", mark("sandbox: the parameter content is missing"))
    TOO_MANY_NUMBERS = ("9006", mark("sandbox: more than {numbers:,} numbers in one request"))
    TOO_LONG = ("9007", mark("sandbox: the text has more than {characters} characters"))
    BAD_NUMBER = ("9008", mark("sandbox: a number is not 11 digits starting with 13 to 19"))
    NOT_UTF8 = ("9009", mark("sandbox: the parameters are not URL-encoded UTF-8"))
    NO_BALANCE = ("9010", mark("sandbox: the balance is too small"))
    BY_MAGIC = ("9011", mark("sandbox: refused, as always with 19900000001"))
    OLD_BALANCE = ("9012", mark("sandbox: SMSNum is an operation of older SDKs: use QueryBalance"))
    OLD_REPORT = ("9013", mark("sandbox: SMSStatus is an operation of older SDKs: use QueryReport"))

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self._message = message

    @property
    def message(self) -> str:
        """Return the `Message` of the answer, in the language of the user."""
        return tr(self._message, numbers=MAX_NUMBERS, characters=MAX_CHARACTERS)


class MagicNumber(Enum):
    """A number that makes the sandbox behave differently. Messages to other numbers are delivered at once."""

    REFUSED = ("19900000001", mark("the sandbox refuses the whole request"))
    UNDELIVERED = ("19900000002", mark("accepted, but delivery fails (UNDELIV)"))
    NO_REPORT = ("19900000003", mark("accepted, but no report ever comes"))
    REPLIES = ("19900000004", mark("accepted, and the phone replies 收到"))
    LATE_REPORT = ("19900000005", mark("accepted, and reported as delivered a minute later"))
    NO_ANSWER = ("19900000006", mark("accepted, but the sandbox closes the connection without an answer"))

    def __init__(self, mobile: str, meaning: str) -> None:
        self.mobile = mobile
        self.meaning = meaning


class FaultKind(Enum):
    """A fault of Send requests: its name on the command line, and its meaning."""

    ERROR_500 = ("500", mark("answers HTTP 500 and accepts nothing"))
    RUBBISH = ("rubbish", mark("accepts, but answers with bytes that are neither JSON nor XML"))
    RESET_BEFORE = ("reset-before", mark("resets the connection and accepts nothing"))
    RESET_AFTER = ("reset-after", mark("accepts, then resets the connection without an answer"))
    HALF = ("half", mark("accepts, but closes the connection after half of the answer"))

    def __init__(self, word: str, meaning: str) -> None:
        self.word = word
        self.meaning = meaning


class AnswerShape(Enum):
    """A shape of the answers to QueryReport and QueryMo: its name on the command line, and its meaning.

    The gateway's own shape is not published; each of these is that of some gateway.
    """

    PLAIN = ("plain", mark("a list in an envelope with a Code"))
    FLAT = ("flat", mark("the list alone, without an envelope and a Code"))
    NESTED = ("nested", mark("the list three levels deep: data, result, items"))
    BY_TASK = ("by-task", mark("one object per task, with a list of its records"))
    LOWER = ("lower", mark("other names: smsid, phone, stat, donetime; tel, motext, recvtime, spcode"))
    SINGLE = ("single", mark("an object instead of a list if there is only one record"))
    ATTRIBUTES = ("attributes", mark("attributes instead of elements in XML; JSON as in plain"))
    NUMBERS = ("numbers", mark("mobiles as 8613800000000 and times as 20261122100000, in JSON as numbers"))
    UNIX = ("unix", mark("times in Unix seconds, in JSON as numbers"))
    SMPP = ("smpp", mark("the names of SMPP: MsgId, Stat, and DoneTime as yymmddHHMM"))
    GB18030 = ("gb18030", mark("as in plain, but in GB18030, which the content type does not say"))
    BOXES = ("boxes", mark("an older platform's: statusbox and callbox in returnsms, status 10 or 20"))
    PACKED = ("packed", mark("the list as JSON, packed into a text named Data"))
    BOM = ("bom", mark("as in plain, with a byte order mark and the content type text/html"))

    def __init__(self, word: str, meaning: str) -> None:
        self.word = word
        self.meaning = meaning


@dataclass(frozen=True)
class Fault:
    """A fault, and its share of the Send requests from 0 to 1."""

    kind: FaultKind
    share: float


@dataclass(frozen=True)
class Behaviour:
    """The behaviour of a server: the latency of every answer in seconds, faults of Send, a shape for queries.

    The same `seed` draws the same faults in the same order. Raises UsageError for a latency below 0 or above
    MAX_LATENCY, and for shares that add up to more than 1.
    """

    latency: float = 0.0
    faults: tuple[Fault, ...] = ()
    seed: int | None = None
    shape: AnswerShape = AnswerShape.PLAIN

    def __post_init__(self) -> None:
        if not 0 <= self.latency <= MAX_LATENCY:
            raise UsageError(
                tr("invalid latency: {latency:g} seconds", latency=self.latency),
                tr("use 0 to {most:g} seconds", most=MAX_LATENCY),
            )
        total = math.fsum(fault.share for fault in self.faults)
        if total > 1 + 1e-9:  # rounding makes 0.7 + 0.2 + 0.1 more than 1
            raise UsageError(
                tr("the shares of all faults add up to {total:g}", total=total),
                tr("make them add up to 1 or less"),
            )


def parse_fault(text: str) -> Fault:
    """Return the fault of a `KIND:SHARE` from the command line, such as `500:0.1`.

    Raises UsageError for an unknown kind, and for a share that is not a number from 0 to 1.
    """
    word, colon, number = text.partition(":")
    kinds = {kind.word: kind for kind in FaultKind}
    if word not in kinds:
        raise UsageError(
            tr("unknown kind of fault: {text!r}", text=text),
            tr("use one of {kinds}, as in 500:0.1", kinds=joined(kinds)),
        )
    try:
        share = float(number) if colon else math.nan
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        raise UsageError(
            tr("the fault {text!r} needs a share from 0 to 1", text=text),
            tr("use {word}:0.1 for every tenth request", word=word),
        )
    return Fault(kinds[word], share)


def parse_shape(text: str) -> AnswerShape:
    """Return the shape of a name from the command line. Raises UsageError for an unknown name."""
    shapes = {shape.word: shape for shape in AnswerShape}
    if text not in shapes:
        raise UsageError(
            tr("there is no shape {text!r}", text=text), tr("use one of {shapes}", shapes=joined(shapes))
        )
    return shapes[text]


def fault_drawer(behaviour: Behaviour) -> Callable[[], FaultKind | None]:
    """Return a function that draws the fault of the next Send, or None. Any thread may call it."""
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
