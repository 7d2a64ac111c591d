"""The masking of one number in a log of `--log-file`, byte for byte in its place."""

import os
import stat
from pathlib import Path

from kxsms.domain.mobile import masked_mobile
from kxsms.errors import Failure
from kxsms.language import reason_of, tr

_BLOCK_BYTES = 1 << 20


def mask_in_log(path: Path, mobile: str, *, dry_run: bool) -> int:
    """Mask a number wherever a log holds it, and return in how many places it did.

    The masked number is as long, so other processes may append meanwhile. Raise Failure.
    """
    number, masked = mobile.encode(), masked_mobile(mobile).encode()
    try:
        if not _keeps_lines(path.stat().st_mode):
            return 0
        with path.open("rb" if dry_run else "r+b", buffering=0) as file:
            places = _places(file.fileno(), number)
            for place in () if dry_run else places:
                file.seek(place)
                file.write(masked)
            if places and not dry_run:
                os.fsync(file.fileno())
    except FileNotFoundError:
        return 0
    except OSError as error:
        reason = reason_of(error)
        raise Failure(
            tr("the log {path} cannot be changed: {reason}", path=path, reason=reason),
            tr("check its rights and its disk"),
        ) from None
    return len(places)


def _keeps_lines(mode: int) -> bool:
    """Return whether a file has lines to mask: a pipe or a device, such as a terminal, would never end."""
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)  # to open a directory raises the error


def _places(file: int, number: bytes) -> list[int]:
    """Return where a file holds a number."""
    found: list[int] = []
    start, before = 0, b""
    while block := os.read(file, _BLOCK_BYTES):
        part = before + block
        offset = start - len(before)
        place = part.find(number)
        while place >= 0:
            found.append(offset + place)
            place = part.find(number, place + len(number))
        start += len(block)
        before = part[-(len(number) - 1) :]
    return found
