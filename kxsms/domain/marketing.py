"""Marketing texts: what carriers block, and what the law wants in them."""

import re
from collections.abc import Collection, Iterator

from kxsms.domain.content import segments
from kxsms.domain.near_miss import narrow
from kxsms.domain.words import counted
from kxsms.language import tr

_SINGLE = 70
_OPT_OUT = re.compile(
    r"(?:退订|拒收)[^。;；\n]{0,6}[回复发]|[回复发][^。;；\n]{0,8}(?:退订|拒收)|\bTD?退订", re.I
)
_LINK = re.compile(
    r"https?://[!-~]+|www\.[!-~]+|(?<![a-z0-9@.-])(?:[a-z0-9-]+\.)+"
    r"(?:com|cn|net|org|top|vip|xyz|cc|me|io|info|shop|link|site|club|ltd|co|tv|ink|work|online)(?![a-z0-9-])[!-~]*",
    re.I,
)
_PHONE = re.compile(
    r"(?<![0-9])(?:1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}|[48]00-?[0-9]{3,4}-?[0-9]{3,4})(?![0-9])"
)


class MarketingNotes:
    """Notes on the marketing texts of a send: the first text of each kind, and the longest."""

    def __init__(self) -> None:
        self._without_opt_out: str | None = None
        self._link: str | None = None
        self._phone: str | None = None
        self._most = 0

    def add(self, texts: Collection[str]) -> None:
        """Look at more texts."""
        joined = narrow("\0".join(texts))
        if self._link is None and (link := _LINK.search(joined)):
            self._link = link[0]
        if self._phone is None and (phone := _PHONE.search(joined)):
            self._phone = phone[0]
        if self._without_opt_out is None:
            self._without_opt_out = next((text for text in texts if not _OPT_OUT.search(text)), None)
        self._most = max(self._most, *map(_units, texts)) if texts else self._most

    def sentences(self) -> Iterator[tuple[str, str]]:
        """Yield each note with its hint."""
        if self._without_opt_out is not None:
            yield (
                tr(
                    "a marketing text has no opt-out instruction: {text!r}",
                    text=self._without_opt_out,
                ),
                tr("end it with 拒收请回复R or 退订回T"),
            )
        if self._link is not None:
            yield (
                tr("a marketing text holds the link {link!r}: carriers block it", link=self._link),
                tr("remove it"),
            )
        if self._phone is not None:
            yield (
                tr("a marketing text holds the phone number {phone!r}: carriers block it", phone=self._phone),
                tr("remove it"),
            )
        if self._most > _SINGLE:
            over = counted(self._most - _SINGLE, "character")
            billed = counted(segments("x" * self._most), "message")
            yield (
                tr(
                    "the longest marketing text is {over} over {limit}, and billed as {billed}",
                    over=over,
                    limit=_SINGLE,
                    billed=billed,
                ),
                tr("shorten it"),
            )


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
