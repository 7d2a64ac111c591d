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
from email.parser import Parser
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pytest

from kxsms import __version__
from kxsms.completion import scripts

ROOT = Path(__file__).parent.parent
NAME = f"kxsms-{__version__}"
SHIPPED = ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE")
"""Of the top level; a licence once there is one."""
METADATA = {"METADATA", "WHEEL", "RECORD", "entry_points.txt"}
COMPLETIONS = {
    "share/bash-completion/completions/kxsms",
    "share/zsh/site-functions/_kxsms",
    "share/fish/vendor_completions.d/kxsms.fish",
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


def test_the_wheel_holds_the_package_and_completions(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        names = set(wheel.namelist())
        metadata = Parser().parsestr(wheel.read(f"{NAME}.dist-info/METADATA").decode())
        modes = {entry.external_attr >> 16 & 0o777 for entry in wheel.infolist()}
    licence = {"licenses/LICENSE"} if "LICENSE" in built.files else set()
    extra = {f"{NAME}.dist-info/{name}" for name in METADATA | licence}
    assert names == built.below("kxsms") | extra | {f"{NAME}.data/data/{name}" for name in COMPLETIONS}
    assert {PurePosixPath(name).name for name in COMPLETIONS} <= {"kxsms", *scripts()}
    assert modes <= {0o644, 0o664}
    assert (metadata["Name"], metadata["Version"]) == ("kxsms", __version__)
    assert "kxsms" in metadata.get_payload()
    needed = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert len(needed) == len(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])


def test_the_sdist_holds_what_it_takes_to_build_and_test(built: Built) -> None:
    with tarfile.open(built.sdist) as sdist:
        names = {name.removeprefix(f"{NAME}/") for name in sdist.getnames()}
    assert names == built.files | {"PKG-INFO"}
    assert {"kxsms/py.typed", *SHIPPED[:3], *(f"completions/{name}" for name in scripts())} <= names


def test_the_wheel_runs_where_it_is_installed(
    built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an environment that has its dependencies and nothing of this tree."""
    place = tmp_path / "fresh"
    venv.create(place, symlinks=os.name != "nt")
    scheme = {"base": str(place), "platbase": str(place)}
    python = Path(sysconfig.get_path("scripts", "venv", scheme), Path(sys.executable).name)
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index"]
    subprocess.run([*install, str(built.wheel)], check=True, capture_output=True)
    packages = Path(sysconfig.get_path("purelib", "venv", scheme))
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)

    def run(*command: str) -> str:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    assert run(str(python), "-c", "import kxsms; print(kxsms.__file__)") == str(
        packages / "kxsms/__init__.py"
    )
    program = str(python.with_name("kxsms"))
    assert run(program, "--version") == f"kxsms {__version__}"
    assert "accepted" in run(program, "send", "--sandbox", "13800000000", "-m", "【科】您好")
    for name in COMPLETIONS:
        assert (place / name).is_file()


def test_every_bound_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    bounds = re.findall(r'^ *"[\w-]+[<>=!~][^"]*",?(.*)$', text, re.M)
    document = tomllib.loads(text)
    project = document["project"]
    lists = [document["build-system"]["requires"], project["dependencies"]]
    lists += project["optional-dependencies"].values()
    assert len(bounds) == sum(map(len, lists))
    assert all(re.fullmatch(r"  # .{10,}", reason) for reason in bounds)
