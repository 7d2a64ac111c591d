"""The view of the list of opt-outs."""

from datetime import datetime

from kxsms.compat import override
from kxsms.domain.opt_out import OptOut
from kxsms.domain.results import OptOutList
from kxsms.domain.zones import zone
from kxsms.language import tr, tr_as
from kxsms.output.json import Items
from kxsms.output.view import PlainView, Table, table_of

_KEYS = ("mobile", "since", "source", "reason")


class OptOutListView(PlainView[OptOutList]):
    """The recipients who opted out, the oldest first."""

    @override
    def document(self) -> Items:
        return Items(map(self._document, self.result.opt_outs))

    @override
    def table(self, *, for_people: bool) -> Table:
        documents = map(self._document, self.result.opt_outs)
        if for_people:
            documents = map(_for_people, documents)
        return table_of(documents, _KEYS, tr("no opt-outs"))

    def _document(self, opt_out: OptOut) -> dict[str, object]:
        moment = datetime.fromtimestamp(opt_out.since, zone(self.result.timezone))
        since = moment.isoformat(timespec="seconds")
        return {**opt_out._asdict(), "since": since, "source": str(opt_out.source)}


def _for_people(document: dict[str, object]) -> dict[str, object]:
    sources = {"reply": tr_as("source", "reply"), "person": tr_as("source", "person")}
    mobile, source = document["mobile"] or tr("forgotten"), str(document["source"])
    return document | {"mobile": mobile, "source": sources.get(source, source)}
