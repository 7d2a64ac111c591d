"""`kxsms help output` lists every key of the JSON, and its type."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Done, Run
from tests.ledger.pruning import age_ledger
from tests.ledger.test_locks import owner
from tests.pages import ROOT
from tests.scripted_gateway import ScriptedGateway, answer

TYPES: dict[str, type | tuple[type, ...]] = {
    "text": str,
    "number": (int, float),
    "bool": bool,
    "list": list,
    "object": dict,
}


def documented(heading: str) -> dict[str, str]:
    """Return the types of the keys in the first table below a heading."""
    page = (ROOT / "kxsms/help/output.md").read_text(encoding="utf-8")
    section = re.split(r"^#+ ", page, flags=re.M)
    found = next(part for part in section if part.startswith(f"{heading}\n"))
    return dict(re.findall(r"^\| `(\w+)` \| ([a-z]+\??) \|", found, re.M))


def fits(value: object, kind: str) -> bool:
    if value is None:
        return kind.endswith("?")
    is_bool = isinstance(value, bool)
    return isinstance(value, TYPES[kind.rstrip("?")]) and is_bool == (kind.rstrip("?") == "bool")


def a_send(run: Run, *options: str) -> Done:
    """Send to four recipients: refused, failed, answered and delivered; one row is invalid."""
    rows = ("19900000001,a", "19900000002,b", "19900000004,c", "13800000000,d", "1380,e")
    Path("people.csv").write_text("\n".join(["mobile,name", *rows]))
    text = ("-m", "【科】{name}", "--skip-invalid", "--yes", "--concurrency", "1")
    return run("send", "--sandbox", "--csv", "people.csv", *text, "-o", "json", *options)


def after_a_send(*arguments: str) -> Callable[[Run], Any]:
    def documents(run: Run) -> Any:
        name = a_send(run).json["batch"]
        run("report", "--sandbox")
        return run(*(name if part == "ID" else part for part in arguments), "--sandbox", "-o", "json").json

    return documents


def new_records(command: str) -> Callable[[Run], Any]:
    def documents(run: Run) -> Any:
        a_send(run)
        return run(command, "--sandbox", "-o", "json").json

    return documents


def summaries(run: Run) -> Any:
    a_send(run)
    return [run(command, "--sandbox", "--summary", "-o", "json").json for command in ("report", "mo")]


def uncounted(run: Run, *arguments: str) -> Any:
    """Run a command against a gateway whose count is no number."""
    with ScriptedGateway(otherwise=answer('{"Code":"0","Count":"many"}')) as gateway:
        env = {"KXSMS_BASE_URL": gateway.url, "KXSMS_ACCOUNT": "1", "KXSMS_TOKEN": "t"}
        return run(*arguments, "--product", "sms", "-o", "json", env=env).json


def export_into_a_file(run: Run) -> Any:
    return after_a_send("batch", "export", "ID", "--out", "rows.csv")(run)


def prune(run: Run, *options: str, is_unfinished: bool = False) -> Any:
    """Prune a ledger with an old batch."""
    after_a_send("batch", "list")(run)
    age_ledger(30, sandbox=True, is_unfinished=is_unfinished)
    command = ("batch", "prune", "--older-than", "7d", "--yes", "--sandbox", "-o", "json")
    return run(*command, *options).json


def ledger_info(run: Run) -> Any:
    return run("ledger", "info", "--sandbox", "-o", "json").json


def ledger_copy(run: Run) -> Any:
    return run("ledger", "copy", "--to", "new.sqlite3", "--yes", "--sandbox", "-o", "json").json


def runners(run: Run) -> Any:
    """Return the processes that use a ledger, one of which owns a batch."""
    with ScriptedGateway() as gateway:
        env = {"KXSMS_BASE_URL": gateway.url, "KXSMS_ACCOUNT": "1", "KXSMS_TOKEN": "t"}
        run("send", "13800000000", "-m", "【科】您好", env=env)
    with owner():
        return run("ledger", "info", "-o", "json").json["runners"]


def balance(run: Run) -> Any:
    return [*run("balance", "--sandbox", "--all", "-o", "json").json, uncounted(run, "balance")]


def login(run: Run) -> Any:
    done = run("login", "--account", "1", "--token-stdin", "--no-verify", "-o", "json", stdin=b"t")
    return [done.json, uncounted(run, "login")]


def logout(run: Run) -> Any:
    login(run)
    return run("logout", "-o", "json").json


DOCUMENTS: dict[str, Callable[[Run], Any]] = {
    "balance": balance,
    "send": lambda run: [a_send(run, "--dry-run").json, a_send(run).json],
    "tasks": lambda run: a_send(run).json["tasks"],
    "problems": lambda run: a_send(run).json["problems"],
    "report": new_records("report"),
    "mo": new_records("mo"),
    "Summary": summaries,
    "batch list": after_a_send("batch", "list"),
    "batch show": after_a_send("batch", "show", "ID"),
    "delivery": lambda run: after_a_send("batch", "show", "ID")(run)["delivery"],
    "batch export": lambda run: [
        *after_a_send("batch", "export", "ID")(run),
        *after_a_send("batch", "export", "ID", "--with-text")(run),
    ],
    "Files": export_into_a_file,
    "batch report": after_a_send("batch", "report", "ID", "--html", "report.html"),
    "batch prune": lambda run: [prune(run), prune(run, "--dry-run")],
    "kept": lambda run: prune(run, "--dry-run", is_unfinished=True)["kept"],
    "forget": after_a_send("forget", "13800000000", "--yes"),
    "stats": after_a_send("stats", "--by", "code"),
    "ledger info": lambda run: [ledger_info(run), ledger_copy(run) and ledger_info(run)],
    "runners": runners,
    "ledger copy": lambda run: [ledger_copy(run), ledger_copy(run)],
    "batch check": after_a_send("batch", "check"),
    "doctor": lambda run: run("doctor", "--sandbox", "-o", "json").json,
    "login": login,
    "logout": logout,
    "Errors": lambda run: run("send", "--sandbox", "-o", "json").error,
}
"""By heading, a function that gives one document, or a list of them."""

ONLY_IN_SOME = {"kxsms_text", "count_text"}


def expected(heading: str) -> dict[str, str]:
    keys = documented(heading)
    if heading == "batch show":
        return documented("batch list") | keys
    return keys | {"mobile": "text", "name": "text"} if heading == "batch export" else keys


@pytest.fixture
def documents(run: Run, heading: str) -> Iterable[dict[str, Any]]:
    found = DOCUMENTS[heading](run)
    return found if isinstance(found, list) else [found]


@pytest.mark.parametrize("heading", DOCUMENTS)
def test_every_key_is_documented_and_no_other(documents: Iterable[dict[str, Any]], heading: str) -> None:
    assert all(set(expected(heading)) - set(document) <= ONLY_IN_SOME for document in documents)
    assert set().union(*documents) == set(expected(heading))


@pytest.mark.parametrize("heading", DOCUMENTS)
def test_every_value_is_of_the_documented_type(documents: Iterable[dict[str, Any]], heading: str) -> None:
    kinds = expected(heading)
    assert [item for one in documents for item in one.items() if not fits(item[1], kinds[item[0]])] == []
