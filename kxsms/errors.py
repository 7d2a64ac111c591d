"""What can go wrong, as types: `main` prints them, `exit_status` numbers them."""

from collections.abc import Sequence


class KxsmsError(Exception):
    """An error that a user can understand: what happened and, in `hint`, what to do about it.

    `details` are further lines, where one is not enough.
    """

    kind = "failure"

    def __init__(self, message: str, hint: str | None = None, details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = tuple(details)


class Failure(KxsmsError):
    """An unexpected failure of kxsms' surroundings: a disk, a pipe, a port."""


class UsageError(KxsmsError):
    """The call itself is wrong: an option, an argument, a combination of them."""

    kind = "usage"


class InputError(KxsmsError):
    """The data is bad: a number, a text, a file. The message names file, line and value."""

    kind = "input"


class ProfileError(KxsmsError):
    """No usable profile: no config, no credentials, or a file that cannot be read."""

    kind = "profile"


class LimitReached(KxsmsError):
    """A limit that the user has set was reached, and the answer is no."""

    kind = "guard"


class Busy(KxsmsError):
    """Another process is at this batch."""

    kind = "busy"


class _Answered(KxsmsError):
    """What went wrong with an answer. `bodies` are the replies as they came, if any did."""

    def __init__(
        self,
        message: str,
        hint: str | None = None,
        bodies: Sequence[bytes] = (),
        details: Sequence[str] = (),
    ) -> None:
        super().__init__(message, hint, details)
        self.bodies = tuple(bodies)


class NotKept(_Answered, Failure):
    """An answer came, and could not be written down: it is shown, since nobody may ever get it again."""

    kind = "failure"


class Refused(_Answered):
    """The gateway answered with a code other than 0."""

    kind = "refused"


class NoAnswer(_Answered):
    """A query got no usable answer. `partial` is what came of one that was cut."""

    kind = "no_answer"
    partial: bytes = b""


class Unread(_Answered):
    """An answer came that may hold records, and none could be read. It is kept."""

    kind = "unread"
