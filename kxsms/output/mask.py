"""The mask over phone numbers, where a user wants one."""

from importlib import import_module


class Mask:
    """A mask over the phone numbers in all that is written, if it `is_on`."""

    def __init__(self) -> None:
        self.is_on = False

    def put_on(self) -> None:
        """Mask numbers from now on."""
        import_module("kxsms.domain.masking")  # now: later the process may be unable to open more files
        self.is_on = True

    def text(self, text: str) -> str:
        """Return a text as it is shown."""
        if not self.is_on:
            return text
        from kxsms.domain.masking import masked_text

        return masked_text(text)

    def answer(self, body: bytes) -> bytes:
        """Return an answer of the gateway as it is shown in a raw format."""
        if not self.is_on:
            return body
        from kxsms.domain.masking import masked_bytes

        return masked_bytes(body)
