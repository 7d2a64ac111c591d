"""The messages left for one product, as the gateway answers."""

from dataclasses import dataclass, field

from kxsms.domain.product import Product


@dataclass(frozen=True)  # a tuple has a `count` of its own
class Balance:
    """The messages left for one product. `count` is as the gateway wrote it.

    Without a usable answer `code` is None and `message` says why. `short_of` is the minimum that the count
    is below. `no_tls`: the gateway does not seem to offer HTTPS. `date` is the answer's.
    """

    profile: str | None
    product: Product
    code: str | None
    message: str | None
    count: str | None
    body: bytes | None = field(default=None, repr=False)
    short_of: int | None = None
    no_tls: bool = False
    date: str | None = field(default=None, repr=False)

    @property
    def is_answer(self) -> bool:
        """Return whether the gateway has answered with a count or with a refusal."""
        return self.code is not None and (self.code != "0" or self.count is not None)
