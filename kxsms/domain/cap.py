"""The most texts that one number may get in a time."""

import re
import unicodedata
from typing import NamedTuple

from kxsms.compat import override
from kxsms.language import tr

_FORM = r"([0-9]{1,6})/([0-9]{1,6})?([smhdw])"
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LONGEST = 366 * 86_400


class InvalidCap(ValueError):
    """A text that is no cap. The text of the error says what it must be."""


class Cap(NamedTuple):
    """At most `texts` for each number in any `seconds`. `period` is that time as it was written."""

    texts: int
    seconds: int
    period: str

    @classmethod
    def parse(cls, text: str) -> "Cap":
        """Return the cap of a text such as 3/24h. Raise InvalidCap."""
        plain = "".join(unicodedata.normalize("NFKC", text).split()).lower()
        parts = re.fullmatch(_FORM, plain)
        if parts is None:
            raise InvalidCap(tr("must be a number of texts and a time, such as 3/24h or 10/7d"))
        texts, seconds = int(parts[1]), int(parts[2] or 1) * _SECONDS[parts[3]]
        if texts < 1 or not 0 < seconds <= _LONGEST:
            raise InvalidCap(tr("must be 1 text or more in a time of up to 366d, such as 3/24h"))
        return cls(texts, seconds, f"{parts[2] or 1}{parts[3]}")

    @override
    def __str__(self) -> str:
        """Return the cap as users write it."""
        return f"{self.texts}/{self.period}"
