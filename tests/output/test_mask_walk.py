"""KXSMS_MASK=1 in each command: no phone number is whole on stdout, on stderr or in the log."""

from pathlib import Path

import pytest

from kxsms.app import COMMANDS, built
from tests.conftest import Run
from tests.scripted_gateway import ACCEPTED, ScriptedGateway, answer

NUMBER, OTHER, MASKED = "13898761234", "13998761234", "138****1234"
PART = "98761"
"""The middle of both numbers."""
TEXT = f"【科】致电{NUMBER}"
EMPTY = '{"Code":"0","Data":[]}'
REFUSED = f'{{"Code":"7","Message":"{NUMBER}在黑名单"}}'
REPORT = (
    f'{{"Code":"0","Data":[{{"Mobile":"{NUMBER}","Status":"致{NUMBER}失败","TaskId":"11","x":"{OTHER}"}}]}}'
)
REPLY = f'{{"Code":"0","Data":[{{"Mobile":"{NUMBER}","Content":"改为{OTHER}"}}]}}'
ANSWERS = {
    "send --csv": (REFUSED, ACCEPTED),
    "batch retry": (REFUSED,),
    "report -v": (REPORT, EMPTY),
    "mo -v": (REPLY, EMPTY),
}
"""The answers of the gateway to a command."""

BATCH = "BATCH"
"""Stands for the id of the batch."""

WALK = (
    "balance",
    f"send {NUMBER} {OTHER} -m {TEXT}",
    f"send {NUMBER} -m {TEXT} --dry-run",
    f"send --csv people.csv -m {TEXT}{{name}} --yes --pause-after 1",
    "batch list",
    f"batch show {BATCH}",
    f"batch export {BATCH} --with-text",
    f"batch report {BATCH} --html -",
    "report -v",
    "report --no-pull",
    "mo -v",
    f"mo --no-pull --mobile {NUMBER}",
    f"batch resume {BATCH} --yes",
    f"batch retry {BATCH} --rejected --yes",
    f"batch settle {BATCH} --accepted --mobile {NUMBER} --yes",
    f"batch cancel {BATCH} --yes",
    "batch check",
    "batch run",
    "batch prune --older-than 7d --dry-run",
    f"forget {NUMBER} --dry-run",
    f"forget {OTHER} --yes",
    f"optout add {NUMBER} --reason 来电{OTHER}",
    "optout list",
    "optout export",
    "optout import people.csv",
    f"optout remove {NUMBER} --yes",
    "stats --by code",
    f"ledger copy --to {NUMBER}.txt",
    "ledger info",
    f"sandbox reply 0{NUMBER}0 hello",
    f"sandbox reply 0{NUMBER} hello",
    f"sandbox serve --fault {NUMBER}",
    f"sandbox reset {NUMBER}",
    "doctor",
    f"help {NUMBER}",
    f"login -p walk --account {NUMBER} --token-stdin --no-verify",
    "config use walk",
    f"config set -p walk signature 致电{NUMBER}",
    "config get -p walk signature",
    "config show",
    "config path",
    "config unset -p walk signature",
    f"template add -p walk 致电{{a}}或{NUMBER}",
    "template import -p walk templates.txt",
    "template list -p walk",
    f"template test -p walk 致电{NUMBER}",
    f"template test -p walk 您致电{NUMBER}张",
    f"template test -p walk 致电{NUMBER[:8]}99",
    "template remove -p walk 1",
    "template remove -p walk 1",
    "logout -p walk",
)


def leaves() -> list[str]:
    """Return each command that is no group, as a user types it."""
    found: list[str] = []
    for name in COMMANDS:
        group = getattr(built(name), "commands", None)
        found += [name] if group is None else [f"{name} {leaf}" for leaf in group]
    return found


@pytest.mark.parametrize("format", ["table", "json"])
def test_each_command(
    run: Run, gateway: ScriptedGateway, home: Path, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    Path("people.csv").write_text(f"mobile,name\n{NUMBER},张{OTHER}\n+86 139 9876 1234,王\n")
    Path("templates.txt").write_text(f"致电{NUMBER}\n")
    monkeypatch.setenv("KXSMS_MASK", "1")
    monkeypatch.setenv("KXSMS_LOG", "log.jsonl")
    monkeypatch.setenv("KXSMS_OUTPUT", format)
    for line in WALK:
        if BATCH in line:
            batches = run("batch", "list", "-o", "json").json
            line = line.replace(BATCH, next(one["batch"] for one in batches if one["source"] == "people.csv"))
        gateway.script = [*map(answer, ANSWERS.get(" ".join(line.split()[:2]), ()))]
        done = run(*line.split(), stdin=b"token")
        seen = done.text + done.err
        assert PART not in seen, line
    assert MASKED in Path("log.jsonl").read_text()
    assert PART not in Path("log.jsonl").read_text()


def test_the_walk_has_each_command() -> None:
    assert [leaf for leaf in leaves() if not any(line.startswith(leaf) for line in WALK)] == []
