"""The topics of `kxsms help TOPIC`: the Markdown files of `kxsms/help/`, found by listing that directory.

A file begins with the line `# topic: description`.
"""

import re
from importlib.resources import files
from importlib.resources.abc import Traversable

_COMMENT = re.compile(r"^<!--.*?-->\n+", re.MULTILINE | re.DOTALL)
_DIRECTORY = files("kxsms") / "help"


def topics(directory: Traversable = _DIRECTORY) -> dict[str, str]:
    """Return the description of every topic, by name, in alphabetical order."""
    names = sorted(
        entry.name.removesuffix(".md") for entry in directory.iterdir() if entry.name.endswith(".md")
    )
    return {name: _description(directory, name) for name in names}


def _description(directory: Traversable, topic: str) -> str:
    heading = (directory / f"{topic}.md").read_text(encoding="utf-8").partition("\n")[0]
    return heading.removeprefix(f"# {topic}: ")


def text_of(topic: str) -> str:
    """Return the Markdown of a topic, without the comments, which are for those who edit it."""
    return _COMMENT.sub("", (_DIRECTORY / f"{topic}.md").read_text(encoding="utf-8")).rstrip() + "\n"


def man_page() -> str:
    """Return the man page, as `python -m kxsms.help.manpage` wrote it."""
    return (_DIRECTORY / "kxsms.1").read_text(encoding="utf-8")
