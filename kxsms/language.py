"""The language of what people read: English, which is in the code, or Chinese, which comes through gettext.

`tr` and `plural` translate when they are called, so call them where a message is made, not while a module
loads. `mark` marks a text in a constant, which `tr` translates when it is shown. The help of options and of
commands needs no mark. `python -m tests.messages` collects all of them into the catalogue.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gettext import GNUTranslations

ENGLISH = "en"
CHINESE = "zh_CN"
CATALOGUES = Path(__file__).parent / "locale"

_SIMPLIFIED = ("cn", "sg", "hans")
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def meant(name: str) -> str | None:
    """Return the language that a name such as zh_CN.UTF-8, zh-Hans or en stands for, or None for others."""
    first, *rest = name.partition(".")[0].partition("@")[0].replace("-", "_").casefold().split("_")
    if first == "zh" and (not rest or rest[0] in _SIMPLIFIED):
        return CHINESE
    return ENGLISH if first == "en" else None


def choose(environ: Mapping[str, str], configured: Callable[[], str | None]) -> str:
    """Return the language that the environment asks for, or the config, or the system.

    The first of them that says anything decides: English, if it says what kxsms does not speak.
    """
    if named := environ.get("KXSMS_LANG"):
        return meant(named) or ENGLISH
    if named := configured():
        return meant(named) or ENGLISH
    for variable in _VARIABLES:
        if named := environ.get(variable):
            return meant(named) or ENGLISH
    return meant(_of_windows()) or ENGLISH


def _of_windows() -> str:
    """Return the language in which Windows speaks to the user; of other systems nothing."""
    import sys

    if sys.platform != "win32":
        return ""
    import ctypes
    import locale

    return locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")


class _Speech:
    """The language of one command, chosen when the first text is made."""

    def __init__(self, choice: Callable[[], str], catalogues: Path) -> None:
        self._choice = choice
        self._catalogues = catalogues
        self._language: str | None = None
        self._catalogue: GNUTranslations | None = None

    @property
    def language(self) -> str:
        if self._language is None:
            self._language = ENGLISH  # for what is said while the choice is made
            self._language = self._choice()
            if self._language != ENGLISH:
                self._catalogue = _catalogue_in(self._catalogues / self._language)
        return self._language

    @property
    def catalogue(self) -> "GNUTranslations | None":
        return self._catalogue if self.language != ENGLISH else None


def _catalogue_in(directory: Path) -> "GNUTranslations | None":
    """Return the translations into a language, or None where they are missing or damaged."""
    import struct
    from gettext import GNUTranslations

    try:
        with (directory / "LC_MESSAGES" / "kxsms.mo").open("rb") as file:
            return GNUTranslations(file)
    except (OSError, ValueError, struct.error):
        return None


_speech = _Speech(lambda: ENGLISH, CATALOGUES)


def start(choice: Callable[[], str], catalogues: Path = CATALOGUES) -> None:
    """Speak, from the next text on, the language that `choice` returns; it is called once, if at all."""
    global _speech
    _speech = _Speech(choice, catalogues)


def language() -> str:
    """Return the language that kxsms speaks: ENGLISH or CHINESE."""
    return _speech.language if _speech.catalogue is not None else ENGLISH


def mark(message: str) -> str:
    """Return a message as it is; `tr` translates it when it is shown."""
    return message


_REASONS = (
    mark("No such file or directory"),
    mark("Permission denied"),
    mark("Is a directory"),
    mark("Not a directory"),
    mark("File exists"),
    mark("File name too long"),
    mark("Too many levels of symbolic links"),
    mark("Operation not permitted"),
    mark("Read-only file system"),
    mark("No space left on device"),
    mark("Disk quota exceeded"),
    mark("File too large"),
    mark("Input/output error"),
    mark("Bad file descriptor"),
    mark("Broken pipe"),
    mark("Device or resource busy"),
    mark("Resource temporarily unavailable"),
    mark("Too many open files"),
    mark("Too many open files in system"),
    mark("Cannot allocate memory"),
    mark("Exec format error"),
    mark("Argument list too long"),
    mark("Invalid argument"),
    mark("Illegal seek"),
    mark("Stale file handle"),
    mark("Transport endpoint is not connected"),
    mark("Address already in use"),
    mark("Cannot assign requested address"),
    mark("Connection refused"),
    mark("Connection reset by peer"),
    mark("Connection timed out"),
    mark("Network is unreachable"),
    mark("No route to host"),
)
"""The words of Linux for what goes wrong, which `reason_of` translates."""


def tr(message: str, /, **values: object) -> str:
    """Return a message in the language of the user. `values` fill its `{names}`; without any, it has none."""
    catalogue = _speech.catalogue
    text = message if catalogue is None or not message else catalogue.gettext(message)
    return text.format(**values) if values else text


def tr_as(context: str, message: str, /, **values: object) -> str:
    """Return a message of which English has only one, and other languages one for each `context`."""
    catalogue = _speech.catalogue
    text = message if catalogue is None else catalogue.pgettext(context, message)
    return text.format(**values) if values else text


def joined(words: Iterable[str]) -> str:
    """Return words with commas between them."""
    return tr_as("list", ", ").join(words)


def located(place: object, problem: str) -> str:
    """Return a problem with its place in front: a file, a line, a host."""
    return tr("{place}: {problem}", place=place, problem=problem)


def reason_of(error: OSError) -> str:
    """Return the words of the system for an error: `No such file or directory`."""
    return tr(error.strerror or str(error) or type(error).__name__)


def plural(one: str, many: str, count: int, /, **values: object) -> str:
    """Return the message for a count, for which `{count}` stands: with commas. `values` as for `tr`."""
    catalogue = _speech.catalogue
    text = (one if count == 1 else many) if catalogue is None else catalogue.ngettext(one, many, count)
    return text.format(count=f"{count:,}", **values)
