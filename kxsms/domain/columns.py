"""The columns that a name means: people write one name in several ways."""

import re
from collections.abc import Sequence

from kxsms.domain.marks import MARKS, SELECTORS

_INVISIBLE = rf"[\s\x00-\x1f\x7f{MARKS}{SELECTORS}]+"
_REMARK = r"[(（\[［【][^()（）\[\]［］【】]*[)）\]］】]"


class Columns:
    """The columns of a header, found by their names. Columns without a name are never found."""

    def __init__(self, header: Sequence[str]) -> None:
        self._exact: dict[str, list[int]] = {}
        self._folded: dict[str, list[int]] = {}
        for index, name in enumerate(header):
            if name:
                self._exact.setdefault(name, []).append(index)
                self._folded.setdefault(folded(name), []).append(index)

    def named(self, name: str) -> Sequence[int]:
        """Return the columns of exactly this name; without one, all that it means once it is folded."""
        return self._exact[name] if name in self._exact else self._folded.get(folded(name), ())


def folded(name: str) -> str:
    """Return a name as names are compared: without case, blanks, invisible marks, asterisks and remarks.

    A remark stands in brackets of any width, and may hold another one: `手机号（必填）` is `手机号`. A name
    that is nothing else stays whole.
    """
    plain = re.sub(_INVISIBLE, "", name)
    bare = re.sub(_REMARK, "", re.sub(_REMARK, "", plain))
    return (bare.strip("*＊") or plain).casefold()
