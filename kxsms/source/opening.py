"""Opening a file of rows: by its content, from a path or from stdin."""

import hashlib
import io
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from kxsms.errors import InputError
from kxsms.source.csv import CsvFile
from kxsms.source.detection import encoding_of, named_delimiter, text_encoding
from kxsms.source.file_kind import HEAD, refuse_other_than_text
from kxsms.source.own_export import own_export
from kxsms.source.table import SourceTable


@dataclass(frozen=True)
class FileOptions:
    """Options that say how a file is to be read; each None is found out from the file."""

    mobile_column: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None


def open_table(
    path: str,
    stdin: Callable[[], BinaryIO],
    options: FileOptions,
    note: Callable[[str], None] = lambda text: None,
) -> SourceTable:
    """Open a file of rows; `-` is stdin. Call `note` with what a person should know of the file.

    Raise InputError if it cannot be read or holds no table, UsageError for an invalid encoding or delimiter.
    """
    name = "stdin" if path == "-" else path
    codec = None if options.encoding is None else text_encoding(options.encoding)
    delimiter = None if options.delimiter is None else named_delimiter(options.delimiter)
    with ExitStack() as on_error:
        try:
            file = on_error.enter_context(_open_seekable(path, stdin))
            refuse_other_than_text(file.read(HEAD), name, "a table", "save it as CSV")
            file.seek(0)
            # mypy: a BinaryIO does not promise the readinto that every file has.
            digest = hashlib.file_digest(cast("io.BufferedReader", file), "sha256").digest()
            csv_file = CsvFile(
                name, file, encoding_of(file, name, codec), delimiter, digest, options.header_row
            )
            on_error.callback(csv_file.close)
            table = SourceTable(own_export(csv_file, note), options.mobile_column, options.header_row)
        except OSError as error:
            raise InputError(
                f"{name}: {error.strerror or error}", "name a CSV file, or - for stdin"
            ) from None
        on_error.pop_all()
        return table


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
