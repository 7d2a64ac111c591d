"""One value of the config, for `kxsms config get`."""

from typing import Any, NamedTuple

from kxsms.config.schema import default_of
from kxsms.config.secrets import masked
from kxsms.config.store import Config
from kxsms.config.top_level import TOP_DEFAULTS, TOP_KEYS
from kxsms.domain.secret import MASK
from kxsms.errors import ProfileError
from kxsms.language import tr


class Setting(NamedTuple):
    """The value of a key. `is_default`: the config does not set it."""

    value: Any
    is_default: bool = False


def setting_of(config: Config, key: str, profile: str | None) -> Setting:
    """Return the value of `default_profile`, of `profiles.NAME.KEY` or, in the given profile, of `KEY`.

    A token is masked. Raises UsageError for an unknown key, ProfileError for an unknown profile, and for a
    key that is not set and has no default.
    """
    value: Any = None
    default: object = None
    if key == "default_profile":
        value = config.default_profile
    elif key in TOP_KEYS:
        value, default = config.masked().get(key), TOP_DEFAULTS[key]
    else:
        if (missing := config.missing_profile(key, profile)) is not None:
            raise ProfileError(config.no_profile(missing), config.profile_hint(missing))
        name, path = config.address(key, profile)
        value = config.tables.get(name, {})
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        if path == ["token"] and value:
            value = MASK
        value = masked(value)
        if len(path) == 1:
            default = default_of(path[0])
    if value is not None:
        return Setting(value)
    if default is None:
        option = f" -p {profile}" if profile else ""
        hint = f"login{option}" if key.endswith("token") else f"config set{option} {key} VALUE"
        raise ProfileError(
            tr("{key} is not set in {path}", key=key, path=config.path), tr("run kxsms {hint}", hint=hint)
        )
    return Setting(default, is_default=True)
