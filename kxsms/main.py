"""The way in: runs a command, renders what it returns or raises, returns the exit status.

What draws results is loaded when there is one: help and completion need none of it.
"""

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import typer

from kxsms.app import app
from kxsms.context import Context
from kxsms.domain.format import Format
from kxsms.errors import Failure, KxsmsError, UsageError
from kxsms.exit_status import status_for
from kxsms.interrupts import StoppedBySignal, raising_on_signal
from kxsms.output.console import Console, use_utf8

if TYPE_CHECKING:
    from kxsms.domain.results import Result

_ALLOCATIONS = 10_000
"""After how many new objects Python looks for garbage; 700 by itself."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line, by default that of the process. Never raises: the exit status says it all."""
    if argv is not None:
        return _main(list(argv))
    # Modules are no garbage: looking for some among them, and once more at the end, is a fifth of a start.
    gc.set_threshold(_ALLOCATIONS)
    try:
        return _main(sys.argv[1:])
    finally:
        gc.freeze()


def _main(arguments: list[str]) -> int:
    use_utf8()
    context = Context(Console(), os.environ)
    try:
        with raising_on_signal():
            return _run(arguments, context)
    except StoppedBySignal as stopped:
        return stopped.status


def _run(arguments: list[str], context: Context) -> int:
    try:
        result = app(args=arguments, prog_name="kxsms", standalone_mode=False, obj=context)
        # Typer itself answers --help and --version, and returns their status.
        return result if isinstance(result, int) else _finish(result, context)
    except KxsmsError as error:
        return _fail(error, arguments, context)
    except typer.TyperException as error:
        return _fail(_usage(error, arguments), arguments, context)
    except SystemExit:
        # Typer ends so when the reader of its help has gone away, and once completion is installed.
        return 0
    except OSError as error:
        if context.has_options:
            return _fail(_defect(error, context), arguments, context)
        context.console.forget_stdout()
        return _fail(Failure(f"the help could not be written: {error.strerror}"), arguments, context)
    except Exception as error:
        return _fail(_defect(error, context), arguments, context)
    finally:
        context.close()


def _finish(result: "Result", context: Context) -> int:
    from kxsms.output.render import render, render_explanations
    from kxsms.output.words import explain, in_short

    status = status_for(result)
    try:
        render(result, status, context.options.format, context.console)
    except Failure as failure:
        raise Failure(failure.message + in_short(result)) from None
    render_explanations(result, explain(result), status, context.options.format, context.console)
    return status


def _fail(error: KxsmsError, arguments: list[str], context: Context) -> int:
    from kxsms.output.render import render_error

    status = status_for(error)
    format = context.options.format if context.has_options else _format(arguments, os.environ)
    try:
        render_error(error, status, format, context.console)
    except Failure as failure:
        context.console.error(failure.message)
    return status


def _usage(error: typer.TyperException, arguments: Sequence[str]) -> UsageError:
    caller = getattr(error, "ctx", None)
    # An option without its value is found out before Typer knows whose it is.
    first = [argument for argument in arguments[:1] if not argument.startswith("-")]
    path = caller.command_path if caller is not None else " ".join(["kxsms", *first])
    return UsageError(error.format_message(), f"{path} --help")


def _defect(error: Exception, context: Context) -> Failure:
    """A defect of kxsms: the one case in which a user sees a traceback."""
    import traceback

    context.console.lines(context.mask("".join(traceback.format_exception(error)).rstrip()))
    return Failure(
        f"this is a defect of kxsms: {type(error).__name__}",
        "report it with the lines above and kxsms --version",
    )


def _format(arguments: Sequence[str], environ: Mapping[str, str]) -> Format:
    """The format that was asked for, also on a command line that cannot be parsed."""
    asked = environ.get("KXSMS_OUTPUT", "")
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if argument == "--":
            break
        if argument in ("-o", "--output"):
            asked = following
        elif argument.startswith("--output="):
            asked = argument.removeprefix("--output=")
        elif argument.startswith("-o") and not argument.startswith("--"):
            asked = argument.removeprefix("-o").removeprefix("=")
    try:
        return Format(asked)
    except ValueError:
        return Format.TABLE
