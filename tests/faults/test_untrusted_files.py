"""Files that other users can change: kxsms refuses config, ledger, sandbox and token file, as ssh does."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kxsms.private_files import distrust
from tests.conftest import TOKEN, Done, Run
from tests.faults.client import Client
from tests.faults.gateway import FaultGateway
from tests.ledger.scene import ledger_file

pytestmark = [pytest.mark.sqlite, pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")]

needs_root = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root may give a file away"
)
SEND = ("send", "13800000000", "-m", "【科】您好")
STRANGER = 12345

Harm = Callable[[Path], object]


def for_all(path: Path) -> None:
    path.chmod(0o666)


def for_a_group(path: Path) -> None:
    path.chmod(0o660)
    os.chown(path, -1, STRANGER)


def given_away(path: Path) -> None:
    os.chown(path, STRANGER, -1)


def for_all_above(path: Path) -> None:
    path.parent.chmod(0o777)


def given_away_above(path: Path) -> None:
    os.chown(path.parent, STRANGER, -1)


CHANGED = "can be changed by other users of this machine"
HARMS = [
    pytest.param(for_all, CHANGED, "run chmod 600 {file}", id="for all"),
    pytest.param(for_a_group, CHANGED, "run chmod 600 {file}", id="for a group", marks=needs_root),
    pytest.param(
        given_away,
        f"belongs to another user, {STRANGER}",
        "run chown 0 {file}, or run kxsms as its owner",
        id="given away",
        marks=needs_root,
    ),
    pytest.param(
        for_all_above,
        "is in a directory that other users of this machine can change",
        "run chmod go-w {directory}",
        id="for all above",
    ),
    pytest.param(
        given_away_above,
        f"is in a directory that belongs to another user, {STRANGER}",
        "run chown 0 {directory}, or run kxsms as its owner",
        id="given away above",
        marks=needs_root,
    ),
]


def refused(done: Done, subject: str, why: str, hint: str, file: Path) -> None:
    """Check for one line and a hint."""
    wanted = hint.format(file=file, directory=file.parent)
    assert done.out == b""
    assert done.err.splitlines() == [f"kxsms: error: {subject} {why}", f"hint: {wanted}"]


@pytest.mark.parametrize(("harm", "why", "hint"), HARMS)
def test_a_config_that_others_can_change_is_refused(
    run: Run, gateway: FaultGateway, home: Path, harm: Harm, why: str, hint: str
) -> None:
    config = home / "config.toml"
    config.write_text('[profiles.default]\ntoken_command = "touch owned"\n', "utf-8")
    harm(config)
    for command in (("balance",), SEND, ("config", "show"), ("config", "set", "extno", "1")):
        done = run(*command)
        assert done.status == 4
        refused(done, str(config), why, hint, config)
    assert gateway.received == []
    assert not (home / "owned").exists()


@pytest.mark.parametrize(("harm", "why", "hint"), HARMS)
@pytest.mark.parametrize("command", [SEND, ("batch", "list"), ("mo",), ("batch", "check")], ids=" ".join)
def test_a_ledger_that_others_can_change_is_refused(
    run: Run, gateway: FaultGateway, command: tuple[str, ...], harm: Harm, why: str, hint: str
) -> None:
    assert run(*SEND).status == 0
    gateway.received.clear()
    harm(ledger_file())
    done = run(*command)
    assert done.status == 1
    refused(done, f"the ledger {ledger_file()}", why, hint, ledger_file())
    assert gateway.received == []


@pytest.mark.parametrize("suffix", ["-wal", ".lock"])
def test_a_file_beside_the_ledger_that_others_can_change_is_refused(
    run: Run, gateway: FaultGateway, suffix: str
) -> None:
    assert run(*SEND).status == 0
    gateway.received.clear()
    file = Path(f"{ledger_file()}{suffix}")
    file.touch()
    for_all(file)
    done = run(*SEND)
    assert done.status == 1
    refused(done, f"the ledger {file}", CHANGED, f"run chmod 600 {file}", file)
    assert gateway.received == []


def test_a_sandbox_that_others_can_change_is_refused(run: Run) -> None:
    assert run("sandbox", "reply", "13800000000", "1").status == 0
    file = ledger_file().with_name("sandbox.sqlite3")
    for_all(file)
    for command in (("balance", "--sandbox"), ("sandbox", "reset")):
        done = run(*command)
        assert done.status == 1
        refused(done, f"the sandbox's state {file}", CHANGED, f"run chmod 600 {file}", file)


@pytest.mark.parametrize(("harm", "accepted"), [(for_all, False), (for_all_above, False), (given_away, True)])
def test_a_token_file_that_others_can_change_is_refused(
    run: Run, gateway: FaultGateway, tmp_path: Path, harm: Harm, accepted: bool
) -> None:
    """The file may belong to any user: a container gets it from the machine that it runs on."""
    if harm is given_away and os.geteuid() != 0:
        pytest.skip("only root may give a file away")
    file = tmp_path / "secrets" / "token"
    file.parent.mkdir(0o755)
    file.write_text(TOKEN)
    harm(file)
    done = run(*SEND, env={"KXSMS_TOKEN": "", "KXSMS_TOKEN_FILE": str(file)})
    assert done.status == (0 if accepted else 4)
    assert len(gateway.received) == accepted
    assert accepted or f"KXSMS_TOKEN_FILE: {file} " in done.err


def test_a_token_is_read_from_a_pipe(client: Client, gateway: FaultGateway) -> None:
    reader, writer = os.pipe()
    os.write(writer, TOKEN.encode())
    os.close(writer)
    environ = {"KXSMS_TOKEN": "", "KXSMS_TOKEN_FILE": "/dev/stdin"}
    client = Client(environ)
    client.start(*SEND, stdin=reader)
    os.close(reader)
    assert client.end().status == 0
    assert gateway.received[0].form["token"] == TOKEN


def test_a_link_is_judged_by_its_target(run: Run, home: Path, tmp_path: Path) -> None:
    target = tmp_path / "dotfiles" / "kxsms.toml"
    target.parent.mkdir(0o700)
    target.touch(0o600)
    link = home / "config.toml"
    link.unlink()
    link.symlink_to(target)
    assert run("config", "show").status == 0
    for_all(target)
    refused(run("config", "show"), str(link), CHANGED, "run chmod 600 {file}", target)
    target.chmod(0o600)
    for_all_above(target)
    done = run("config", "show")
    assert done.status == 4
    assert f"hint: run chmod go-w {target.parent}" in done.err


def test_readable_files_and_special_files_are_trusted(run: Run, home: Path) -> None:
    """So is a directory like /tmp, where no user can change the files of another."""
    home.chmod(0o1777)
    (home / "config.toml").chmod(0o644)
    done = run("config", "show")
    assert done.status == 0
    assert "can be read by other users" in done.err
    assert distrust(Path("/dev/null")) is None
    assert distrust(home / "none") is None
    assert run("config", "show", "--config", "/dev/null").status == 0


@needs_root
def test_a_group_with_its_user_alone_is_trusted(home: Path) -> None:
    (home / "config.toml").chmod(0o660)
    assert distrust(home / "config.toml") is None
    os.chown(home / "config.toml", -1, 1)
    assert distrust(home / "config.toml") is not None


def test_no_config_is_written_where_others_could_replace_it(run: Run, home: Path) -> None:
    shared = home / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    done = run("config", "set", "extno", "1", "--config", str(shared / "config.toml"))
    assert done.status == 1
    assert list(shared.iterdir()) == []
    assert f"hint: run chmod go-w {shared}" in done.err
