"""The targets `values` and `environment`: values of options, and environment variables."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path

from kxsms.config.credentials import clean, select
from kxsms.config.schema import KEY_TYPES, check_key
from kxsms.config.store import Config
from kxsms.config.values import InvalidValue, check_base_url
from kxsms.domain.mobile import InvalidMobile, normalise, plain_mobiles
from kxsms.domain.secret import trimmed, without_credentials
from kxsms.domain.times import read_moment
from kxsms.domain.zones import DEFAULT_ZONE, InvalidZone, zone
from kxsms.errors import KxsmsError, ProfileError
from kxsms.source.detection import text_encoding
from tests.soak.mutation import Target
from tests.soak.targets.inputs import TOKEN, check_error, ensure, parts, text, words


def check_values(data: bytes) -> None:
    """Check that a text for a number, a time, a URL or a key is accepted, or refused with a reason."""
    given = text(data)
    for key, known in KEY_TYPES.items():
        with suppress(InvalidValue):
            value = known.type.parse(given)
            try:
                check_key(key, value)
            except InvalidValue as reason:
                named = without_credentials(repr(value))
                ensure(key == "token" or named in str(reason), "the value is not named")
                ensure(str(reason).startswith(key), "the key is not named")
                ensure(key != "token" or given not in str(reason) or len(given) < 9, "the token is shown")
    with suppress(InvalidValue):
        assert check_base_url(check_base_url(given)) == check_base_url(given)
    try:
        number = normalise(given)
    except InvalidMobile as reason:
        ensure(str(reason), "no reason")
        ensure(plain_mobiles([given]) is None, "the fast path accepts what the slow one refuses")
    else:
        assert normalise(number) == number
        assert plain_mobiles([given]) in (None, [int(number)])
    local = zone(DEFAULT_ZONE)
    with suppress(ValueError):
        read_moment(given, datetime(2026, 11, 22, 12, 0, 0, tzinfo=local), local)
    with suppress(InvalidZone):
        zone(given)
    with suppress(KxsmsError):
        text_encoding(given)


def check_environment(data: bytes) -> None:
    """Check that a variable of the environment is accepted, or refused by its name."""
    account, address, token = map(text, parts(data, 3))
    environ = {"KXSMS_ACCOUNT": account, "KXSMS_BASE_URL": address}
    try:
        profile = select(Config(Path("none"), {}), None, environ, explicit=False)
    except ProfileError as error:
        check_error(
            error,
            "KXSMS_ACCOUNT: ",
            "KXSMS_BASE_URL: ",
            secret=TOKEN not in account + address,
            given=len(data),
        )
    else:
        assert profile.account == (trimmed(account) or None)
    try:
        assert clean(token, "KXSMS_TOKEN") in token
    except ProfileError as error:
        check_error(error, "KXSMS_TOKEN ")
        ensure(len(token.strip()) < 9 or token.strip() not in error.message, "the token is shown")


_VALUES = (
    *(b"+86 138-1234-5678", b"2026-11-22 10:00:00+08:00", b"Sun, 06 Nov 1994 08:49:37 GMT", b""),
    *words("13812345678 1.38E+10 １３８12345678 7d 1714950489000 /Date(1714950489000)/ 2024年5月6日7时8分"),
    *words("https://apis.kx-ytx.com:443/a http://[::1]:8080 http://[::1 0.5 nan 1e999 99999999999999999"),
    *words("Asia/Shanghai utf-8 1,2"),
)
_TOKENS = (
    *words("0 9 - + : / . e T Z [ ] % @ ０ ² ٣ 年 \u200b İ ../ 999999999999 86 https:// \x1b"),
    *(b" ", b"\0", b"\xff", b"\n", b"\r", b"\x1e", "\u2028".encode()),
)
_WHOLE = b"12345\x1ehttps://apis.kx-ytx.com\x1e" + TOKEN.encode()

TARGETS = {
    "values": Target(check_values, _VALUES, _TOKENS),
    "environment": Target(
        check_environment, (_WHOLE, b"\x1ehttp://[::1]:80/x\x1ea\nb", b"\x1e\x1e"), _TOKENS
    ),
}
