"""Whose account is used: the option, then the environment, then the profile."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from kxsms.config.paths import expand
from kxsms.config.schema import InvalidValue, check_key
from kxsms.config.store import Config
from kxsms.domain.profile import Profile
from kxsms.errors import ProfileError
from kxsms.private_files import distrust

COMMAND_TIMEOUT = 60.0
"""Seconds that a token_command may take: it may ask a person to unlock something."""

_FIRST_LINE = "the first line has to be the token, as text"
_NO_ACCOUNT = "kxsms login, or KXSMS_ACCOUNT and KXSMS_TOKEN; --sandbox needs neither"


def select(config: Config, name: str | None, environ: Mapping[str, str], *, explicit: bool) -> Profile:
    """The profile to use, its account and base URL already weighed against the environment.

    `name` is that of the option or the environment; `explicit` says that it was the option, which wins over
    account and token in the environment. Raises ProfileError.
    """
    name = name or config.default_profile
    profile = config.profile(name) if name else Profile()
    if not explicit and environ.get("KXSMS_ACCOUNT"):
        profile = replace(profile, account=_from_environment("account", environ))
    if environ.get("KXSMS_BASE_URL"):
        profile = replace(profile, base_url=_from_environment("base_url", environ))
    return profile


def _from_environment(key: str, environ: Mapping[str, str]) -> str:
    name = f"KXSMS_{key.upper()}"
    try:
        checked: str = check_key(key, environ[name])
    except InvalidValue as reason:
        raise ProfileError(f"{name}: {reason}") from None
    return checked


def with_token(
    profile: Profile, environ: Mapping[str, str], *, explicit: bool, others: Iterable[str] = ()
) -> Profile:
    """The profile with its token, from wherever it is kept.

    Raises ProfileError where there is none, naming `others` that might be meant.
    """
    if not profile.account:
        where = f"profile {profile.name!r} has" if profile.name else "there is"
        use = f"kxsms config use NAME ({', '.join(others)}), " if others and not profile.name else ""
        raise ProfileError(f"{where} no account", use + _NO_ACCOUNT)
    token = None if explicit else token_from(environ)
    token = token or profile.token
    if not token and profile.token_command:
        token = run_token_command(profile.token_command)
    if not token:
        raise ProfileError(f"there is no token for account {profile.account}", _NO_ACCOUNT)
    return replace(profile, token=token)


def token_from(environ: Mapping[str, str]) -> str | None:
    """The token in KXSMS_TOKEN or in the file KXSMS_TOKEN_FILE. Raises ProfileError."""
    if environ.get("KXSMS_TOKEN"):
        return clean(environ["KXSMS_TOKEN"], "KXSMS_TOKEN")
    name = environ.get("KXSMS_TOKEN_FILE")
    if not name:
        return None
    try:
        path = expand(Path(name))
        with path.open(encoding="utf-8-sig") as file:
            found = distrust(path, os.fstat(file.fileno()), owned=False)
            if found is not None:
                raise ProfileError(f"KXSMS_TOKEN_FILE: {name} {found.why}", found.hint)
            text = file.read()
    except OSError as error:
        hint = "the file must be there, and readable by you"
        raise ProfileError(f"KXSMS_TOKEN_FILE: {name}: {error.strerror}", hint) from None
    except UnicodeDecodeError:
        raise ProfileError(f"KXSMS_TOKEN_FILE: {name} is not UTF-8 text") from None
    return clean(text, f"KXSMS_TOKEN_FILE: {name}")


def clean(text: str, source: str) -> str:
    """The first line of a text, as a token. Raises ProfileError, without the text, for what cannot be one."""
    token = text.strip().partition("\n")[0].strip()
    if not token:
        raise ProfileError(f"{source} holds no token: it is empty", _FIRST_LINE)
    if not token.isprintable():
        raise ProfileError(f"{source} holds no token: it has control characters", _FIRST_LINE)
    return token


def run_token_command(command: str, timeout: float = COMMAND_TIMEOUT) -> str:
    """The first line that a command prints. It is run without a shell.

    Raises ProfileError if it cannot be run, fails, prints nothing or takes longer than `timeout` seconds.
    """
    import shlex
    import subprocess

    what = f"token_command {command!r}"
    try:
        # Windows splits a command line itself, by rules of its own.
        words = shlex.split(command) if os.name != "nt" else command.strip()
    except ValueError as error:
        raise ProfileError(f"{what}: {str(error).lower()}") from None
    if not words:
        raise ProfileError(f"{what} is empty")
    try:
        # stdin may carry the numbers or the text of a send: it is not the command's.
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        raise ProfileError(f"{what} took longer than {timeout:g} s") from None
    except OSError as error:
        hint = "it is run without a shell: no pipes, no ~, no variables"
        raise ProfileError(f"{what} cannot be run: {error.strerror}", hint) from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        why = f": {said[-1]}" if said else ""
        raise ProfileError(f"{what} failed with status {done.returncode}{why}")
    return clean(done.stdout.decode("utf-8", "replace"), what)
