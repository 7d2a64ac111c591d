"""`kxsms batch export`: write the rows of a batch, and what became of each."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from kxsms.commands.options import CONFIG, MASK, RESULT, SANDBOX, shared
from kxsms.commands.sessions import find_unpruned, note_mask, refuse_raw
from kxsms.completion.values import batch_ids
from kxsms.context import Context
from kxsms.domain.format import Format
from kxsms.domain.results import Export, Facts
from kxsms.errors import UsageError
from kxsms.language import joined, tr

if TYPE_CHECKING:
    from kxsms.domain.batch_row import ExportRow
    from kxsms.domain.export import ExportState

_ENCODING = "utf-8-sig"
_STDOUT = "-"


@shared(SANDBOX, CONFIG, RESULT, MASK)
def export(
    context: Context,
    name: Annotated[
        str,
        typer.Argument(metavar="ID", help="The id of a batch, or its beginning.", autocompletion=batch_ids),
    ],
    state: Annotated[
        list[str] | None,
        typer.Option(metavar="S,…", help="Write rows in these states, such as failed or rejected,unknown."),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write a new file: .csv, .xlsx or .jsonl. [default: stdout]"),
    ] = None,
    with_text: Annotated[
        bool, typer.Option("--with-text", help="Add each text as it was sent, in the column kxsms_text.")
    ] = False,
    encoding: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help=f"Write the CSV in this encoding, such as gb18030. [default: {_ENCODING}]"
        ),
    ] = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="Keep formulas in a CSV as they are, for programs.")
    ] = False,
) -> Export | Facts:
    """Write the rows of a batch, with outcomes, as CSV or Excel.

    The columns of the input come first, then kxsms_outcome, kxsms_task_id and others. In a CSV,
    kxsms puts an apostrophe in front of a value that a spreadsheet would run as a formula; --plain and
    -o csv leave the value as it is.

    \b
    Examples:
      kxsms batch export 3f2a > result.csv
      kxsms batch export 3f2a --state failed --out failed.xlsx
      kxsms batch export 3f2a --state rejected |
        kxsms send --csv - -m '{姓名}您好' --dry-run
      kxsms batch export 3f2a -o jsonl | jq 'select(.kxsms_outcome != "accepted")'
    """
    from kxsms.commands.out_file import out_file
    from kxsms.domain.export import export_columns, export_rows, in_states
    from kxsms.domain.out_file import MAX_SHEET_ROWS
    from kxsms.source.detection import text_encoding

    refuse_raw(context, "batch export")
    states = _states(",".join(state)) if state else None
    is_plain = plain or context.options.format is Format.CSV
    file = None if out is None or out == _STDOUT else out_file(out, encoding, is_plain=is_plain)
    codec = text_encoding(encoding or _ENCODING)
    ledger = context.ledger(writable=False)
    batch = find_unpruned(context, ledger, name)

    def chosen() -> "Iterator[ExportRow]":
        rows = ledger.read().rows(batch, with_text=with_text)
        return rows if states is None else filter(in_states(states), rows)

    columns = export_columns(batch.columns, with_text=with_text)
    rows = export_rows(batch.columns, chosen(), with_text=with_text)
    if file is None:
        note_mask(context)
        return Export(columns, rows, codec, is_plain)
    # Without a count the limit of a sheet would show only after a million rows were written.
    most = batch.rows if batch.rows <= MAX_SHEET_ROWS else sum(1 for _ in chosen())
    written = context.console.write_file(file, columns, rows, most)
    return Facts({"batch": batch.name, "file": file.path, "rows": str(written)}, counts=("rows",))


def _states(text: str) -> "list[ExportState]":
    """Return the states of --state. Raise UsageError for an unknown one."""
    from kxsms.domain.export import ExportState

    found = []
    for name in text.split(","):
        try:
            found.append(ExportState(name.strip()))
        except ValueError:
            raise UsageError(
                tr("--state {name!r} is not a state of a row", name=name.strip()),
                tr("use {states}", states=joined(ExportState)),
            ) from None
    return found
