"""The files that options name: their format by the ending, and whether they may be written."""

import stat
from pathlib import Path

from kxsms.domain.out_file import FileFormat, OutFile
from kxsms.errors import InputError, UsageError

_ENDINGS = "use a name that ends in .csv, .xlsx or .jsonl"


def out_file(path: str, encoding: str | None, *, is_plain: bool) -> OutFile:
    """Return the file to write, `encoding` being that of a CSV.

    Raise UsageError for another ending, InputError for a file that exists, and for one that cannot be there.
    A pipe or a device may exist, and is a CSV unless its name ends otherwise.
    """
    from kxsms.source.detection import text_encoding

    target = Path(path)
    on_device = is_device(path, "--out")
    ending = target.suffix.removeprefix(".").casefold()
    if on_device and not ending:
        ending = FileFormat.CSV
    if ending not in list(FileFormat):
        raise UsageError(f"--out {path!r} does not say in which format to write", _ENDINGS)
    if encoding is not None and ending != FileFormat.CSV:
        raise UsageError(f"--encoding is for CSV, not for .{ending}", "omit --encoding")
    codec = text_encoding(encoding or OutFile._field_defaults["encoding"])
    return OutFile(path, FileFormat(ending), codec, is_plain, on_device)


def is_device(path: str, option: str) -> bool:
    """Return whether the file of an option is a pipe or a device.

    Raise UsageError for an empty name, InputError if there is another file, or if none can be there.
    """
    if not path:
        raise UsageError(f"{option} has an empty name", "name a new file")
    target = Path(path)
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        if not target.parent.is_dir():
            raise InputError(f"{target}: there is no directory {target.parent}", "create it first") from None
        if not target.is_symlink():
            return False
        mode = 0
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{target}: {reason}", "name a new file") from None
    if stat.S_ISFIFO(mode) or stat.S_ISCHR(mode):
        return True
    raise InputError(f"{target} exists already", f"name a new file with {option}, or remove this one first")
