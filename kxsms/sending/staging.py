"""A send as the user ordered it, and the plan that is staged for it."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from kxsms.domain.content import has_signature, misplaced_signature
from kxsms.domain.identity import fingerprint
from kxsms.domain.out_file import OutFile
from kxsms.domain.plan import MAX_NUMBERS, Plan, count_invalid, listed_problems
from kxsms.domain.product import TemplatePolicy
from kxsms.domain.profile import Profile
from kxsms.domain.rules import rules_for
from kxsms.domain.terms import Terms
from kxsms.language import plural, tr
from kxsms.sending.ledger_ports import SendPlan
from kxsms.sending.pacing import Pace
from kxsms.sending.planner import Planner, PlanOptions, SourceSummary, place_plan
from kxsms.sending.ports import SendSession
from kxsms.sending.text_rules import TextRules
from kxsms.source.rows import Source

if TYPE_CHECKING:
    from kxsms.domain.at import At


class SendOrder(NamedTuple):
    """A send as the user ordered it.

    `terms` are what it says of limits and pace. `out` is the file into which a dry run writes every number
    and text. `at` is when it is to be sent, None for now. `excludes`: the ledger has numbers that are
    excluded from this send.
    """

    source: Source
    options: PlanOptions
    extno: str | None
    key: str | None
    terms: Terms
    yes: bool
    pace: Pace
    out: OutFile | None = None
    excludes: bool = False
    at: "At | None" = None

    @property
    def moment(self) -> float | None:
        """Return when it is to be sent, in seconds since 1970; None for now."""
        return None if self.at is None else self.at.moment

    @property
    def again(self) -> bool:
        """Return whether recipients who were sent the same text get it again."""
        return self.terms.again

    @property
    def considers_overlap(self) -> bool:
        """Return whether recipients whom another batch sent the same text are skipped, or stop this send."""
        return self.terms.skip_sent or (self.source.is_batch and self.key is None and not self.again)


class CheckedSend(NamedTuple):
    """A staged plan whose numbers and texts have been checked, and the fingerprint of the send.

    `marketing` are notes on its texts, each with a hint, for the person who decides on the send. `excluded`
    is how many of its recipients are excluded from it.
    """

    staged: SendPlan
    summary: SourceSummary
    fingerprint: bytes
    marketing: tuple[tuple[str, str], ...] = ()
    excluded: int = 0

    def plan(self) -> Plan:
        """Place the staged rows into requests, and return the figures."""
        return place_plan(self.staged, self.summary)


def stage(session: SendSession, order: SendOrder) -> CheckedSend:
    """Read the source, check every row, and stage a plan. Raises InputError or LimitReached."""
    staged, source = session.ledger.stage(), order.source
    rules = TextRules(session.profile)
    if rules_for(session.profile, order.terms).asks_opt_outs:
        staged.opt_outs.ask()
    found = Planner(source, order.options, staged, capacity_for(session, order.extno), rules).read()
    if found.invalid:
        skipped = count_invalid(found.invalid, is_csv=source.is_csv)
        session.console.warn(
            tr("skipped {what}", what=skipped), details=listed_problems(found.problems, found.invalid)
        )
    _warn_of_signature(session, source, found)
    if rules.first_unapproved is not None:
        session.console.warn(
            plural(
                "{count} text matches no approved template",
                "{count} texts match no approved template",
                rules.unapproved,
            )
            if source.is_csv
            else tr("the text matches no approved template"),
            details=[rules.first_unapproved.difference],
        )
    known_by = _known_by(session, order, found.digest)
    excluded = staged.leave_out_excluded() if order.excludes else 0
    return CheckedSend(staged, found, known_by, rules.notes, excluded)


def _known_by(session: SendSession, order: SendOrder, digest: bytes) -> bytes:
    """Return the fingerprint of a send, and let the ledger know it by this one alone."""
    current = fingerprint(digest, *identity_of(session.profile, order.extno))
    others = session.ledger.spellings(session.profile.account or "")
    profiles = [replace(session.profile, account=other) for other in others]
    older = [fingerprint(digest, *identity_of(profile, order.extno)) for profile in profiles]
    session.ledger.adopt(current, older)
    return current


def _warn_of_signature(session: SendSession, source: Source, found: SourceSummary) -> None:
    """Warn of texts without a signature in front; of a template, only its own text counts."""
    unsigned = found.unsigned
    if source.template is not None:
        unsigned = None if has_signature(source.template) else source.template
    misplaced = misplaced_signature(source.given or found.first or "")
    if misplaced is not None:
        session.console.warn(
            tr("{misplaced} is no signature where it stands", misplaced=misplaced),
            tr(
                "write 【{name}】 in front of the text, where the gateway expects the signature",
                name=misplaced[1:-1],
            ),
        )
    elif unsigned is not None:
        text = repr(unsigned) if source.is_csv else None
        hint = tr("use --signature NAME")
        if session.has_config:
            hint = tr("use --signature NAME, or run kxsms config set signature NAME")
        session.console.warn(
            tr("the text has no signature 【…】 in front: the gateway may refuse it")
            if text is None
            else tr("{text} has no signature 【…】 in front: the gateway may refuse it", text=text),
            hint,
        )


def identity_of(profile: Profile, extno: str | None) -> tuple[object, ...]:
    """Return the values that two equal sends have in common besides their numbers and texts."""
    return profile.account, profile.product.value, extno


def source_key_of(profile: Profile, order: SendOrder) -> bytes | None:
    """Return a digest of the input's bytes and of all options that change the plan made from them.

    Return None for an input without a digest: its send is found by its fingerprint alone.
    """
    if order.source.digest is None:
        return None
    templates = profile.approved_templates
    # New templates may admit rows that an earlier send skipped: that is another plan.
    rules = (templates,) if templates and profile.template_policy != TemplatePolicy.WARN else ()
    return fingerprint(order.source.digest, *identity_of(profile, order.extno), order.options, *rules)


def capacity_for(session: SendSession, extno: str | None) -> Callable[[str], int]:
    """Return a function that returns how many numbers one request may name for a text."""
    # Only the URL of a GET holds the credentials; for a POST a preview works without them.
    if session.profile.method == "POST":
        return lambda content: MAX_NUMBERS
    gateway = session.open_gateway()
    return lambda content: gateway.capacity(content, extno)
