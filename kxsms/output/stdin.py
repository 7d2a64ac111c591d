"""The process's stdin: input to read, and the answers that a person types."""

import sys
from typing import BinaryIO, TextIO

from kxsms.errors import InputError, UsageError
from kxsms.language import reason_of, tr
from kxsms.output.stderr import Stderr

_ROOM = 5
"""Columns that stay free for an answer."""
_YES = ("y", "yes", "是", "是的")
"""Answers that mean yes, in every language that kxsms speaks; all others mean no."""


class Stdin:
    """stdin, and the questions on stderr that a person answers there."""

    def __init__(self, err: Stderr) -> None:
        self._stream: TextIO | None = sys.stdin
        self._err = err

    @property
    def terminal(self) -> TextIO | None:
        """Return stderr where a person reads it and can type an answer, else None."""
        return self._err.terminal if self._stream is not None and self._stream.isatty() else None

    @property
    def can_ask(self) -> bool:
        """Return whether a person can be asked."""
        return self.terminal is not None

    def confirm(self, question: str, option: str) -> bool:
        """Ask a person for yes or no. Off a terminal, raise UsageError with the option that means yes."""
        if not self.can_ask:
            raise UsageError(
                tr("confirmation needed, but there is no terminal: {question}?", question=question),
                tr("use {option}", option=option),
            )
        from unicodedata import normalize

        answer = self.ask(tr("{question}? [y/N]", question=question), option)
        return normalize("NFKC", answer).casefold() in _YES

    def ask(self, question: str, option: str, *, hidden: bool = False) -> str:
        """Ask a person for a line. Off a terminal, raise UsageError with the option that answers.

        The end of input (Ctrl-D) counts as Ctrl-C.
        """
        terminal = self.terminal
        if terminal is None or self._stream is None:
            raise UsageError(
                tr("an answer is needed, but there is no terminal: {question}?", question=question),
                tr("use {option}", option=option),
            )
        asked = tr("{question}:", question=question)
        try:
            if hidden:
                import getpass

                return getpass.getpass(f"{asked} ", terminal).strip()
            self._err.put(f"{self._wrapped(asked)} ")
            line = self._stream.readline()
            if not line:
                raise EOFError
        except BaseException as ending:
            self._err.put("\n")  # what comes now gets a line of its own
            if isinstance(ending, EOFError):
                raise KeyboardInterrupt from None
            raise
        return line.strip()

    def _wrapped(self, text: str) -> str:
        """Return a question as lines that end at words, with room for the answer."""
        from kxsms.output.wrapping import wrapped

        columns = self._err.columns
        return text if columns is None else wrapped(text, max(1, columns - _ROOM))

    @property
    def binary(self) -> BinaryIO:
        """Return the bytes as a stream. Raise InputError where there is none."""
        if self._stream is None:
            raise InputError(tr("stdin is closed"))
        return self._stream.buffer

    def read(self, limit: int = -1) -> bytes:
        """Return all of it, or its first `limit` bytes. Raise InputError where that fails."""
        try:
            return self.binary.read(limit)
        except OSError as error:
            raise InputError(tr("stdin cannot be read: {reason}", reason=reason_of(error))) from None
