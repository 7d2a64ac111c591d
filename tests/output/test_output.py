"""What appears on a terminal, in a pipe, in a spreadsheet, and what hostile text cannot do."""

import csv
import io
import json
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from tests.conftest import TOKEN, Run
from tests.scripted_gateway import ScriptedGateway, answer
from tests.terminal import PROGRAMS, on_terminal

KXSMS = str(PROGRAMS / "kxsms")
HOSTILE = "\x1b]0;owned\x07[bold]\u202e\x9b31m,\"'\t\r\n=1+1 " + "😀" * 50
REPLIES = {
    "Code": "0",
    "Replies": [{"Mobile": "13800000000", "Content": HOSTILE, "MoTime": "2026-11-22 10:00:00"}],
}
ON_TERMINAL = pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal")

WIDTHS = {"W": 2, "F": 2}


def width(line: str) -> int:
    """Columns of a terminal that a line takes."""
    return sum(WIDTHS.get(unicodedata.east_asian_width(character), 1) for character in line)


@pytest.fixture
def replies(gateway: ScriptedGateway) -> ScriptedGateway:
    gateway.otherwise = answer(json.dumps(REPLIES))
    return gateway


def test_a_pipe_gets_lines_that_hostile_text_cannot_break(run: Run, replies: ScriptedGateway) -> None:
    done = run("mo")
    assert done.lines[0] == "mobile\tcontent\ttime\textno\ttask_id\tbatch\textra"
    (line,) = done.lines[1:]
    assert len(line.split("\t")) == 7
    assert r"\x1b]0;owned\x07[bold]\u202e\x9b31m" in line
    assert "😀" * 50 in line
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", done.text.replace("\n", "").replace("\t", ""))


def test_csv_is_exact(run: Run, replies: ScriptedGateway) -> None:
    done = run("mo", "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(done.text, newline="")))
    assert rows[0]["content"] == HOSTILE
    assert rows[0]["mobile"] == "13800000000"
    assert done.out.count(b"\r\n") >= 2


@pytest.mark.parametrize("output", ["json", "jsonl"])
def test_json_is_exact_and_holds_nothing_that_a_terminal_acts_on(
    run: Run, replies: ScriptedGateway, output: str
) -> None:
    done = run("mo", "-o", output)
    document = done.json if output == "jsonl" else done.json[0]
    assert document["content"] == HOSTILE
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", done.text)


@ON_TERMINAL
@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("output", ["table", "csv", "json"])
def test_hostile_text_is_harmless_on_a_terminal(
    replies: ScriptedGateway, home: Path, output: str, columns: int
) -> None:
    _, shown = on_terminal([KXSMS, "mo", "-o", output], columns=columns, env={"NO_COLOR": "1"}, cwd=home)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown)
    assert "[bold]" in shown
    assert shown.count("😀") == 50
    if output == "table":
        assert max(width(line.rstrip()) for line in shown.splitlines()) <= columns


@ON_TERMINAL
def test_chinese_columns_are_aligned(gateway: ScriptedGateway, home: Path) -> None:
    records = [
        {"TaskId": "1", "Mobile": "13800000000", "Status": "已送达", "ReportTime": "10:00"},
        {"TaskId": "2", "Mobile": "13900000000", "Status": "OK", "ReportTime": "10:01"},
    ]
    gateway.otherwise = answer(json.dumps({"Code": "0", "Reports": records}))
    _, shown = on_terminal([KXSMS, "report"], env={"NO_COLOR": "1"}, cwd=home)
    lines = shown.splitlines()
    assert (
        len(
            {
                width(line[: line.index(word)])
                for line, word in zip(lines, ("time", "10:00", "10:01"), strict=True)
            }
        )
        == 1
    )
    assert "extno" not in lines[0]


