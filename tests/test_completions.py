"""The completion scripts complete real command lines in real shells."""

import os
import pty
import re
import select
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kxsms.app import COMMANDS
from kxsms.completion.shells import install, script
from kxsms.config.ledger_place import SANDBOX_LEDGER
from kxsms.config.schema import KEY_TYPES
from kxsms.domain.records import DeliveryState
from kxsms.help.topics import topics
from kxsms.ledger.batches import Ledger
from kxsms.sandbox.behaviour import AnswerShape, FaultKind
from tests.conftest import Run
from tests.terminal import PROGRAMS

DIRECTORY = Path(__file__).parent.parent / "completions"
PATH = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"
SECONDS = 30

Suggested = Callable[..., list[str]]


def program(shell: str) -> str:
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"{shell} is not installed")
    return found


@pytest.fixture
def suggested(run: Run) -> Suggested:
    """Return a function that returns the lines with which kxsms answers a script."""
    return lambda word, *before: run(*before, env={"_KXSMS_COMPLETE": f":{word}"}).lines


@pytest.fixture
def values(suggested: Suggested) -> Suggested:
    """Return a function that returns the same lines without descriptions."""
    return lambda word, *before: [line.partition("\t")[0] for line in suggested(word, *before)]


def output(shell: str, commands: str) -> list[str]:
    """Return the lines that commands print in a shell."""
    options = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    done = subprocess.run(
        [program(shell), *options, "-c", commands],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PATH": PATH},
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def in_bash(*words: str) -> list[str]:
    """Return what bash offers for the last word."""
    quoted = " ".join(f"'{word}'" for word in words)
    return output(
        "bash",
        f"source '{DIRECTORY / 'kxsms.bash'}'; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; "
        '_kxsms_completion kxsms; printf "%s\\n" "${COMPREPLY[@]}"',
    )


def in_fish(line: str) -> list[str]:
    """Return what fish offers at the end of a line."""
    return output("fish", f"source '{DIRECTORY / 'kxsms.fish'}'; complete -C '{line}'")


def typed(shell: str, line: str, awaited: str) -> str:
    """Type a line and the Tab key, and return what the shell shows until something awaited appears."""
    start = {
        "bash": f"source '{DIRECTORY / 'kxsms.bash'}'; bind 'set show-all-if-ambiguous on'",
        "zsh": f"fpath=('{DIRECTORY}' $fpath); autoload -U compinit; compinit -D -u; LISTMAX=0",
    }[shell]
    command = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}[shell]
    program(shell)
    main, terminal = pty.openpty()
    env = {**os.environ, "PATH": PATH, "TERM": "xterm", "PS1": "", "COLUMNS": "200"}
    process = subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, env=env, start_new_session=True
    )
    os.close(terminal)
    try:
        # The shell prints "ready" only after it has run the first line; its echo has a quote inside.
        os.write(main, f"{start}; PS1=; stty cols 200; echo rea''dy\n".encode())
        shown_until(main, "ready")
        os.write(main, f"{line}\t".encode())
        return shown_until(main, awaited)
    finally:
        process.kill()
        process.wait()
        os.close(main)


def shown_until(main: int, awaited: str) -> str:
    """Return what a terminal shows, without its styles and without what was typed over."""
    shown, data, end = "", b"", time.monotonic() + SECONDS
    while awaited not in shown:
        assert select.select([main], [], [], end - time.monotonic())[0], ascii(shown)
        data += os.read(main, 65536)
        shown = re.sub(r"\x1b\[[\d;?]*[A-Za-z]|\x1b[=>]|.\x08|\x07", "", data.decode("utf-8", "replace"))
    return shown


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("kxsms", "ba"), ["balance", "batch"]),
        (("kxsms", "s"), ["send", "stats", "sandbox"]),
        (("kxsms", "sandbox", "re"), ["reply", "reset"]),
        (("kxsms", "send", "--mess"), ["--message", "--message-file"]),
        (("kxsms", "balance", "-o", "raw-"), ["raw-json", "raw-xml"]),
        (("kxsms", "balance", "--output", "=", "raw-"), ["raw-json", "raw-xml"]),
        (("kxsms", "balance", "--product", "v"), ["vip", "voice"]),
        (("kxsms", "help", "exit"), ["exit-statuses"]),
    ],
    ids=" ".join,
)
def test_bash_completes(words: tuple[str, ...], offered: list[str]) -> None:
    assert in_bash(*words) == offered


