"""The view of delivery reports and replies, as many as there are."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from json.encoder import encode_basestring as quoted
from operator import attrgetter
from typing import Any, TypeVar

from kxsms.compat import override
from kxsms.domain.record_summary import RecordsSummary
from kxsms.domain.records import FIELD_NAMES, DeliveryReport, MoReply, Record, RecordKind, UnreadAnswer
from kxsms.domain.results import RecordsResult
from kxsms.errors import KxsmsError, NoAnswer, Refused, Unread
from kxsms.exit_status import ExitStatus
from kxsms.language import tr
from kxsms.output.json import AT_A_TIME, Items
from kxsms.output.view import Explanation, Table, View, table_of
from kxsms.output.visible import json_visible
from kxsms.output.words import two_sentences

REPORT_KEYS = ("task_id", "mobile", "state", "status", "time", "extno", "batch", "extra")
MO_KEYS = ("mobile", "content", "time", "extno", "task_id", "batch", "opted_out", "extra")


Fetched = TypeVar("Fetched", RecordsResult, RecordsSummary)


class FetchedView(View[Fetched]):
    """Records or their figures, with the errors and the exit status of the fetch."""

    @override
    def explanation(self) -> Explanation:
        errors = [self._unread(answer) for answer in self.result.unread]
        if (ending := self.result.ending) is not None:
            errors.append((Refused if ending.is_refusal else NoAnswer)(ending.message, ending.hint))
        return Explanation(errors)

    @override
    def exit_status(self) -> ExitStatus:
        if self.result.ending is not None:
            return ExitStatus.REFUSED if self.result.ending.is_refusal else ExitStatus.NO_ANSWER
        return ExitStatus.FAILURE if self.result.unread else ExitStatus.OK

    @override
    def written(self) -> None:
        self.result.on_written()

    def _unread(self, answer: UnreadAnswer) -> KxsmsError:
        look = tr("run kxsms {kind} --no-pull -o raw-json to see it", kind=self.result.kind)
        return Unread(
            tr("an answer could not be read, and is kept: {problem}", problem=answer.problem),
            two_sentences(answer.hint, look) if answer.hint else look,
        )


class RecordsView(FetchedView[RecordsResult]):
    """Delivery reports or replies."""

    @override
    def document(self) -> Items:
        return RecordItems(self.result.records)

    @override
    def table(self, *, for_people: bool) -> Table:
        if for_people:
            return table_for_people(self.result.kind, self.result.records)
        keys, empty = _columns(self.result.kind)
        return table_of(map(record_document, self.result.records), keys, empty)

    @override
    def answers(self) -> Iterable[bytes]:
        return self.result.bodies


def table_for_people(kind: RecordKind, records: Iterable[Record]) -> Table:
    """Return records as a table without empty columns."""
    keys, empty = _columns(kind)
    documents = map(record_document, records)
    shown = [document | {"extra": _extra_for_people(document["extra"])} for document in documents]
    used = tuple(key for key in keys if not shown or any(document[key] for document in shown))
    return table_of(shown, used, empty)


def _columns(kind: RecordKind) -> tuple[tuple[str, ...], str]:
    """Return the columns of a kind of records, and the words for none."""
    if kind is RecordKind.REPORT:
        return REPORT_KEYS, tr("no new reports")
    return MO_KEYS, tr("no new replies")


def record_document(record: Record) -> dict[str, Any]:
    """Return a delivery report or a reply as JSON."""
    keys = REPORT_KEYS if isinstance(record, DeliveryReport) else MO_KEYS
    return {key: getattr(record, key) for key in keys}


def _extra_for_people(extra: Mapping[str, object]) -> dict[str, object]:
    """Return a record's further fields without the time as it came, which has a column of its own."""
    return {name: value for name, value in extra.items() if name.lower() not in FIELD_NAMES["time"]}


class RecordItems(Items):
    """Records as JSON. Their lines are filled into a template, which takes a third of the time of `dumps`."""

    def __init__(self, records: Iterable[Record]) -> None:
        super().__init__(map(record_document, records))
        self._records = records

    @override
    def lines(self) -> Iterator[str]:
        encode = json.JSONEncoder(ensure_ascii=False, default=str).encode
        source = iter(self._records)
        while some := list(islice(source, AT_A_TIME)):
            # Many share their further fields. An id stays one mapping's own while `some` keeps them all.
            extras = {id(record.extra): record.extra for record in some}
            encoded = {number: encode(extra) for number, extra in extras.items()}
            lines = []
            for record in some:
                template, fields = _TEMPLATES[type(record)]
                cells = [
                    _WORDS[cell] if cell is None or cell is True or cell is False else quoted(cell)
                    for cell in fields(record)
                ]
                lines.append(template % (*cells, encoded[id(record.extra)]))
            yield json_visible("".join(lines))


def _template(keys: tuple[str, ...]) -> tuple[str, Callable[[Record], Iterable[str | bool | None]]]:
    """Return a line of JSON with a gap per key, and a function that reads all fields but `extra`."""
    return "{" + ", ".join(f'"{key}": %s' for key in keys) + "}\n", attrgetter(*keys[:-1])


_WORDS = {None: "null", True: "true", False: "false"}
_TEMPLATES = {DeliveryReport: _template(REPORT_KEYS), MoReply: _template(MO_KEYS)}