@ON_TERMINAL
def test_colour_is_for_terminals_that_want_it(gateway: ScriptedGateway, home: Path) -> None:
    command = [KXSMS, "send", "13800000000", "-m", "【科】您好"]
    assert "\x1b[" in on_terminal(command, cwd=home)[1]
    assert "\x1b[" not in on_terminal(command, env={"NO_COLOR": "1"}, cwd=home)[1]
    assert "\x1b[" not in on_terminal(command, env={"TERM": "dumb"}, cwd=home)[1]


def test_a_pipe_is_never_coloured_or_cut(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = answer(json.dumps({"Code": "5", "Message": "长" * 300}))
    done = run("send", "13800000000", "-m", "【科】您好", env={"COLUMNS": "40"})
    assert done.lines == ["outcome\trecipients\ttask_id\tcode\tmessage", "rejected\t1\t\t5\t" + "长" * 300]


@pytest.mark.parametrize(
    ("command", "header"),
    [
        ("report", "task_id,mobile,state,status,time,extno,batch,extra"),
        ("mo", "mobile,content,time,extno,task_id,batch,extra"),
    ],
)
def test_nothing_new_keeps_its_header(run: Run, gateway: ScriptedGateway, command: str, header: str) -> None:
    gateway.otherwise = answer('{"Code":"0","Message":"没有数据"}')
    assert run(command, "-o", "csv").text == f"{header}\r\n"
    assert run(command).text == header.replace(",", "\t") + "\n"
    assert run(command, "-o", "json").json == []
    assert run(command, "-o", "jsonl").text == ""


def test_the_keys_of_send_are_those_of_the_contract(run: Run, gateway: ScriptedGateway) -> None:
    document = run("send", "13800000000", "138 0000 0000", "-m", "【科】您好", "-o", "json").json
    assert re.fullmatch("[0-9a-f]{8}", document["batch"])
    assert document == {
        "batch": document["batch"],
        "profile": None,
        "product": "sms",
        "dry_run": False,
        "resumed": False,
        "replayed": False,
        "recipients": 1,
        "duplicates": 1,
        "invalid": 0,
        "segments": 1,
        "requests": 1,
        "accepted": 1,
        "rejected": 0,
        "not_sent": 0,
        "unknown": 0,
        "tasks": [
            {"task_id": "11", "code": "0", "message": "提交成功", "outcome": "accepted", "recipients": 1}
        ],
        "tasks_left_out": 0,
        "problems": [],
        "problems_left_out": 0,
        "exit_status": 0,
    }


def test_jsonl_of_send_is_a_line_a_request_and_then_the_summary(run: Run, gateway: ScriptedGateway) -> None:
    numbers = "\n".join(str(13_800_000_000 + number) for number in range(2_501))
    done = run("send", "--to-file", "-", "-m", "【科】您好", "-o", "jsonl", stdin=numbers.encode())
    first, second, summary = (json.loads(line) for line in done.lines)
    assert {first["recipients"], second["recipients"]} == {2_500, 1}
    assert (summary["requests"], summary["accepted"], summary["exit_status"]) == (2, 2_501, 0)


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
        ((), "there is no text to send"),
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
    done = run("send", "--to-file", "numbers.txt", "-m", "【科】您好")
    assert done.status == 2
    assert "26 invalid numbers" in done.err
    assert "numbers.txt:3: '1.38E+10' is a number that a spreadsheet has rounded" in done.err
    assert done.err.count("numbers.txt:") == 20
    assert "and 6 more" in done.err
    assert gateway.received == []
    skipped = run("send", "--to-file", "numbers.txt", "-m", "【科】您好", "--skip-invalid", "-o", "json")
    assert skipped.status == 0
    assert (skipped.json["recipients"], skipped.json["invalid"]) == (1, 26)
    assert skipped.json["problems"][0]["line"] == 3
    assert skipped.json["problems"][0]["mobile"] == "1.38E+10"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_and_numbers_are_read_in_any_chinese_encoding(
    run: Run, gateway: ScriptedGateway, home: Path, encoding: str
) -> None:
    (home / "text.txt").write_bytes("【科迅】您好,2026年\r\n".encode(encoding))
    (home / "numbers.txt").write_bytes("138 0000 0000\r\n+86 139-0000-0000\r\n".encode(encoding))
    assert run("send", "--to-file", "numbers.txt", "--message-file", "text.txt").status == 0
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
    assert (done.json["dry_run"], done.json["segments"], done.json["not_sent"]) == (True, 4, 2)
    assert gateway.received == []


def run_process(arguments: list[str], **options: object) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-m", "kxsms", *arguments],
        stderr=subprocess.PIPE,
        timeout=30,
        check=False,
        **options,
    )


