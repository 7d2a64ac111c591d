"""Features of newer Python versions for the oldest one that kxsms supports."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import override as override
else:  # Python 3.11 has no typing.override, and typing_extensions is slow to import

    def override(method):
        """Return the method unchanged: only type checkers read the mark."""
        return method
