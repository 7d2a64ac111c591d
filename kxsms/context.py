"""The context of one call: config, profile, gateway, ledger and console, each built when first asked for."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kxsms.domain.format import Format
from kxsms.errors import ProfileError, UsageError
from kxsms.language import tr
from kxsms.options import Options

if TYPE_CHECKING:
    from kxsms.config.ledger_place import LedgerPlaces
    from kxsms.config.store import Config
    from kxsms.domain.ledger_place import LedgerPlace
    from kxsms.domain.profile import Profile
    from kxsms.gateway.client import Gateway
    from kxsms.gateway.examination import GatewayExamination
    from kxsms.ledger.batches import Ledger
    from kxsms.output.console import Console

MOST_CONNECTIONS = 256
"""Connections that stay open at most: more threads than that gain nothing."""

R = TypeVar("R")


class Context:
    """The context of one call, the first argument of every command."""

    def __init__(self, console: "Console", environ: Mapping[str, str]) -> None:
        self.console = console
        self.environ = environ
        self.options = Options()
        self.has_options = False
        self.warns = True  # of a config that others can read, and of a gateway without TLS
        self._tokens: set[str] = set()
        self._has_warned = False
        self._resources = ExitStack()
        self._when_written: list[Callable[[], None]] = []

    def use(self, options: Options) -> None:
        """Set the options. Raises UsageError for two that contradict each other."""
        if options.sandbox and options.explicit_profile:
            raise UsageError(
                tr("--sandbox and --profile contradict each other"),
                tr("use one of them, or unset KXSMS_SANDBOX"),
            )
        self.options = options
        self.has_options = True
        for made_from_options in ("profile", "whole_profile", "gateway"):
            vars(self).pop(made_from_options, None)
        self.console.use(options.format, quiet=options.quiet, verbose=options.verbose)
        self.use_mask(options.mask)
        if options.log_file is not None and self.console.log is None:
            masks = options.mask or self._config_mask() is not False
            self.console.open_log(options.log_file, options.command, masks=masks)

    def use_mask(self, mask: bool | None) -> None:
        """Mask phone numbers if the option, or without one the config, says so."""
        if self._config_mask() if mask is None else mask:
            self.console.mask.put_on()

    def _config_mask(self) -> bool | None:
        from kxsms.config.masking import mask_in

        with suppress(ProfileError):  # no home directory, and so no config
            return mask_in(self.config_path)
        return None

    def enter(self, resource: AbstractContextManager[R]) -> R:
        """Enter a context manager; `close` leaves it."""
        return self._resources.enter_context(resource)

    def when_written(self, act: Callable[[], None]) -> None:
        """Call `act` when the result of this command has been written out."""
        self._when_written.append(act)

    def note_written(self) -> None:
        """Do what was to be done when the result has been written out. Raise Failure if that fails."""
        while self._when_written:
            self._when_written.pop(0)()

    def close(self) -> None:
        """Close the ledger, stop the sandbox, and restore the signal handlers."""
        self._resources.close()

    @cached_property
    def config_path(self) -> Path:
        from kxsms.config.paths import default_config_file, expand

        return expand(self.options.config or default_config_file())

    @cached_property
    def config(self) -> "Config":
        """The config, empty if there is no file. Raises ProfileError."""
        return self.load_config(must_exist=self.options.config is not None)

    def load_config(self, *, must_exist: bool = False) -> "Config":
        """Load the config, and warn if others can read it. Raises ProfileError."""
        from kxsms.config.store import load

        config = load(self.config_path, must_exist=must_exist)
        self.keep_secret(config.tokens())
        if self.warns and config.open_to_others():
            self.console.warn(*config.warning_of_readers())
        return config

    @contextmanager
    def changing_config(self) -> "Iterator[Config]":
        """Lock the config, load it, and save it at the end: of several processes no change is lost.

        Ask nobody inside, neither a person nor the gateway. Raises ProfileError or Failure.
        """
        from kxsms.config.file import changing
        from kxsms.config.store import load

        load(self.config_path)  # for the errors of every command that reads it
        with changing(self.config_path):
            config = self.load_config()
            yield config
            config.save()

    @cached_property
    def profile(self) -> "Profile":
        """The profile in use, without its token: only `gateway` needs that. Raises ProfileError."""
        from dataclasses import replace

        if self.options.sandbox:
            from kxsms.sandbox.profile import sandbox_profile

            profile = sandbox_profile()
        else:
            from kxsms.config.credentials import select

            explicit = self.options.explicit_profile
            profile = select(self.config, self.options.profile, self.environ, explicit=explicit)
        return replace(profile, product=self.options.product) if self.options.product else profile

    def check_account(self) -> None:
        """Raise ProfileError if the profile has no account, before anything else is said about a send."""
        if not self.options.sandbox:
            from kxsms.config.credentials import check_account

            check_account(self.profile, self.config.tables)

    @cached_property
    def whole_profile(self) -> "Profile":
        """The profile with its token; --sandbox starts the built-in gateway now. Raises ProfileError."""
        if self.options.sandbox:
            from dataclasses import replace

            from kxsms.sandbox.server import SandboxServer

            server = self.enter(SandboxServer(self.state_directory))
            return replace(self.profile, base_url=server.url)
        from kxsms.config.credentials import with_token

        explicit, others = self.options.explicit_profile, self.config.tables
        return with_token(self.profile, self.environ, explicit=explicit, others=others)

    @cached_property
    def gateway(self) -> "Gateway":
        """The gateway of the profile; with --sandbox the built-in one. Raises ProfileError."""
        return self.gateway_for(self.whole_profile)

    def way_to_gateway(self, profile: "Profile") -> "GatewayExamination":
        """Return the way to the gateway of a profile, to be looked at step by step."""
        from kxsms.gateway.examination import GatewayExamination

        return self.enter(GatewayExamination(profile.base_url, profile.connect_timeout))

    def gateway_for(self, profile: "Profile") -> "Gateway":
        """Return the gateway of a profile that has its token. Warn if that leaves in the clear."""
        from kxsms.domain.product import WireFormat
        from kxsms.domain.secret import proxy_credentials
        from kxsms.gateway.client import Gateway

        self.keep_secret(filter(None, [profile.token]))
        self.warn_of_plain_http(profile)
        wire_format = WireFormat.XML if self.options.format is Format.RAW_XML else WireFormat.JSON
        secrets = tuple(proxy_credentials(self.environ))
        trace = self.console.trace if self.options.verbose else None
        log = self.console.log.exchange if self.console.log is not None else None
        return Gateway(profile, wire_format, trace, MOST_CONNECTIONS, secrets, log)

    def warn_of_plain_http(self, profile: "Profile") -> None:
        """Warn, once, if the gateway of a profile gets the token over the network without TLS."""
        if profile.warning and self.warns and not self._has_warned:
            self._has_warned = True
            self.console.warn(*profile.warning)

    def ledger(self, *, writable: bool) -> "Ledger":
        """Open the ledger; the sandbox has one of its own. Raises Failure."""
        from kxsms.ledger.batches import Ledger

        ledger = self.enter(Ledger(self.place_to_open, writable=writable, origins=self.origins))
        ledger.settle_spooled(self.console.note)
        return ledger.noting(self.console.note)

    def origins(self) -> Mapping[tuple[str, str], str]:
        """Return the origins of the gateways of all profiles, for a ledger that does not have them yet."""
        if self.options.sandbox:
            return {("sandbox", self.profile.account or ""): self.profile.origin}
        from kxsms.config.credentials import origins

        return origins(self.options.config, self.environ)

    @cached_property
    def ledger_places(self) -> "LedgerPlaces":
        from kxsms.config.ledger_place import LedgerPlaces

        return LedgerPlaces(self.environ, lambda: self.config_path, lambda: self.config, self.keep_secret)

    @cached_property
    def ledger_place(self) -> "LedgerPlace":
        """The place of the ledger. Raises UsageError for KXSMS_LEDGER, ProfileError for the config."""
        place = self.ledger_places.of(sandbox=self.options.sandbox)
        if place.warning and self.warns:
            self.console.warn(*place.warning)
        return place

    @property
    def place_to_open(self) -> "LedgerPlace":
        """The same with its password, for which a command may run. Raises ProfileError."""
        return self.ledger_places.to_open(self.ledger_place)

    @property
    def other_ledger_place(self) -> "LedgerPlace":
        """The ledger that this call does not use: that of the sandbox, or with --sandbox the other one."""
        return self.ledger_places.to_open(self.ledger_places.of(sandbox=not self.options.sandbox))

    @cached_property
    def state_directory(self) -> Path:
        from kxsms.config.paths import state_directory

        return state_directory()

    def keep_secret(self, tokens: Iterable[str]) -> None:
        """Remember tokens for `mask`."""
        self._tokens.update(tokens)

    def mask(self, text: str) -> str:
        """Return the text with every known token and all credentials of proxies masked."""
        from kxsms.domain.secret import TOKEN_VARIABLE, Masker, proxy_credentials, trimmed

        secrets = {*self._tokens, *proxy_credentials(self.environ)}
        return Masker(trimmed(self.environ.get(TOKEN_VARIABLE, "")), tuple(secrets)).text(text)
