"""A guessed encoding is named: on stderr, in JSON, in the dry run."""

from pathlib import Path

import pytest

from tests.conftest import Run
from tests.scripted_gateway import ScriptedGateway

DRY_RUN = ("send", "--csv", "people.csv", "-m", "【科迅】{姓名}您好", "--dry-run")


@pytest.fixture(autouse=True)
def people(home: Path) -> None:
    Path("people.csv").write_bytes("手机号,姓名\n13800000001,张三\n13800000002,李四\n".encode("gb18030"))


def test_it_is_named_in_json(run: Run, gateway: ScriptedGateway) -> None:
    assert run(*DRY_RUN, "-o", "json").json["encoding"] == "GB18030"


def test_it_is_named_on_stderr(run: Run, gateway: ScriptedGateway) -> None:
    assert "kxsms: read people.csv as GB18030" in run(*DRY_RUN).err


def test_it_is_named_in_the_table(run: Run, gateway: ScriptedGateway) -> None:
    header, row = run(*DRY_RUN).lines
    assert dict(zip(header.split("\t"), row.split("\t"), strict=True))["encoding"] == "GB18030"


def test_a_named_encoding_is_no_guess(run: Run, gateway: ScriptedGateway) -> None:
    assert run(*DRY_RUN, "--encoding", "gbk", "-o", "json").json["encoding"] is None


def test_utf_8_is_no_guess(run: Run, gateway: ScriptedGateway) -> None:
    Path("people.csv").write_text("手机号,姓名\n13800000001,张三\n")
    assert run(*DRY_RUN, "-o", "json").json["encoding"] is None
