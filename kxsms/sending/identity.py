"""The texts and recipients of the rows of a send, as they are read: which repeat, and their digest."""

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from kxsms.domain.identity import digest_of, multiplied, text_numbers

_KEYS_AT_A_TIME = 20_000
_TEXTS_IN_MEMORY = 20_000


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
        count = 1 + len(self._keys) // _KEYS_AT_A_TIME
        parts = [array("q") for _ in range(count)]
        for key in self._keys:
            parts[key % count].append(key)
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
        numbers = text_numbers(texts)
        self.texts.update(zip(texts, zip(first_rows, numbers, strict=True), strict=True))
        self._first_rows.extend(first_rows)
        self._text_keys.add(numbers)
        return numbers

    def add_recipients(self, recipients: Collection[int]) -> None:
        """Remember the recipients of the next valid rows, each its text's number plus its mobile number."""
        self._product = multiplied(self._product, recipients)
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
            (number,) = text_numbers([text])
            removed = multiplied(removed, (number + mobile for _, mobile in group))
        return digest_of(self._product, removed)
