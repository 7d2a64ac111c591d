"""The entry point: runs a command, renders its result or error, and returns the exit status.

What draws results is loaded when there is one: help and completion need none of it.
"""

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import typer

from kxsms import language
from kxsms.app import app
from kxsms.context import Context
from kxsms.domain.format import Format
from kxsms.errors import Failure, KxsmsError
from kxsms.exit_status import ExitStatus, status_for
from kxsms.interrupts import StoppedBySignal, StopRequest, raising_on_signal
from kxsms.language import reason_of, tr
from kxsms.output.console import Console
from kxsms.output.stdout import use_utf8

if TYPE_CHECKING:
    from kxsms.domain.results import Result

_ALLOCATIONS = 10_000
"""New objects after which Python collects garbage; its default is 700."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line, by default that of the process, and return its exit status. Raise nothing."""
    if argv is not None:
        return _main(list(argv))
    # Modules are no garbage: to search them, now and again at the end, takes a fifth of a start.
    gc.set_threshold(_ALLOCATIONS)
    try:
        return _main(sys.argv[1:])
    finally:
        gc.freeze()


def _main(arguments: list[str]) -> int:
    use_utf8()
    context = Context(Console(), os.environ)
    context.console.arguments = arguments
    language.start(lambda: language.choose(os.environ, lambda: _configured_language(arguments)))
    try:
        with raising_on_signal() as stop:
            status = _run(arguments, context, stop)
    except StoppedBySignal as stopped:
        status = _stop(stopped.status, arguments, context)
    if context.console.log is not None:
        context.console.log.end(status)
    return status


def _configured_language(arguments: Sequence[str]) -> str | None:
    from kxsms.config.speech import configured_language

    return configured_language(_value_of(arguments, "--config"), os.environ)


def _run(arguments: list[str], context: Context, stop: StopRequest) -> int:
    try:
        result = app(args=arguments, prog_name="kxsms", standalone_mode=False, obj=context)
        if isinstance(result, int):
            # Typer itself answers --help and --version, and returns their status, and 130 for a Ctrl-D.
            return _stop(result, arguments, context) if result else result
        return _finish(result, context)
    except KxsmsError as error:
        return _fail(error, arguments, context)
    except typer.TyperException as error:
        from kxsms.mistakes import explain

        return _fail(explain(error, arguments), arguments, context)
    except SystemExit:
        # Typer ends so when the reader of its help has gone away.
        return 0
    except OSError as error:
        if context.has_options:
            return _fail(_defect(error, context), arguments, context)
        context.console.forget_stdout()
        return _fail(
            Failure(tr("the help could not be written: {reason}", reason=reason_of(error))),
            arguments,
            context,
        )
    except Exception as error:
        if stop.status is not None:  # an import can wrap StoppedBySignal
            raise StoppedBySignal(stop.status) from None
        return _fail(_defect(error, context), arguments, context)
    finally:
        context.close()


def _finish(result: "Result", context: Context) -> int:
    from kxsms.output.renderer import write_explanation, write_result

    console, status = context.console, status_for(result)
    write_result(result, console)
    with suppress(Failure):
        # If this fails, the next equal command shows the result again, which does no harm.
        context.note_written()
    write_explanation(result, status, console)
    return status


def _fail(error: KxsmsError, arguments: list[str], context: Context) -> int:
    from kxsms.output.renderer import write_error

    console, status = context.console, status_for(error)
    console.status(None)
    if not context.has_options:
        console.format = _format_in(arguments, os.environ)
        context.use_mask(_mask_in(arguments, os.environ))
    try:
        write_error(error, status, console)
    except Failure as failure:
        console.error(failure.message)
    return status


def _stop(status: int, arguments: list[str], context: Context) -> int:
    """Write the error object of a command that a signal ended; a person knows without words."""
    console = context.console
    console.status(None)
    if not context.has_options:
        console.format = _format_in(arguments, os.environ)
    if console.format.has_error_objects:
        from kxsms.output.renderer import write_errors_as_object

        write_errors_as_object((), ExitStatus.of_signal(status), console)
    return status


def _defect(error: Exception, context: Context) -> Failure:
    """Write the traceback, which users see in no other case, and return the error."""
    import traceback

    context.console.traceback(context.mask("".join(traceback.format_exception(error)).rstrip()))
    return Failure(
        tr("this is a defect of kxsms: {name}", name=type(error).__name__),
        tr("report it with the lines above and the output of kxsms --version --verbose"),
    )


def _mask_in(arguments: Sequence[str], environ: Mapping[str, str]) -> bool | None:
    """Return whether phone numbers are to be masked, also on a command line that cannot be parsed.

    None: as in the config.
    """
    if "--mask" in arguments:
        return True
    asked = environ.get("KXSMS_MASK", "").strip().lower()
    return asked not in ("0", "false", "f", "no", "n", "off") if asked else None


def _format_in(arguments: Sequence[str], environ: Mapping[str, str]) -> Format:
    """Return the format that is asked for, also on a command line that cannot be parsed."""
    asked = _value_of(arguments, "--output", "-o") or environ.get("KXSMS_OUTPUT", "")
    try:
        return Format(asked)
    except ValueError:
        return Format.TABLE


def _value_of(arguments: Sequence[str], name: str, short: str | None = None) -> str | None:
    """Return the value of an option, the last one that it has, or None."""
    found = None
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=False):
        if argument == "--":
            break
        if argument in (name, short):
            found = following
        elif argument.startswith(f"{name}="):
            found = argument.removeprefix(f"{name}=")
        elif short is not None and argument.startswith(short) and not argument.startswith("--"):
            found = argument.removeprefix(short).removeprefix("=")
    return found
