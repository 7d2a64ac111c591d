"""A wrong command line gets one line in plain words, and a hint with the right command or option."""

import pytest

from tests.conftest import Run


def told(run: Run, line: str, **env: str) -> tuple[int, list[str]]:
    """Return the exit status and the lines on stderr."""
    done = run(*line.split(), env=env)
    return done.status, done.err.splitlines()


COMMANDS = {
    "list": "batch list",
    "status": "batch show ID",
    "show": "batch show ID",
    "retry": "batch retry ID",
    "resume": "batch resume ID",
    "export": "batch export ID",
    "check": "batch check",
    "ls": "batch list",
    "reports": "report",
    "replies": "mo",
    "credits": "balance",
    "balace": "balance",
    "sned": "send",
    "set": "config set KEY VALUE",
    "get": "config get KEY",
    "serve": "sandbox serve",
    "auth": "login",
    "version": "--version",
    "cron": "help cron",
    "13800000000": "send 13800000000 -m TEXT",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_an_unknown_command_leads_to_the_right_one(run: Run, name: str) -> None:
    assert told(run, name) == (
        2,
        [f"kxsms: error: kxsms has no command '{name}'", f"hint: run kxsms {COMMANDS[name]}"],
    )


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("batch status", "run kxsms batch show ID"),
        ("batch ls", "run kxsms batch list"),
        ("batch lst", "run kxsms batch list"),
        ("config list", "run kxsms config show"),
        ("config delete", "run kxsms config unset KEY"),
        ("sandbox start", "run kxsms sandbox serve"),
        ("zzz", "run kxsms --help"),
        ("batch zzz", "run kxsms batch --help"),
    ],
)
def test_an_unknown_command_of_a_group_leads_to_the_right_one(run: Run, line: str, hint: str) -> None:
    status, (_, found) = told(run, line)
    assert (status, found) == (2, f"hint: {hint}")


NUMBERS = "write the numbers without an option: kxsms send 13800000000 -m TEXT; or use --to-file FILE"
FILES = "use --csv FILE for rows, --to-file FILE for numbers, or --message-file FILE for a text"


@pytest.mark.parametrize(
    ("command", "option", "hint"),
    [
        ("send", "--to", NUMBERS),
        ("send", "--phone", NUMBERS),
        ("send", "--text", "use -m TEXT"),
        ("send", "--content", "use -m TEXT"),
        ("send", "--file", FILES),
        ("send", "--from", "use --signature NAME"),
        ("send", "--force", "use --yes"),
        ("send", "--conc", "use --concurrency"),
        ("send", "--to-fil", "use --to-file"),
        ("send", "--retrys", "use --retries"),
        ("send", "--json", "use -o json"),
        ("report", "--to", "use --until TIME"),
        ("report", "--from", "use --since TIME"),
        ("report", "--csv", "use -o csv"),
        ("mo", "-f", "use --watch"),
        ("balance", "--zzz", "run kxsms balance --help"),
        ("login", "--username", "use --account NAME"),
    ],
)
def test_an_unknown_option_leads_to_the_right_one(run: Run, command: str, option: str, hint: str) -> None:
    assert told(run, f"{command} {option} x") == (
        2,
        [f"kxsms: error: kxsms {command} has no option {option}", f"hint: {hint}"],
    )


def test_a_token_as_an_option_leads_to_login(run: Run) -> None:
    assert told(run, "send --token x")[1][1].startswith(
        "hint: run kxsms login --token-stdin, or set KXSMS_TOKEN"
    )


@pytest.mark.parametrize("line", ["-p prod send", "batch -p prod list"])
def test_an_option_before_the_command_is_led_behind_it(run: Run, line: str) -> None:
    assert told(run, line)[1][1].startswith("hint: write options after the command: kxsms ")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("balance --min abc", "--min must be a whole number, 0 or more, not 'abc'"),
        ("balance --min 1.5", "--min must be a whole number, 0 or more, not '1.5'"),
        ("balance --min -1", "--min must be a whole number, 0 or more, not -1"),
        ("send --concurrency 999 1", "--concurrency must be a whole number from 1 to 256, not 999"),
        ("report --interval x", "--interval must be a number from 0.1 to 86400, not 'x'"),
        ("report --watch --interval 0", "--interval must be a number from 0.1 to 86400, not 0.0"),
        ("report --watch --interval nan", "--interval must be a number, not nan"),
        ("sandbox serve --seed x", "--seed must be a whole number, not 'x'"),
        ("sandbox serve --port 99999", "--port must be a whole number from 0 to 65535, not 99999"),
        ("balance --product fax", "--product cannot be 'fax'"),
        ("balance -o yaml", "--output cannot be 'yaml'"),
        ("balance --min", "--min needs a value"),
        ("balance --all=yes", "--all takes no value"),
        ("batch show", "kxsms batch show needs ID"),
        ("config set rate", "kxsms config set needs VALUE"),
        ("batch show a b", "kxsms batch show has too many arguments: b"),
    ],
)
def test_a_wrong_value_is_named_in_plain_words(run: Run, line: str, words: str) -> None:
    status, (found, *_) = told(run, line)
    assert (status, found) == (2, f"kxsms: error: {words}")


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("balance --min abc", "run kxsms balance --help"),
        ("balance --product fax", "use sms, vip, voice or mms"),
        ("batch show", "run kxsms batch list to see the ids"),
    ],
)
def test_a_wrong_value_has_a_hint(run: Run, line: str, hint: str) -> None:
    assert told(run, line)[1][1:] == [f"hint: {hint}"]


@pytest.mark.parametrize(
    ("variable", "value", "hint"),
    [("KXSMS_PRODUCT", "fax", "use sms, vip, voice or mms"), ("KXSMS_SANDBOX", "maybe", "use 1 or 0")],
)
def test_a_wrong_variable_is_named(run: Run, variable: str, value: str, hint: str) -> None:
    assert told(run, "balance", **{variable: value}) == (
        2,
        [f"kxsms: error: {variable} cannot be '{value}'", f"hint: {hint}"],
    )


def test_a_long_value_is_cut(run: Run) -> None:
    assert len(told(run, f"balance --min {'9' * 9_000}")[1][0]) < 120


def test_the_error_object_has_the_hint(run: Run) -> None:
    assert run("list", "-o", "json").error == {
        "kind": "usage",
        "message": "kxsms has no command 'list'",
        "hint": "run kxsms batch list",
        "exit_status": 2,
    }


HINTS_FOR_FORMATS = {
    "batch export 3f2a -o xlsx": "use --out FILE.xlsx",
    "batch export 3f2a -o XLSX": "use --out FILE.xlsx",
    "send -o xlsx": "use --out FILE.xlsx",
    "batch list -o xlsx": "use table, json, jsonl or csv",
    "batch export 3f2a -o yaml": "use table, json, jsonl or csv",
    "send -o yaml": "use table, json, jsonl, csv, raw-json or raw-xml",
}


@pytest.mark.parametrize("line", HINTS_FOR_FORMATS)
def test_a_wrong_format_names_those_that_the_command_has(run: Run, line: str) -> None:
    assert told(run, line)[1][-1] == f"hint: {HINTS_FOR_FORMATS[line]}"
