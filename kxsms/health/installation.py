"""The installation: kxsms, Python, the system, and the libraries with the versions that kxsms needs."""

import os
import platform
import re
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from kxsms import __version__
from kxsms.domain.health import Finding
from kxsms.language import mark, tr
from kxsms.sqlite import library_version

_REINSTALL = mark("install kxsms again, as its README says")
_REQUIREMENT = re.compile(r"([\w.-]+)\s*([^;]*)(.*)")
_LIMIT = re.compile(r"(>=|<)\s*([\w.]+)")
_VARIABLE = re.compile(
    r"KXSMS_\w+|\w*_proxy|NO_COLOR|COLUMNS|TERM|LANG|LC_\w+|PYTHON\w+|\w+_CA_BUNDLE|SSL_CERT_(FILE|DIR)"
    r"|XDG_(CONFIG|STATE)_HOME",
    re.IGNORECASE,
)


class _Library(NamedTuple):
    """A library that kxsms needs, its limits, and its version here, None if it is not installed."""

    name: str
    limits: str
    version: str | None

    @property
    def fits(self) -> bool:
        version = self.version
        return version is not None and all(
            (_release(version) >= _release(limit)) == (sign == ">=")
            for sign, limit in _LIMIT.findall(self.limits)
        )


def kxsms() -> Finding:
    """Return the version of kxsms and the directory that it runs from."""
    return Finding(
        True, tr("{version}, in {directory}", version=__version__, directory=Path(__file__).parent.parent)
    )


def python() -> Finding:
    """Return the version and the place of Python, and the system."""
    return Finding(True, tr("{python}, on {platform}", python=_python(), platform=platform.platform()))


def libraries() -> Finding:
    """Find out whether every library is there, in a version that kxsms can use."""
    found = list(_libraries())
    if not found:
        return Finding(None, tr("kxsms runs from a directory that was not installed"))
    unfit = [_unfit(library) for library in found if not library.fits]
    if unfit:
        return Finding(False, "; ".join(unfit), tr(_REINSTALL))
    return Finding(True, _versions(found))


def listing(environ: Mapping[str, str], places: Mapping[str, Path]) -> str:
    """Return all that a report of a defect needs, a line each. Of variables it has the names alone.

    `places` are files and directories of kxsms, by name.
    """
    facts = {
        "python": _python(),
        "system": platform.platform(),
        "libraries": _versions(_libraries()) or tr("not installed"),
        "encoding": f"{sys.getfilesystemencoding()}, stdout {getattr(sys.stdout, 'encoding', None)}",
    }
    for name, path in places.items():
        facts[name] = f"{_without_home(path)}{'' if path.exists() else ' (missing)'}"
    facts["variables"] = ", ".join(sorted(name for name in environ if _VARIABLE.fullmatch(name))) or "none"
    width = max(map(len, facts))
    return "\n".join([f"kxsms {__version__}", *(f"{name:{width}}  {fact}" for name, fact in facts.items())])


def _python() -> str:
    return f"{platform.python_version()} ({platform.python_implementation()}), {sys.executable}"


def _without_home(path: Path) -> Path:
    """Return a path without the name of the user, where that is in it as the home directory."""
    home = os.path.expanduser("~")  # noqa: PTH111 (Path.home raises where there is none)
    return Path("~") / path.relative_to(home) if path.is_relative_to(home) else path


def _libraries() -> Iterator[_Library]:
    """Yield the libraries that kxsms needs always, none if it is not installed."""
    try:
        requirements = metadata.requires("kxsms") or []
    except metadata.PackageNotFoundError:
        return
    for requirement in requirements:
        name, limits, marker = _REQUIREMENT.findall(requirement)[0]
        if "extra" in marker:
            continue
        try:
            yield _Library(name, limits.strip(), metadata.version(name))
        except metadata.PackageNotFoundError:
            yield _Library(name, limits.strip(), None)


def _versions(found: "Iterator[_Library] | list[_Library]") -> str:
    """Return the libraries with their versions, and those that belong to Python."""
    import ssl

    shown = [f"{library.name} {library.version or '(missing)'}" for library in found]
    return ", ".join([*shown, f"SQLite {library_version()}", ssl.OPENSSL_VERSION]) if shown else ""


def _unfit(library: _Library) -> str:
    if library.version is None:
        return tr("{name} is missing", name=library.name)
    return tr(
        "{name} {version} does not fit: kxsms needs {limits}",
        name=library.name,
        version=library.version,
        limits=library.limits,
    )


def _release(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, without zeros at the end: `1.10.0rc1` is (1, 10)."""
    numbers = [int(found) for part in version.split(".") for found in re.findall(r"^\d+", part)]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)
