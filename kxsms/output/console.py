"""The console: the only writer to stdout and stderr, and the only one that asks a person.

stdout carries results alone, in UTF-8; everything else goes to stderr.
"""

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO, TextIO

from kxsms.domain.format import Format
from kxsms.language import tr
from kxsms.output.mask import Mask
from kxsms.output.stderr import Status, Stderr
from kxsms.output.stdin import Stdin
from kxsms.output.stdout import Stdout
from kxsms.output.visible import visible, visible_lines

if TYPE_CHECKING:
    from kxsms.domain.batch import Batch
    from kxsms.domain.out_file import OutFile
    from kxsms.domain.plan import Plan
    from kxsms.domain.records import Record
    from kxsms.domain.report import BatchReport
    from kxsms.domain.results import Result, Task
    from kxsms.output.event_log import EventLog
    from kxsms.output.meter import Meter
    from kxsms.output.progress import Progress


class Console:
    """The process's standard streams, and the options that say how to use them.

    `quiet` silences notes, warnings and progress, never errors and results. `arguments` are the command line.
    `mask` hides phone numbers. `log` gets events, if there is one.
    """

    def __init__(self) -> None:
        self.format = Format.TABLE
        self.quiet = False
        self.verbose = False
        self.arguments: Sequence[str] = ()
        self.mask = Mask()
        self.log: EventLog | None = None
        self._out = Stdout()
        self._err = Stderr()
        self._in = Stdin(self._err)

    def use(self, format: Format, *, quiet: bool, verbose: bool) -> None:
        """Take the options of the command line."""
        self.format = format
        self.quiet = quiet
        self.verbose = verbose
        for module in ("hints", "wrapping"):  # now: later the process may be unable to open more files
            import_module(f"kxsms.output.{module}")

    def open_log(self, path: str, command: str, *, masks: bool) -> None:
        """Log events of a command to a file from now on."""
        from kxsms.output.event_log import EventLog

        def warn(reason: str) -> None:
            self.warn(
                tr("the log {path} cannot be written: {reason}", path=path, reason=reason),
                tr("name a file that you can write to"),
            )

        self.log = EventLog(path, masks=masks, warn=warn)
        self.log.start(command)

    @property
    def stdout_is_terminal(self) -> bool:
        """Return whether a person sees the result."""
        return self._out.is_terminal

    @property
    def terminal(self) -> TextIO:
        """Return stdout for rich to draw on. Only where `stdout_is_terminal`."""
        return self._out.terminal

    def write(self, data: bytes | str) -> None:
        """Write to stdout and flush. Raise Failure where that fails; a reader may have gone away."""
        if self.stdout_is_terminal:
            self.status(None)
        self._out.write(data)

    def write_parts(self, parts: Iterable[bytes | str]) -> None:
        """Write a long output to stdout, part by part. Raise Failure where that fails."""
        for part in parts:
            self.write(part)

    def forget_stdout(self) -> None:
        """Write nothing more to stdout, because it is broken."""
        self._out.forget()

    def wait(self, seconds: float) -> bool:
        """Wait while stdout has a reader. Return whether it still has one."""
        return self._out.wait(seconds)

    def write_file(
        self, file: "OutFile", columns: Sequence[str], rows: Iterable[Sequence[object]], most: int
    ) -> int:
        """Write at most `most` rows into a file that the user named. Return how many they were.

        Raise InputError for what the format or the encoding cannot hold, Failure where writing fails.
        """
        from kxsms.output.export import write_file

        return write_file(file, columns, rows, most)

    def write_report(self, path: str | None, report: "BatchReport", *, is_device: bool) -> None:
        """Write a report into a file that the user named, or to stdout. Raise Failure where that fails."""
        from kxsms.output.html.file import write_report

        write_report(path, report, self, is_device=is_device)

    def announce(self, result: "Result") -> None:
        """Write a result now, for a command that then continues. Raise Failure where that fails."""
        from kxsms.output.renderer import write_result

        write_result(result, self)

    def show_task(self, task: "Task") -> None:
        """Write a request of a send that has ended, in a format that shows each. Raise Failure."""
        from kxsms.output.renderer import write_task

        write_task(task, self)

    def show_answer(self, body: bytes) -> None:
        """Write an answer as it came, in a raw format. Raise Failure where that fails."""
        if self.format.is_raw:
            self.write(self.mask.answer(body) + b"\n")

    def show_record(self, record: "Record") -> None:
        """Write a record now, as one line. Raise Failure where that fails."""
        from kxsms.output.renderer import write_record

        write_record(record, self)

    def record_json(self, record: "Record") -> bytes:
        """Return a record as one line of JSON for a program that --exec runs: its number is whole."""
        from kxsms.output.json import dumps
        from kxsms.output.views.records import record_document

        return (dumps(record_document(record)) + "\n").encode()

    def note(self, text: str, hint: str | None = None) -> None:
        """Write something worth knowing, unless `quiet`."""
        if not self.quiet:
            self._message(tr("kxsms: {text}", text=self._shown(text)), hint, ())

    def warn(self, text: str, hint: str | None = None, details: Iterable[str] = ()) -> None:
        """Write about something that is probably wrong, but no reason to stop, unless `quiet`."""
        if not self.quiet:
            self._message(tr("kxsms: warning: {text}", text=self._shown(text)), hint, details)

    def error(self, text: str, hint: str | None = None, details: Iterable[str] = ()) -> None:
        """Write why the command failed, and what to do."""
        self._message(tr("kxsms: error: {text}", text=self._shown(text)), hint, details)

    def _message(self, line: str, hint: str | None, details: Iterable[str]) -> None:
        self._wrap(line)
        for detail in details:
            self._wrap(f"  {self._shown(detail)}")
        if hint:
            self._wrap(tr("hint: {text}", text=self._shown(self.completed(hint))))

    def _shown(self, text: str) -> str:
        return visible(self.mask.text(text))

    def _wrap(self, text: str) -> None:
        """Write a text as a line or, on a terminal, as lines that end at words."""
        columns = self._err.columns
        if columns is not None and len(text) * 2 > columns:
            from kxsms.output.wrapping import wrapped

            text = wrapped(text, columns)
        self._err.line(text)

    def completed(self, hint: str) -> str:
        """Return a hint whose commands repeat those options of this command line without which they fail."""
        from kxsms.output.hints import carried_options, completed

        return completed(hint, carried_options(self.arguments))

    def trace(self, line: str) -> None:
        """Write a line of `--verbose`."""
        self._err.line(self._shown(line))

    def error_object(self, line: str) -> None:
        """Write an error for programs."""
        self._err.line(line)

    def traceback(self, text: str) -> None:
        """Write the lines of a traceback."""
        self._err.line(visible_lines(self.mask.text(text)))

    @property
    def can_redraw(self) -> bool:
        """Return whether a status is possible and wanted."""
        return not self.quiet and self._err.can_redraw

    def status(self, status: Status | None) -> None:
        """Show a status below all lines, in place of the one before; None removes it. See `can_redraw`."""
        self._err.status(status)

    def progress(self, batch: "Batch") -> "Progress":
        """Return an observer that shows how far a batch is, until it is closed."""
        from kxsms.output.progress import Progress

        if self.log is not None:
            self.log.batch = batch.name
        return Progress(batch.counts, self)

    def meter(self) -> "Meter":
        """Return a meter, which shows figures until it is closed."""
        from kxsms.output.meter import Meter

        return Meter(self)

    def show_plan(self, plan: "Plan") -> None:
        """Show the plan of a send to a person who is about to be asked. Do nothing off a terminal."""
        terminal = self._in.terminal
        if terminal is not None:
            from kxsms.output.drawing import draw
            from kxsms.output.masking import masked_table
            from kxsms.output.plan import plan_for_people

            table = plan_for_people(plan)
            draw(masked_table(table) if self.mask.is_on else table, terminal)

    @property
    def can_ask(self) -> bool:
        """Return whether a person can be asked."""
        return self._in.can_ask

    def confirm(self, question: str, option: str) -> bool:
        """Ask a person for yes or no. Off a terminal, raise UsageError with the option that means yes."""
        return self._in.confirm(self.mask.text(question), option)

    def ask(self, question: str, option: str, *, hidden: bool = False) -> str:
        """Ask a person for a line. Off a terminal, raise UsageError with the option that answers."""
        return self._in.ask(self.mask.text(question), option, hidden=hidden)

    @property
    def stdin(self) -> BinaryIO:
        """Return stdin's bytes as a stream. Raise InputError where there is none."""
        return self._in.binary

    def read(self, limit: int = -1) -> bytes:
        """Return all of stdin, or its first `limit` bytes. Raise InputError where that fails."""
        return self._in.read(limit)
