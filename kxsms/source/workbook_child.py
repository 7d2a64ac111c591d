"""The lines that the process of `workbook_process` writes: it is started, watched and ended here."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from typing import Any, BinaryIO

from kxsms.domain.secret import without_token
from kxsms.errors import InputError
from kxsms.language import language, located, mark, tr
from kxsms.source.workbook_errors import PROTECTED

SILENCE = 120.0
"""Seconds without a line after which the process is ended."""

_PACKAGES = Path(__file__).parents[2]
"""The directory of kxsms, which need not be installed."""

_PROGRAM = """
import sys
sys.path.append(sys.argv.pop(1))
from kxsms.source.workbook_process import main
sys.exit(main())
"""
_SAVE_AGAIN = mark("open it in a spreadsheet, and save it as .xlsx or as CSV UTF-8")
_REMOVE = mark("open it in a spreadsheet, remove the password, and save it")


def answers(name: str, file: BinaryIO, *command: str) -> Iterator[Any]:
    """Yield what the process writes about a workbook. Raise InputError if that cannot be read."""
    file.seek(0)
    process = subprocess.Popen(
        # -P: a file of the current directory must not take the place of a library.
        [sys.executable, "-P", "-c", _PROGRAM, str(_PACKAGES), *command],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=without_token(os.environ) | {"KXSMS_LANG": language()},
    )
    try:
        while True:
            line, is_late = _line(process)
            if is_late:
                raise InputError(
                    located(name, tr("reading the workbook took longer than {silence:g} s", silence=SILENCE)),
                    tr(_SAVE_AGAIN),
                )
            if not line.endswith(b"\n"):
                raise InputError(
                    located(name, tr("the workbook is damaged, or too large to read")), tr(_SAVE_AGAIN)
                )
            answer = json.loads(line)
            if isinstance(answer, dict) and "problem" in answer:
                break
            yield answer
    finally:
        process.kill()
        process.communicate()
    problem = answer["problem"]
    if problem is not None:
        raise InputError(located(name, problem), tr(_REMOVE) if problem == tr(PROTECTED) else tr(_SAVE_AGAIN))


def _line(process: "subprocess.Popen[bytes]") -> tuple[bytes, bool]:
    """Return the next line, and whether the process had to be ended because it wrote none in time."""
    assert process.stdout is not None
    late: list[bool] = []

    def end() -> None:
        late.append(True)
        process.kill()

    timer = Timer(SILENCE, end)
    timer.daemon = True
    timer.start()
    try:
        return process.stdout.readline(), bool(late)
    finally:
        timer.cancel()
