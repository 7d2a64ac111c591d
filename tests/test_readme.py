"""The README's commands are run, in order, on a terminal of 80 columns, and its tables are those of the code.

`python -m tests.test_readme` writes the tables anew.
"""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kxsms import exit_status
from kxsms.sandbox.behaviour import AnswerShape, FaultKind, MagicNumber, Refusal
from kxsms.sandbox.server import SandboxServer
from tests.faults import wire
from tests.terminal import on_terminal

README = Path(__file__).parent.parent / "README.md"
INSTALL = "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/"
TEST_COMMAND = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]' && .venv/bin/pytest"

TABLES = {
    "exit statuses": ("| | |\n|---|---|\n" + exit_status.listing("| {status} | {meaning} |")),
    "magic numbers": "| number | what happens |\n|---|---|\n"
    + "\n".join(f"| {number.mobile} | {number.meaning} |" for number in MagicNumber),
    "refusals": "| code | message |\n|---|---|\n"
    + "\n".join(f"| {refusal.code} | {refusal.message} |" for refusal in Refusal),
    "faults": "| kind | what happens |\n|---|---|\n"
    + "\n".join(f"| {kind.word} | {kind.meaning} |" for kind in FaultKind),
    "shapes": "| name | what reports and replies look like |\n|---|---|\n"
    + "\n".join(f"| {shape.word} | {shape.meaning} |" for shape in AnswerShape),
    "wire": wire.wire_table(),
}


def with_tables(text: str) -> str:
    for name, table in TABLES.items():
        text = re.sub(
            rf"(<!-- {name} -->\n).*?(<!-- end -->)",
            lambda match, table=table: f"{match[1]}{table}\n{match[2]}",  # type: ignore[misc]
            text,
            flags=re.S,
        )
    return text


def examples() -> Iterator[tuple[str, str | None]]:
    """Each command of the console blocks, and the output that the README shows below it."""
    for block in re.findall(r"```console\n(.*?)```", README.read_text(encoding="utf-8"), re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def comparable(text: str) -> str:
    text = re.sub(r"\d{4}-\d\d-\d\d([ T])\d\d:\d\d:\d\d", r"2026-11-22\g<1>10:00:00", text)
    text = re.sub(r"\b[0-9a-f]{8}\b", "3f2a91c0", text)
    text = re.sub(r"\b\d\d-\d\d \d\d:\d\d\b(?!:)", "11-23 12:34", text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def test_tables_are_those_of_the_code() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == with_tables(text), "python -m tests.test_readme writes them anew"


def test_the_two_commands_come_first_and_ci_runs_the_tests_by_the_second() -> None:
    commands = [command for command, _ in examples()]
    assert commands[0].startswith(INSTALL + "kxsms send --sandbox ")
    assert commands[1] == TEST_COMMAND
    first_screen = README.read_text(encoding="utf-8").splitlines()[:24]
    assert any(TEST_COMMAND in line for line in first_screen)
    assert "sed -n 's/^\\$ \\(.*pytest\\)$/\\1/p' README.md" in Path(README.parent, ".ci/run").read_text()


@pytest.mark.skipif(os.name != "posix", reason="the examples are for a POSIX shell")
def test_commands_print_what_the_readme_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    # A short path, which stays on one line of the terminal.
    home = Path(tempfile.mkdtemp())
    request.addfinalizer(lambda: shutil.rmtree(home))
    monkeypatch.delenv("KXSMS_CONFIG")
    missing = {name for name in ("jq", "curl") if shutil.which(name) is None}
    with SandboxServer(tmp_path / "state") as server:
        port = server.url.rpartition(":")[2]
        for command, expected in examples():
            if command == TEST_COMMAND:
                continue
            if lacking := [name for name in missing if re.search(rf"\b{name}\b", command)]:
                # The rest of the story needs what the command does, if not what it shows.
                command, expected = command.partition(f"| {lacking[0]}")[0], None
            command = command.removeprefix(INSTALL).replace("127.0.0.1:8080", f"127.0.0.1:{port}")
            env = {"NO_COLOR": "1", "XDG_CONFIG_HOME": str(home / ".config")}
            _, shown = on_terminal(["bash", "-c", command], env=env, cwd=home)
            shown = shown.replace(f"127.0.0.1:{port}", "127.0.0.1:8080").replace(str(home), "~")
            assert expected is None or comparable(shown) == comparable(expected), command


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    sys.exit(0)
