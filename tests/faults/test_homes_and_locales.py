"""Unusual homes and locales: no home, a read-only home, locales without Chinese."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.faults.batch_audit import audit
from tests.faults.client import ROOT, kxsms
from tests.faults.gateway import FaultGateway
from tests.ledger.scene import TEXT, people, write_csv

pytestmark = [pytest.mark.sqlite, pytest.mark.skipif(os.name == "nt", reason="homes and locales of POSIX")]

ONE = ("send", "13800000000", "-m", TEXT)


@pytest.mark.parametrize("place", ["/dev/null", "/proc/nowhere", "file"])
def test_a_home_that_cannot_be_used_is_an_error_and_sends_nothing(
    gateway: FaultGateway, run: Run, home: Path, place: str
) -> None:
    (home / "file").touch()
    nowhere = {"HOME": str(home / place), "KXSMS_STATE_DIR": None, "KXSMS_CONFIG": None}

    for command in (ONE, ("report",), ("login", "--account", "1", "--token-stdin", "--no-verify")):
        done = kxsms(*command, env=nowhere, stdin=b"token")
        assert done.status in (1, 4), (command, done)
        assert len(done.err.splitlines()) == 2, (command, done)
        assert str(home / place) in done.err
    assert kxsms("batch", "list", env=nowhere).status in (0, 1)
    assert gateway.received == []


@pytest.mark.skipif(sys.platform != "linux", reason="needs unshare of Linux")
def test_a_user_without_a_home_learns_which_variables_to_set(gateway: FaultGateway) -> None:
    """A container may run kxsms as a user id without an entry, and without HOME."""
    unknown_user = ["unshare", "--user", "--map-user=54321"]
    if subprocess.run([*unknown_user, "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("no user namespaces here")
    environ = {name: value for name, value in os.environ.items() if name not in ("HOME", "KXSMS_STATE_DIR")}
    command = [*unknown_user, sys.executable, "-m", "kxsms", *ONE]
    done = subprocess.run(
        command,
        env=environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )

    assert b"Traceback" not in done.stderr
    assert done.returncode == 4
    assert gateway.received == []
    assert b"KXSMS_STATE_DIR" in done.stderr


ODD = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
LOCALES: dict[str, dict[str, str | None]] = {
    "C": {"LC_ALL": "C", "LANG": "C"},
    "gb18030": {"LC_ALL": None, "LANG": "zh_CN.GB18030"},
    "none": {"LC_ALL": None, "LANG": None, "LC_CTYPE": None},
    "ascii": {"LC_ALL": "C", **ODD},
}


@pytest.mark.parametrize("locale", LOCALES)
def test_chinese_works_in_every_locale(gateway: FaultGateway, run: Run, locale: str) -> None:
    """Chinese in file names, in columns, in texts and in messages of the gateway."""
    rows = people(2)
    write_csv(rows, "客户.csv")
    Path("短信.txt").write_text(TEXT, "utf-8")
    env = LOCALES[locale]

    done = kxsms("send", "--csv", "客户.csv", "--yes", "-o", "json", env=env)
    assert done.status == 0, done.err
    assert done.json["accepted"] == 2
    assert "提交成功" in done.text
    audit(run, gateway, rows, done.json)
    exported = kxsms("batch", "export", done.json["batch"], env=env)
    assert rows[0][1] in exported.text
    single = kxsms("send", "13800000009", "--message-file", "短信.txt", "-v", env=env)
    assert single.status == 0, single.err
    assert gateway.arrived["13800000009", TEXT] == 1
    missing = kxsms("send", "--csv", "没有.csv", env=env)
    assert missing.status == 2, missing.err
    assert "No such file" in missing.err
    text = kxsms("send", "13800000010", "-m", TEXT, env=env)
    # Where the command line is not UTF-8, kxsms sends nothing rather than a wrong text.
    assert text.status == (2 if locale == "ascii" else 0), text.err
    assert gateway.arrived["13800000010", TEXT] == (text.status == 0)
    assert len(gateway.received) == 3 + (text.status == 0)
    for one in (done, exported, single, missing, text):
        assert "Traceback" not in one.err
