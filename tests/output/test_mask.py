"""--mask: no phone number is whole in anything that is printed or logged, but files with --out are."""

import json
from pathlib import Path
from typing import Any

import pytest

from kxsms.domain.records import DeliveryReport, DeliveryState
from kxsms.output.console import Console
from tests.conftest import Run
from tests.scripted_gateway import ScriptedGateway, answer
from tests.terminal import on_terminal

NUMBER, MASKED = "13812345678", "138****5678"
OTHER = "13912345678"
TEXT = f"【科】致电{OTHER}"
REFUSED = answer(f'{{"Code":"7","Message":"{NUMBER}在黑名单"}}')
FORMATS = ("table", "json", "jsonl", "csv", "raw-json", "raw-xml")
LOCAL = FORMATS[:4]


def shown(done: Any) -> str:
    return str(done.text + done.err)


def is_masked(text: str) -> bool:
    return MASKED in text and NUMBER not in text and OTHER not in text


@pytest.fixture
def file(home: Path) -> str:
    (home / "p.csv").write_text(f"mobile,name\n{NUMBER},张\n+86 139 1234 5678,王\n", "utf-8")
    return "p.csv"


@pytest.mark.parametrize("format", FORMATS)
def test_a_refusal_that_names_a_number_is_masked(run: Run, gateway: ScriptedGateway, format: str) -> None:
    gateway.otherwise = REFUSED
    assert is_masked(shown(run("send", NUMBER, "-m", TEXT, "--mask", "-v", "-o", format)))


def test_the_gateway_still_gets_the_number(run: Run, gateway: ScriptedGateway) -> None:
    run("send", NUMBER, "-m", TEXT, "--mask")
    assert gateway.received[-1].form["mobile"] == NUMBER
    assert gateway.received[-1].form["content"] == TEXT


@pytest.mark.parametrize("format", LOCAL)
def test_a_dry_run_is_masked(run: Run, file: str, format: str) -> None:
    done = run("send", "--csv", file, "-m", f"【科】{{name}}{NUMBER}", "--dry-run", "--mask", "-o", format)
    assert is_masked(shown(done))


@pytest.mark.parametrize("format", LOCAL)
@pytest.mark.parametrize("mobile", ["1381234567", "+86 139 1234 56789", f"{NUMBER}{OTHER}", "010-12345678"])
def test_an_invalid_number_is_masked(run: Run, format: str, mobile: str) -> None:
    done = run("send", mobile, "-m", "【科】您好", "--dry-run", "--mask", "-o", format)
    assert done.status == 2
    assert "*" in shown(done)
    assert mobile not in shown(done)


def test_skipped_invalid_rows_are_masked(run: Run, home: Path) -> None:
    (home / "p.csv").write_text(f"mobile\n{NUMBER}\n139-1234-567\n", "utf-8")
    plan = ("send", "--csv", "p.csv", "-m", "【科】您好", "--skip-invalid", "--dry-run", "-o", "json")
    assert run(*plan, "--mask").json["problems"][0]["mobile"] == "139-***4-567"


def test_a_mistake_on_the_command_line_is_masked(run: Run) -> None:
    done = run(NUMBER, "--mask")
    assert done.status == 2
    assert is_masked(shown(done))


@pytest.mark.parametrize("format", LOCAL)
def test_an_export_on_stdout_is_masked_with_a_note(
    run: Run, gateway: ScriptedGateway, file: str, format: str
) -> None:
    run("send", "--csv", file, "-m", f"【科】{{name}}{OTHER}", "--yes")
    batch = run("batch", "list", "-o", "json").json[0]["batch"]
    done = run("batch", "export", batch, "--with-text", "--mask", "-o", format)
    assert is_masked(done.text)
    assert "phone numbers are masked" in done.err


def test_a_file_that_is_written_stays_whole(
    run: Run, gateway: ScriptedGateway, file: str, home: Path
) -> None:
    run("send", "--csv", file, "-m", "【科】{name}", "--yes")
    batch = run("batch", "list", "-o", "json").json[0]["batch"]
    run("batch", "export", batch, "--mask", "--out", "out.csv")
    assert NUMBER in (home / "out.csv").read_text("utf-8-sig")


