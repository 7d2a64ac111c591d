"""The walk of a user who reads one language alone: no command answers in the other one."""

import io
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from kxsms.app import app, built
from kxsms.compat import override
from kxsms.config.schema import KEY_TYPES
from kxsms.config.top_level import TOP_KEYS
from kxsms.domain.export import ExportState
from kxsms.domain.records import DeliveryState
from kxsms.domain.states import BatchState
from kxsms.help.topics import topics
from kxsms.main import main
from kxsms.sandbox.behaviour import AnswerShape, FaultKind
from tests.conftest import Run
from tests.source.sheets import workbook

_CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+")
_EXAMPLES = ("示例：", "Examples:", "Example:")
_GIVEN = re.compile("【|】|【】|手机号|收到|提交成功|拒收请回复|退订回|退订")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:['-][A-Za-z0-9]+)*")
_NAMES = re.compile(
    r"""https?://\S*
    | (?<!\w)--?[A-Za-z][a-z-]*                           # options
    | (?<!\w)'[^'\n]*'(?!\w) | "[^"\n]*" | “[^”]*” | 【[^】\n]*】 | \{[^}\n]*\}   # values of the call
    | \b[\w-]+\s+[0-9]+(?:\.[0-9]+)+(?:\s[0-9]+\s\w+\s[0-9]{4})?      # programs and their versions
    | [\w~.$*{}\[\]/\\-]*[\w~}.][._/=\\][\w.*/=\\-]+      # paths, files, keys
    | \b[A-Z][A-Z0-9]*(?:[-_|:]?[A-Z0-9]+)*\b             # what stands for a value, and abbreviations
    | \b[0-9a-f]{8}\b | \b[0-9][0-9a-zT,.:+-]*\b         # ids, ages, times
    """,
    re.VERBOSE,
)


def _commands(group: Any, path: Sequence[str] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the names of every command, and of every group of commands, and itself."""
    yield tuple(path), group
    for name, command in getattr(group, "commands", {}).items():
        yield from _commands(command if path else built(name), (*path, name))


COMMANDS = dict(_commands(get_command(app)))

_ALLOWED = {
    *(name for path in COMMANDS for name in path),
    *KEY_TYPES,
    *TOP_KEYS,
    *topics(),
    *(
        str(choice)
        for command in COMMANDS.values()
        for parameter in command.params
        for choice in getattr(parameter.type, "choices", ())
    ),
    *BatchState,
    *DeliveryState,
    *ExportState,
    *(kind.word for kind in FaultKind),
    *(shape.word for shape in AnswerShape),
    *("mobile", "task", "status", "time", "content", "name", "id", "true", "false", "en"),
    *("require", "warn", "off"),
    *("kxsms", "kx-ytx", "cron", "PostgreSQL", "shell", "bash", "zsh", "fish", "man", "stdin", "tab", "Ctrl"),
    *("Excel", "Word", "xlsx", "zip", "gzip", "gb18030", "utf", "utf-8", "utf-16", "MiB", "KiB", "GiB"),
    *("Python", "CPython", "platformdirs", "SQLite", "PostgreSQL", "schema"),
}
"""Names: of commands, keys, columns, and values that options take; of other programs and of formats."""


def english_in(text: str) -> list[str]:
    """Return the English words in a text that are neither names of kxsms nor values of the call."""
    return [word for word in _WORD.findall(_NAMES.sub(" ", text)) if word not in _ALLOWED]


def chinese_in(text: str) -> list[str]:
    """Return the Chinese in a text that is neither a signature nor what the sandbox or a file says."""
    return [found for found in _CHINESE.findall(text) if not _GIVEN.fullmatch(found)]


FILES = {
    "people.csv": "mobile,name\n13800000000,A1\n13800000001,A2\n",
    "many.csv": "mobile,name\n" + "".join(f"138000001{row:02},A{row}\n" for row in range(12)),
    "outcomes.csv": "mobile,name\n13800000000,A\n19900000001,B\n19900000002,C\n19900000006,D\n"
    "19900000004,E\n",
    "wrong.csv": "mobile,name\n1380000000,A1\n021-12345678,A2\n1.38E+10,A3\n+852 12345678,A4\n"
    "13800000000/13800000001,A5\n138000000001,A6\n,A7\nABC,A8\n13800000000,A9,X,Y\n",
    "damaged.csv": "mobile,name\n13800000000,#N/A\n13800000001,NULL\n13800000002,1.2E+15\n13800000003,\n",
    "no-mobile.csv": "id,name\n1,A1\n",
    "two-mobiles.csv": "mobile,phone\n13800000000,13800000001\n",
    "no-header.csv": "13800000000,A1\n13800000001,A2\n",
    "titled.csv": "LIST\n\nmobile,name\n13800000000,A1\n",
    "repeated.csv": "mobile,name,name\n13800000000,A1,A2\n",
    "header.csv": "mobile,name\n",
    "empty.csv": "",
    "quotes.csv": 'mobile,name\n13800000000,"A1\n',
    "twice.csv": "mobile,name\n13800000000,A1\n13800000000,A1\n",
    "numbers.txt": "13800000000\n13800000001\n",
    "wrong.txt": "13800000000\n1380000000\n",
    "none.txt": "\n\n",
    "templates.txt": "CODE {code}\nCODE {\n",
}


@pytest.fixture
def files(home: Path) -> None:
    """Write the files of the walk into the home directory, which is the current one."""
    for name, content in FILES.items():
        Path(name).write_text(content, encoding="utf-8")
    Path("latin.csv").write_bytes(b"mobile,name\n13800000000,\xff\xfe\xfa\x80\n")
    Path("zeros.csv").write_bytes(b"mobile,name\n13800000000,\0\0\n")
    Path("picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n")
    Path("broken.xlsx").write_bytes(b"PK\x03\x04")
    Path("DIRECTORY").mkdir()
    workbook([["mobile", "name"], ["13800000000", "A"]], name="sheets.xlsx")


WALKS = {
    "calls": """
        frobnicate
        snd
        bath list
        list
        13800000000
        send --mesage X 13800000000
        send --text X 13800000000
        send --to 13800000000 -m X
        send --file people.csv
        send --token X
        send -m
        send --rate
        send --rate X -m X 13800000000
        send --rate 0.1.2 -m X 13800000000
        send --rate -5 -m X 13800000000
        send --retries 1.5 -m X 13800000000
        send --yes=1 -m X 13800000000
        send --hidden-rows X --csv people.csv -m X
        send --output xml 13800000000 -m X
        -o json send 13800000000
        --verbose
        balance X
        balance --min X
        batch
        batch shw
        batch show
        batch show zzzz
        batch settle
        batch retry
        config set signature
        config get
        help nothing
        help batch nothing
        optout add
        --install-completion
        sandbox start
        sandbox serve --fault X
        sandbox serve --fault 500:2
        sandbox serve --port 99999
        sandbox serve --shape X
    """,
    "texts and numbers": """
        send
        send 13800000000
        send -m X
        send 13800000000 -m ''
        send 13800000000 -m X --message-file numbers.txt
        send 13800000000 -m X --signature ''
        send 13800000000 -m X --extno A
        send 1380000000 -m X
        send 138000000000 -m X
        send 021-12345678 -m X
        send 13800000000,13800000001 -m X
        send 13800000000;13800000001 -m X
        send people.csv -m X
        send 1.38E+10 -m X
        send +85212345678 -m X
        send 13800000000 -m 'HI {name}'
        send 13800000000 -m 'HI {{name}}'
        send 13800000000 -m 'HI #NAME#'
        send 13800000000 -m 'HI ${name}'
        send --sandbox --profile X 13800000000 -m X
        send 13800000000 -m X --idempotency-key ''
        send 13800000000 -m X --again --skip-sent
        send 13800000000 -m X --again --idempotency-key K
        send 13800000000 -m X --out X.csv
        send 13800000000 -m X --mobile-column mobile
        send 13800000000 -m X --sheet 1
        send 13800000000 -m X --csv people.csv
        send --to-file - --message-file -
        send --to-file missing.txt -m X
        send --to-file DIRECTORY -m X
        send --to-file wrong.txt -m X
        send --to-file none.txt -m X
        send --to-file people.csv -m X
        send --message-file missing.txt 13800000000
        send --message-file none.txt 13800000000
        send --message-file picture.csv 13800000000
        send --test-to 1 --csv people.csv -m X
        send --exclude missing.csv 13800000000 -m X
        send --exclude none.txt 13800000000 -m X
    """,
    "terms": """
        send 13800000000 -m X --at X
        send 13800000000 -m X --at 2020-01-01
        send 13800000000 -m X --at '2020-01-01 10:00'
        send 13800000000 -m X --at 25:00
        send 13800000000 -m X --at '2099-01-01 10:00'
        send 13800000000 -m X --at tomorrow
        send 13800000000 -m X --at +0s
        send 13800000000 -m X --window X
        send 13800000000 -m X --window 10:00-10:00
        send 13800000000 -m X --window 25:00-26:00
        send 13800000000 -m X --window 01:00-02:00 --at '2026-12-30 10:00'
        send 13800000000 -m X --cap X
        send 13800000000 -m X --cap 3/1s
        send 13800000000 -m X --cap 0/1d
        send 13800000000 -m X --max-cost X
        report --since X
        report --since 99999999w
        report --until X
        report --state X
        report --mobile X
        report --batch zzzz
        report --interval X
        report --exec X
        mo --exec X
        mo --state failed
        mo --watch -o csv
        stats --by X
        stats --since X
        batch list --state X
        batch list --since X
        batch list --limit 0
        batch prune
        batch prune --older-than X
        batch prune --older-than 3d
        batch prune --older-than 180d -o xml
        forget X
        forget 1380000000
        ledger copy --yes
        ledger info -o raw-json
        KXSMS_OUTPUT=X balance
        KXSMS_MASK=X batch list
    """,
    "files": """
        send --sandbox --yes --csv missing.csv -m X
        send --sandbox --yes --csv DIRECTORY -m X
        send --sandbox --yes --csv wrong.csv -m X
        send --sandbox --yes --csv damaged.csv -m 'HI {name}'
        send --sandbox --yes --csv no-mobile.csv -m X
        send --sandbox --yes --csv two-mobiles.csv -m X
        send --sandbox --yes --csv no-header.csv -m X
        send --sandbox --yes --csv titled.csv -m X
        send --sandbox --yes --csv repeated.csv -m '{name}'
        send --sandbox --yes --csv header.csv -m X
        send --sandbox --yes --csv empty.csv -m X
        send --sandbox --yes --csv quotes.csv -m X
        send --sandbox --yes --csv latin.csv -m '{name}'
        send --sandbox --yes --csv zeros.csv -m '{name}'
        send --sandbox --yes --csv picture.csv -m X
        send --sandbox --yes --csv broken.xlsx -m X
        send --sandbox --yes --csv people.csv -m '{nme}'
        send --sandbox --yes --csv people.csv -m '{nme'
        send --sandbox --yes --csv people.csv -m 'HI #name#'
        send --sandbox --yes --csv people.csv -m X --mobile-column X
        send --sandbox --yes --csv people.csv -m X --encoding X
        send --sandbox --yes --csv people.csv -m X --delimiter XX
        send --sandbox --yes --csv people.csv -m X --header-row 99
        send --sandbox --yes --csv people.csv -m X --header-row 0
        send --sandbox --yes --csv people.csv -m X --sheet 2
        send --sandbox --yes --csv people.csv
        send --sandbox --yes --csv people.csv 13800000000 -m X
        send --sandbox --yes --csv people.csv -m X --max-cost 1
        send --sandbox --yes --csv people.csv -m X --out X.csv
        send --sandbox --csv people.csv -m X
        send --sandbox --yes --csv wrong.csv -m X --skip-invalid
        send --sandbox --dry-run --csv twice.csv -m X
        send --sandbox --dry-run --csv people.csv -m X --out people.csv
        send --sandbox --dry-run --csv people.csv -m X --out X.pdf
        send --sandbox --dry-run --csv people.csv -m X --out MISSING/X.csv
        send --sandbox --csv sheets.xlsx --dry-run -m '{name}'
        send --sandbox --csv sheets.xlsx --dry-run -m '{name}' --sheet 2
        send --sandbox --csv sheets.xlsx --dry-run -m '{name}' --sheet 9
        send --sandbox --csv sheets.xlsx --dry-run -m '{name}' --delimiter ,
        send --sandbox --to-file sheets.xlsx --yes -m X
    """,
    "outcomes": """
        send --csv outcomes.csv -m 'HI {name}' --dry-run
        send --csv outcomes.csv -m 'HI {name}' --test-to 13800000009
        send --csv outcomes.csv -m 'HI {name}' --yes
        send --csv outcomes.csv -m 'HI {name}' --yes
        send --csv outcomes.csv -m 'HI {name}' --yes --idempotency-key K
        send --csv outcomes.csv -m 'HI {name}' --yes --idempotency-key K
        send --csv people.csv -m X --yes --idempotency-key K
        report
        mo
        report --no-pull
        report --no-pull --summary
        mo --no-pull --summary
        batch show $ID
        batch list
        batch report $ID --html X.html
        batch report $ID --html X.html
        batch report $ID
        batch export $ID --state X
        batch export $ID --out X.csv
        batch export $ID --out X.csv
        batch export $ID --out X.xlsx --encoding gb18030
        batch export $ID --out X.xlsx --with-text
        batch retry $ID
        batch retry $ID --rejected --unknown
        batch retry $ID --unknown
        batch retry $ID --failed
        batch retry $ID --rejected
        batch retry $ID --failed --yes
        batch settle $ID
        batch settle $ID --accepted
        batch settle $ID --accepted --mobile X
        batch settle $ID --accepted --mobile 13899999999
        batch settle $ID --accepted --yes
        batch settle $ID --accepted --yes
        batch resume $ID
        batch cancel $ID
        batch run
        send 13800000000 13800000001 -m 'HI A' --yes --skip-sent
        batch check
        stats
        stats --by code
        stats --since 1s
        batch prune --older-than 7d --dry-run
        batch prune --older-than 7d --yes
        forget 13800000000 --dry-run
        forget 13800000000
        forget 13800000000 --yes
        forget 13899999999 --yes
        ledger info
        ledger copy --to new.sqlite3
        sandbox reply 1 X
        sandbox reply 13800000001 TD
        mo
        balance
        balance --all
        balance --min 99999999
        balance --product X
        doctor
        -p X batch list
        KXSMS_SANDBOX= batch show $ID
    """,
    "schedules": """
        send --csv people.csv -m X --at +2h
        send --csv people.csv -m X --at +2h --yes
        send --csv people.csv -m X --at +2h --yes
        send --csv people.csv -m X --at +3h --yes
        send --csv people.csv -m X --yes
        send --csv people.csv -m X --dry-run --at +2h
        send --csv people.csv -m X --window 00:00-00:01 --yes
        batch show $ID
        batch list
        batch run
        batch cancel $ID
        batch cancel $ID --yes
        batch cancel $ID --yes
        batch show $ID
        batch list --state cancelled
        batch resume $ID
        send --csv many.csv -m X --cap 1/1d --yes
        send --csv many.csv -m 'X{name}' --cap 1/1d --yes
        send --csv many.csv -m X --limit 3 --yes --again
        send --csv many.csv -m X --limit 5 --yes
        send --csv many.csv -m X --limit 5 --yes --skip-sent
    """,
    "lists": """
        optout list
        optout add 1
        optout add 13800000000 --reason X
        optout add 13800000000
        optout list
        optout remove 13800000000
        optout remove 13800000001 --yes
        optout import missing.csv
        optout import wrong.csv
        optout import wrong.csv --skip-invalid
        optout import numbers.txt
        optout import numbers.txt
        optout import
        optout import --from-replies
        optout export --out X.csv
        optout export --out X.csv
        send --csv people.csv -m X --yes
        send --csv people.csv -m X --yes --include-opted-out
        send 13800000000 -m X --include-opted-out
        send --csv people.csv -m X --exclude numbers.txt --yes
        template list
        template add 'CODE {code}'
        template add 'CODE {code}'
        template add 'CODE {code'
        template add '{a}{b}'
        template import templates.txt
        template import missing.txt
        template list
        template test 'CODE 1'
        template test 'KODE 1'
        template test 'CODE'
        send 13800000000 -m 'KODE 1'
        send --csv people.csv -m 'KODE {name}' --yes
        template remove 9
        template remove X
        template remove 1
        template list
    """,
    "configs": """
        balance
        send 13800000000 -m X
        report
        mo
        config show
        config path
        config get X
        config get rate
        config set rate fast
        config set -p P rate 5
        config set -p P rate 5 --yes
        config set -p P rate fast
        config set -p P rate -1
        config set -p P base_url X
        config set -p P base_url https://a.example/SMS/Send
        config set -p P product X
        config set -p P signature 【】
        config set -p P extno A
        config set -p P timezone X
        config set -p P window.sms X
        config set -p P cap.vip X
        config set -p P price.sms X
        config set -p P daily_limit X
        config set -p P states.X X
        config set -p P fields.X X
        config set -p P opt_out X
        config set -p P opt_out_keywords ''
        config set -p P token X
        config set -p P read_timeout 0
        config set -p P throttle_codes A,,B
        config set -p P template_policy X
        config set -p P raet 5
        config set -p P token_command '"X'
        balance -p P
        config set language fr
        config set mask X
        config use X
        config use P
        config unset X
        config unset -p X rate
        config unset rate
        config show
        balance
        balance -p X
        KXSMS_ACCOUNT=A99 balance
        KXSMS_TOKEN=1 balance
        KXSMS_ACCOUNT=A99 KXSMS_TOKEN_FILE=MISSING balance
        KXSMS_ACCOUNT=A99 KXSMS_TOKEN=S99 KXSMS_BASE_URL=http://127.0.0.1:1 balance
        KXSMS_ACCOUNT=A99 KXSMS_TOKEN=S99 KXSMS_BASE_URL=X balance
        KXSMS_ACCOUNT=A99 KXSMS_TOKEN=S99 KXSMS_BASE_URL=http://127.0.0.1:1 send --retries 0 13800000000 -m X
        KXSMS_ACCOUNT=A99 KXSMS_TOKEN=S99 KXSMS_BASE_URL=http://127.0.0.1:1 doctor
        login
        login --account 1 --token-stdin
        login --account 1 --no-verify
        logout
        logout -p X
        logout
        config show --config missing.toml
        config show --config DIRECTORY
        KXSMS_STATE_DIR=people.csv send --sandbox 13800000000 -m X
        KXSMS_STATE_DIR=people.csv batch list
        sandbox reset
        sandbox reset --yes
    """,
}
"""Calls and mistakes of a user, with KXSMS_SANDBOX but for the calls and the config. $ID: the last batch."""


class _Terminal(io.TextIOWrapper):
    """A stream that says that it is a terminal."""

    @override
    def isatty(self) -> bool:
        return True


def shown_by(arguments: Sequence[str]) -> str:
    """Run a command whose output is a terminal, and return what it shows there."""
    shown = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        for stream in ("stdout", "stderr"):
            patch.setattr(sys, stream, _Terminal(shown, "utf-8", write_through=True))
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(), "utf-8"))
        main(arguments)
        return re.sub("\x1b\\[[0-9;?]*[A-Za-z]", "", shown.getvalue().decode("utf-8"))


def walked(run: Run, walk: str) -> Iterator[tuple[str, str]]:
    """Run each line of a walk, and yield it with what it shows."""
    for line in filter(None, map(str.strip, WALKS[walk].splitlines())):
        arguments = shlex.split(line)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("COLUMNS", "80")
            if walk not in ("calls", "configs"):
                patch.setenv("KXSMS_SANDBOX", "1")
            if "$ID" in arguments:
                last = run("batch", "list", "-o", "json", "--limit", "1").json[0]["batch"]
                arguments[arguments.index("$ID")] = last
            while re.match("[A-Z_]+=", arguments[0]):
                patch.setenv(*arguments.pop(0).split("=", 1))
            yield line, shown_by(arguments)


def examples_left_out(text: str) -> str:
    """Return a help text without its examples, whose values are in Chinese and in English."""
    kept, is_example = [], False
    for line in text.splitlines():
        is_example = line.strip() in ("示例：", "Examples:", "Example:") or (
            is_example and line.startswith("    ")
        )
        kept += [] if is_example else [line]
    return "\n".join(kept)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_in_chinese_has_no_english(monkeypatch: pytest.MonkeyPatch, command: Sequence[str]) -> None:
    monkeypatch.setenv("KXSMS_LANG", "zh_CN")

    assert english_in(examples_left_out(shown_by([*command, "--help"]))) == []


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_in_english_has_no_chinese(command: Sequence[str]) -> None:
    assert chinese_in(examples_left_out(shown_by([*command, "--help"]))) == []


@pytest.mark.parametrize("walk", WALKS)
def test_a_walk_in_chinese_meets_no_english(
    run: Run, files: None, monkeypatch: pytest.MonkeyPatch, walk: str
) -> None:
    monkeypatch.setenv("KXSMS_LANG", "zh_CN")

    assert {line: found for line, shown in walked(run, walk) if (found := english_in(shown))} == {}


@pytest.mark.parametrize("walk", WALKS)
def test_a_walk_in_english_meets_no_chinese(run: Run, files: None, walk: str) -> None:
    assert {line: found for line, shown in walked(run, walk) if (found := chinese_in(shown))} == {}
