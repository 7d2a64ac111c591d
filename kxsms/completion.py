"""Writes the completion scripts of `completions/`: `python -m kxsms.completion`."""

from pathlib import Path

DIRECTORY = Path(__file__).parent.parent / "completions"

_FILES = {"kxsms.bash": "bash", "_kxsms": "zsh", "kxsms.fish": "fish", "kxsms.ps1": "powershell"}

# zsh runs a script that it finds in its fpath as the completing function itself.
_ZSH_FIRST_CALL = """
if [ "$funcstack[1]" = "_kxsms" ]; then
    _kxsms_completion "$@"
fi
"""


def scripts() -> dict[str, str]:
    """The scripts by the names under which the shells look for them."""
    # Typer's own --show-completion goes the same way.
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    texts = {
        name: get_completion_script(prog_name="kxsms", complete_var="_KXSMS_COMPLETE", shell=shell) + "\n"
        for name, shell in _FILES.items()
    }
    texts["_kxsms"] += _ZSH_FIRST_CALL
    return texts


def write(directory: Path = DIRECTORY) -> None:
    """Write every script into a directory."""
    for name, text in scripts().items():
        (directory / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write()
