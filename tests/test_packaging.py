"""What is shipped: all that it needs and nothing else, and it runs where it is installed."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import NamedTuple

import pytest

from kxsms import __version__
from kxsms.help.topics import topics

ROOT = Path(__file__).parent.parent
NAME = f"kxsms-{__version__}"
SHIPPED = ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE")
"""Of the top level; a licence once there is one."""
METADATA = {"METADATA", "WHEEL", "RECORD", "entry_points.txt"}
SCRIPTS = {"kxsms.bash", "_kxsms", "kxsms.fish", "kxsms.ps1"}
SHARED_FILES = {
    "share/bash-completion/completions/kxsms",
    "share/zsh/site-functions/_kxsms",
    "share/fish/vendor_completions.d/kxsms.fish",
    "share/man/man1/kxsms.1",
    "share/man/zh_CN/man1/kxsms.1",
}


class Built(NamedTuple):
    """A wheel and an sdist, and the files that they were made of."""

    wheel: Path
    sdist: Path
    files: frozenset[str]

    def below(self, *tops: str) -> set[str]:
        return {name for name in self.files if name.split("/")[0] in tops}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Built without a network, from a copy of the tree in which there is litter."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in ("kxsms", "tests", "completions"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for name in (*SHIPPED, ".gitignore"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, source)
    files = frozenset(path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file())
    for litter in (
        "kxsms/__pycache__/a.cpython-311.pyc",
        ".pytest_cache/a",
        "notes.txt",
        "dist/a",
        ".venv/a",
    ):
        (source / litter).parent.mkdir(exist_ok=True)
        (source / litter).touch()
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(target)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {path.suffix for path in target.iterdir()} == {".whl", ".gz"}
    return Built(next(target.glob("*.whl")), next(target.glob("*.gz")), files)


@pytest.fixture(scope="module")
def wheel(built: Built) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(built.wheel) as opened:
        yield opened


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    return Parser().parsestr(wheel.read(f"{NAME}.dist-info/METADATA").decode())


def test_the_wheel_holds_the_package_and_nothing_else(built: Built, wheel: zipfile.ZipFile) -> None:
    licence = {"licenses/LICENSE"} if "LICENSE" in built.files else set()
    extra = {f"{NAME}.dist-info/{name}" for name in METADATA | licence}
    extra |= {f"{NAME}.data/data/{name}" for name in SHARED_FILES}
    extra |= {f"kxsms/completion/scripts/{name}" for name in SCRIPTS}
    assert set(wheel.namelist()) == built.below("kxsms") | extra


def test_the_wheel_holds_a_page_for_each_topic(wheel: zipfile.ZipFile) -> None:
    assert {f"kxsms/help/{topic}.md" for topic in topics()} <= set(wheel.namelist())


def test_the_man_page_is_that_of_the_package(wheel: zipfile.ZipFile) -> None:
    shared = wheel.read(f"{NAME}.data/data/share/man/man1/kxsms.1")
    assert shared == wheel.read("kxsms/help/kxsms.1")


def test_everybody_can_read_the_files_of_the_wheel(wheel: zipfile.ZipFile) -> None:
    assert {entry.external_attr >> 16 & 0o777 for entry in wheel.infolist()} <= {0o644, 0o664}


def test_the_wheel_has_the_version_of_the_package(metadata: Message) -> None:
    assert (metadata["Name"], metadata["Version"]) == ("kxsms", __version__)


def test_the_wheel_has_the_readme(metadata: Message) -> None:
    assert "kxsms" in str(metadata.get_payload())


def test_the_wheel_needs_what_the_project_names(metadata: Message) -> None:
    needed = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert len(needed) == len(project["dependencies"])


@pytest.fixture(scope="module")
def in_sdist(built: Built) -> set[str]:
    with tarfile.open(built.sdist) as sdist:
        return {name.removeprefix(f"{NAME}/") for name in sdist.getnames()}


def test_the_sdist_holds_what_it_takes_to_build_and_test(built: Built, in_sdist: set[str]) -> None:
    assert in_sdist == built.files | {"PKG-INFO"}


@pytest.mark.parametrize(
    "name", ["kxsms/py.typed", *SHIPPED[:3], *(f"completions/{name}" for name in sorted(SCRIPTS))]
)
def test_the_sdist_holds(in_sdist: set[str], name: str) -> None:
    assert name in in_sdist


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel, its dependencies and nothing of this tree; return its Python."""
    place = tmp_path_factory.mktemp("fresh")
    venv.create(place, symlinks=os.name != "nt")
    scheme = {"base": str(place), "platbase": str(place)}
    python = Path(sysconfig.get_path("scripts", "venv", scheme), Path(sys.executable).name)
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index"]
    subprocess.run([*install, str(built.wheel)], check=True, capture_output=True)
    packages = Path(sysconfig.get_path("purelib", "venv", scheme))
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return python


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)


def output(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    return done.stdout.strip()


@pytest.mark.usefixtures("elsewhere")
def test_the_installed_package_is_not_this_tree(installed: Path) -> None:
    file = output(installed, "-c", "import kxsms; print(kxsms.__file__)")
    assert Path(file).is_relative_to(installed.parent.parent)


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["--version"], f"kxsms {__version__}"),
        (["send", "--sandbox", "13800000000", "-m", "【科】您好"], "accepted"),
        (["help", "csv"], "# csv: "),
        (["help", "--man"], ".TH KXSMS"),
    ],
    ids=["version", "send", "help", "man"],
)
def test_the_installed_command_works(installed: Path, arguments: list[str], shown: str) -> None:
    assert shown in output(installed.with_name("kxsms"), *arguments)


@pytest.mark.usefixtures("elsewhere")
def test_the_installed_command_has_the_completion_scripts(installed: Path) -> None:
    code = "from kxsms.completion.shells import script; print(script('fish'))"
    assert (
        output(installed, "-c", code) == (ROOT / "completions/kxsms.fish").read_text(encoding="utf-8").strip()
    )


@pytest.mark.parametrize("name", sorted(SHARED_FILES))
def test_the_installation_puts_a_file_where_other_programs_find_it(installed: Path, name: str) -> None:
    assert (installed.parent.parent / name).is_file()


def test_every_bound_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    bounds = re.findall(r'^ *"[\w-]+(?:\[\w+\])?[<>=!~][^"]*",?(.*)$', text, re.M)
    document = tomllib.loads(text)
    project = document["project"]
    lists = [document["build-system"]["requires"], project["dependencies"]]
    lists += project["optional-dependencies"].values()
    assert len(bounds) == sum(map(len, lists))
    assert all(re.fullmatch(r"  # .{10,}", reason) for reason in bounds)
