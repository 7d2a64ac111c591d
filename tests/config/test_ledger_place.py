"""`ledger` in the config and KXSMS_LEDGER say where the ledger is."""

import os
import shlex
import sys
from pathlib import Path

import pytest

from kxsms.config.ledger_place import LedgerPlaces
from kxsms.config.store import load
from kxsms.domain.ledger_place import LedgerPlace, PostgresPlace, SqlitePlace
from kxsms.errors import ProfileError
from tests.conftest import Run
from tests.scripted_gateway import ScriptedGateway

URL = "postgresql://kx@localhost/sms"
PASSWORD = "correct-horse"
WITH_PASSWORD = f"postgresql://kx:{PASSWORD}@localhost/sms"
SEND = ("send", "13800000000", "-m", "您好")


def configure(home: Path, text: str) -> None:
    (home / "config.toml").write_text(text, "utf-8")


def places(home: Path) -> LedgerPlaces:
    path = home / "config.toml"
    return LedgerPlaces(os.environ, lambda: path, lambda: load(path))


def place(home: Path, *, sandbox: bool = False) -> LedgerPlace:
    return places(home).of(sandbox=sandbox)


def server(home: Path, *, sandbox: bool = False) -> PostgresPlace:
    found = place(home, sandbox=sandbox)
    assert isinstance(found, PostgresPlace)
    return found


@pytest.mark.parametrize("value", ["{home}/own/ledger", "~/own/ledger"])
def test_a_file_that_the_config_names_is_the_ledger(
    run: Run, gateway: ScriptedGateway, home: Path, value: str
) -> None:
    configure(home, f'ledger = "{value.format(home=home)}"')
    run(*SEND)
    assert (home / "own/ledger").is_file()


def test_a_file_that_the_variable_names_is_the_ledger(run: Run, gateway: ScriptedGateway, home: Path) -> None:
    configure(home, f'ledger = "{home}/config-ledger"')
    run(*SEND, env={"KXSMS_LEDGER": f"{home}/own"})
    assert ((home / "own").exists(), (home / "config-ledger").exists()) == (True, False)


def test_a_named_file_is_not_that_of_the_sandbox(run: Run, home: Path) -> None:
    configure(home, f'ledger = "{home}/config-ledger"')
    run(*SEND, "--sandbox", env={"KXSMS_LEDGER": f"{home}/own"})
    assert not [name for name in ("own", "config-ledger") if (home / name).exists()]


def test_a_batch_of_the_named_file_is_found_from_the_sandbox(
    run: Run, gateway: ScriptedGateway, home: Path
) -> None:
    configure(home, f'ledger = "{home}/own"')
    batch = run(*SEND, "-o", "json").json["batch"]
    assert "was not sent in the sandbox" in run("batch", "show", "--sandbox", batch).err


def test_completion_offers_batches_of_the_named_file(run: Run, gateway: ScriptedGateway, home: Path) -> None:
    configure(home, f'ledger = "{home}/own"')
    batch = run(*SEND, "-o", "json").json["batch"]
    assert batch in run("batch", "show", env={"_KXSMS_COMPLETE": ":"}).text


def test_a_server_that_the_config_names_is_the_place(home: Path) -> None:
    configure(home, f'ledger = "{URL}"')
    assert server(home).shown == URL


def test_a_server_of_the_config_is_not_that_of_the_sandbox(home: Path) -> None:
    configure(home, f'ledger = "{URL}"')
    assert isinstance(place(home, sandbox=True), SqlitePlace)


def test_the_sandbox_uses_a_server_of_the_variable(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KXSMS_LEDGER", URL)
    assert server(home, sandbox=True).schema == "kxsms_sandbox"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("mysql://u:correct-horse@h/d", "must be a postgresql:// URL or a path, not mysql://"),
        ("ledger.sqlite3", "must be a postgresql:// URL or an absolute path, not ledger.sqlite3"),
        ("host=h password=correct-horse", "must be a postgresql:// URL or an absolute path, not ********"),
        ("postgresql://h:correct-horse/d", "has an invalid host or port"),
        ("postgresql://u:correct-horse@x@h/d", "has more than one @"),
        ("postgresql://h/d?schema=A", "must have a schema"),
    ],
)
class TestInvalid:
    def test_the_variable_is_an_error(self, run: Run, value: str, words: str) -> None:
        done = run("batch", "list", env={"KXSMS_LEDGER": value})
        assert (done.status, f"KXSMS_LEDGER {words}" in done.err) == (2, True)

    def test_the_config_is_an_error(self, run: Run, home: Path, value: str, words: str) -> None:
        configure(home, f'ledger = "{value}"')
        done = run("batch", "list")
        assert (done.status, f"config.toml: ledger {words}" in done.err) == (4, True)

    def test_config_set_is_an_error(self, run: Run, value: str, words: str) -> None:
        done = run("config", "set", "ledger", value)
        assert (done.status, words in done.err) == (2, True)

    def test_no_password_is_shown(self, run: Run, home: Path, value: str, words: str) -> None:
        configure(home, f'ledger = "{value}"')
        shown = [run("batch", "list"), run("config", "show"), run("config", "set", "ledger", value)]
        shown.append(run("batch", "list", env={"KXSMS_LEDGER": value}))
        assert not [done for done in shown if PASSWORD in done.text + done.err]