def test_bash_completes_files() -> None:
    Path("people.csv").touch()
    assert "people.csv" in typed("bash", "kxsms send --csv peo", "people.csv")


def test_bash_completes_a_command_that_is_typed() -> None:
    assert "kxsms balance" in typed("bash", "kxsms bal", "balance")


def test_zsh_finds_the_script_in_its_fpath() -> None:
    assert output(
        "zsh", f"fpath=('{DIRECTORY}' $fpath); autoload -U compinit; compinit -D -u; echo $_comps[kxsms]"
    ) == ["_kxsms"]


def test_zsh_shows_descriptions_with_apostrophes() -> None:
    shown = typed("zsh", "kxsms send --m", "--max-cost ")
    assert "--message        -- Send this text; with --csv, {column} stands for the row's value." in shown


def test_zsh_keeps_the_order_of_kxsms() -> None:
    shown = typed("zsh", "kxsms balance -o ", "raw-xml")
    assert re.findall(r"table|jsonl|csv|raw-json|raw-xml", shown) == [
        "table",
        "jsonl",
        "csv",
        "raw-json",
        "raw-xml",
    ]


def test_zsh_completes_files() -> None:
    Path("people.csv").touch()
    assert "people.csv" in typed("zsh", "kxsms send --csv peo", "people.csv")


def test_zsh_completes_files_behind_an_equals_sign() -> None:
    Path("people.csv").touch()
    assert "--csv=people.csv" in typed("zsh", "kxsms send --csv=peo", "people.csv")


def test_zsh_completes_behind_a_quoted_word() -> None:
    assert "--csv" in typed("zsh", "kxsms send -m 'a b' --cs", "--csv")


def test_fish_shows_descriptions_with_apostrophes() -> None:
    assert in_fish("kxsms send --deli") == [
        "--delimiter\tSeparate the CSV's fields at C. [default: detected]"
    ]


def test_fish_keeps_the_order_of_kxsms() -> None:
    assert in_fish("kxsms balance -o ") == ["table", "json", "jsonl", "csv", "raw-json", "raw-xml"]


def test_fish_completes_files_right_after_csv() -> None:
    Path("people.csv").touch()
    assert in_fish("kxsms send --csv ") == ["config.toml", "people.csv"]


def test_fish_completes_files_behind_an_equals_sign() -> None:
    Path("people.csv").touch()
    assert in_fish("kxsms send --csv=peo") == ["--csv=people.csv"]


def test_fish_completes_behind_a_quoted_word() -> None:
    assert in_fish('kxsms send -m "a b" --cs')[0].startswith("--csv\t")


def test_a_file_is_asked_of_the_shell(suggested: Suggested) -> None:
    assert suggested("", "send", "--csv") == [":files"]


def test_a_command_has_the_first_line_of_its_help_as_its_description(suggested: Suggested) -> None:
    assert suggested("bal") == ["balance\tShow how many messages are left."]


def test_an_option_that_was_given_is_not_offered_again(values: Suggested) -> None:
    assert values("--dry", "send", "--dry-run") == []


def test_an_option_that_may_be_repeated_is_offered_again(values: Suggested) -> None:
    assert values("--fau", "sandbox", "serve", "--fault", "500:0.1") == ["--fault"]


def test_options_are_offered_where_there_is_no_argument(values: Suggested) -> None:
    assert "--all" in values("", "balance")


