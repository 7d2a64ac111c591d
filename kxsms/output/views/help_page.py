"""The view of a page of help."""

from kxsms.compat import override
from kxsms.domain.results import HelpPage
from kxsms.output.json import Document
from kxsms.output.view import Page, PlainView


class HelpPageView(PlainView[HelpPage]):
    """A page of help."""

    @override
    def document(self) -> Document:
        return {"text": self.result.text}

    @override
    def table(self, *, for_people: bool) -> Page:
        return Page(self.result.text, is_markdown=self.result.is_markdown)
