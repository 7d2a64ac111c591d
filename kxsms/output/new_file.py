"""Files that a user named: there whole or not at all, and only for their owner to read."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from kxsms.errors import Failure
from kxsms.language import reason_of, tr


@contextmanager
def new_file(path: Path, *, is_device: bool) -> Iterator[BinaryIO]:
    """Open a file for writing. A new one gets its name at the end, unless there was an error.

    A pipe or a device is written to as it stands. Raise Failure where writing fails.
    """
    try:
        with _opened(path, is_device=is_device) as target:
            yield target
    except OSError as error:
        raise Failure(
            tr("{path} was not written: {reason}", path=path, reason=reason_of(error)),
            tr("use a directory that you can write to"),
        ) from None


@contextmanager
def _opened(path: Path, *, is_device: bool) -> Iterator[BinaryIO]:
    import tempfile

    if is_device:
        with suppress(BrokenPipeError), path.open("wb") as device:  # the reader has read enough
            yield device
        return
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".kxsms-")
    try:
        with os.fdopen(handle, "wb") as target:
            Path(temporary).chmod(0o600)  # mkstemp obeys the umask
            yield target
            target.flush()
            os.fsync(target.fileno())
        if os.path.lexists(path):
            raise FileExistsError(None, tr("it was created by another program meanwhile"))
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
