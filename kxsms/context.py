"""What commands work with, each built when first asked for: config, profile, gateway, console."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kxsms.domain.format import Format
from kxsms.errors import Failure, ProfileError, UsageError

if TYPE_CHECKING:
    from kxsms.config.store import Config
    from kxsms.domain.batch import Batch, RecipientCounts
    from kxsms.domain.product import Product
    from kxsms.domain.profile import Profile
    from kxsms.domain.records import Record
    from kxsms.domain.results import Facts
    from kxsms.gateway.client import Gateway
    from kxsms.interrupts import StopRequest
    from kxsms.ledger.batches import Ledger
    from kxsms.output.console import Console
    from kxsms.output.progress import Progress
    from kxsms.sandbox.server import SandboxServer
    from kxsms.sandbox.state import SandboxState


LEDGER = "ledger.sqlite3"
SANDBOX_LEDGER = "sandbox-ledger.sqlite3"
MOST_CONNECTIONS = 256
"""Connections that are kept at a time: more threads than that gain nothing."""


class Options(NamedTuple):
    """The options that every command shares. `explicit_profile`: not from the environment."""

    profile: str | None = None
    explicit_profile: bool = False
    sandbox: bool = False
    product: "Product | None" = None
    format: Format = Format.TABLE
    quiet: bool = False
    verbose: bool = False
    config: Path | None = None


class Context:
    """One call of kxsms. Commands get it first, and return what they have found out."""

    def __init__(self, console: "Console", environ: Mapping[str, str]) -> None:
        self.console = console
        self.environ = environ
        self.options = Options()
        self.has_options = False
        self._tokens: set[str | None] = set()
        self._resources = ExitStack()

    def use(self, options: Options) -> None:
        """Take the options. Raises UsageError for two that contradict."""
        if options.sandbox and options.explicit_profile:
            raise UsageError(
                "--sandbox and --profile contradict each other", "leave one out, or unset KXSMS_SANDBOX"
            )
        self.options = options
        self.has_options = True
        self.console.quiet = options.quiet

    def close(self) -> None:
        """Stop what was started."""
        self._resources.close()

    @cached_property
    def config_path(self) -> Path:
        from kxsms.config.paths import default_config_file, expand

        return expand(self.options.config or default_config_file())

    @cached_property
    def config(self) -> "Config":
        """The config, empty if there is no file. Raises ProfileError."""
        return self._load(must_exist=self.options.config is not None)

    def config_to_change(self) -> "Config":
        """The config, which a command is going to write. Raises ProfileError."""
        return self._load(must_exist=False)

    def _load(self, *, must_exist: bool) -> "Config":
        import shlex

        from kxsms.config.store import load

        config = load(self.config_path, must_exist=must_exist)
        self._tokens.update(config.tokens())
        if config.open_to_others():
            self.console.warn(
                f"{config.path} can be read by other users of this machine",
                f"chmod 600 {shlex.quote(str(config.path))}",
            )
        return config

    @cached_property
    def profile(self) -> "Profile":
        """The profile in use; its token only after `gateway` has asked for it. Raises ProfileError."""
        from dataclasses import replace

        if self.options.sandbox:
            profile = self.sandbox_profile()
        else:
            from kxsms.config.credentials import select

            explicit = self.options.explicit_profile
            profile = select(self.config, self.options.profile, self.environ, explicit=explicit)
        return replace(profile, product=self.options.product) if self.options.product else profile

    def sandbox_profile(self) -> "Profile":
        """The account of the built-in gateway; it is no secret."""
        from kxsms.domain.profile import Profile
        from kxsms.sandbox.state import ACCOUNT, TOKEN

        return Profile(name="sandbox", account=ACCOUNT, token=TOKEN, rate=0)

    @cached_property
    def gateway(self) -> "Gateway":
        """The gateway of the profile; with `--sandbox` the built-in one, started now. Raises ProfileError."""
        if self.options.sandbox:
            from dataclasses import replace

            from kxsms.sandbox.server import SandboxServer

            server = self._resources.enter_context(SandboxServer(self.state_directory))
            return self.gateway_for(replace(self.profile, base_url=server.url))
        from kxsms.config.credentials import with_token

        explicit, others = self.options.explicit_profile, self.config.tables
        return self.gateway_for(with_token(self.profile, self.environ, explicit=explicit, others=others))

    def capacity(self, extno: str | None) -> Callable[[str], int]:
        """How many numbers one request may name with a text; raises InvalidContent where not one fits."""
        from kxsms.domain.plan import MAX_NUMBERS

        # Only a GET depends on the credentials: a dry run needs none.
        if self.profile.method == "POST":
            return lambda content: MAX_NUMBERS
        gateway = self.gateway
        return lambda content: gateway.capacity(content, extno)

    def ledger(self, *, writable: bool) -> "Ledger":
        """The ledger, opened; the sandbox has one of its own. Raises Failure."""
        from kxsms.ledger.batches import Ledger

        return self._resources.enter_context(Ledger(self._ledger_path, writable=writable))

    @property
    def _ledger_path(self) -> Path:
        return self.state_directory / (SANDBOX_LEDGER if self.options.sandbox else LEDGER)

    def forget_sandbox_ledger(self) -> None:
        """Remove the sandbox's ledger. Raises Failure."""
        for suffix in ("", "-wal", "-shm", ".lock"):
            path = self.state_directory / (SANDBOX_LEDGER + suffix)
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise Failure(f"{path} was not removed: {error.strerror}") from None

    def use_profile_of(self, batch: "Batch") -> None:
        """Take the profile and the product with which a batch was sent, unless --profile names one.

        Raises ProfileError if the account is another one.
        """
        from kxsms.domain.product import Product

        name = self.options.profile if self.options.explicit_profile else batch.profile
        self.options = self.options._replace(
            profile=None if self.options.sandbox else name,
            explicit_profile=name is not None,
            product=Product(batch.product),
        )
        if self.profile.account != batch.account:
            raise ProfileError(
                f"batch {batch.name} is of account {batch.account}, not {self.profile.account}",
                "name the right one with --profile",
            )

    def codes_of(self, batch: "Batch") -> Mapping[str, str]:
        """The user's words for codes in the profile with which a batch was sent, if it is still there."""
        if self.options.sandbox or batch.profile is None or batch.profile not in self.config.tables:
            return {}
        return self.config.profile(batch.profile).codes

    def watch(self, counts: "RecipientCounts") -> "Progress":
        """Who tells how a batch goes, while it goes."""
        from kxsms.output.progress import Progress

        progress = Progress(counts, self.options.format, self.console, verbose=self.options.verbose)
        self._resources.callback(progress.close)
        return progress

    def gateway_for(self, profile: "Profile") -> "Gateway":
        """A gateway for a profile that has its token."""
        from kxsms.domain.product import WireFormat
        from kxsms.gateway.client import Gateway

        self._tokens.add(profile.token)
        wire_format = WireFormat.XML if self.options.format is Format.RAW_XML else WireFormat.JSON
        trace = self.console.trace if self.options.verbose else None
        return Gateway(profile, wire_format, trace, connections=MOST_CONNECTIONS)

    def token_given(self, *, stdin: bool) -> str | None:
        """The token that `login` is given, on stdin or in the environment. Raises ProfileError."""
        from kxsms.config.credentials import token_from

        if stdin:
            return self.clean_token(self.console.read().decode("utf-8-sig", "replace"), "stdin")
        token = token_from(self.environ)
        self._tokens.add(token)
        return token

    def clean_token(self, text: str, source: str = "the answer") -> str:
        """The first line of a text, as a token. Raises ProfileError for what cannot be one."""
        from kxsms.config.credentials import clean

        token = clean(text, source)
        self._tokens.add(token)
        return token

    def mask(self, text: str) -> str:
        """The text without any token that this call has come across."""
        from kxsms.domain.secret import Masker

        tokens = filter(None, {*self._tokens, self.environ.get("KXSMS_TOKEN")})
        for token in sorted(tokens, key=len, reverse=True):  # one may be a part of another
            text = Masker(token).text(text)
        return text

    @cached_property
    def sandbox_state(self) -> "SandboxState":
        """The state of the built-in gateway."""
        from kxsms.sandbox.state import SandboxState

        return SandboxState(self.state_directory)

    def sandbox_server(
        self, port: int, latency: float, faults: Sequence[str], seed: int | None, shape: str = "plain"
    ) -> "SandboxServer":
        """A built-in gateway for other programs. Raises UsageError for a fault or shape that there is not."""
        from kxsms.sandbox.behaviour import Behaviour, parse_fault, parse_shape
        from kxsms.sandbox.server import SandboxServer

        behaviour = Behaviour(latency, tuple(map(parse_fault, faults)), seed, parse_shape(shape))
        log = self.console.trace if self.options.verbose else None
        return SandboxServer(self.state_directory, port=port, behaviour=behaviour, on_request=log)

    @cached_property
    def state_directory(self) -> Path:
        from kxsms.config.paths import state_directory

        return state_directory()

    def stop_softly(self, notice: str, hint: str) -> "StopRequest":
        """From now until the result is told, let a first signal only ask to stop, with this notice."""
        from kxsms.interrupts import stopping_softly

        return self._resources.enter_context(stopping_softly(lambda: self.console.warn(notice, hint)))

    def body_came(self, body: bytes) -> None:
        """An answer has come and is kept: with a raw format it is written as it is. Raises Failure."""
        if self.options.format.is_raw:
            self.console.write(body + b"\n")

    def show_record(self, record: "Record") -> None:
        """Write a record now, as a line. Raises Failure."""
        from kxsms.output.render import render_record

        render_record(record, self.options.format, self.console)

    def json_of(self, record: "Record") -> bytes:
        """A record as one line of JSON."""
        from kxsms.output.documents import dumps, record_document

        return (dumps(record_document(record)) + "\n").encode()

    def announce(self, facts: "Facts") -> None:
        """Write a result now, for a command that goes on afterwards. Raises Failure."""
        from kxsms.output.render import render

        render(facts, 0, self.options.format, self.console)

    def refuse_raw(self, what: str) -> None:
        """Raise UsageError if the gateway's own bytes are asked of a command that does not ask it."""
        if self.options.format.is_raw:
            raise UsageError(f"{what} has no {self.options.format} output", "-o table, json, jsonl or csv")
