"""The values that completion offers for options and arguments; none if a file cannot be read."""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from kxsms.domain.format import Format
from kxsms.errors import KxsmsError

if TYPE_CHECKING:
    from kxsms.domain.ledger_place import LedgerPlace

_MOST_BATCHES = 50

Suggestions = list[str | tuple[str, str]]
"""Words, or words with their descriptions, the best first."""


def profile_names(context: typer.Context) -> Suggestions:
    """Return the names of the profiles in the config."""
    from kxsms.config.paths import default_config_file, expand
    from kxsms.config.store import load

    with suppress(KxsmsError):
        return list(load(expand(Path(context.params.get("config") or default_config_file()))).tables)
    return []


def batch_ids(context: typer.Context, incomplete: str) -> Suggestions:
    """Return the ids of the latest batches, with their times and sources, the newest first."""
    from kxsms.domain.ledger_place import SqlitePlace
    from kxsms.ledger.batches import Ledger

    # Bytes that are not UTF-8 arrive as characters that SQLite refuses.
    if not incomplete.isascii():
        return []
    with suppress(KxsmsError):
        place = _ledger_place(context)
        if not isinstance(place, SqlitePlace):  # a server may take longer than a person waits for a Tab
            return []
        origins = partial(_origins, context.params)
        with Ledger(place, writable=False, origins=origins) as ledger:
            latest = ledger.latest(incomplete, _MOST_BATCHES)
            mask = _mask(context)
            return [(batch.name, f"{_local(batch.created)} {mask(batch.source)}") for batch in latest]
    return []


def _ledger_place(context: typer.Context) -> "LedgerPlace":
    """Return the place of the ledger that the command line would use."""
    from kxsms.config.ledger_place import LedgerPlaces
    from kxsms.config.paths import default_config_file, expand
    from kxsms.config.store import load

    def path() -> Path:
        return expand(Path(context.params.get("config") or default_config_file()))

    places = LedgerPlaces(os.environ, path, lambda: load(path()))
    return places.of(sandbox=bool(context.params.get("sandbox")))


def _mask(context: typer.Context) -> Callable[[str], str]:
    """Return the function that masks the phone numbers in a description, if a user wants that."""
    from kxsms.config.masking import mask_in
    from kxsms.config.paths import default_config_file, expand
    from kxsms.domain.masking import masked_text

    asked = context.params.get("mask")
    if asked is None:
        asked = mask_in(expand(Path(context.params.get("config") or default_config_file())))
    return masked_text if asked else str


def _origins(options: Mapping[str, Any]) -> Mapping[tuple[str, str], str]:
    """Return the origins of the gateways of all profiles, for a ledger that does not have them yet."""
    from kxsms.config.credentials import origins
    from kxsms.sandbox.profile import sandbox_profile

    if options.get("sandbox"):
        profile = sandbox_profile()
        return {("sandbox", profile.account or ""): profile.origin}
    config = options.get("config")
    return origins(Path(config) if config else None, os.environ)


def _local(seconds: float) -> str:
    # With seconds, since zsh lists words with equal descriptions on one line, in alphabetical order.
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def config_keys() -> Suggestions:
    """Return the keys of a profile with their meanings, and those that belong to no profile."""
    from kxsms.config.schema import KEY_TYPES
    from kxsms.config.top_level import TOP_KEYS

    return [*((key, type.meaning) for key, type in KEY_TYPES.items()), "default_profile", *TOP_KEYS]


def approved_templates(context: typer.Context) -> Suggestions:
    """Return the approved templates of a profile: of one product, if the command line names it."""
    from kxsms.config.paths import default_config_file, expand
    from kxsms.config.store import load

    with suppress(KxsmsError):
        config = load(expand(Path(context.params.get("config") or default_config_file())))
        profile = config.profile(config.address("templates", context.params.get("profile"))[0])
        return list(profile.templates.get(context.params.get("product") or profile.product, ()))
    return []


def formats() -> Suggestions:
    """Return the formats of a result that is no answer of the gateway."""
    return [str(format) for format in Format if not format.is_raw]


def fault_kinds() -> Suggestions:
    """Return the faults of the sandbox, each with a share of a tenth."""
    from kxsms.sandbox.behaviour import FaultKind

    return [(f"{kind.word}:0.1", kind.meaning) for kind in FaultKind]


def shapes() -> Suggestions:
    """Return the shapes of the sandbox's reports and replies."""
    from kxsms.sandbox.behaviour import AnswerShape

    return [(shape.word, shape.meaning) for shape in AnswerShape]
