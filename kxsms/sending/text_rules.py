"""The rules that every text of a send is checked against: approved templates, and notes on marketing."""

from collections.abc import Collection
from functools import cached_property
from typing import TYPE_CHECKING

from kxsms.compat import override
from kxsms.domain.product import Product, TemplatePolicy
from kxsms.domain.profile import Profile
from kxsms.language import tr

if TYPE_CHECKING:
    from kxsms.domain.approved import ApprovedTemplates
    from kxsms.domain.marketing import MarketingNotes


class NotApproved(ValueError):
    """A text that matches no approved template. What it differs in is found when it is asked for."""

    def __init__(self, text: str, templates: "ApprovedTemplates") -> None:
        super().__init__(text)
        self.text = text
        self._templates = templates

    @cached_property
    def difference(self) -> str:
        """Return in words where the text differs from the nearest template."""
        from kxsms.domain.near_miss import described

        return described(self.text, self._templates.templates)

    @override
    def __str__(self) -> str:
        return tr("matches no approved template: {difference}", difference=self.difference)


class TextRules:
    """The rules of one send. With the policy `warn`, `unapproved` counts the texts that match no template."""

    def __init__(self, profile: Profile) -> None:
        self._templates = _templates_of(profile)
        self._only_warns = profile.template_policy == TemplatePolicy.WARN
        self._marketing = _notes_of(profile)
        self._refused: NotApproved | None = None
        self.unapproved = 0
        self.first_unapproved: NotApproved | None = None

    def allow(self, texts: Collection[str]) -> bool:
        """Check many new texts, and return whether all may be sent; if not, they are to be checked again."""
        if self._templates is not None:
            for text in self._templates.misfits(texts):
                if not self._only_warns:
                    return False
                self.unapproved += 1
                self.first_unapproved = self.first_unapproved or NotApproved(text, self._templates)
        if self._marketing is not None:
            self._marketing.add(texts)
        return True

    def check(self, text: str) -> None:
        """Check a new text. Raise NotApproved."""
        # Thousands of rows may hold the same text: compare it with every template once.
        if self._refused is not None and self._refused.text == text:
            raise self._refused
        if not self.allow([text]):
            assert self._templates is not None
            self._refused = NotApproved(text, self._templates)
            raise self._refused

    @property
    def notes(self) -> tuple[tuple[str, str], ...]:
        """Return what there is to note about marketing texts, each with a hint."""
        return () if self._marketing is None else tuple(self._marketing.sentences())


# Most sends need neither module, and each of them compiles expressions.
def _templates_of(profile: Profile) -> "ApprovedTemplates | None":
    if not profile.approved_templates:
        return None
    from kxsms.domain.approved import ApprovedTemplates

    return ApprovedTemplates(profile.approved_templates)


def _notes_of(profile: Profile) -> "MarketingNotes | None":
    if profile.product is not Product.VIP:
        return None
    from kxsms.domain.marketing import MarketingNotes

    return MarketingNotes()
