"""The options that commands share."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kxsms.domain.format import Format

if TYPE_CHECKING:
    from kxsms.domain.product import Product


class Options(NamedTuple):
    """The options that commands share.

    `explicit_profile`: the profile comes from the command line, not from the environment. `mask` None: as in
    the config. `command` is the name of the command.
    """

    profile: str | None = None
    explicit_profile: bool = False
    sandbox: bool = False
    product: "Product | None" = None
    format: Format = Format.TABLE
    quiet: bool = False
    verbose: bool = False
    config: Path | None = None
    mask: bool | None = None
    log_file: str | None = None
    command: str = ""
