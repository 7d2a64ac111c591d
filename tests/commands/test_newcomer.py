"""The messages that a newcomer meets: each says what is wrong, and names what solves it."""

import os
import re
import secrets

import pytest

from tests.conftest import Run
from tests.output.test_hints import KXSMS
from tests.scripted_gateway import ScriptedGateway, close
from tests.terminal import on_terminal

SEND = ("send", "13800000000", "-m", "hello")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("opt_out", "yes", "hint: use a value such as true"),
        ("opt_out_keywords", "。", "must hold a word such as 退订"),
        ("price.sms", "1_0", "must be a price such as 0.045"),
    ],
)
def test_a_wrong_value_of_consent_and_money_is_named(run: Run, key: str, value: str, said: str) -> None:
    done = run("config", "set", key, value)
    assert done.status == 2
    assert said in " ".join(done.err.split())


@pytest.mark.parametrize(
    ("option", "value", "hint"),
    [
        ("--window", "9-21", "use a value such as --window 09:00-21:00"),
        ("--cap", "3", "use a value such as --cap 3/24h"),
        ("--at", "25:00", "use a time such as 'tomorrow 10:00' or +2h"),
    ],
)
def test_a_wrong_limit_has_an_example(run: Run, option: str, value: str, hint: str) -> None:
    assert hint in run(*SEND, "--sandbox", option, value).err


@pytest.mark.skipif(os.name != "posix", reason="a POSIX terminal")
def test_a_question_wraps_at_words() -> None:
    text = "【科迅】" + "您好" * 10
    command = ["kxsms", "send", "--sandbox", "13800000000", "-m", text, "--at", "tomorrow 10:00"]
    _, shown = on_terminal(command, columns=60, answers=["n"])
    assert re.search(r"to 1 recipient at\n  \S+ \(1 request\)\? \[y/N\]: n\n", shown)


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("signatur", "use signature"),
        ("profiles.prod.extnoo", "use profiles.prod.extno"),
        ("code.-1", "use codes.-1"),
        ("rate.x", "use rate: it has no keys of its own"),
    ],
)
def test_an_unknown_key_gets_the_near_one(run: Run, key: str, hint: str) -> None:
    done = run("config", "set", key, "x")
    assert done.status == 2
    assert f"hint: {hint}\n" in done.err


def test_a_key_like_no_other_gets_the_list(run: Run) -> None:
    assert (
        "hint: use one of default_profile, mask, language, ledger, ledger_password_command,"
        in run("config", "set", "xyz", "x").err
    )


def test_a_wrong_value_is_a_sentence_with_a_hint(run: Run) -> None:
    first, second = run("config", "set", "rate", "x").err.splitlines()
    assert first == "kxsms: error: rate cannot be 'x': it must be a whole number, 0 or more"
    assert second == "hint: use a value such as 50"


def test_a_wrong_value_of_a_table_has_a_hint_too(run: Run) -> None:
    assert "hint: run kxsms help config" in run("config", "set", "states.OK", "x").err


@pytest.mark.parametrize(
    ("word", "topic"),
    [
        ("failed", "batches"),
        ("exit", "exit-statuses"),
        ("3", "exit-statuses"),
        ("6", "unknown"),
        ("env", "environment"),
        ("JSON", "output"),
    ],
)
def test_another_word_or_a_beginning_shows_a_topic(run: Run, word: str, topic: str) -> None:
    assert run("help", word).text == run("help", topic).text


def test_the_beginning_of_a_command_shows_its_help(run: Run) -> None:
    assert run("help", "bal").text == run("balance", "--help").text


@pytest.mark.parametrize(
    ("word", "first"), [("cronn", "cron, "), ("s", "s(?:andbox|end|peed), s"), ("rep", "report")]
)
def test_the_near_topics_come_first(run: Run, word: str, first: str) -> None:
    done = run("help", word)
    assert done.status == 2
    assert re.match(f"  {first}", done.err.splitlines()[1])


@pytest.mark.skipif(os.name != "posix", reason="a POSIX terminal")
def test_the_list_of_topics_wraps() -> None:
    _, shown = on_terminal([*KXSMS, "help", "xyz"], columns=50)
    assert max(map(len, shown.splitlines())) <= 50
    assert "exit-statuses" in shown


def test_every_alias_names_a_topic() -> None:
    from kxsms.commands.help import _ALIASES
    from kxsms.help.topics import topics

    assert set(_ALIASES.values()) <= set(topics())


