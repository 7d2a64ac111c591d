"""The config file: read whole, written as one step, private to its owner."""

import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from kxsms.config.lock import locked
from kxsms.errors import Failure, ProfileError
from kxsms.language import located, mark, reason_of, tr
from kxsms.private_files import distrust, distrust_of_directory, make_directory

_INTEGER_BITS = 63
"""Size of the integers that TOML requires."""
_MAX_DEPTH = 100
MAX_SIZE = 2**20
"""Characters of a config or token file. A device such as /dev/zero has no end."""
_TOO_DEEP = mark("tables or lists nested too deeply")


def read(path: Path, *, must_exist: bool = False) -> dict[str, Any]:
    """Return the document of a config file. It is empty if there is no file, unless it `must_exist`.

    Raises ProfileError for a file that cannot be read, that others can change, or that is not TOML.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            found = distrust(path, os.fstat(file.fileno()))
            if found is not None:
                raise ProfileError(f"{path} {found.why}", found.hint)
            text = file.read(MAX_SIZE + 1)
    except FileNotFoundError:
        if must_exist:
            raise ProfileError(
                tr("there is no config file {path}", path=path), tr("run kxsms login to create one")
            ) from None
        return {}
    except UnicodeDecodeError as error:
        raise ProfileError(
            located(path, tr("not UTF-8 at byte {place}", place=error.start)),
            tr("save the file as UTF-8 in an editor"),
        ) from None
    except OSError as error:
        raise ProfileError(located(path, reason_of(error)), tr("check that you can read the file")) from None
    if len(text) > MAX_SIZE:
        raise ProfileError(
            tr("{path} is too large for a config", path=path), tr("name a config file with --config")
        )
    try:
        return _parse(text)
    except ValueError as error:
        raise ProfileError(
            located(path, tr("not valid TOML: {error}", error=error)), tr("correct the file in an editor")
        ) from None


def _parse(text: str) -> dict[str, Any]:
    """Return a TOML document.

    Raises ValueError for invalid TOML, for numbers beyond TOML's range, and for tables nested too deeply.
    """
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except ValueError:  # Python refuses decimal numbers of more than 4,300 digits
        raise ValueError(tr("a number has too many digits")) from None
    except RecursionError:
        raise ValueError(tr(_TOO_DEEP)) from None
    level: list[tuple[str, Any]] = list(document.items())
    for _ in range(_MAX_DEPTH):
        if not level:
            return document
        for name, value in level:
            if isinstance(value, int) and value.bit_length() > _INTEGER_BITS:
                raise ValueError(tr("{name} is too large", name=name))
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError(tr("{name} = {value} is not a finite number", name=name, value=value))
        level = [*chain.from_iterable(_inside(name, value) for name, value in level)]
    raise ValueError(tr(_TOO_DEEP))


def _inside(name: str, value: object) -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict):
        return ((f"{name}.{key}", inner) for key, inner in value.items())
    return ((name, inner) for inner in value) if isinstance(value, list) else ()


@contextmanager
def changing(path: Path) -> Iterator[None]:
    """Hold the lock of a config file while it is read, changed and written. Raise Failure."""
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise Failure(tr("{path} was not changed: it is not a regular file", path=path))
    found = distrust_of_directory(target.parent)
    if found is not None:
        raise Failure(tr("{path} was not changed: it {why}", path=path, why=found.why), found.hint)
    try:
        make_directory(target.parent)
        with locked(target):
            yield
    except OSError as error:
        raise Failure(
            tr("{path} was not changed: {reason}", path=path, reason=reason_of(error)),
            tr("make the directory writable"),
        ) from None


def write(path: Path, document: Mapping[str, Any]) -> None:
    """Replace a config file as one step: a crash leaves the old file or the new one, never a part.

    The file gets mode 0600 and new directories 0700, under any umask. Only inside `changing`. Raise OSError,
    and Failure for a document that `read` would refuse.
    """
    import tempfile

    import tomli_w

    target = Path(os.path.realpath(path))
    text = tomli_w.dumps(document)
    if len(text) > MAX_SIZE:
        raise Failure(
            tr(
                "{path} was not changed: it would be larger than {most:,} characters",
                path=path,
                most=MAX_SIZE,
            )
        )
    data = text.encode()
    _remove_leftovers(target)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            Path(temporary).chmod(0o600)  # mkstemp obeys the umask
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _remove_leftovers(target: Path) -> None:
    """Remove the leftovers. No living process has one, because only the owner of the lock writes."""
    for path in leftovers(target):
        path.unlink(missing_ok=True)


def leftovers(target: Path) -> Iterator[Path]:
    """Yield the temporary files of processes that were killed while they wrote: these may hold a token.

    Raise OSError.
    """
    leftover = re.compile(re.escape(f".{target.name}.") + "[a-z0-9_]{8}")
    for path in target.parent.iterdir():
        if leftover.fullmatch(path.name) and path.is_file() and not path.is_symlink():
            yield path