def test_a_value_behind_an_equals_sign_is_completed(values: Suggested) -> None:
    assert values("--output=raw-", "balance") == ["--output=raw-json", "--output=raw-xml"]


def test_an_unknown_command_completes_nothing(suggested: Suggested) -> None:
    assert suggested("", "sned") == []


def test_a_script_of_an_older_version_gets_nothing(run: Run) -> None:
    assert run(env={"_KXSMS_COMPLETE": "complete_zsh"}).text == ""


def test_profiles_are_completed_by_name(values: Suggested, home: Path) -> None:
    (home / "config.toml").write_text("[profiles.prod]\n[profiles.private]\n[profiles.test]\n", "utf-8")
    assert values("pr", "balance", "-p") == ["prod", "private"]


def test_config_use_completes_profiles(values: Suggested, home: Path) -> None:
    (home / "config.toml").write_text("[profiles.prod]\n[profiles.test]\n", "utf-8")
    assert values("t", "config", "use") == ["test"]


def test_profiles_come_from_the_config_that_is_named(values: Suggested, home: Path) -> None:
    (home / "other.toml").write_text("[profiles.other]\n", "utf-8")
    assert values("", "balance", "--config", "other.toml", "-p") == ["other"]


@pytest.fixture
def batches(run: Run) -> list[str]:
    """Send three batches to the sandbox, and return their ids, the newest first."""
    for name in ("one.txt", "two.txt", "three.txt"):
        Path(name).write_text("13800000000\n")
        run("send", "--sandbox", "--to-file", name, "--yes", "-m", f"【科】{name}")
    return [batch["batch"] for batch in run("batch", "list", "--sandbox", "-o", "json").json]


@pytest.mark.parametrize("command", ["show", "cancel", "resume"])
def test_batches_are_completed_the_newest_first(values: Suggested, batches: list[str], command: str) -> None:
    assert [value for value in values("", "batch", command, "--sandbox") if value[0] != "-"] == batches


def test_batches_are_completed_by_the_beginning_of_their_ids(values: Suggested, batches: list[str]) -> None:
    assert values(batches[1][:7], "report", "--sandbox", "--batch") == [batches[1]]


def test_a_batch_has_its_time_and_its_source_as_its_description(
    suggested: Suggested, batches: list[str]
) -> None:
    lines = suggested("", "batch", "show", "--sandbox")
    assert re.fullmatch(rf"{batches[0]}\t\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d three\.txt", lines[0])


@pytest.mark.parametrize("config", ["", "mask = true"])
def test_a_number_in_a_description_is_masked(
    suggested: Suggested, run: Run, home: Path, monkeypatch: pytest.MonkeyPatch, config: str
) -> None:
    (home / "13812345678.txt").write_text("13812345678\n")
    run("send", "--sandbox", "--to-file", "13812345678.txt", "-m", "【科】您好", "--yes")
    if config:
        (home / "config.toml").write_text(config)
    else:
        monkeypatch.setenv("KXSMS_MASK", "1")
    assert suggested("", "batch", "show", "--sandbox")[0].endswith(" 138****5678.txt")


@pytest.mark.usefixtures("batches")
def test_batches_of_the_sandbox_are_not_offered_without_it(values: Suggested) -> None:
    assert [value for value in values("", "batch", "resume") if not value.startswith("-")] == []


def test_fish_offers_the_newest_batch_first(batches: list[str]) -> None:
    assert [line.partition("\t")[0] for line in in_fish("kxsms batch show --sandbox ")] == batches


def test_zsh_offers_the_newest_batch_first(batches: list[str]) -> None:
    shown = typed("zsh", "kxsms batch show --sandbox ", batches[-1])
    assert re.findall("|".join(batches), shown) == batches


def test_only_the_newest_batches_are_offered(batches: list[str]) -> None:
    with Ledger(Path(os.environ["KXSMS_STATE_DIR"]) / SANDBOX_LEDGER, writable=False) as ledger:
        assert [batch.name for batch in ledger.latest("", 2)] == batches[:2]


