"""Invalid input of `kxsms send --csv`: an error that names file and line; nothing is sent or written."""

import csv
import io
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.ledger.scene import ONE, TEXT, batches, counts, send_csv, taken, write_csv
from tests.scripted_gateway import ScriptedGateway

HEAD = "mobile,content,name\n"
GOOD = f"{ONE},{TEXT},王\n"
# The bytes of a file, the beginning of its error, and words of that error.
DAMAGES: dict[str, tuple[bytes, str, str]] = {
    "quote-never-closed": (f'{HEAD}{GOOD}{ONE},"x,y\n{GOOD}'.encode(), "p.csv:3: ", "never closed"),
    "text-after-quote": (f'{HEAD}{GOOD}{ONE},"x"y,z\n{GOOD}'.encode(), "p.csv:3: ", "after a closing quote"),
    "too-many-fields": (f'{HEAD}"{ONE}",x,"a\nb"\n{ONE},x,y,z\n'.encode(), "p.csv:4: ", "4 fields"),
    "neither-encoding": (
        f"{HEAD}{ONE},x,y\n".encode() + b"\xff\xff\n",
        "p.csv:3: ",
        "neither UTF-8 nor GB18030",
    ),
    "broken-utf-16": (HEAD.encode("utf-16") + b"\x00\xd8\n\0", "p.csv:2: ", "not utf-16"),
    "nul": (f"{HEAD}{GOOD}13\0,x,y\n".encode(), "p.csv:3: ", "NUL"),
    "archive": (b"PK\x03\x04\x14\x00\x06\x00", "p.csv: ", "this is a zip archive"),
    "empty": (b"", "p.csv: ", "is empty"),
    "blank": (b"\xef\xbb\xbf\n\n", "p.csv: ", "is empty"),
    "header-alone": (HEAD.encode(), "p.csv: ", "no row"),
    "mobile-twice": (b"mobile,content,mobile\n", "p.csv:1: ", "'mobile' (column 1), 'mobile' (column 3)"),
    "no-mobile-column": (b"number,content\n1,2\n", "p.csv:1: ", "no column of mobile numbers"),
    "two-mobile-columns": (
        "mobile,手机,content\n1,2,3\n".encode(),
        "p.csv:1: ",
        "several columns of numbers",
    ),
    "two-texts": ("mobile,内容,content\n1,2,3\n".encode(), "p.csv:1: ", "several columns of texts"),
    "invalid-number": (
        f"{HEAD}{GOOD}12345678901,x,y\n".encode(),
        "p.csv:3: ",
        "does not start with 13 to 19",
    ),
    "no-number": (f"{HEAD}{GOOD} ,x,y\n".encode(), "p.csv:3: ", "is not a mobile number: it is empty"),
    "no-text": (f"{HEAD}{ONE}, ,x\n".encode(), "p.csv:2: ", "has no value in the column 'content'"),
    "nothing-but-a-signature": (
        f"{HEAD}{ONE},【科迅】,x\n".encode(),
        "p.csv:2: ",
        "nothing but its signature",
    ),
    "too-long": (f"{HEAD}{ONE},{'好' * 451},x\n".encode(), "p.csv:2: ", "451 characters"),
}
# A number as a spreadsheet writes it, and words of its error.
SPREADSHEETS = {
    "1.38E+10": "a number that a spreadsheet has rounded",
    "１．３８Ｅ＋１０": "a number that a spreadsheet has rounded",
    "3800000000": "looks like a landline number",
    "#REF!": "has characters other than digits",
}


def test_the_same_file_without_damage_is_sent(run: Run, gateway: ScriptedGateway) -> None:
    Path("p.csv").write_text(HEAD + GOOD, "utf-8")

    assert send_csv(run, file="p.csv").status == 0
    assert taken(gateway) == [(ONE, TEXT)]


@pytest.mark.parametrize("case", DAMAGES)
def test_a_damaged_file_gets_one_error_that_names_the_damage(
    run: Run, gateway: ScriptedGateway, case: str
) -> None:
    data, where, words = DAMAGES[case]
    Path("p.csv").write_bytes(data)

    done = run("send", "--csv", "p.csv", "--yes")

    errors = [line for line in done.err.splitlines() if not line.startswith("hint: ")]
    assert done.status == 2
    assert done.out == b""
    assert len(errors) == 1
    assert errors[0].startswith(f"kxsms: error: {where}")
    assert words in errors[0]
    assert taken(gateway) == []
    assert batches() == 0


def test_the_error_names_the_line_of_a_byte_that_cannot_be_decoded(
    run: Run, gateway: ScriptedGateway
) -> None:
    Path("p.csv").write_bytes((HEAD + GOOD).encode() + b"13900000000,\xff\xff,x\n")

    assert send_csv(run, file="p.csv").error["message"].startswith("p.csv:3: ")


@pytest.mark.parametrize("text", SPREADSHEETS)
def test_the_error_says_how_a_spreadsheet_damaged_a_number(
    run: Run, gateway: ScriptedGateway, text: str
) -> None:
    write_csv([(ONE, TEXT), (text, TEXT)])

    done = send_csv(run)

    assert done.status == 2
    assert taken(gateway) == []
    assert batches() == 0
    assert done.error["message"].startswith(f"people.csv:3: '{text}' ")
    assert SPREADSHEETS[text] in done.error["message"]


