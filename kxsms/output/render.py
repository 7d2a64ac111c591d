"""The one renderer: a result or an error, in the format that was asked for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kxsms.domain.format import Format
from kxsms.domain.results import (
    BatchStatus,
    Export,
    HelpPage,
    Interrupted,
    RecordsResult,
    Result,
    SendResult,
    Task,
    Value,
)
from kxsms.errors import KxsmsError, NoAnswer, NotKept, Refused
from kxsms.output.console import Console
from kxsms.output.documents import (
    document_of,
    dumps,
    record_document,
    record_lines,
    record_list,
    task_document,
)
from kxsms.output.visible import visible

if TYPE_CHECKING:
    from kxsms.domain.records import Record


def render(result: Result, exit_status: int, format: Format, console: Console) -> None:
    """Write a result to stdout. Raises Failure where stdout cannot be written."""
    if result is None or isinstance(result, Interrupted):
        return
    if isinstance(result, HelpPage):
        if result.is_markdown and console.stdout_is_terminal:
            from kxsms.output.page import draw_page

            draw_page(result.text, console.terminal)
        else:
            console.write(result.text)
        return
    if format.is_raw:
        for body in result.replies if isinstance(result, SendResult) else getattr(result, "bodies", ()):
            console.write(body + b"\n")
    elif isinstance(result, Export):
        from kxsms.output.export import render_export

        render_export(result, format, console)
    elif format.is_json:
        _render_json(result, exit_status, format, console)
    elif isinstance(result, Value):
        from kxsms.output.drawing import text_of

        text = text_of(result.value)
        console.write((visible(text) if console.stdout_is_terminal else text) + "\n")
    else:
        _render_table(result, format, console)


def _render_json(result: Result, exit_status: int, format: Format, console: Console) -> None:
    if isinstance(result, RecordsResult):
        write = record_list if format is Format.JSON else record_lines
        for part in write(result.records):
            console.write(part)
        return
    document = document_of(result, exit_status)
    if format is Format.JSON:
        console.write(dumps(document, indent=2) + "\n")
    else:
        lines = document if isinstance(document, list) else [document]
        console.write("".join(dumps(line) + "\n" for line in lines))


def _render_table(result: Result, format: Format, console: Console) -> None:
    from kxsms.output.drawing import as_csv, as_lines, draw
    from kxsms.output.tables import table_of

    on_terminal = console.stdout_is_terminal
    table = table_of(result, for_people=format is Format.TABLE and on_terminal)
    if table is None:
        return
    if format is Format.CSV:
        console.write(as_csv(table, harmless=on_terminal))
    elif on_terminal:
        draw(table, console.terminal)
    else:
        console.write(as_lines(table))


def render_task(task: Task, format: Format, console: Console) -> None:
    """One request of a send, as it ends: a line of jsonl, the raw answer, or nothing in the other formats."""
    if format is Format.JSONL:
        console.write(dumps(task_document(task)) + "\n")
    elif format.is_raw and task.body is not None:
        console.write(task.body + b"\n")


def render_record(record: "Record", format: Format, console: Console) -> None:
    """One record, as it comes, on a line."""
    document = record_document(record)
    if format is Format.JSONL:
        console.write(dumps(document) + "\n")
    else:
        from kxsms.output.drawing import text_of

        cells = [visible(text_of(cell)) for cell in document.values()]
        console.write("\t".join(cells) + "\n")


def render_error(error: KxsmsError, exit_status: int, format: Format, console: Console) -> None:
    """Tell of an error on stderr: in words, or with JSON as one object on the last line."""
    if format.is_raw and isinstance(error, Refused | NoAnswer | NotKept):
        console.write(b"".join(body + b"\n" for body in error.bodies))
    if format.is_json:
        message = ": ".join(filter(None, [error.message, "; ".join(error.details)]))
        _write_object(error.kind, message, error.hint, exit_status, console)
    else:
        console.error(error.message, error.hint, error.details)


def render_explanations(
    result: Result, explanations: Sequence[KxsmsError], exit_status: int, format: Format, console: Console
) -> None:
    """Tell on stderr why a result is no good news: an error a line in words, one object with JSON.

    The JSON of a send says it all itself; what is said of a batch that is only looked at is no error.
    """
    if isinstance(result, BatchStatus):
        for error in [] if format.is_json else explanations:
            console.say(error.message, error.hint)
    elif not format.is_json:
        for error in explanations:
            console.error(error.message, error.hint)
    elif explanations and not isinstance(result, SendResult):
        message = "; ".join(error.message for error in explanations)
        _write_object(explanations[0].kind, message, explanations[0].hint, exit_status, console)


def _write_object(kind: str, message: str, hint: str | None, exit_status: int, console: Console) -> None:
    document = {"kind": kind, "message": message, "hint": hint, "exit_status": int(exit_status)}
    console.line(dumps({"error": document}))
