"""`kxsms --version --verbose`: all that a report of a defect needs, without a secret."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from kxsms.config.paths import default_config_file, expand, state_directory
from kxsms.errors import ProfileError
from kxsms.health.installation import listing


def verbose_version(environ: Mapping[str, str]) -> str:
    """Return the versions of all that kxsms uses, and the places of its files."""
    places = {}
    with suppress(ProfileError):
        named = environ.get("KXSMS_CONFIG")
        places["config"] = expand(Path(named)) if named else default_config_file()
    with suppress(ProfileError):
        places["state"] = state_directory()
    return listing(environ, places)
