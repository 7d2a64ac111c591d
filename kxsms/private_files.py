"""Private files: kxsms makes its files private, and trusts no file that other users can change.

The rule is that of ssh: a file must belong to its user or to root, and nobody else may write to it. The same
holds for its directory, where others could put another file in its place.
"""

import os
import shlex
import stat
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from kxsms.language import mark, tr

_OTHER_USERS = mark("other users of this machine")


class Distrust(NamedTuple):
    """A reason not to trust a file, as words that follow its name, and a hint."""

    why: str
    hint: str


def distrust(path: Path, status: os.stat_result | None = None, *, owned: bool = True) -> Distrust | None:
    """Return the reason not to trust a file, or None.

    A link is judged by the file that it leads to, a missing file by its directory. `status` is that of a file
    that is open already. Unless `owned`, the file may belong to any user, as a file mounted into a container
    does. Files that are not regular, such as a pipe or /dev/null, are trusted, and on systems without such
    modes so is every file. Raises OSError.
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
        found = _distrust_of_file(real, status, owned=owned)
        if found is not None:
            return found
    return distrust_of_directory(path.parent) or distrust_of_directory(real.parent)


def _distrust_of_file(path: Path, status: os.stat_result, *, owned: bool) -> Distrust | None:
    if owned and _is_foreign(status):
        return Distrust(tr("belongs to another user, {name}", name=_name(status)), _take_over(path))
    if _is_writable(status):
        return Distrust(
            tr("can be changed by {other_users}", other_users=tr(_OTHER_USERS)),
            tr("run chmod 600 {path}", path=shlex.quote(str(path))),
        )
    return None


def distrust_of_directory(path: Path) -> Distrust | None:
    """Return the reason not to trust the files in a directory, or None; a missing directory has none."""
    if os.name != "posix":
        return None
    try:
        status = path.stat()
    except OSError:  # the caller's own use of the directory will report the error
        return None
    if not stat.S_ISDIR(status.st_mode):
        return None
    if _is_foreign(status):
        return Distrust(
            tr("is in a directory that belongs to another user, {name}", name=_name(status)),
            _take_over(path.absolute()),
        )
    if _is_writable(status) and not status.st_mode & stat.S_ISVTX:
        hint = tr("run chmod go-w {path}", path=shlex.quote(str(path.absolute())))
        return Distrust(
            tr("is in a directory that {other_users} can change", other_users=tr(_OTHER_USERS)), hint
        )
    return None


def make_directory(path: Path) -> None:
    """Create a directory and its missing parents, for their owner alone, under any umask.

    Each is on the disk before its first file: otherwise a power cut could lose the directory with its files.
    """
    if path.is_dir():
        return
    make_directory(path.parent)
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
        path.chmod(0o700)  # mkdir obeys the umask
        sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Write the names in a directory to the disk, where the system can do that."""
    if os.name != "posix":
        return
    with suppress(OSError):  # it may not be readable, and some file systems cannot do that
        directory = os.open(path, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def _is_foreign(status: os.stat_result) -> bool:
    return status.st_uid not in (0, os.geteuid())


def _is_writable(status: os.stat_result) -> bool:
    """Return whether anyone but the owner may write."""
    if status.st_mode & stat.S_IWOTH:
        return True
    return bool(status.st_mode & stat.S_IWGRP) and not _is_own_group(status.st_uid, status.st_gid)


def _is_own_group(user: int, group: int) -> bool:
    """Return whether the user is the only member of the group.

    Many systems give each user such a group, with a umask that lets it write.
    """
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
    return tr(
        "run chown {user} {path}, or run kxsms as its owner",
        user=os.geteuid(),
        path=shlex.quote(str(path)),
    )
