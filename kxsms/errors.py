"""Errors that a user can understand: `main` prints them, `exit_status` gives each kind its number.

KxsmsError
  Failure           a disk, a pipe or a port failed
    Spooled         the ledger's server is away, and a local file has what was to be written
    NotKept         an answer came, but could not be kept
    ConnectionLost  the connection to the ledger's server is broken
  UsageError        the call is wrong
  InputError        the data is wrong
  ProfileError      no profile is usable
  LimitReached      a limit, an earlier batch or a person said no
  Busy              another process is sending the batch
  AnswerError       the answer is not a result:
    NotKept         it could not be kept
    Refused         its code is not 0
    NoAnswer        there is none that kxsms can use
    Unread          it may hold records that kxsms cannot read
    OutcomeUnknown  there is none to a send that may have arrived
  UserInterrupt     Ctrl-C ended the command
  Termination       SIGTERM ended the command, or the terminal was closed
"""

from collections.abc import Sequence


class KxsmsError(Exception):
    """A problem and, in `hint`, the command or option that solves it. `details` are further lines.

    Scripts read `kind` in the JSON error object.
    """

    kind = "failure"

    def __init__(self, message: str, hint: str | None = None, details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = tuple(details)


class Failure(KxsmsError):
    """An unexpected failure of the surroundings: a disk, a pipe, a port."""


class ConnectionLost(Failure):
    """The connection to the ledger is broken, and whether a transaction that was ending is committed is not
    known."""


class Spooled(Failure):
    """A ledger whose server is away, while something came: it is in a local file, which the hint names."""


class UsageError(KxsmsError):
    """A wrong call: an option, an argument, or a combination of them."""

    kind = "usage"


class InputError(KxsmsError):
    """Wrong data: a number, a text, a file. The message names file, line and value."""

    kind = "input"


class ProfileError(KxsmsError):
    """The lack of a usable profile: no config, no credentials, or a file that cannot be read."""

    kind = "profile"


class LimitReached(KxsmsError):
    """A limit that stops the command, set by the user or by an earlier batch, or a person's answer of no."""

    kind = "guard"


class Busy(KxsmsError):
    """A batch that another process is sending."""

    kind = "busy"


class AnswerError(KxsmsError):
    """A problem with an answer of the gateway. `bodies` are the answers as they came, if any did."""

    def __init__(
        self,
        message: str,
        hint: str | None = None,
        bodies: Sequence[bytes] = (),
        details: Sequence[str] = (),
    ) -> None:
        super().__init__(message, hint, details)
        self.bodies = tuple(bodies)


class NotKept(AnswerError, Failure):
    """An answer that could not be kept. It is shown, because the gateway may never give it again."""

    kind = "failure"


class Refused(AnswerError):
    """An answer with a code other than 0."""

    kind = "refused"


class NoAnswer(AnswerError):
    """A query without a usable answer. `partial` is the part that arrived before the answer was cut."""

    kind = "no_answer"
    partial: bytes = b""


class Unread(AnswerError):
    """An answer that may hold records, none of which kxsms can read. It is kept."""

    kind = "unread"


class OutcomeUnknown(AnswerError):
    """A send without a usable answer: the gateway may have sent the text, or not."""

    kind = "unknown"


class UserInterrupt(KxsmsError):
    """The end of a command by Ctrl-C."""

    kind = "interrupted"


class Termination(KxsmsError):
    """The end of a command by SIGTERM, or because its terminal was closed."""

    kind = "terminated"
