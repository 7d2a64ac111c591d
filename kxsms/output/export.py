"""A batch's rows as a CSV that spreadsheets open, or as JSON; a row at a time, however many there are."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from kxsms.domain.batch import ExportRow
from kxsms.domain.format import Format
from kxsms.domain.results import Export
from kxsms.errors import InputError
from kxsms.output.console import Console
from kxsms.output.documents import dumps
from kxsms.output.visible import visible

OWN_COLUMNS = (
    *("kxsms_outcome", "kxsms_task_id", "kxsms_code", "kxsms_message"),
    *("kxsms_delivery", "kxsms_delivered_at", "kxsms_reply"),
)
_AT_A_TIME = 2_000


def render_export(export: Export, format: Format, console: Console) -> None:
    """Write every row to stdout. Raises Failure where that cannot be written, and InputError for a character
    that the encoding does not have."""
    # The input may itself be an export: what became of it then is not what became of it now.
    kept = [place for place, name in enumerate(export.columns) if name not in OWN_COLUMNS]
    columns = (*(export.columns[place] for place in kept), *OWN_COLUMNS)
    rows = (cells(row, kept) for row in export.rows)
    if format is Format.JSONL:
        for row in rows:
            console.write(dumps(dict(zip(columns, row, strict=True))) + "\n")
    elif format is Format.JSON:
        opening = "["
        for row in rows:
            console.write(f"{opening}\n  {dumps(dict(zip(columns, row, strict=True)))}")
            opening = ","
        console.write("[]\n" if opening == "[" else "\n]\n")
    else:
        harmless = console.stdout_is_terminal
        # A mark in front of what a person looks at would only be in the way.
        mark = "" if harmless or export.encoding != "utf-8-sig" else "\ufeff"
        encoding = "utf-8" if export.encoding == "utf-8-sig" else export.encoding
        for text in _parts(columns, rows, harmless=harmless):
            try:
                console.write((mark + text).encode(encoding))
            except UnicodeEncodeError as error:
                character = error.object[error.start]
                raise InputError(
                    f"{export.encoding} has no character {character!r}", "--encoding gb18030 or utf-8 has all"
                ) from None
            mark = ""


def _parts(
    columns: tuple[str, ...], rows: Iterable[tuple[str | None, ...]], *, harmless: bool
) -> Iterator[str]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n" if harmless else "\r\n")
    writer.writerow([visible(name) for name in columns] if harmless else columns)
    for number, row in enumerate(rows, start=1):
        line = ["" if cell is None else cell for cell in row]
        writer.writerow([visible(cell) for cell in line] if harmless else line)
        if number % _AT_A_TIME == 0:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def cells(row: ExportRow, kept: Sequence[int]) -> tuple[str | None, ...]:
    """The input's own fields, and what became of them."""
    own = (row.outcome, row.task_id, row.code, row.message, row.delivery, row.delivered_at, row.reply)
    return (*(row.fields[place] for place in kept), *own)
