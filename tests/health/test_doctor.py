"""`kxsms doctor`: one line for each check, a status of 0 or 1, no send, and never a secret or a traceback."""

import os
import socket
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import pytest

from tests.conftest import TOKEN, Run
from tests.health.doctor import CHECKS, balance, doctor
from tests.scripted_gateway import ScriptedGateway, close
from tests.terminal import on_terminal

POSIX = pytest.mark.skipif(os.name != "posix", reason="POSIX modes and terminals")


@pytest.fixture
def healthy(gateway: ScriptedGateway) -> ScriptedGateway:
    gateway.otherwise = balance()
    return gateway


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield an address on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("KXSMS_BASE_URL", f"http://127.0.0.1:{taken.getsockname()[1]}")
        yield f"127.0.0.1:{taken.getsockname()[1]}"


def test_a_healthy_installation_makes_every_check(run: Run, healthy: ScriptedGateway) -> None:
    found = doctor(run)

    assert list(found.checks) == CHECKS
    assert found.failed == []
    assert found.done.status == 0
    assert found.done.err == ""


def test_it_asks_for_each_balance_and_sends_nothing(run: Run, healthy: ScriptedGateway) -> None:
    doctor(run)

    assert [request.path for request in healthy.received] == [
        f"/{product}/QueryBalance" for product in ("SMS", "VIP", "Voice", "MMS")
    ]


def test_it_creates_no_ledger(run: Run, healthy: ScriptedGateway) -> None:
    found = doctor(run)

    assert found.checks["ledger"].ok is None
    assert not Path(os.environ["KXSMS_STATE_DIR"]).exists()


def test_the_sandbox_is_healthy_without_a_config(run: Run) -> None:
    Path("config.toml").unlink()

    found = doctor(run, "--sandbox")

    assert (found.done.status, found.failed) == (0, [])
    assert found.checks["config"].ok is None
    assert found.checks["product_mms"].ok is True
    assert found.checks["clock"].ok is True


def test_a_damaged_sandbox_fails_in_one_line(run: Run) -> None:
    run("balance", "--sandbox")
    (state,) = (path for path in Path(os.environ["KXSMS_STATE_DIR"]).iterdir() if path.suffix == ".sqlite3")
    state.write_text("no database")

    found = doctor(run, "--sandbox")

    assert (found.done.status, found.failed) == (1, ["profile"])
    assert list(found.checks) == CHECKS


def test_without_a_config_it_says_how_to_log_in(
    run: Run, nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KXSMS_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(Path.cwd() / "empty"))

    found = doctor(run)

    assert found.done.status == 1
    assert found.checks["config"].ok is False
    assert str(found.checks["config"].hint).startswith("run kxsms login")
    assert found.checks["profile"].detail == "not examined: see config"


def test_a_config_that_is_named_has_to_be_there(run: Run, healthy: ScriptedGateway) -> None:
    found = doctor(run, "--config", "missing.toml")

    assert (found.done.status, found.failed) == (1, ["config"])


@pytest.mark.parametrize(
    ("content", "failed", "words"),
    [
        ("profiles = [", "config", "not valid TOML"),
        ("[profiles.a\xff]", "config", "not valid TOML"),
        ("profiles = 1", "config", "profiles must be a table"),
        ('default_profile = "b"', "profile", "there is no profile 'b'"),
        ('default_profile = "a"\n[profiles.a]\nrate = "fast"', "profile", "profiles.a.rate"),
        ('default_profile = "a"\n[profiles.a]\naccount = "1"', "token", "there is no token for account 1"),
    ],
)
def test_a_broken_config_fails_in_one_line(
    run: Run, nobody: str, content: str, failed: str, words: str
) -> None:
    Path("config.toml").write_text(content, "utf-8")

    found = doctor(run)

    assert found.failed[0] == failed
    assert words in found.checks[failed].detail
    assert found.checks[failed].hint
    assert found.done.status == 1
    assert list(found.checks) == CHECKS


@POSIX
def test_a_config_that_others_can_read(run: Run, healthy: ScriptedGateway) -> None:
    Path("config.toml").chmod(0o644)

    found = doctor(run, "-q")

    assert found.failed == ["config_rights"]
    assert found.checks["config_rights"].detail.startswith("0644")
    assert found.checks["config_rights"].hint == f"run chmod 600 {Path.cwd() / 'config.toml'}"


@POSIX
def test_a_config_that_others_can_change(run: Run, healthy: ScriptedGateway) -> None:
    Path("config.toml").chmod(0o666)

    assert "can be changed" in doctor(run).checks["config"].detail


@POSIX
def test_a_part_of_a_config_that_a_crash_left(run: Run, healthy: ScriptedGateway) -> None:
    left = Path.cwd() / ".config.toml.a1b2c3d4"
    left.touch(mode=0o600)

    found = doctor(run)

    assert found.checks["config_rights"].ok is False
    assert found.checks["config_rights"].hint == f"run rm {left}"


@pytest.mark.parametrize("code", ["-1", "0"])
def test_only_the_own_product_can_fail(run: Run, healthy: ScriptedGateway, code: str) -> None:
    healthy.script = [balance(code)]
    healthy.otherwise = balance("-1")

    found = doctor(run, "--product", "vip")

    assert healthy.received[0].path == "/VIP/QueryBalance"
    assert found.failed == (["product_vip"] if code == "-1" else [])
    assert found.checks["product_sms"].ok is None
    assert found.done.status == (1 if code == "-1" else 0)


def test_a_silent_gateway_is_asked_once(run: Run, healthy: ScriptedGateway) -> None:
    healthy.otherwise = close

    found = doctor(run)

    assert found.failed == ["product_sms"]
    assert len(healthy.received) == 1
    assert found.checks["product_vip"].detail == "not examined: see product_sms"