@pytest.mark.parametrize("format", FORMATS)
def test_reports_are_masked(run: Run, gateway: ScriptedGateway, format: str) -> None:
    report = f'{{"mobile":"{NUMBER}","status":"DELIVRD","note":"{OTHER}"}}'
    gateway.script = [answer(f'{{"Code":"0","list":[{report}]}}')]
    gateway.otherwise = answer('{"Code":"0","list":[]}')
    assert is_masked(shown(run("report", "--mask", "-v", "-o", format)))


def test_ids_and_counts_that_look_like_a_number_stay(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = answer(f'{{"Code":"0","Message":"ok","TaskId":"{NUMBER}","Count":"{NUMBER}"}}')
    assert (
        run("send", OTHER, "-m", "【科】您好", "--mask", "-o", "json").json["tasks"][0]["task_id"] == NUMBER
    )
    assert run("balance", "--mask", "-o", "json").json["count"] == int(NUMBER)


@pytest.mark.parametrize("format", LOCAL)
def test_opt_outs_are_masked(run: Run, gateway: ScriptedGateway, format: str) -> None:
    run("optout", "add", NUMBER)
    assert is_masked(shown(run("optout", "list", "--mask", "-o", format)))
    assert is_masked(shown(run("optout", "export", "--mask", "-o", format)))


def test_a_batch_of_numbers_as_arguments_is_masked_everywhere(run: Run, gateway: ScriptedGateway) -> None:
    run("send", NUMBER, "-m", TEXT, "--mask")
    for command in (
        ("batch", "list"),
        ("batch", "show", run("batch", "list", "-o", "json").json[0]["batch"]),
    ):
        assert NUMBER not in shown(run(*command, "--mask", "-o", "json"))


@pytest.mark.parametrize(
    ("config", "variable", "option", "is_on"),
    [
        ("", None, None, False),
        ("", None, "--mask", True),
        ("", "1", None, True),
        ("mask = true", None, None, True),
        ("mask = false", None, None, False),
        ("mask = false", None, "--mask", True),
        ("mask = true", "0", None, False),
        ("mask = false", "1", None, True),
    ],
)
def test_the_option_wins_over_the_variable_and_that_over_the_config(
    run: Run, home: Path, config: str, variable: str | None, option: str | None, is_on: bool
) -> None:
    (home / "config.toml").write_text(config)
    more = [option] if option else []
    env = {"KXSMS_MASK": variable} if variable else {}
    done = run("send", NUMBER, "-m", "【科】您好", "--dry-run", "-o", "json", *more, env=env)
    assert (NUMBER not in done.text) is is_on


def test_a_mask_that_is_neither_true_nor_false_is_an_error(run: Run, home: Path) -> None:
    (home / "config.toml").write_text('mask = "no"\n[profiles.a]\naccount = "1"\ntoken = "t"\n')
    done = run("send", NUMBER, "-m", "【科】您好", "-p", "a")
    assert done.status == 4
    assert "mask must be true or false" in done.err


def test_the_config_commands_know_mask(run: Run) -> None:
    assert run("config", "get", "mask").text == "false\n"
    assert run("config", "set", "mask", "true").status == 0
    assert run("config", "get", "mask").text == "true\n"
    assert run("config", "set", "mask", "no").status == 2
    assert run("config", "unset", "mask").status == 0
    assert run("config", "get", "mask").text == "false\n"


def test_the_path_of_the_config_stays_whole(run: Run, home: Path) -> None:
    path = str(home / f"{NUMBER}.toml")
    assert run("config", "path", "--config", path, "--mask").text == f"{path}\n"


@pytest.mark.parametrize("value", ["0", "false"])
def test_a_mistake_is_whole_if_the_variable_says_so(run: Run, value: str) -> None:
    assert NUMBER in run(NUMBER, env={"KXSMS_MASK": value}).err


def test_a_command_of_exec_gets_whole_numbers(
    run: Run, monkeypatch: pytest.MonkeyPatch, gateway: ScriptedGateway, home: Path
) -> None:

    console = Console()
    console.mask.put_on()
    record = DeliveryReport("1", NUMBER, DeliveryState.DELIVERED, "DELIVRD", None, None)
    assert json.loads(console.record_json(record))["mobile"] == NUMBER


@pytest.mark.parametrize("columns", [80, 120])
def test_the_question_before_a_batch_is_masked(home: Path, file: str, columns: int) -> None:
    command = ["kxsms", "send", "--sandbox", "--csv", file, "-m", f"【科】{{name}}{NUMBER}", "--mask"]
    _, seen = on_terminal(command, columns=columns, answers=["n"])
    assert is_masked(seen)
