"""The account and the token to use: from the option, else the environment, else the profile."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from kxsms.config.file import MAX_SIZE
from kxsms.config.paths import default_config_file, expand
from kxsms.config.schema import check_key
from kxsms.config.store import Config, load
from kxsms.config.values import InvalidValue
from kxsms.domain.profile import Profile
from kxsms.domain.secret import trimmed, without_token
from kxsms.errors import ProfileError
from kxsms.language import joined, located, mark, reason_of, tr
from kxsms.private_files import distrust

COMMAND_TIMEOUT = 60.0
"""Seconds that a command for a token or a password may take. It may ask a person to unlock a key store."""

_NOT_WORDS = (mark("no closing quotation"), mark("no escaped character"))
"""The words of Python about a command line that it cannot split."""
_FIRST_LINE = mark("put the token on the first line, as plain text")
_NO_ACCOUNT = mark("run kxsms login, or set KXSMS_ACCOUNT and KXSMS_TOKEN; --sandbox needs neither")


def select(config: Config, name: str | None, environ: Mapping[str, str], *, explicit: bool) -> Profile:
    """Return the profile to use, with the account and the base URL of the environment where they win.

    `name` comes from the option or the environment. `explicit` means that it came from the option, which wins
    over account and token in the environment. Raises ProfileError.
    """
    name = name or config.default_profile
    profile = config.profile(name) if name else Profile()
    if not explicit and trimmed(environ.get("KXSMS_ACCOUNT", "")):
        profile = replace(profile, account=_from_environment("account", environ))
    if environ.get("KXSMS_BASE_URL"):
        profile = replace(profile, base_url=_from_environment("base_url", environ))
    return profile


def origins(path: Path | None, environ: Mapping[str, str]) -> Mapping[tuple[str, str], str]:
    """Return the origins of the gateways of all profiles, by profile and account, where they are known.

    `path` is the config that an option names. None is known while KXSMS_BASE_URL is set: earlier commands may
    have gone to that gateway.
    """
    found: dict[tuple[str, str], str] = {}
    if environ.get("KXSMS_BASE_URL"):
        return found
    with suppress(ProfileError):
        named = environ.get("KXSMS_CONFIG")
        config = load(expand(path or (Path(named) if named else default_config_file())))
        for name in config.tables:
            with suppress(ProfileError):
                profile = config.profile(name)
                found[name, profile.account or ""] = profile.origin
    return found


def _from_environment(key: str, environ: Mapping[str, str]) -> str:
    name = f"KXSMS_{key.upper()}"
    try:
        checked: str = check_key(key, environ[name])
    except InvalidValue as reason:
        raise ProfileError(located(name, str(reason)), reason.hint) from None
    return checked


def with_token(
    profile: Profile, environ: Mapping[str, str], *, explicit: bool, others: Iterable[str] = ()
) -> Profile:
    """Return the profile with its token, from the environment, the profile or its token_command.

    Raises ProfileError if there is no account or no token; it names `others`, the profiles to choose from.
    """
    check_account(profile, others)
    token = None if explicit else token_from(environ)
    token = token or profile.token
    if not token and profile.token_command:
        token = run_token_command(profile.token_command)
    if not token:
        raise ProfileError(
            tr("there is no token for account {account}", account=profile.account), tr(_NO_ACCOUNT)
        )
    return replace(profile, token=token)


def token_source(profile: Profile, environ: Mapping[str, str], *, explicit: bool) -> str:
    """Return, in words, the place from which `with_token` takes the token. Run and read nothing."""
    if not explicit and environ.get("KXSMS_TOKEN"):
        return "KXSMS_TOKEN"
    if not explicit and environ.get("KXSMS_TOKEN_FILE"):
        return tr("the file that KXSMS_TOKEN_FILE names")
    return tr(
        "the {key} of profile {name!r}",
        key="token" if profile.token else "token_command",
        name=profile.name,
    )


def check_account(profile: Profile, others: Iterable[str]) -> None:
    """Raise ProfileError for a profile without an account; it names `others`, the profiles to choose from."""
    if not profile.account:
        if profile.name:
            raise ProfileError(tr("profile {name!r} has no account", name=profile.name), tr(_NO_ACCOUNT))
        hint, names = tr(_NO_ACCOUNT), joined(others)
        if names:
            hint = tr("run kxsms config use NAME ({others}), or {hint}", others=names, hint=hint)
        raise ProfileError(tr("there is no account"), hint)


def token_from(environ: Mapping[str, str]) -> str | None:
    """Return the token in KXSMS_TOKEN or in the file KXSMS_TOKEN_FILE, if any. Raises ProfileError."""
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
            text = file.read(MAX_SIZE)
    except OSError as error:
        hint = tr("check that the file exists and that you can read it")
        raise ProfileError(
            tr("KXSMS_TOKEN_FILE: {name}: {strerror}", name=name, strerror=reason_of(error)), hint
        ) from None
    except UnicodeDecodeError:
        raise ProfileError(tr("KXSMS_TOKEN_FILE: {name} is not UTF-8 text", name=name)) from None
    return clean(text, f"KXSMS_TOKEN_FILE: {name}")


def clean(text: str, source: str) -> str:
    """Return the first line of a text as a token. Raises ProfileError, without the text, if it is invalid."""
    token = trimmed(trimmed(text).partition("\n")[0])
    if not token:
        raise ProfileError(tr("{source} contains no token: it is empty", source=source), tr(_FIRST_LINE))
    if not token.isprintable():
        raise ProfileError(
            tr("{source} contains no valid token: it has control characters", source=source), tr(_FIRST_LINE)
        )
    return token


def run_token_command(command: str, timeout: float = COMMAND_TIMEOUT) -> str:
    """Return the first line that a token_command prints. Raises ProfileError, also if it prints none."""
    subject = f"token_command {command!r}"
    return clean(_output_of(command, subject, timeout), subject)


def run_password_command(command: str) -> str:
    """Return the first line that a ledger_password_command prints, blanks included. Raises ProfileError."""
    subject = f"ledger_password_command {command!r}"
    password = _output_of(command, subject, COMMAND_TIMEOUT).partition("\n")[0].removesuffix("\r")
    if not password.strip() or not password.isprintable():
        raise ProfileError(
            tr("{subject} printed no password", subject=subject),
            tr("print the password on the first line, as plain text"),
        )
    return password


def _output_of(command: str, subject: str, timeout: float) -> str:
    """Run a command without a shell, and return what it prints.

    Raises ProfileError, with the subject, if it cannot be run, fails or takes longer than `timeout` seconds.
    """
    import shlex
    import subprocess

    try:
        # Windows splits a command line itself, by rules of its own.
        words = shlex.split(command) if os.name != "nt" else command.strip()
    except ValueError as error:
        raise ProfileError(located(subject, tr(str(error).lower()))) from None
    if not words:
        raise ProfileError(tr("{subject} is empty", subject=subject))
    try:
        # kxsms may read numbers or a text from its stdin: the command must not take them.
        finished = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            env=without_token(os.environ),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ProfileError(
            tr("{subject} took longer than {timeout:g} s", subject=subject, timeout=timeout)
        ) from None
    except OSError as error:
        hint = tr("use no pipes, no ~ and no variables: kxsms runs the command without a shell")
        raise ProfileError(
            tr("{subject} cannot be run: {reason}", subject=subject, reason=reason_of(error)), hint
        ) from None
    if finished.returncode != 0:
        printed = finished.stderr.decode("utf-8", "replace").strip().splitlines()
        failed = tr("{subject} failed with status {status}", subject=subject, status=finished.returncode)
        raise ProfileError(located(failed, printed[-1]) if printed else failed)
    return finished.stdout.decode("utf-8", "replace")
