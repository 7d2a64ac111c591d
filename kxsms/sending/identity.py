"""The identity of a send and of its rows: digests that do not depend on the order of the rows.

A text is represented by a number drawn from its hash, a recipient by the sum of that number and the mobile
number. The digest of a send is the product of its recipients modulo a prime: it is the same in every order,
and two different sends share it with a probability of one in 2^100. The ledger keeps digests: a release that
computed others would not recognise an earlier send, and send it again.
"""

import hashlib
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

_PRIME = 2**127 - 1
_TEXT_BYTES = 15
_KEYS_AT_A_TIME = 20_000
_TEXTS_IN_MEMORY = 20_000


def fingerprint(digest: bytes, *identity: object) -> bytes:
    """Return the digest of a send with everything else that identifies it: account, product, extno."""
    return hashlib.sha256(digest + repr(identity).encode("utf-8", "surrogatepass")).digest()


def _text_numbers(texts: Iterable[str]) -> list[int]:
    """Return the number that represents each text."""
    return [int.from_bytes(hashlib.sha256(text.encode()).digest()[:_TEXT_BYTES]) for text in texts]


def _multiplied(product: int, recipients: Iterable[int]) -> int:
    for recipient in recipients:
        product = product * recipient % _PRIME
    return product


class RepeatFinder:
    """A memory for many numbers, eight bytes each, that finds those that came more than once."""

    def __init__(self) -> None:
        self._keys = array("q")

    def add(self, numbers: Iterable[int]) -> None:
        """Remember numbers of any size."""
        self._keys.extend(map(hash, numbers))

    def repeated(self) -> Iterator[int]:
        """Yield the index, from 0, of each number that equals another one; rarely, of one that does not."""
        repeated: set[int] = set()
        # Equal keys are in the same part, and one part after the other needs less memory than all at once.
        parts = [array("q") for _ in range(1 + len(self._keys) // _KEYS_AT_A_TIME)]
        for key in self._keys:
            parts[key % len(parts)].append(key)
        for part in parts:
            if len(set(part)) < len(part):
                repeated.update(key for key, times in Counter(part).items() if times > 1)
        if repeated:
            yield from (index for index, key in enumerate(self._keys) if key in repeated)


class SeenRows:
    """The texts and recipients of the rows read so far, in little memory. Rows are numbered from 1.

    `texts` maps recent texts to the first row with each and to its number. Older ones are dropped, so equal
    texts that are far apart have several first rows until `repeated_texts` are merged.
    """

    def __init__(self) -> None:
        self.texts: dict[str, tuple[int, int]] = {}
        self._first_rows = array("q")
        self._text_keys = RepeatFinder()
        self._recipient_keys = RepeatFinder()
        self._product = 1

    def forget_old_texts(self) -> None:
        """Drop `texts` if they are many."""
        if len(self.texts) >= _TEXTS_IN_MEMORY:
            self.texts.clear()

    def add_texts(self, texts: Collection[str], first_rows: Sequence[int]) -> list[int]:
        """Remember texts that are not in `texts`; return their numbers."""
        numbers = _text_numbers(texts)
        self.texts.update(zip(texts, zip(first_rows, numbers, strict=True), strict=True))
        self._first_rows.extend(first_rows)
        self._text_keys.add(numbers)
        return numbers

    def add_recipients(self, recipients: Collection[int]) -> None:
        """Remember the recipients of the next valid rows, each its text's number plus its mobile number."""
        self._product = _multiplied(self._product, recipients)
        self._recipient_keys.add(recipients)

    def add_invalid(self, row: int) -> None:
        """Give the next row, which is invalid, a key too, so that keys and rows stay in step."""
        self._recipient_keys.add([-row])

    def repeated_texts(self) -> Iterator[int]:
        """Yield the first rows whose texts may be equal to another one's."""
        return (self._first_rows[index] for index in self._text_keys.repeated())

    def repeated_rows(self) -> Iterator[int]:
        """Yield the rows that may have the number and the text of another row."""
        return (index + 1 for index in self._recipient_keys.repeated())

    def digest(self, duplicates: Iterable[tuple[str, int]]) -> bytes:
        """Return the digest of all recipients but the duplicates: texts and mobile numbers, text by text."""
        removed = 1
        for text, group in groupby(duplicates, key=itemgetter(0)):
            (number,) = _text_numbers([text])
            removed = _multiplied(removed, (number + mobile for _, mobile in group))
        return (self._product * pow(removed, -1, _PRIME) % _PRIME).to_bytes(16)