def test_a_refused_connection_is_one_failure(run: Run, healthy: ScriptedGateway, nobody: str) -> None:
    found = doctor(run)

    assert found.failed == ["tcp"]
    assert found.checks["tcp"].detail == f"{nobody} refused the connection"
    assert found.checks["product_sms"].detail == "not examined: see tcp"


def test_an_unknown_name_is_one_failure(run: Run, healthy: ScriptedGateway) -> None:
    found = doctor(run, env={"KXSMS_BASE_URL": "https://gateway.invalid"})

    assert found.failed == ["dns"]
    assert "HTTPS_PROXY" in str(found.checks["dns"].hint)
    assert found.checks["tls"].detail == "not examined: see dns"


@pytest.mark.parametrize(
    ("ahead", "ok", "words"),
    [(0, True, "within 1 s"), (-50, True, "within 5"), (-3700, False, "ahead of"), (3700, False, "behind")],
)
def test_the_clock_is_compared_with_the_gateways(
    run: Run, healthy: ScriptedGateway, ahead: int, ok: bool, words: str
) -> None:
    healthy.otherwise = balance(Date=formatdate(time.time() + ahead, usegmt=True))

    clock = doctor(run).checks["clock"]

    assert clock.ok is ok
    assert words in clock.detail
    assert bool(clock.hint) is not ok


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 99 Nov 2026 10:00:00 GMT", "\u00e9"])
def test_a_date_that_is_none_is_no_failure(run: Run, healthy: ScriptedGateway, date: str) -> None:
    healthy.otherwise = balance(Date=date)

    assert doctor(run).checks["clock"].ok is None


@pytest.mark.parametrize("source", ["KXSMS_TOKEN", "KXSMS_TOKEN_FILE", "token of", "token_command of"])
def test_the_source_of_the_token_is_named(
    run: Run, healthy: ScriptedGateway, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    key = {"token of": f'token = "{TOKEN}"', "token_command of": f'token_command = "echo {TOKEN}"'}
    if source in key:
        monkeypatch.delenv("KXSMS_TOKEN")
        Path("config.toml").write_text(
            f'default_profile = "p"\n[profiles.p]\naccount = "1"\n{key[source]}', "utf-8"
        )
    if source == "KXSMS_TOKEN_FILE":
        monkeypatch.delenv("KXSMS_TOKEN")
        Path("token").write_text(TOKEN)
        Path("token").chmod(0o600)
        monkeypatch.setenv(source, "token")

    found = doctor(run)

    assert source in found.checks["token"].detail
    assert TOKEN not in found.done.text + found.done.err
    assert healthy.received[0].form["token"] == TOKEN


def test_a_token_command_that_fails_shows_nothing_of_itself(
    run: Run, healthy: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KXSMS_TOKEN")
    command = "sh -c 'echo hush-hush >&2; exit 3'"
    Path("config.toml").write_text(
        f'default_profile = "p"\n[profiles.p]\naccount = "1"\ntoken_command = "{command}"', "utf-8"
    )

    found = doctor(run)

    assert found.checks["token"].detail == "token_command failed with status 3"
    assert "hush-hush" not in found.done.text + found.done.err


def test_the_command_for_the_token_runs_once(
    run: Run, healthy: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KXSMS_TOKEN")
    Path("config.toml").write_text(
        'default_profile = "p"\n[profiles.p]\naccount = "1"\n'
        """token_command = "sh -c 'echo ran >>runs; echo secret-token'"\n""",
        "utf-8",
    )

    doctor(run)

    assert Path("runs").read_text() == "ran\n"


def test_a_full_disk_is_a_failure_with_a_hint(
    run: Run, healthy: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kxsms.ledger.examination._ENOUGH", 2**80)

    disk = doctor(run).checks["disk"]

    assert disk.ok is False
    assert "KXSMS_STATE_DIR" in str(disk.hint)


@pytest.mark.parametrize("format", ["raw-json", "raw-xml"])
def test_it_has_no_raw_format(run: Run, format: str) -> None:
    assert run("doctor", "-o", format).status == 2


def test_the_error_object_names_what_failed(run: Run, nobody: str) -> None:
    done = run("doctor", "--config", "missing.toml", "-o", "json")

    assert done.error["exit_status"] == 1
    assert done.error["message"] == "1 of 21 checks failed: config"


def test_hints_repeat_the_options_of_the_command_line(run: Run, healthy: ScriptedGateway) -> None:
    healthy.otherwise = close
    Path("config.toml").write_text(f'[profiles.p]\naccount = "1"\ntoken = "t2"\nbase_url = "{healthy.url}"')

    assert "kxsms doctor -p p" in str(doctor(run, "-p", "p").checks["product_sms"].hint)


@POSIX
@pytest.mark.parametrize("columns", [80, 120])
def test_lines_on_a_terminal_fit_and_have_a_mark(columns: int) -> None:
    status, shown = on_terminal(
        ["kxsms", "doctor", "--sandbox"], columns=columns, env={"NO_COLOR": "1", "TERM": "dumb"}
    )

    lines = shown.splitlines()
    assert status == 0
    assert max(map(len, lines)) <= columns
    assert {line[0] for line in lines} == {"✓", "–", " "}


@POSIX
def test_a_hint_on_a_terminal_keeps_its_command_whole(nobody: str) -> None:
    long = Path("a" * 60) / "config.toml"
    long.parent.mkdir()
    long.touch(mode=0o644)
    long.chmod(0o644)

    status, shown = on_terminal(
        ["kxsms", "doctor", "-q", "--config", str(long.absolute())], env={"NO_COLOR": "1", "TERM": "dumb"}
    )

    assert status == 1
    assert "✗  config rights" in shown
    assert f"chmod 600 {long.absolute()}" in shown
