"""Errors, hints and notes about the command line and its input."""

from pathlib import Path

import pytest

from tests.conftest import Run
from tests.output.width import width
from tests.scripted_gateway import ScriptedGateway


@pytest.mark.parametrize(
    "arguments",
    [
        ("--nonsense", "-o", "json"),
        ("-ojson", "--nonsense"),
        ("--output=jsonl", "--nonsense"),
        ("--output", "json", "1380000", "-m", "x"),
        ("-o", "json"),
    ],
)
def test_with_json_an_error_is_one_object_on_the_last_line_of_stderr(
    run: Run, gateway: ScriptedGateway, arguments: tuple[str, ...]
) -> None:
    done = run("send", *arguments)
    assert done.status == 2
    assert done.out == b""
    assert set(done.error) == {"kind", "message", "hint", "exit_status"}
    assert done.error["exit_status"] == 2


def test_an_error_is_one_line_and_a_hint(run: Run) -> None:
    done = run("balance")
    assert done.status == 4
    assert done.err.splitlines() == [
        "kxsms: error: there is no account",
        "hint: run kxsms login, or set KXSMS_ACCOUNT and KXSMS_TOKEN; --sandbox needs neither",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "there are no numbers and no text to send"),
        (("13800000000",), "there is no text to send"),
        (("-m", "x", "--message-file", "y", "138"), "two texts"),
        (("--message-file", "-", "--to-file", "-"), "cannot both read stdin"),
        (("-m", "x"), "no number to send to"),
        (("-m", " ", "13800000000"), "the text is empty"),
        (("-m", "长" * 451, "13800000000"), "451 characters, signature included; the limit is 450"),
        (("-m", "x", "--extno", "1a", "13800000000"), "extension number '1a'"),
        (("-m", "x", "--signature", "a】b", "13800000000"), "signature"),
        (("-m", "x", "--to-file", "none.txt"), "none.txt: No such file"),
        (("-m", "x", "-o", "xml", "13800000000"), "xml"),
        (("-m", "x", "--product", "fax", "13800000000"), "fax"),
    ],
)
def test_wrong_use_of_send_sends_nothing(
    run: Run, gateway: ScriptedGateway, arguments: tuple[str, ...], words: str
) -> None:
    done = run("send", *arguments)
    assert done.status == 2
    assert done.out == b""
    assert words in done.err
    assert "Traceback" not in done.err
    assert gateway.received == []


def test_invalid_numbers_are_named_with_file_and_line(run: Run, gateway: ScriptedGateway, home: Path) -> None:
    lines = ["13800000000", "", "1.38E+10", *(f"12{number:09}" for number in range(25))]
    (home / "numbers.txt").write_text("\r\n".join(lines), "utf-8")
    done = run("send", "--to-file", "numbers.txt", "--yes", "-m", "【科】您好")
    assert done.status == 2
    assert "26 invalid numbers" in done.err
    assert "numbers.txt:3: '1.38E+10' is a number that a spreadsheet has rounded" in done.err
    assert done.err.count("numbers.txt:") == 20
    assert "and 6 more" in done.err
    assert gateway.received == []
    skipped = run(
        "send", "--to-file", "numbers.txt", "--yes", "-m", "【科】您好", "--skip-invalid", "-o", "json"
    )
    assert skipped.status == 0
    assert skipped.json["recipients"] == 1
    assert skipped.json["invalid"] == 26
    assert skipped.json["problems"][0]["line"] == 3
    assert skipped.json["problems"][0]["mobile"] == "1.38E+10"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_and_numbers_are_read_in_any_chinese_encoding(
    run: Run, gateway: ScriptedGateway, home: Path, encoding: str
) -> None:
    (home / "text.txt").write_bytes("【科迅】您好,2026年\r\n".encode(encoding))
    (home / "numbers.txt").write_bytes("138 0000 0000\r\n+86 139-0000-0000\r\n".encode(encoding))
    assert run("send", "--to-file", "numbers.txt", "--yes", "--message-file", "text.txt").status == 0
    assert gateway.received[0].form["content"] == "【科迅】您好,2026年"
    assert gateway.received[0].numbers == ["13800000000", "13900000000"]


def test_a_text_without_a_signature_is_a_warning(run: Run, gateway: ScriptedGateway) -> None:
    assert "no signature" in run("send", "13800000000", "-m", "您好").err
    done = run("send", "13800000000", "-m", "您好", "--signature", "科迅")
    assert done.err == ""
    assert gateway.received[1].form["content"] == "【科迅】您好"


def test_a_dry_run_sends_nothing_and_needs_no_account(run: Run, gateway: ScriptedGateway) -> None:
    done = run("send", "--dry-run", "13800000000", "13900000000", "-m", "【科】" + "长" * 68, "-o", "json")
    assert done.status == 0
    assert done.json["dry_run"] is True
    assert done.json["segments"] == 4
    assert done.json["not_sent"] == 2
    assert gateway.received == []


@pytest.mark.parametrize(
    "arguments", [(), ("--help",), ("-h",), ("config",), ("sandbox", "-h"), ("send", "--help")]
)
def test_help_fits_into_80_columns(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments, env={"COLUMNS": "80"})
    assert done.status == 0
    assert done.err == ""
    assert done.text.startswith("Usage: kxsms")
    assert max(width(line) for line in done.lines) <= 80


def test_help_lists_every_exit_status(run: Run) -> None:
    from kxsms.exit_status import ExitStatus

    text = run("--help").text
    for status in ExitStatus:
        assert f"{int(status):>4}  {status.meaning}\n" in text


def test_an_option_without_its_value_hints_at_its_own_help(run: Run) -> None:
    done = run("send", "13800000000", "-m")
    assert done.status == 2
    assert "hint: run kxsms send --help" in done.err


@pytest.mark.parametrize(("arguments", "words"), [(("sned",), "sned"), (("config", "sho"), "sho")])
def test_an_unknown_command_is_named(run: Run, arguments: tuple[str, ...], words: str) -> None:
    done = run(*arguments)
    assert done.status == 2
    assert done.err.startswith("kxsms: error: kxsms ")
    assert f"has no command '{words}'" in done.err


def test_a_number_that_is_given_twice_is_a_note_unless_quiet(run: Run, gateway: ScriptedGateway) -> None:
    arguments = ("send", "13800000000", "+86 138 0000 0000", "-m", "【科】您好")
    assert run(*arguments).err == "kxsms: skipped 1 repeated number: each recipient gets the text once\n"
    assert run(*arguments, "--quiet").err == ""
    assert [received.numbers for received in gateway.received] == [["13800000000"]] * 2
