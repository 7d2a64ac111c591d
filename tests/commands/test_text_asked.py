"""Where there is no text and a terminal, `send` asks for one."""

from pathlib import Path

import pytest

from tests.conftest import Run
from tests.ledger.scene import taken
from tests.scripted_gateway import ScriptedGateway
from tests.terminal import PROGRAMS, on_terminal

pytestmark = pytest.mark.skipif(not hasattr(__import__("os"), "openpty"), reason="a pseudo-terminal")
KXSMS = str(PROGRAMS / "kxsms")


def test_it_asks_for_the_text_of_some_numbers(run: Run, gateway: ScriptedGateway) -> None:
    status, _ = on_terminal([KXSMS, "send", "13800000001"], answers=["【科迅】您好"])
    assert status == 0
    assert taken(gateway) == [("13800000001", "【科迅】您好")]


def test_it_asks_for_the_text_of_a_file(run: Run, gateway: ScriptedGateway, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("手机号,姓名\n13800000001,张三\n")
    command = [KXSMS, "send", "--csv", "people.csv", "--yes"]
    status, _ = on_terminal(command, answers=["【科迅】{姓名}您好"], cwd=tmp_path)
    assert status == 0
    assert taken(gateway) == [("13800000001", "【科迅】张三您好")]


def test_it_does_not_ask_where_rows_have_their_texts(
    run: Run, gateway: ScriptedGateway, tmp_path: Path
) -> None:
    (tmp_path / "people.csv").write_text("手机号,内容\n13800000001,【科迅】您好\n")
    status, shown = on_terminal([KXSMS, "send", "--csv", "people.csv", "--yes"], cwd=tmp_path)
    assert status == 0
    assert "Text" not in shown


def test_off_a_terminal_it_is_an_error(run: Run, gateway: ScriptedGateway) -> None:
    done = run("send", "13800000001")
    assert done.status == 2
    assert "use -m TEXT or --message-file FILE" in done.err
