"""The identity of a send: a digest that does not depend on the order of its recipients.

A text is represented by a number drawn from its hash, a recipient by the sum of that number and the mobile
number. The digest of a send is the product of its recipients modulo a prime: it is the same in every order,
and two different sends share it with a probability of one in 2^100. The ledger keeps digests: a release that
computed others would not recognise an earlier send, and send it again.
"""

import hashlib
from collections.abc import Iterable

_PRIME = 2**127 - 1
_TEXT_BYTES = 15


def fingerprint(digest: bytes, *identity: object) -> bytes:
    """Return the digest of a send with everything else that identifies it: account, product, extno."""
    return hashlib.sha256(digest + repr(identity).encode("utf-8", "surrogatepass")).digest()


def text_numbers(texts: Iterable[str]) -> list[int]:
    """Return the number that represents each text."""
    return [int.from_bytes(hashlib.sha256(text.encode()).digest()[:_TEXT_BYTES]) for text in texts]


def multiplied(product: int, recipients: Iterable[int]) -> int:
    """Return a product of recipients, each its text's number plus its mobile number, times further ones."""
    for recipient in recipients:
        product = product * recipient % _PRIME
    return product


def digest_of(product: int, removed: int = 1) -> bytes:
    """Return the digest of a product of recipients, from which the product `removed` is taken away."""
    return (product * pow(removed, -1, _PRIME) % _PRIME).to_bytes(16)
