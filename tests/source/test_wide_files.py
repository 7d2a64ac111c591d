"""Files with very many columns: the time to open one grows with its width, not with the square of it."""

import subprocess
import sys
from pathlib import Path

_COLUMNS = 100_000
_PLACEHOLDERS = 2_000
_SECONDS = 20
"""Many times what the work takes. If its time grew with the square, it would take more than a minute."""

_PROGRAM = """
import sys
from kxsms.errors import InputError
from kxsms.source.file_options import FileOptions
from kxsms.source.opening import open_table
from kxsms.source.rows import table_source
from kxsms.source.texts import TextOptions

with open_table(sys.argv[1], None, FileOptions()) as table:
    source = table_source(table, sys.argv[2], None, TextOptions())
    for rows in source.rows(None):
        print(len(source.columns), source.mobile_column, *source.render(rows.fields))
"""


def test_a_header_of_many_columns_is_read_and_searched_in_linear_time(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    names = [f"Column{number}" for number in range(_COLUMNS - 1)]
    path.write_text(",".join([*names, "mobile"]) + "\n" + "1," * (_COLUMNS - 1) + "13800000000\n")
    # In another case than the header, so that no name is found at once.
    template = "".join(f"{{column{number}}}" for number in range(_PLACEHOLDERS))

    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(path), template],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )

    assert done.stderr == ""
    assert done.stdout == f"{_COLUMNS} {_COLUMNS - 1} {'1' * _PLACEHOLDERS}\n"
