"""Damaged and hostile workbooks: one line, status 2, and nothing sent."""

import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import kxsms.source.workbook_child
from tests.conftest import Run
from tests.scripted_gateway import ScriptedGateway
from tests.source.sheets import FIXTURES, ONE, inline, raw, workbook

_ENTITIES = '<!DOCTYPE x [<!ENTITY a "ha">]>'


def zipped(**parts: bytes) -> bytes:
    with zipfile.ZipFile("other.zip", "w") as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/"), data)
    return Path("other.zip").read_bytes()


def truncated() -> bytes:
    return Path(workbook([["mobile"], *([ONE] for _ in range(100))])).read_bytes()[:-200]


def damaged_part() -> bytes:
    data = bytearray(Path(workbook([["mobile"], [ONE]])).read_bytes())
    with zipfile.ZipFile("p.xlsx") as archive:
        start = archive.getinfo("xl/worksheets/sheet1.xml").header_offset
    data[start + 60 : start + 90] = bytes(30)
    return bytes(data)


def of(cells: str, **more: str) -> bytes:
    return Path(raw(cells, **more)).read_bytes()


def spaces(size: int) -> bytes:
    """Return a workbook whose sheet unpacks to so many bytes."""
    return of(" " * size)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "half a zip": (lambda: b"PK\x03\x04\x14\0\x06\0", "this is a zip archive that is no workbook"),
    "truncated": (truncated, "the workbook is damaged"),
    "damaged part": (damaged_part, "the workbook is damaged"),
    "another zip": (lambda: zipped(a=b"1"), "this is a zip archive that is no workbook"),
    "empty zip": (lambda: zipped(), "this is a zip archive that is no workbook"),
    "word": (
        lambda: zipped(_rels__=b"", **{"_rels/.rels": b"<a/>", "word/document.xml": b"<a/>"}),
        "this is a Word document, not a table",
    ),
    "old word": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"),
        "this is a Word document, not a table",
    ),
    "other ole": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(9000), "this is not a workbook"),
    "empty xls": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"),
        "the workbook is damaged",
    ),
    "entities": (lambda: of("<row/>", before=_ENTITIES), "the workbook is damaged: a document type"),
    "not xml": (lambda: of("<row></c>"), "the workbook is damaged: mismatched tag"),
    "rows out of order": (lambda: of('<row r="3"/><row r="2"/>'), "row 2 follows row 3"),
    "a row too many": (lambda: of('<row r="1048577"/>'), "the workbook is damaged"),
    "a column too many": (lambda: of('<row><c r="XFE1"><v>1</v></c></row>'), "the column 'XFE'"),
    "cells without end": (lambda: of("<row>" + "<c><v>1</v></c>" * 16_385), "has too many cells"),
    "an unknown text": (lambda: of('<row><c t="s"><v>7</v></c></row>'), "the text '7'"),
    "a long text": (lambda: of(f"<row>{inline('x' * 200_000)}</row>"), "holds a text that is too long"),
    "a bomb": (lambda: spaces(70_000_000), "unpacks to 70,000,"),
    "a long attribute": (lambda: of(f'<row a="{"x" * 40_000_000}"/>'), ""),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_workbook_is_one_line(run: Run, gateway: ScriptedGateway, case: str) -> None:
    write, words = HOSTILE[case]
    data = write()
    Path("p.xlsx").write_bytes(data)

    done = run("send", "--csv", "p.xlsx", "-m", "【科】您好", "--yes")

    errors = [line for line in done.err.splitlines() if not line.startswith("hint: ")]
    assert done.status == 2
    assert len(errors) == 1
    assert errors[0].startswith("kxsms: error: p.xlsx")
    assert words in errors[0]
    assert gateway.received == []


@pytest.mark.parametrize(("place", "byte"), [(5277, 169), (1580, 91)], ids=["abort", "panic"])
def test_an_xls_that_ends_the_process_which_reads_it_is_one_line(
    run: Run, gateway: ScriptedGateway, place: int, byte: int
) -> None:
    data = bytearray((FIXTURES / "libreoffice.xls").read_bytes())
    data[place] = byte
    Path("p.xls").write_bytes(data)

    done = run("send", "--csv", "p.xls", "-m", "【科】您好", "--yes")

    assert done.status == 2
    assert done.err.splitlines() == [
        "kxsms: error: p.xls: the workbook is damaged, or too large to read",
        "hint: open it in a spreadsheet, and save it as .xlsx or as CSV UTF-8",
    ]
    assert gateway.received == []


@pytest.mark.parametrize("seed", range(6))
def test_an_xls_with_changed_bytes_is_read_or_refused(run: Run, gateway: ScriptedGateway, seed: int) -> None:
    data = bytearray((FIXTURES / "libreoffice.xls").read_bytes())
    chance = random.Random(seed)
    for _ in range(40):
        data[chance.randrange(512, len(data))] = chance.randrange(256)
    Path("p.xls").write_bytes(data)

    done = run("send", "--csv", "p.xls", "-m", "【科】您好", "--dry-run")

    assert done.status in (0, 2)
    assert "Traceback" not in done.err
    assert sum(line.startswith("kxsms: error: ") for line in done.err.splitlines()) == (done.status == 2)


def test_a_process_that_writes_nothing_in_time_is_ended(
    run: Run, monkeypatch: pytest.MonkeyPatch, gateway: ScriptedGateway
) -> None:
    monkeypatch.setattr(kxsms.source.workbook_child, "SILENCE", 0.0)
    workbook([["mobile"], [ONE]])

    done = run("send", "--csv", "p.xlsx", "-m", "【科】您好", "--yes")

    assert done.status == 2
    assert "p.xlsx: reading the workbook took longer than 0 s" in done.err
    assert gateway.received == []
