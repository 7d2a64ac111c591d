"""CSV files: rows, lines, quotes, pipes, and files that cannot be opened."""

import hashlib
import io
import os
import re
import threading
from pathlib import Path

import pytest

from kxsms.errors import InputError
from kxsms.source.file_options import FileOptions
from kxsms.source.opening import open_table
from tests.planning import Row, rows_of
from tests.source.files import EXCEL, HEADER, ROWS, no_stdin, opened


def test_a_file_from_excel_is_read_from_the_top_each_time() -> None:
    with opened(EXCEL) as file:
        assert file.name == "people.csv"
        assert file.header == HEADER
        assert file.digest == hashlib.sha256(EXCEL.encode()).digest()
        assert rows_of(file) == ROWS
        assert rows_of(file) == ROWS


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_are_those_of_an_editor_even_after_quoted_newlines(newline: str) -> None:
    text = newline.join(["", 'a,"b', ' c"', '1,"x', "", 'y"', "", " , ", ",,,,", "2,z", "3,"])
    with opened(text) as file:
        assert file.header == ("a", f"b{newline} c")
        assert file.header_line == 2
        first = Row(4, ["1", f"x{newline}{newline}y"])
        assert rows_of(file) == [first, Row(10, ["2", "z"]), Row(11, ["3", ""])]


def test_quotes_and_blanks_in_fields_stay_and_blanks_around_headers_go() -> None:
    with opened(' a ,\u3000b\t\n" 1 ","say ""hi"", you"\n,2\n') as file:
        assert file.header == ("a", "b")
        assert rows_of(file) == [Row(2, [" 1 ", 'say "hi", you']), Row(3, ["", "2"])]


def test_reading_again_starts_at_the_top_and_ends_the_reading_before() -> None:
    with opened("a\n1\n2\n") as file:
        stale, rows = file.rows(), file.rows()
        assert next(stale) == (range(2, 4), [["1"], ["2"]], False)
        assert next(rows) == (range(2, 4), [["1"], ["2"]], False)
        with pytest.raises(ValueError, match="detached"):
            next(stale)


def test_rows_beyond_the_limit_are_not_read() -> None:
    with opened('a\n1\n\n2\n3\n"') as file:
        assert rows_of(file, 2) == [Row(2, ["1"]), Row(4, ["2"])]
        assert rows_of(file, 0) == []
        with pytest.raises(InputError, match=r"^people\.csv:6: a quote opens"):
            rows_of(file)


def test_stdin_is_read_as_a_file_is() -> None:
    stdin = io.BytesIO(EXCEL.encode("gb18030"))
    with open_table("-", lambda: stdin, FileOptions()) as file:
        assert file.name == "stdin"
        assert file.header == HEADER
        assert file.digest == hashlib.sha256(stdin.getvalue()).digest()
        assert rows_of(file) == ROWS
        assert rows_of(file) == ROWS


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_can_be_read_more_than_once() -> None:
    os.mkfifo("pipe")
    writer = threading.Thread(target=Path("pipe").write_bytes, args=[EXCEL.encode()])
    writer.start()
    with open_table("pipe", no_stdin, FileOptions()) as file:
        writer.join()
        assert file.name == "pipe"
        assert rows_of(file) == ROWS
        assert rows_of(file) == ROWS


def test_a_missing_file_is_named_with_the_reason() -> None:
    with pytest.raises(InputError, match=r"^gone\.csv: No such file or directory$"):
        open_table("gone.csv", no_stdin, FileOptions())


def test_a_directory_is_named_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(str(tmp_path))}: [A-Z]"):
        open_table(str(tmp_path), no_stdin, FileOptions())


def test_an_unreadable_stdin_is_named() -> None:
    with Path("output").open("wb") as unreadable, pytest.raises(InputError, match=r"^stdin: "):
        open_table("-", lambda: unreadable, FileOptions())


def test_a_file_without_permission_is_named_with_the_reason() -> None:
    Path("secret.csv").touch(mode=0)
    if os.access("secret.csv", os.R_OK):
        pytest.skip("root may read everything")
    with pytest.raises(InputError, match=r"^secret\.csv: Permission denied$"):
        open_table("secret.csv", no_stdin, FileOptions())
