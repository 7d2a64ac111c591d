"""Names of newer Pythons for the oldest one that kxsms supports."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import override as override
else:  # Python 3.11 has no typing.override, and typing_extensions is slow to import

    def override(method):
        """Return the method: the mark is for type checkers alone."""
        return method
