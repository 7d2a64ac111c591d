"""The target `config`: config files as an editor, a program or a full disk may leave them."""

import math
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from kxsms.config.lookup import setting_of
from kxsms.config.store import Config, load
from kxsms.errors import KxsmsError, ProfileError
from tests.soak.mutation import Target
from tests.soak.targets.inputs import BREAK, TOKEN, check_error, parts, text, words


@cache
def _place() -> Path:
    """Return a file to write configs to, which lasts as long as this process."""
    directory = tempfile.TemporaryDirectory(prefix="kxsms-fuzz-")
    _KEPT.append(directory)
    return Path(directory.name, "config.toml")


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


def check_config(data: bytes) -> None:
    """Check that a config reads back as written, or is refused by file and key, without its token."""
    body, key, value = parts(data, 3)
    path = _place()
    path.write_bytes(body)
    path.chmod(0o600)
    try:
        config = load(path)
    except ProfileError as error:
        check_error(error, f"{path}: ", hint=True, given=len(data))
        return
    secret = _is_in_place(config.document)
    try:
        names = [config.default_profile, *config.tables]
    except ProfileError as error:
        check_error(error, f"{path}: ", hint=True, secret=secret, given=len(data))
        return
    for name in filter(None, names):
        try:
            config.profile(name)
        except ProfileError as error:
            check_error(
                error,
                f"{path}: profiles.{name}.",
                "there is no profile ",
                hint=True,
                secret=secret,
                given=len(data),
            )
    assert not secret or TOKEN not in repr(config.masked()), "the token is shown"
    _change(config, text(key), text(value), secret=secret, given=len(data))


def _is_in_place(document: dict[str, Any]) -> bool:
    """Return whether the token is only where a token belongs, and so must be hidden."""
    default = document.get("default_profile")
    return TOKEN not in repr((_without_tokens(document), default))


def _without_tokens(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_tokens(item) for key, item in value.items() if key != "token"}
    return [_without_tokens(item) for item in value] if isinstance(value, list) else value


def _change(config: Config, key: str, value: str, *, secret: bool, given: int) -> None:
    """Set a key, read it back from the file, and unset it."""
    try:
        config.set(key, value, None)
    except KxsmsError as error:
        check_error(error, secret=secret and TOKEN not in key + value, given=given)
        return
    config.save()
    again = load(config.path)
    assert _same(again.document, config.document), "the file differs from what was written"
    if config.default_profile is not None:
        with suppress(ProfileError):
            assert again.profile(config.default_profile) == config.profile(config.default_profile)
    assert _same(setting_of(again, key, None).value, setting_of(config, key, None).value)
    again.unset(key, None)
    again.save()
    with suppress(ProfileError):
        assert setting_of(load(config.path), key, None).is_default, f"{key} is still set"


def _same(one: Any, other: Any) -> bool:
    """Return whether two values of TOML are equal. NaN is equal to itself."""
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and bool(one == other)


_WHOLE = f"""default_profile = "prod"

[profiles.prod]
account = "1"
token = "{TOKEN}"
product = "vip"
signature = "科迅"
base_url = "https://apis.kx-ytx.com"
method = "GET"
extno = "1"
rate = 50
connect_timeout = 1.5
throttle_codes = ["1", 2]
timezone = "Asia/Shanghai"

[profiles.prod.codes]
"-1" = "余额不足"

[profiles.prod.fields]
mobile = ["hm"]

[profiles.prod.states]
OK1 = "delivered"

[profiles.b-2]
token_command = "pass show kxsms"
"""
_CHANGES = (
    *(b"codes.-1\x1eno", b"rate\x1e5", b"profiles.x.signature\x1eA", b"empty_codes\x1e1,2"),
    b"default_profile\x1eprod",
)
_TOKENS = (
    *words(
        "\" ' = [ ] { } # , . ''' \\ nan -inf 1e400 2024-05-06 2024-05-06T07:08:09+08:00 07:08:09 true 0x7f"
    ),
    *words("codes. fields.mobile states.x delivered \ufeff \x7f", TOKEN),
    *(
        b"[profiles.prod]\n",
        b"[[profiles]]\n",
        b"[[profiles.prod]]\n",
        b"[[profiles.prod.codes]]\n",
        b"profiles = 1\n",
        b"[profiles]\n",
    ),
    *(
        b"a.b = 1\n",
        b"{a = 1}",
        b"account = [{token = 's3cret+token/with=signs'}]\n",
        b"[1, [2]]",
        b"token = 5\n",
        b"rate = -1\n",
        b"9" * 30,
        b"9" * 4_400,
    ),
    *(b'"" = 1\n', b"\n", b"\r", b"\0", b"\xff", b"\xff\xfe", b"\x1e", b"\\ud800", b"\\U0010ffff"),
)

TARGETS = {
    "config": Target(
        check_config,
        tuple(BREAK.join((body, one)) for body in (_WHOLE.encode(), b"") for one in _CHANGES),
        _TOKENS,
    ),
}