@pytest.mark.usefixtures("batches")
def test_bytes_that_are_no_text_complete_nothing(suggested: Suggested) -> None:
    assert suggested("\udc87", "batch", "show", "--sandbox") == []


@pytest.mark.parametrize("command", ["get", "set", "unset"])
def test_config_completes_every_key(values: Suggested, command: str) -> None:
    assert {*KEY_TYPES, "default_profile"} <= {*values("", "config", command)}


@pytest.mark.parametrize("shape", AnswerShape)
def test_shapes_are_completed(suggested: Suggested, shape: AnswerShape) -> None:
    assert f"{shape.word}\t{shape.meaning}" in suggested("", "sandbox", "serve", "--shape")


@pytest.mark.parametrize("kind", FaultKind)
def test_faults_are_completed_with_a_share(suggested: Suggested, kind: FaultKind) -> None:
    assert f"{kind.word}:0.1\t{kind.meaning}" in suggested("", "sandbox", "serve", "--fault")


def test_raw_formats_are_offered_where_there_is_an_answer(values: Suggested) -> None:
    assert values("raw", "report", "-o") == ["raw-json", "raw-xml"]


def test_raw_formats_are_not_offered_where_there_is_no_answer(values: Suggested) -> None:
    assert values("raw", "batch", "list", "-o") == []


def test_states_are_completed(values: Suggested) -> None:
    assert values("", "report", "--state") == [str(state) for state in DeliveryState]


def test_topics_and_commands_are_completed_behind_help(values: Suggested) -> None:
    assert {*COMMANDS, *topics()} == {*values("", "help")}


def test_a_broken_config_completes_nothing(values: Suggested, home: Path) -> None:
    (home / "config.toml").write_text("[broken", "utf-8")
    assert values("", "balance", "-p") == []


@pytest.mark.parametrize(
    ("shell", "name"), [("bash", "kxsms.bash"), ("zsh", "_kxsms"), ("fish", "kxsms.fish")], ids=str
)
def test_a_shell_that_asks_gets_its_script(shell: str, name: str) -> None:
    shown = output(shell, "kxsms --show-completion; true")
    assert "\n".join(shown) + "\n" == (DIRECTORY / name).read_text(encoding="utf-8")


def test_a_shell_without_a_script_is_wrong_usage(run: Run) -> None:
    assert run("--show-completion", env={"SHELL": "/bin/tcsh"}).status == 2


@pytest.mark.parametrize(
    ("shell", "place"),
    [
        ("bash", ".bash_completions/kxsms.sh"),
        ("zsh", ".zfunc/_kxsms"),
        ("fish", ".config/fish/completions/kxsms.fish"),
    ],
)
def test_the_script_is_installed_where_the_shell_finds_it(home: Path, shell: str, place: str) -> None:
    install(shell, home)
    assert (home / place).read_text(encoding="utf-8") == script(shell)


@pytest.mark.parametrize(("shell", "start"), [("bash", ".bashrc"), ("zsh", ".zshrc")])
def test_the_shell_is_told_of_the_script_once(home: Path, shell: str, start: str) -> None:
    install(shell, home)
    once = (home / start).read_bytes()
    install(shell, home)
    assert (home / start).read_bytes() == once


def test_the_lines_of_the_user_are_kept(home: Path) -> None:
    (home / ".bashrc").write_text("alias ll='ls -l'\n")
    install("bash", home)
    assert (home / ".bashrc").read_text().startswith("alias ll='ls -l'\n")


@pytest.mark.skipif(os.name != "posix", reason="bash is a POSIX shell")
def test_bash_completes_after_the_installation(home: Path) -> None:
    install("bash", home)
    assert output("bash", "source ~/.bashrc; complete -p kxsms") == [
        "complete -o nosort -F _kxsms_completion kxsms"
    ]
