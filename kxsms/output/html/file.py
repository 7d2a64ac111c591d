"""The file of a report."""

import codecs
from pathlib import Path
from typing import TYPE_CHECKING

from kxsms.output.html.page import page_parts
from kxsms.output.new_file import new_file

if TYPE_CHECKING:
    from kxsms.domain.report import BatchReport
    from kxsms.output.console import Console


def write_report(path: str | None, report: "BatchReport", console: "Console", *, is_device: bool) -> None:
    """Write a report into a new file, a pipe or a device; None is stdout. Raise Failure where that fails."""
    if path is None:
        console.write_parts(page_parts(report))
        return
    with new_file(Path(path), is_device=is_device) as target:
        target.writelines(codecs.iterencode(page_parts(report), "utf-8"))
