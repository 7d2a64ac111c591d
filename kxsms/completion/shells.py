"""The completion scripts of `completions/`, and their installation."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from kxsms.errors import Failure, UsageError
from kxsms.language import reason_of, tr

_SCRIPTS = {"bash": "kxsms.bash", "zsh": "_kxsms", "fish": "kxsms.fish", "powershell": "kxsms.ps1"}
_PLACES = {
    "bash": (".bash_completions/kxsms.sh", ".bashrc", "source '{path}'"),
    "zsh": (".zfunc/_kxsms", ".zshrc", "fpath+=~/.zfunc; autoload -Uz compinit; compinit"),
    "fish": (".config/fish/completions/kxsms.fish", None, ""),
}
"""The place of the script, the file that the shell reads at its start, and the line that it needs there."""

_PACKAGED = Path(__file__).parent / "scripts"
_IN_REPOSITORY = Path(__file__).parents[2] / "completions"


def current_shell(environ: Mapping[str, str]) -> str:
    """Return the name of the shell that runs kxsms, else of the user's login shell. Raises UsageError."""
    if os.name == "nt":
        return "powershell"
    try:
        command = ["ps", "-o", "comm=", "-p", str(os.getppid())]
        parent = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        parent = ""
    names = [Path(name.strip()).name.lstrip("-") for name in (parent, environ.get("SHELL", ""))]
    shell = next((name for name in names if name in _SCRIPTS), None)
    if shell is None:
        raise UsageError(
            tr("there is no completion for the shell {names!r}", names=names[-1]), tr("use bash, zsh or fish")
        )
    return shell


def script(shell: str) -> str:
    """Return the completion script for a shell."""
    directory = _PACKAGED if _PACKAGED.is_dir() else _IN_REPOSITORY
    return (directory / _SCRIPTS[shell]).read_text(encoding="utf-8")


def install(shell: str, home: Path) -> Path:
    """Write the script to where the shell finds it, and return its path. Raises UsageError and Failure."""
    if shell not in _PLACES:
        raise UsageError(
            tr("kxsms does not install completion for {shell}", shell=shell),
            tr("run kxsms --show-completion >> $PROFILE"),
        )
    place, start, line = _PLACES[shell]
    path = home / place
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(script(shell), encoding="utf-8")
        if start is not None:
            _add_line(home / start, line.format(path=path))
    except OSError as error:
        raise Failure(
            tr(
                "{filename} could not be written: {strerror}",
                filename=error.filename,
                strerror=reason_of(error),
            )
        ) from None
    return path


def _add_line(file: Path, line: str) -> None:
    if not file.exists() or line not in file.read_text(encoding="utf-8", errors="replace"):
        with file.open("a", encoding="utf-8") as out:
            out.write(f"\n{line}\n")