@pytest.mark.parametrize("value", ["http://h", "relative"], ids=["url", "path"])
def test_a_wrong_variable_is_an_error_in_the_sandbox_too(run: Run, value: str) -> None:
    assert run("batch", "list", "--sandbox", env={"KXSMS_LEDGER": value}).status == 2


def test_a_wrong_ledger_in_the_config_does_not_stop_the_sandbox(run: Run, home: Path) -> None:
    configure(home, 'ledger = "relative"')
    done = run("batch", "show", "--sandbox", "abcd")
    assert (done.status, "there is no batch" in done.err) == (2, True)


def test_a_config_that_is_not_toml_names_no_other_ledger(run: Run, home: Path) -> None:
    configure(home, f'ledger = "{URL}')
    assert run("batch", "list").status == 4


def test_a_ledger_in_a_profile_is_an_error(run: Run, home: Path) -> None:
    configure(home, f'[profiles.p]\nledger = "{URL}"')
    done = run("batch", "list")
    assert (done.status, "ledger is in profile 'p'" in done.err) == (4, True)


def test_a_password_in_the_url_warns(run: Run) -> None:
    done = run("batch", "list", env={"KXSMS_LEDGER": WITH_PASSWORD})
    assert f"warning: the URL of the ledger contains a password: {URL}\n" in done.err


def password(home: Path) -> str | None:
    place = places(home).to_open(server(home))
    assert isinstance(place, PostgresPlace)
    return place.conninfo.get("password")


@pytest.mark.parametrize("command", [("config", "show"), ("config", "get", "ledger"), ("batch", "list")])
def test_the_password_of_the_config_is_not_shown(run: Run, home: Path, command: tuple[str, ...]) -> None:
    configure(home, f'ledger = "{WITH_PASSWORD}"')
    done = run(*command)
    assert (URL in done.text + done.err, PASSWORD in done.text + done.err) == (True, False)


def test_a_password_on_the_command_line_is_refused(run: Run) -> None:
    done = run("config", "set", "ledger", WITH_PASSWORD)
    assert (done.status, "can be read by others" in done.err) == (2, True)


def test_config_set_and_get_know_the_keys(run: Run) -> None:
    run("config", "set", "ledger", URL)
    run("config", "set", "ledger_password_command", "pass show kxsms/ledger")
    found = [run("config", "get", key).text.strip() for key in ("ledger", "ledger_password_command")]
    assert found == [URL, "pass show kxsms/ledger"]


def password_command(home: Path, code: str) -> None:
    line = shlex.join([sys.executable, "-c", code])
    configure(home, f"ledger = '{URL}'\nledger_password_command = '''{line}'''")


def test_the_first_line_that_the_command_prints_is_the_password(home: Path) -> None:
    password_command(home, "print(' pass word '); print('x')")
    assert password(home) == " pass word "


def test_the_command_applies_to_a_server_of_the_variable(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    password_command(home, "print('secret')")
    monkeypatch.setenv("KXSMS_LEDGER", "postgresql://other/db")
    assert password(home) == "secret"


def test_without_a_command_there_is_no_password(home: Path) -> None:
    configure(home, f'ledger = "{URL}"')
    assert password(home) is None


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("print()", "printed no password"),
        ("print(chr(7) + 'x')", "printed no password"),
        ("raise SystemExit('locked')", "failed with status 1: locked"),
    ],
)
def test_a_command_that_fails_is_explained(home: Path, code: str, words: str) -> None:
    password_command(home, code)
    with pytest.raises(ProfileError, match=f"ledger_password_command .*{words}"):
        password(home)
