"""The renderer: writes results, requests, records and errors in the format of the console."""

import codecs
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, assert_never

from kxsms.domain.format import Format
from kxsms.errors import AnswerError, Failure, KxsmsError
from kxsms.language import tr
from kxsms.output.json import Document, as_json, as_json_lines, dumps
from kxsms.output.registry import view_of
from kxsms.output.view import Bare, Chart, Checklist, Page, Sections, Spreadsheet, Table, Tabular, View
from kxsms.output.visible import visible

if TYPE_CHECKING:
    from kxsms.domain.records import Record
    from kxsms.domain.results import Result, Task
    from kxsms.exit_status import ExitStatus
    from kxsms.output.console import Console


def write_result(result: "Result", console: "Console") -> None:
    """Write a result to stdout. Raise Failure, with a summary of the result, where that fails."""
    view = view_of(result)
    try:
        _write_view(view, console)
        console.write(b"")  # a part that was written earlier may have failed
    except Failure as failure:
        raise Failure(failure.message + view.summary(), failure.hint) from None
    view.written()


def write_explanation(result: "Result", status: "ExitStatus", console: "Console") -> None:
    """Write the errors and notes of a result to stderr: a line each, or one error object for programs."""
    explanation = view_of(result).explanation()
    if console.format.has_error_objects:
        if status:
            write_errors_as_object(explanation.errors, status, console)
        return
    for error in explanation.errors:
        console.error(error.message, error.hint)
    for note in explanation.notes:
        console.note(note.text, note.hint)


def write_errors_as_object(errors: Sequence[KxsmsError], status: "ExitStatus", console: "Console") -> None:
    """Write one object for all errors. Its kind and its hint are those of the one that decides the status."""
    from kxsms.exit_status import ERROR_STATUSES, status_for

    kind = next(error.kind for error, own in ERROR_STATUSES.items() if own is status)
    deciding = [error for error in errors if status_for(error) is status]
    if deciding:
        kind = deciding[0].kind
    message = "; ".join(error.message for error in errors) or tr(status.meaning)
    hint = next((error.hint for error in deciding or errors if error.hint), None)
    _write_error_object(kind, message, hint, status, console)


def write_error(error: KxsmsError, status: "ExitStatus", console: "Console") -> None:
    """Write an error to stderr and, in a raw format, the answers that led to it to stdout."""
    if console.format.is_raw and isinstance(error, AnswerError):
        console.write_parts(console.mask.answer(body) + b"\n" for body in error.bodies)
    if console.format.has_error_objects:
        message = ": ".join(filter(None, [error.message, "; ".join(error.details)]))
        _write_error_object(error.kind, message, error.hint, status, console)
    else:
        console.error(error.message, error.hint, error.details)


def write_task(task: "Task", console: "Console") -> None:
    """Write a request of a send as soon as it has ended, in the formats that show each one."""
    match console.format:
        case Format.JSONL:
            from kxsms.output.views.send import task_document

            console.write(dumps(_masked(task_document(task), console)) + "\n")
        case Format.RAW_JSON | Format.RAW_XML:
            console.write_parts([console.mask.answer(task.body) + b"\n"] if task.body is not None else [])
        case Format.TABLE | Format.JSON | Format.CSV:
            pass
        case _:
            assert_never(console.format)


def write_record(record: "Record", console: "Console") -> None:
    """Write a record as one line, for a command that shows each as it comes."""
    from kxsms.output.views.records import record_document

    document = _masked(record_document(record), console)
    match console.format:
        case Format.JSON | Format.JSONL:
            console.write(dumps(document) + "\n")
        case Format.TABLE | Format.CSV:
            from kxsms.output.drawing import text_of
            from kxsms.output.words import shown_value

            cells = {key: visible(text_of(cell)) for key, cell in document.items()}
            if console.stdout_is_terminal and console.format is Format.TABLE:
                cells = {key: shown_value(key, cell) for key, cell in cells.items()}
            console.write("\t".join(cells.values()) + "\n")
        case Format.RAW_JSON | Format.RAW_XML:
            pass  # the answer with the record has been shown
        case _:
            assert_never(console.format)


def _write_view(view: View[Any], console: "Console") -> None:
    match console.format:
        case Format.TABLE | Format.CSV:
            _write_table(view, console)
        case Format.JSON:
            console.write_parts(as_json(_document(view, console)))
        case Format.JSONL:
            console.write_parts(as_json_lines(_document(view, console)))
        case Format.RAW_JSON | Format.RAW_XML:
            console.write_parts(console.mask.answer(answer) + b"\n" for answer in view.answers())
        case _:
            assert_never(console.format)


def _document(view: View[Any], console: "Console") -> Document:
    if not console.mask.is_on:
        return view.document()
    from kxsms.output.masking import masked_document

    return masked_document(view.document())


def _masked(document: dict[str, Any], console: "Console") -> dict[str, Any]:
    """Return the document of one task or record, with its phone numbers masked where that is wanted."""
    if not console.mask.is_on:
        return document
    from kxsms.output.masking import masked_value

    return {key: masked_value(value, key) for key, value in document.items()}


def _write_table(view: View[Any], console: "Console") -> None:
    is_for_people = console.stdout_is_terminal and console.format is not Format.CSV
    table = view.table(for_people=is_for_people)
    if console.mask.is_on:
        from kxsms.output.masking import masked_tabular

        table = masked_tabular(table)
    _write_tabular(table, console)


def _write_tabular(table: Tabular, console: "Console") -> None:
    from kxsms.output.drawing import as_csv, as_lines, draw, text_of, text_rows

    on_terminal, is_csv = console.stdout_is_terminal, console.format is Format.CSV
    match table:
        case None:
            pass
        case Bare(value=value):
            text = text_of(value)
            console.write((visible(text) if on_terminal else text) + "\n")
        case Sections(parts=parts):
            for number, part in enumerate(parts):
                console.write("\n" if number else "")
                _write_tabular(part, console)
        case Checklist(checks=checks):
            from kxsms.output.drawing import draw_checklist

            draw_checklist(checks, console.terminal)
        case Page(text=text, is_markdown=True) if on_terminal:
            from kxsms.output.page import draw_page

            draw_page(text, console.terminal)
        case Page(text=text):
            console.write(text)
        case Chart():
            from kxsms.output.chart import draw_chart

            draw_chart(table, console.terminal)
        case Spreadsheet(columns=columns, rows=rows, encoding=encoding):
            _write_encoded(as_csv(columns, rows, on_terminal=on_terminal), encoding, console)
        case Table():
            if is_csv:
                console.write_parts(as_csv(table.columns, text_rows(table), on_terminal=on_terminal))
            elif on_terminal:
                draw(table, console.terminal)
            else:
                console.write_parts(as_lines(table))
        case _:
            assert_never(table)


def _write_encoded(parts: Iterable[str], encoding: str, console: "Console") -> None:
    """Write a file for spreadsheets. Raise InputError for a character that its encoding lacks."""
    if console.stdout_is_terminal:
        encoding = encoding.removesuffix("-sig")  # a byte order mark would only be in the way
    try:
        console.write_parts(codecs.iterencode(parts, encoding))
    except UnicodeEncodeError as error:
        from kxsms.output.export import lacking

        raise lacking(error, encoding) from None


def _write_error_object(
    kind: str, message: str, hint: str | None, status: "ExitStatus", console: "Console"
) -> None:
    hint = console.mask.text(console.completed(hint)) if hint else hint
    message = console.mask.text(message)
    document = {"kind": kind, "message": message, "hint": hint, "exit_status": int(status)}
    console.error_object(dumps({"error": document}))