@pytest.mark.skipif(os.name != "posix", reason="a POSIX pipe")
def test_a_reader_that_has_gone_away_is_no_error(gateway: ScriptedGateway) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = run_process(["send", "13800000000", "-m", "【科】您好"], stdout=pipe)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(gateway.received) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_behind_stdout_says_what_was_not_written(gateway: ScriptedGateway) -> None:
    with Path("/dev/full").open("wb") as full:
        done = run_process(["send", "13800000000", "-m", "【科】您好", "-o", "jsonl"], stdout=full)
    assert done.returncode == 1
    assert b"the result could not be written to stdout: No space left on device" in done.stderr
    assert b"of 1 recipients 1 accepted; task 11" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="a POSIX shell")
def test_closed_streams_are_no_defect(gateway: ScriptedGateway) -> None:
    script = f"'{sys.executable}' -m kxsms send 13800000000 -m '【科】您好' <&- >&- 2>&-"
    assert subprocess.run(["sh", "-c", script], timeout=30, check=False).returncode == 0
    assert len(gateway.received) == 1


@pytest.mark.skipif(os.name != "posix", reason="locales are POSIX")
def test_chinese_is_right_in_a_locale_without_utf8(gateway: ScriptedGateway) -> None:
    gateway.otherwise = answer('{"Code":"7","Message":"余额不足"}')
    env = {**os.environ, "LC_ALL": "C", "LANG": "C"}
    done = run_process(["send", "13800000000", "-m", "【科】您好"], stdout=subprocess.PIPE, env=env)
    assert done.returncode == 3
    assert "余额不足" in done.stdout.decode("utf-8")
    assert gateway.received[0].form["content"] == "【科】您好"
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/proc").exists(), reason="no /proc")
def test_the_token_is_not_in_the_process_list(gateway: ScriptedGateway) -> None:
    seen: list[bytes] = []
    good = answer('{"Code":"0","Count":"5"}')

    def look(connection: object) -> None:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                seen.append(path.read_bytes())
            except OSError:
                continue
        good(connection)  # type: ignore[arg-type]

    gateway.otherwise = look
    done = run_process(["balance", "-v"], stdout=subprocess.PIPE)
    assert done.returncode == 0
    assert any(b"kxsms" in line for line in seen)
    assert not any(TOKEN.encode() in line for line in seen)
    assert TOKEN.encode() not in done.stdout + done.stderr


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
    assert "hint: kxsms send --help" in done.err


@pytest.mark.parametrize(("arguments", "words"), [(("sned",), "sned"), (("config", "sho"), "sho")])
def test_an_unknown_command_is_named(run: Run, arguments: tuple[str, ...], words: str) -> None:
    done = run(*arguments)
    assert done.status == 2
    assert done.err.startswith("kxsms: error: No such command")
    assert words in done.err


def test_a_number_that_is_given_twice_is_a_note_unless_quiet(run: Run, gateway: ScriptedGateway) -> None:
    arguments = ("send", "13800000000", "+86 138 0000 0000", "-m", "【科】您好")
    assert run(*arguments).err == "kxsms: skipped 1 repeated number: each recipient gets the text once\n"
    assert run(*arguments, "--quiet").err == ""
    assert [received.numbers for received in gateway.received] == [["13800000000"]] * 2