@pytest.mark.parametrize(
    ("word", "meant"),
    [("batch-list", "batch list"), ("list-batches", "batch list"), ("config_set", "config set KEY VALUE")],
)
def test_a_command_written_as_one_word_is_understood(run: Run, word: str, meant: str) -> None:
    assert f"hint: run kxsms {meant}\n" in run(word).err


def test_send_alone_asks_for_numbers_and_text(run: Run) -> None:
    said = run("send").err
    assert "kxsms: error: there are no numbers and no text to send\n" in said
    assert "hint: run kxsms send 13800000000 -m TEXT, or use --to-file FILE" in said


def test_one_invalid_number_is_it(run: Run, gateway: ScriptedGateway) -> None:
    assert "hint: fix it, or use --skip-invalid" in run("send", "13800000000", "123", "-m", "【科】x").err


def test_two_invalid_numbers_are_them(run: Run, gateway: ScriptedGateway) -> None:
    assert (
        "hint: fix them, or use --skip-invalid" in run("send", "13800000000", "1", "2", "-m", "【科】x").err
    )


@pytest.mark.parametrize("command", ["report --no-pull", "batch list"])
def test_a_time_that_is_none_is_a_sentence(run: Run, gateway: ScriptedGateway, command: str) -> None:
    said = run(*command.split(), "--since", "sometime").err
    assert "kxsms: error: --since 'sometime' is neither a time from 2000 to 2100 nor an age" in said


def test_without_an_account_nothing_else_comes_first(run: Run) -> None:
    done = run(*SEND)
    assert done.status == 4
    assert done.err.splitlines()[0] == "kxsms: error: there is no account"
    assert "signature" not in done.err


def test_a_dry_run_needs_no_account(run: Run) -> None:
    assert run(*SEND, "--dry-run").status == 0


def test_a_missing_signature_names_the_lasting_setting(run: Run, gateway: ScriptedGateway) -> None:
    assert "hint: use --signature NAME, or run kxsms config set signature NAME\n" in run(*SEND).err


def test_batch_show_says_how_to_settle(run: Run, gateway: ScriptedGateway) -> None:
    gateway.script = [close]
    name = run(*SEND, "-o", "json").json["batch"]
    hint = run("batch", "show", name).err
    assert f"run kxsms batch settle {name} --accepted" in hint
    assert f"run kxsms batch retry {name} --unknown" in hint


def test_an_id_is_never_a_number(run: Run, gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["12345678", "1234e678", "3f2a91c0"])
    monkeypatch.setattr(secrets, "token_hex", lambda size: next(drawn))
    assert run(*SEND, "-o", "json").json["batch"] == "3f2a91c0"


def test_an_older_id_of_digits_stays_usable(run: Run, gateway: ScriptedGateway) -> None:
    from tests.engines import query_ledger

    run(*SEND)
    query_ledger("UPDATE batches SET name = '12345678'")
    assert run("batch", "show", "1234", "-o", "json").json["batch"] == "12345678"


def test_a_retry_says_what_it_sent_and_what_the_batch_is(run: Run, gateway: ScriptedGateway) -> None:
    from tests.ledger.scene import REFUSED, people, send_csv, write_csv

    write_csv(people(3))
    gateway.script = [REFUSED, REFUSED]
    name = send_csv(run).json["batch"]
    gateway.script = [REFUSED]
    said = run("batch", "retry", name, "--rejected").err
    whole = f"batch {name} as a whole, 3 recipients: 2 accepted, 1 rejected"
    assert f"kxsms: this time: 1 accepted, 1 rejected; {whole}\n" in said


def test_a_first_send_does_not_say_so(run: Run, gateway: ScriptedGateway) -> None:
    assert "as a whole" not in run(*SEND).err


def test_an_unfinished_retry_names_the_command_that_sends_the_rest(
    run: Run, gateway: ScriptedGateway
) -> None:
    from tests.ledger.scene import DECLINED, REFUSED

    gateway.script = [REFUSED, DECLINED]
    name = run(*SEND, "-o", "json").json["batch"]
    done = run("batch", "retry", name, "--rejected", "-o", "json")
    assert done.status == 5
    assert done.error["hint"].endswith(f"run kxsms batch resume {name}")
    assert "same command" not in done.error["hint"]


def test_a_mistyped_profile_names_the_near_one(run: Run) -> None:
    run("config", "set", "-p", "prod", "--yes", "account", "1")
    assert "hint: use -p prod, or run kxsms login -p pord to create it\n" in run("balance", "-p", "pord").err


def test_the_sandbox_has_no_config_to_set(run: Run) -> None:
    assert "hint: use --signature NAME\n" in run(*SEND, "--sandbox").err
