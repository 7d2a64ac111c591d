"""What tells two sends apart, and two rows of one: digests of recipients and their texts, in any order.

A text is a number here, drawn from a hash of it. A recipient is the sum of that and of the mobile number,
and the digest of a send is the product of all its recipients modulo a prime: it is the same in whatever
order they come, and two different sends have the same one by a chance of one in 2^100.
"""

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator

_PRIME = 2**127 - 1
_TEXT_BYTES = 15
_KEYS_AT_A_TIME = 250_000


def text_number(text: str) -> int:
    """The number that stands for a text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:_TEXT_BYTES])


class RecipientProduct:
    """The product of recipients: equal if they are the same, in whatever order."""

    def __init__(self) -> None:
        self._product = 1

    def add(self, recipients: Iterable[int]) -> None:
        """Multiply by recipients."""
        product = self._product
        for recipient in recipients:
            product = product * recipient % _PRIME
        self._product = product

    def remove(self, others: "RecipientProduct") -> None:
        """Divide by recipients that were added."""
        self._product = self._product * pow(others._product, -1, _PRIME) % _PRIME

    def digest(self) -> bytes:
        """The product, as 16 bytes."""
        return self._product.to_bytes(16)


class RepeatFinder:
    """Remembers many things by eight bytes each, and tells which may have come before."""

    def __init__(self) -> None:
        self._keys = array("q")

    def add(self, numbers: Iterable[int]) -> None:
        """Remember numbers of any size."""
        self._keys.extend(map(hash, numbers))

    def repeated(self) -> Iterator[int]:
        """The places, from 0, of all that may be equal to another one; of none that is not."""
        repeated: set[int] = set()
        parts = 1 + len(self._keys) // _KEYS_AT_A_TIME
        for part in range(parts):
            keys = [key for key in self._keys if key % parts == part] if parts > 1 else list(self._keys)
            if len(set(keys)) < len(keys):
                repeated.update(key for key, times in Counter(keys).items() if times > 1)
        if repeated:
            yield from (place for place, key in enumerate(self._keys) if key in repeated)


def fingerprint(digest: bytes, *identity: object) -> bytes:
    """One of a digest and of what else makes a send the same: account, product, extension number."""
    return hashlib.sha256(digest + repr(identity).encode("utf-8", "surrogatepass")).digest()
