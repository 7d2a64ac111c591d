"""The time and the memory that planning a workbook takes, beside a CSV file with the same rows.

`python -m tests.bench.workbooks CSV XLSX` writes the workbook.
"""

import csv
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from tests.bench.measure import Bench, Result, median, run
from tests.bench.plans import MILLION, ONE_TEXT, OWN_TEXT, dry_run, people

_SIZES = (100_000, MILLION)
_OPENPYXL = """
import sys, openpyxl

book = openpyxl.load_workbook(sys.argv[1], read_only=True, data_only=True)
assert sum(1 for _ in book.worksheets[0].iter_rows(values_only=True)) > 1
"""


def write_workbook(source: Path, target: Path) -> None:
    """Write the rows of a CSV file as a workbook, with texts that cells share, as spreadsheets write them."""
    import xlsxwriter

    with source.open(encoding="utf-8", newline="") as file, xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet("S")
        for row, (mobile, name, code) in enumerate(csv.reader(file)):
            sheet.write_string(row, 0, mobile)
            sheet.write_string(row, 1, name)
            if code.isdigit():
                sheet.write_number(row, 2, int(code))
            else:
                sheet.write_string(row, 2, code)


@cache
def _workbook(source: str) -> str:
    target = str(Path(source).with_suffix(".xlsx"))
    subprocess.run([sys.executable, "-m", "tests.bench.workbooks", source, target], check=True)
    return target


def workbook(bench: Bench) -> Iterator[Result]:
    """Plan a workbook and a CSV file of the same rows: one text, and each row a text of its own."""
    for size in _SIZES:
        source = people(bench.directory, size)
        target = _workbook(source)
        for what, text in (("one text", ONE_TEXT), ("own texts", OWN_TEXT)):
            turns = [(dry_run(bench, source, text), dry_run(bench, target, text)) for _ in range(3)]
            of_csv, of_workbook = (median(usages) for usages in zip(*turns, strict=True))
            # CPU: the two processes of a workbook share the cores with whatever else runs.
            name, note = f"{size:,} rows of .xlsx, {what}, `--dry-run`", f"{of_workbook.cpu:.1f} s of CPU"
            yield Result(name, "the same as CSV", of_workbook.cpu / of_csv.cpu, 7, note=note)
            beside = f"CSV: {of_csv.peak:.3g} MiB"
            yield Result(name, "memory", of_workbook.peak, 120, unit="MiB", note=beside)


def openpyxl(bench: Bench) -> Iterator[Result]:
    """Plan a workbook, beside another program that only reads it."""
    target = _workbook(people(bench.directory, _SIZES[0]))
    script = bench.script("openpyxl_loop.py", _OPENPYXL)
    turns = [(run([sys.executable, script, target]), dry_run(bench, target, ONE_TEXT)) for _ in range(3)]
    loop, planned = (median(usages) for usages in zip(*turns, strict=True))
    name, note = f"{_SIZES[0]:,} rows of .xlsx, one text, `--dry-run`", f"{planned.cpu:.1f} s of CPU"
    yield Result(name, "openpyxl reads them", planned.cpu / loop.cpu, 1, note=note)


BENCHES: dict[str, Callable[[Bench], Iterator[Result]]] = {"workbook": workbook, "openpyxl": openpyxl}


if __name__ == "__main__":
    write_workbook(Path(sys.argv[1]), Path(sys.argv[2]))
