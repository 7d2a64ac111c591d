"""Every result has a view with all its parts, in every format; a member without one fails here or in mypy."""

import io
import json
import sys
from pathlib import Path
from typing import get_args

import pytest

from kxsms.domain.format import Format
from kxsms.domain.results import BatchList, Result, SendResult
from kxsms.exit_status import ExitStatus, status_for
from kxsms.output import views
from kxsms.output.console import Console
from kxsms.output.registry import view_of
from kxsms.output.renderer import write_explanation, write_result
from kxsms.output.view import Explanation, View
from tests.output.examples import REPORT, RESULTS

MEMBERS = get_args(Result)
SILENT = {"Interrupted", "NoneType"}
RAW = {"SendResult", "BalanceResult", "RecordsResult"}
VIEW_FILES = {path.stem for path in Path(*views.__path__).glob("*.py")} - {"__init__", "batch_columns"}

of_every_result = pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.__name__)


def written(result: Result, format: Format, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Return what a result leaves on stdout and on stderr."""
    out, err = io.BytesIO(), io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, "utf-8"))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(err, "utf-8"))
    console = Console()
    console.use(format, quiet=False, verbose=False)
    write_result(result, console)
    write_explanation(result, status_for(result), console)
    return out.getvalue().decode("utf-8"), err.getvalue().decode("utf-8")


def test_every_result_has_an_example() -> None:
    assert set(RESULTS) == set(MEMBERS)


@of_every_result
def test_a_result_has_a_view_of_its_own(member: type[object]) -> None:
    found = [view_of(example) for example in RESULTS.values()]
    assert [type(view.result) for view in found if type(view) is type(view_of(RESULTS[member]))] == [member]


def test_every_view_is_in_a_file_of_its_own_and_used() -> None:
    used = {type(view_of(result)).__module__ for result in RESULTS.values()}
    assert used == {f"kxsms.output.views.{name}" for name in VIEW_FILES}


@of_every_result
def test_a_view_has_an_exit_status(member: type[object]) -> None:
    assert status_for(RESULTS[member]) in ExitStatus


@of_every_result
def test_a_view_has_an_explanation(member: type[object]) -> None:
    assert isinstance(view_of(RESULTS[member]).explanation(), Explanation)


@pytest.mark.parametrize("format", Format)
@of_every_result
def test_a_result_is_written_in_every_format_that_it_has(
    member: type[object], format: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, _ = written(RESULTS[member], format, monkeypatch)
    is_empty = member.__name__ in SILENT or (format.is_raw and member.__name__ not in RAW)
    assert (out == "") == is_empty


@pytest.mark.parametrize("format", Format)
def test_a_record_and_a_request_are_written_in_every_format(
    format: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "utf-8"))
    console = Console()
    console.use(format, quiet=False, verbose=False)
    console.show_record(REPORT)
    send = RESULTS[SendResult]
    assert isinstance(send, SendResult)
    console.show_task(send.tasks[0])


@pytest.mark.parametrize("part", ["document", "table", "explanation", "exit_status"])
def test_a_view_without_a_part_cannot_be_made(part: str) -> None:
    assert part in View.__abstractmethods__


def test_the_columns_of_a_batch_are_the_keys_of_its_json(monkeypatch: pytest.MonkeyPatch) -> None:
    batches = RESULTS[BatchList]
    table, _ = written(batches, Format.TABLE, monkeypatch)
    document, _ = written(batches, Format.JSON, monkeypatch)
    assert table.splitlines()[0].split("\t") == list(json.loads(document)[0])
