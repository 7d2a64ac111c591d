"""The files that options name: their format by the ending, and whether they may be written."""

import stat
from pathlib import Path

from kxsms.domain.out_file import FileFormat, OutFile
from kxsms.errors import InputError, UsageError
from kxsms.language import located, mark, reason_of, tr

_ENDINGS = mark("use a name that ends in .csv, .xlsx or .jsonl")


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
        raise UsageError(tr("--out {path!r} does not say in which format to write", path=path), tr(_ENDINGS))
    if encoding is not None and ending != FileFormat.CSV:
        raise UsageError(tr("--encoding is for CSV, not for .{ending}", ending=ending), tr("omit --encoding"))
    codec = text_encoding(encoding or OutFile._field_defaults["encoding"])
    return OutFile(path, FileFormat(ending), codec, is_plain, on_device)


def is_device(path: str, option: str) -> bool:
    """Return whether the file of an option is a pipe or a device.

    Raise UsageError for an empty name, InputError if there is another file, or if none can be there.
    """
    if not path:
        raise UsageError(tr("{option} has an empty name", option=option), tr("name a new file"))
    target = Path(path)
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        if not target.parent.is_dir():
            raise InputError(
                located(target, tr("there is no directory {directory}", directory=target.parent)),
                tr("create it first"),
            ) from None
        if not target.is_symlink():
            return False
        mode = 0
    except (OSError, ValueError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else str(error)
        raise InputError(located(target, reason), tr("name a new file")) from None
    if stat.S_ISFIFO(mode) or stat.S_ISCHR(mode):
        return True
    raise InputError(
        tr("{target} exists already", target=target),
        tr("name a new file with {option}, or remove this one first", option=option),
    )
