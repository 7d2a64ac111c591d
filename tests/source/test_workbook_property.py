"""Workbooks of any texts: they are read as another program wrote them."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.source.sheets import fields_of, workbook

# What XML can hold. A text that begins with = is a formula to openpyxl, and _x0041_ an escape to all readers.
_TEXTS = st.text(
    st.characters(
        codec="utf-8",
        exclude_characters="\ufffe\uffff\r",
        exclude_categories=["Cc", "Cs"],
        max_codepoint=0x1FFFF,
    ),
    max_size=12,
).filter(lambda text: not text.startswith("=") and not re.search("_x[0-9A-Fa-f]{4}_", text))
_CELLS = st.one_of(_TEXTS, st.integers(-(10**15) + 1, 10**15 - 1), st.booleans(), st.just(None))


def text_of(cell: str | int | None) -> str:
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    return "" if cell is None else str(cell)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(_CELLS, _CELLS, _CELLS), max_size=20))
def test_every_cell_is_read_as_it_was_written(rows: list[tuple[str | int | None, ...]]) -> None:
    read = fields_of(workbook([("mobile", "a", "b"), *rows]))
    written = [[text_of(cell) for cell in row] for row in rows]
    assert read == [row for row in written if "".join(row).strip()]