@pytest.mark.parametrize(
    ("template", "where", "words"),
    [
        ("{nick}您好", "p.csv:1: ", "no column 'nick'"),
        ("{name}您好", "p.csv:3: ", "no value in the column 'name'"),
        ("{name您好", "the text", "is never closed"),
        ("name}您好", "the text", "closes nothing"),
        ("{}您好", "the text", "names no column"),
    ],
)
def test_an_invalid_template_sends_nothing(
    run: Run, gateway: ScriptedGateway, template: str, where: str, words: str
) -> None:
    Path("p.csv").write_text(f"mobile,name\n{ONE},王\n13900000000, \n", "utf-8")

    done = send_csv(run, "-m", template, file="p.csv")

    assert done.status == 2
    assert done.error["kind"] == "input"
    assert done.error["message"].startswith(where)
    assert words in done.error["message"]
    assert taken(gateway) == []
    assert batches() == 0


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        (("--mobile-column", "x"), "input", "no column 'x'"),
        (("--encoding", "klingon"), "usage", "not a text encoding"),
        (("--encoding", "hex"), "usage", "not a text encoding"),
        (("--delimiter", "ab"), "usage", "--delimiter"),
        (("--signature", "】x【"), "input", "signature"),
        (("--extno", "1a"), "input", "not digits"),
        (("--limit", "0"), "usage", "--limit"),
    ],
)
def test_an_invalid_option_sends_nothing(
    run: Run, gateway: ScriptedGateway, options: tuple[str, ...], kind: str, words: str
) -> None:
    write_csv([(ONE, TEXT)])

    done = send_csv(run, *options)

    assert done.status == 2
    assert done.error["kind"] == kind
    assert words in done.error["message"]
    assert taken(gateway) == []
    assert batches() == 0


@pytest.mark.parametrize("file", ["missing.csv", "."])
def test_a_file_that_cannot_be_read_is_named(run: Run, gateway: ScriptedGateway, file: str) -> None:
    done = send_csv(run, file=file)

    assert done.status == 2
    assert done.error["kind"] == "input"
    assert done.error["message"].startswith(f"{file}: ")


def test_a_csv_without_a_text_gets_a_hint_about_templates(run: Run, gateway: ScriptedGateway) -> None:
    Path("p.csv").write_text(f"mobile\n{ONE}\n", "utf-8")

    assert send_csv(run, file="p.csv").error["hint"].startswith("give -m TEXT")


def write_valid_and_invalid_rows(count: int) -> str:
    """Write people.csv with `count` valid and `count` invalid rows in turn, and return its name."""
    return write_csv(
        row for line in range(count) for row in [(ONE, f"{TEXT}{line}"), (f"bad{line:02d}", TEXT)]
    )


def test_the_error_names_twenty_invalid_rows_and_counts_the_rest(run: Run, gateway: ScriptedGateway) -> None:
    write_valid_and_invalid_rows(25)

    done = run("send", "--csv", "people.csv", "--yes")

    assert done.status == 2
    assert taken(gateway) == []
    assert batches() == 0
    errors = done.err.splitlines()
    assert [line for line in errors if "error:" in line] == ["kxsms: error: 25 invalid rows"]
    named = [line.split("'")[:2] for line in errors if "people.csv:" in line]
    assert named == [[f"  people.csv:{2 * line + 3}: ", f"bad{line:02d}"] for line in range(20)]
    assert "  … and 5 more" in errors
    assert "--skip-invalid" in errors[-1]
    assert "25 invalid rows" in send_csv(run).error["message"]


def test_skip_invalid_sends_to_the_valid_rows_and_lists_the_invalid_ones(
    run: Run, gateway: ScriptedGateway
) -> None:
    write_valid_and_invalid_rows(105)

    done = send_csv(run, "--skip-invalid")

    assert done.status == 0
    assert counts(done) == (105, 0, 0, 0)
    assert len(taken(gateway)) == 105
    assert done.json["invalid"] == 105
    assert done.json["problems_left_out"] == 5
    assert done.json["tasks_left_out"] == 5
    assert [problem["line"] for problem in done.json["problems"]] == list(range(3, 203, 2))
    assert list(done.json["problems"][0]) == ["line", "mobile", "problem"]
    exported = run("batch", "export", done.json["batch"]).out.decode("utf-8-sig")
    table = list(csv.DictReader(io.StringIO(exported, newline="")))
    invalid = [row for row in table if row["kxsms_outcome"] == "invalid"]
    assert [row["mobile"] for row in invalid] == [f"bad{line:02d}" for line in range(105)]
    assert all(row["kxsms_message"] for row in invalid)
    assert len(table) == 210


def test_skip_invalid_needs_a_valid_row(run: Run, gateway: ScriptedGateway) -> None:
    write_csv([("138", TEXT)])

    done = send_csv(run, "--skip-invalid")

    assert done.status == 2
    assert "no valid row" in done.error["message"]
    assert batches() == 0


def test_a_csv_can_come_from_stdin(run: Run, gateway: ScriptedGateway) -> None:
    data = (HEAD + GOOD).encode("gb18030")

    done = send_csv(run, file="-", stdin=data)
    again = send_csv(run, file="-", stdin=data)
    broken = send_csv(run, file="-", stdin=(HEAD + "138,x,y\n").encode())

    assert done.status == 0
    assert again.json["replayed"] is True
    assert taken(gateway) == [(ONE, TEXT)]
    assert run("batch", "list", "-o", "json").json[0]["source"] == "stdin"
    assert broken.status == 2
    assert broken.error["message"].startswith("stdin:2: ")
    for option in ("--message-file", "--to-file"):
        assert send_csv(run, option, "-", file="-", stdin=data).status == 2
