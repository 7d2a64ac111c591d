"""Who may change a file: kxsms makes its own private, and trusts none that others can change.

The rule is that of ssh: a file belongs to its user or to root, and nobody else may write it. The same holds
for the directory that it is in, where others might put another one in its place.
"""

import os
import shlex
import stat
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_OTHERS = "other users of this machine"


class Distrust(NamedTuple):
    """Why a file is not to be trusted, as words that follow its name, and what to do about it."""

    why: str
    hint: str


def distrust(path: Path, status: os.stat_result | None = None, *, owned: bool = True) -> Distrust | None:
    """Why a file is not to be trusted; None where it is, or where there is none in a directory that is.

    A link is judged by where it leads. `status` is that of the file where it is open already. Without `owned`
    it may be anybody's, as what a container is given. Nothing is said on systems without such modes, or of
    what is no file at all, such as a pipe of the shell or /dev/null. Raises OSError.
    """
    if os.name != "posix":
        return None
    if status is None:
        with suppress(FileNotFoundError):
            status = path.stat()
    real = Path(os.path.realpath(path))
    if status is not None:
        if not stat.S_ISREG(status.st_mode):
            return None
        found = _of_file(real, status, owned=owned)
        if found is not None:
            return found
    return distrust_of_directory(path.parent) or distrust_of_directory(real.parent)


def _of_file(path: Path, status: os.stat_result, *, owned: bool) -> Distrust | None:
    if owned and _is_foreign(status):
        return Distrust(f"belongs to another user, {_name(status)}", _take_over(path))
    if _is_writable(status):
        return Distrust(f"can be changed by {_OTHERS}", f"chmod 600 {shlex.quote(str(path))}")
    return None


def distrust_of_directory(path: Path) -> Distrust | None:
    """Why no file in a directory is to be trusted. One that is not there is made private later on."""
    if os.name != "posix":
        return None
    try:
        status = path.stat()
    except OSError:  # what is wrong with it will be told by whoever uses it
        return None
    if not stat.S_ISDIR(status.st_mode):
        return None
    if _is_foreign(status):
        return Distrust(f"is in a directory of another user, {_name(status)}", _take_over(path.absolute()))
    if _is_writable(status) and not status.st_mode & stat.S_ISVTX:
        hint = f"chmod go-w {shlex.quote(str(path.absolute()))}"
        return Distrust(f"is in a directory that {_OTHERS} can change", hint)
    return None


def make_directory(path: Path) -> None:
    """Make a directory and those above it that are missing, for their owner alone whatever the umask."""
    if path.is_dir():
        return
    make_directory(path.parent)
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
        path.chmod(0o700)  # mkdir obeys the umask


def _is_foreign(status: os.stat_result) -> bool:
    return status.st_uid not in (0, os.geteuid())


def _is_writable(status: os.stat_result) -> bool:
    """Whether anybody but the owner may write."""
    if status.st_mode & stat.S_IWOTH:
        return True
    return bool(status.st_mode & stat.S_IWGRP) and not _is_alone(status.st_uid, status.st_gid)


def _is_alone(user: int, group: int) -> bool:
    """Whether a group is a user's own, which many systems give to each, with a umask that lets it write."""
    import grp
    import pwd

    try:
        owner, members = pwd.getpwuid(user), grp.getgrgid(group)
    except KeyError:
        return False
    is_own = owner.pw_gid == group and owner.pw_name == members.gr_name
    return is_own and set(members.gr_mem) <= {owner.pw_name}


def _name(status: os.stat_result) -> str:
    import pwd

    try:
        return pwd.getpwuid(status.st_uid).pw_name
    except KeyError:
        return str(status.st_uid)


def _take_over(path: Path) -> str:
    return f"chown {os.geteuid()} {shlex.quote(str(path))}, or run kxsms as its owner"
