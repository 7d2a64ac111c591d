"""Reads and writes the config file: whole, private, as one step."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kxsms.errors import Failure, ProfileError


def read(path: Path, *, must_exist: bool = False) -> dict[str, Any]:
    """The document of a config file; without a file, and unless it `must_exist`, it is empty.

    Raises ProfileError for a file that cannot be read or is not TOML.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        if must_exist:
            raise ProfileError(f"there is no config file {path}", "kxsms login makes one") from None
        return {}
    except UnicodeDecodeError as error:
        raise ProfileError(
            f"{path}: not UTF-8 at byte {error.start}", "save the file as UTF-8 in an editor"
        ) from None
    except OSError as error:
        raise ProfileError(f"{path}: {error.strerror}", "the file must be readable by you") from None
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{path}: not TOML: {error}", "mend the file in an editor") from None


def write(path: Path, document: Mapping[str, Any]) -> None:
    """Replace a config file as one step: a crash leaves the old one or the new one, never a part.

    The file is 0600, a directory that has to be made 0700. Raises Failure.
    """
    import tempfile

    import tomli_w

    target = Path(os.path.realpath(path))
    data = tomli_w.dumps(document).encode()
    temporary = None
    if target.exists() and not target.is_file():
        raise Failure(f"{path} was not changed: it is not a regular file")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise Failure(f"{path} was not changed: {error.strerror}", "the directory must be writable") from None
