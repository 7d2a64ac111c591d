"""The config and the credentials, looked at step by step for `kxsms doctor`. No token is shown."""

import os
import re
import shlex
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from kxsms.config.credentials import token_source
from kxsms.config.file import leftovers
from kxsms.config.store import load
from kxsms.domain.health import Finding
from kxsms.domain.profile import Profile
from kxsms.errors import ProfileError
from kxsms.language import joined, mark, plural, tr

_LOGIN = mark("run kxsms login, or set KXSMS_ACCOUNT and KXSMS_TOKEN; --sandbox needs neither")
_FAILED_COMMAND = re.compile(r"(failed with status \d+).*", re.S)


class ConfigExamination:
    """The config file, which a person has named or which is where kxsms looks for it."""

    def __init__(self, path: Callable[[], Path], environ: Mapping[str, str], *, is_named: bool) -> None:
        self._path = path
        self._environ = environ
        self._is_named = is_named

    def file(self) -> Finding:
        """Read the file. Without one, account and token must come from the environment."""
        path = self._path()
        config = load(path, must_exist=self._is_named)
        if path.exists():
            names = joined(config.tables) or tr("none")
            return Finding(True, tr("{path}, profiles: {names}", path=path, names=names))
        if self._environ.get("KXSMS_ACCOUNT"):
            return Finding(True, tr("there is no {path}: the account comes from the environment", path=path))
        return Finding(False, tr("there is no config file {path}", path=path), tr(_LOGIN))

    def rights(self) -> Finding:
        """Check that nobody else can read the file, nor a part of it that a crash left behind."""
        path = self._path()
        if os.name != "posix" or not path.is_file():
            return Finding(None, tr("there is no file with such rights"))
        left = sorted(leftovers(Path(os.path.realpath(path))))
        if left:
            names = " ".join(shlex.quote(str(one)) for one in left)
            detail = plural(
                "{count} file that a crash left may hold a token",
                "{count} files that crashes left may hold a token",
                len(left),
            )
            return Finding(False, detail, tr("run rm {names}", names=names))
        mode = f"{stat.S_IMODE(path.stat().st_mode):04o}"
        if load(path).open_to_others():
            hint = tr("run chmod 600 {path}", path=shlex.quote(str(path)))
            return Finding(False, tr("{mode}: other users of this machine can read it", mode=mode), hint)
        return Finding(True, tr("{mode}: only you can read it", mode=mode))


def profile_finding(profile: Profile) -> Finding:
    """Return the finding of a profile that has an account."""
    name = f"{profile.name!r}: " if profile.name else ""
    return Finding(
        True,
        tr(
            "{name}account {account}, {product} at {base_url}",
            name=name,
            account=profile.account,
            product=profile.product,
            base_url=profile.base_url,
        ),
    )


def token_finding(
    profile: Profile, environ: Mapping[str, str], get: Callable[[], Profile], *, explicit: bool
) -> Finding:
    """Return the finding of the token that `get` finds, which may run a command. Raises ProfileError."""
    source = token_source(profile, environ, explicit=explicit)
    try:
        get()
    except ProfileError as error:
        if not profile.token_command or "token_command" not in source:
            raise
        # A command line, and what the command prints, may hold a secret.
        message = error.message.replace(f" {profile.token_command!r}", "")
        hint = error.hint or tr("run the command alone to see why")
        return Finding(False, _FAILED_COMMAND.sub(r"\1", message), hint)
    return Finding(True, tr("from {source}", source=source))
