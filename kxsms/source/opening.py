"""Opening a file of rows: by its content, from a path or from stdin."""

import hashlib
import io
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

from kxsms.errors import InputError, UsageError
from kxsms.language import located, mark, reason_of, tr
from kxsms.source.csv import CsvFile
from kxsms.source.detection import encoding_of, named_delimiter, text_encoding
from kxsms.source.file_kind import HEAD, FileKind, kind_of, refuse_other_than_text
from kxsms.source.file_options import FileOptions
from kxsms.source.json_lines import JsonLinesFile
from kxsms.source.own_export import own_export
from kxsms.source.row_file import RowFile
from kxsms.source.table import SourceTable

T = TypeVar("T")


def open_table(
    path: str,
    stdin: Callable[[], BinaryIO],
    options: FileOptions,
    note: Callable[[str], None] = lambda text: None,
) -> SourceTable:
    """Open a file of rows; `-` is stdin. Call `note` with what a person should know of the file.

    Raise InputError if it cannot be read or holds no table, UsageError for an option that is invalid or does
    not apply to it.
    """

    def table(file: RowFile) -> SourceTable:
        return SourceTable(own_export(file, note), options.mobile_column, options.header_row)

    return open_rows(path, stdin, options, note, table)


def open_rows(
    path: str,
    stdin: Callable[[], BinaryIO],
    options: FileOptions,
    note: Callable[[str], None],
    make: Callable[[RowFile], T],
    wanted: str = mark("a table"),
    *,
    takes_json: bool = False,
) -> T:
    """Open a file of rows like `open_table`, and return what `make` makes of it. `wanted` is what it is.

    `takes_json`: it may also have a JSON object on each line.
    """
    name = "stdin" if path == "-" else path or "''"
    codec = None if options.encoding is None else text_encoding(options.encoding)
    delimiter = None if options.delimiter is None else named_delimiter(options.delimiter)
    with ExitStack() as on_error:
        try:
            file = on_error.enter_context(_open_seekable(path, stdin))
            head = file.read(HEAD)
            file.seek(0)
            # mypy: a BinaryIO does not promise the readinto that every file has.
            digest = hashlib.file_digest(cast("io.BufferedReader", file), "sha256").digest()
            row_file: RowFile
            if _is_workbook(name, head, options):
                row_file = _workbook(name, file, options, digest, note)
            elif takes_json and kind_of(head) is FileKind.JSON:
                row_file = JsonLinesFile(name, file, digest)
            else:
                refuse_other_than_text(head, name, wanted, tr("save it as CSV"))
                encoding = encoding_of(file, name, codec)
                row_file = CsvFile(name, file, encoding, delimiter, digest, options.header_row)
            on_error.callback(row_file.close)
            made = make(row_file)
        except OSError as error:
            raise InputError(
                located(name, reason_of(error)), tr("name a CSV file or a workbook, or - for stdin")
            ) from None
        on_error.pop_all()
        return made


def _is_workbook(name: str, head: bytes, options: FileOptions) -> bool:
    """Return whether the first bytes are a workbook's. Raise UsageError for an option of other files."""
    is_workbook = kind_of(head).is_workbook
    of_csv = {"--encoding": options.encoding, "--delimiter": options.delimiter}
    hidden_rows = None if options.hidden_rows == "include" else options.hidden_rows
    of_workbook = {"--sheet": options.sheet, "--hidden-rows": hidden_rows}
    for option, value in (of_csv if is_workbook else of_workbook).items():
        if value is not None:
            workbook = tr("a workbook")
            other, this = (tr("a CSV file"), workbook) if is_workbook else (workbook, tr("a text file"))
            raise UsageError(
                located(
                    name,
                    tr("{option} needs {other}, but this is {this}", option=option, other=other, this=this),
                ),
                tr("remove {option}", option=option),
            )
    return is_workbook


def _workbook(
    name: str, file: BinaryIO, options: FileOptions, digest: bytes, note: Callable[[str], None]
) -> RowFile:
    # It starts a process, and so is slow to load.
    from kxsms.source.workbook import WorkbookFile, WorkbookOptions

    chosen = WorkbookOptions(options.mobile_column, options.sheet, options.hidden_rows)
    workbook = WorkbookFile(name, file, chosen, digest)
    for text in workbook.notes:
        note(text)
    return workbook


def _open_seekable(path: str, stdin: Callable[[], BinaryIO]) -> BinaryIO:
    """Open a file that can be read twice; a pipe is copied to a temporary file."""
    with ExitStack() as on_error:
        source = stdin() if path == "-" else on_error.enter_context(Path(path).open("rb"))
        file = source
        if path == "-" or not Path(path).is_file():
            file = cast("BinaryIO", on_error.enter_context(tempfile.TemporaryFile()))
            shutil.copyfileobj(source, file, 1 << 20)
            file.seek(0)
            if path != "-":
                source.close()
        on_error.pop_all()
        return file
