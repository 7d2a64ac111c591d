"""The topics of `kxsms help TOPIC`: the Markdown files of `kxsms/help/`, found by listing that directory.

A file begins with the line `# topic: description`. The same page in Chinese is in `kxsms/help/zh/`.
"""

import re
from importlib.resources import files
from importlib.resources.abc import Traversable

from kxsms.language import CHINESE, language

_COMMENT = re.compile(r"^<!--.*?-->\n+", re.MULTILINE | re.DOTALL)
_DIRECTORY = files("kxsms") / "help"


def topics(directory: Traversable = _DIRECTORY) -> dict[str, str]:
    """Return the description of every topic, by name, in alphabetical order."""
    names = sorted(
        entry.name.removesuffix(".md") for entry in directory.iterdir() if entry.name.endswith(".md")
    )
    return {name: _description(directory, name) for name in names}


def _description(directory: Traversable, topic: str) -> str:
    return _read(f"{topic}.md", directory).partition("\n")[0].removeprefix(f"# {topic}: ")


def text_of(topic: str) -> str:
    """Return the Markdown of a topic, without the comments, which are for those who edit it."""
    return _COMMENT.sub("", _read(f"{topic}.md")).rstrip() + "\n"


def man_page() -> str:
    """Return the man page, as `python -m kxsms.help.manpage` wrote it."""
    return _read("kxsms.1")


def _read(name: str, directory: Traversable = _DIRECTORY) -> str:
    """Return the text of a file in the language of the user, in English where it is not there in Chinese."""
    chinese = directory / "zh" / name
    file = chinese if language() == CHINESE and chinese.is_file() else directory / name
    return file.read_text(encoding="utf-8")
