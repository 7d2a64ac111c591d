"""The file of the sandbox: its permissions, and the message of each of its errors."""

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from kxsms.domain.product import Product
from kxsms.errors import Failure
from kxsms.sandbox.database import explained
from kxsms.sandbox.state import SandboxState


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_the_file_is_private_whatever_the_umask(directory: Path) -> None:
    for name, umask in (("a", 0), ("b", 0o277)):
        before = os.umask(umask)
        try:
            with SandboxState(directory / name) as state:
                state.add_reply("13800000000", "x")
                modes = {stat.S_IMODE(file.stat().st_mode) for file in (directory / name).iterdir()}
        finally:
            os.umask(before)
        assert modes == {0o600}
        assert stat.S_IMODE((directory / name).stat().st_mode) == 0o700


@pytest.fixture
def broken(directory: Path) -> Path:
    directory.mkdir()
    return directory / "sandbox.sqlite3"


def test_a_file_that_is_not_a_database_is_a_failure_until_a_reset(broken: Path) -> None:
    broken.write_bytes(b"not a database" * 1000)
    state = SandboxState(broken.parent)
    with pytest.raises(Failure, match="is not a database") as caught:
        state.balance(Product.SMS)
    assert caught.value.hint == "run kxsms sandbox reset to start with an empty one"
    state.reset()
    assert state.balance(Product.SMS) == 100_000


def test_a_file_of_a_newer_version_is_a_failure_until_a_reset(broken: Path) -> None:
    with closing(sqlite3.connect(broken)) as connection, connection:
        connection.execute('CREATE TABLE "from ""tomorrow" (x)')
        connection.execute("PRAGMA user_version = 2")
    state = SandboxState(broken.parent)
    with pytest.raises(Failure, match="newer version of kxsms"), state:
        pass
    state.reset()
    assert state.balance(Product.SMS) == 100_000


def test_a_file_without_its_tables_is_a_failure_until_a_reset(broken: Path) -> None:
    with closing(sqlite3.connect(broken)) as connection, connection:
        connection.execute("PRAGMA user_version = 1")
    state = SandboxState(broken.parent)
    with pytest.raises(Failure, match="no such table"):
        state.accept(Product.SMS, ["13800000000"], "x")
    state.reset()
    assert state.accept(Product.SMS, ["13800000000"], "x") == "1"


def test_a_file_in_place_of_the_directory_is_a_failure(directory: Path) -> None:
    directory.write_bytes(b"")
    state = SandboxState(directory)
    with pytest.raises(Failure, match="cannot be used") as caught:
        state.balance(Product.SMS)
    assert "KXSMS_STATE_DIR" in str(caught.value.hint)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everything")
def test_a_read_only_file_is_a_failure_until_a_reset(directory: Path) -> None:
    state = SandboxState(directory)
    state.add_reply("13800000000", "x")
    (directory / "sandbox.sqlite3").chmod(0o400)
    with pytest.raises(Failure, match="cannot be written"):
        state.balance(Product.SMS)
    state.reset()
    assert state.take_replies(Product.SMS) == []


def test_a_full_disk_is_a_failure_with_a_hint(directory: Path) -> None:
    path = directory / "sandbox.sqlite3"
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.execute("PRAGMA max_page_count = 2")
        with pytest.raises(Failure, match="the disk is full") as caught, explained(path):
            connection.execute("INSERT INTO t VALUES (zeroblob(100000))")
    assert "kxsms sandbox reset" in str(caught.value.hint)


def test_a_locked_file_is_a_failure(directory: Path) -> None:
    path = directory / "sandbox.sqlite3"
    SandboxState(directory).reset()
    directory.mkdir()
    with closing(sqlite3.connect(path)) as holder, closing(sqlite3.connect(path, timeout=0)) as other:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Failure, match="locked by another process"), explained(path):
            other.execute("BEGIN IMMEDIATE")
