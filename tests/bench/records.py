"""The time that many delivery reports take, and that a large ledger takes to read."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import islice, repeat
from pathlib import Path

from kxsms.domain.batch import BatchHeader
from kxsms.domain.claim import Settlement
from kxsms.domain.ledger_place import LedgerPlace, postgres_place
from kxsms.domain.outcome import Accepted
from kxsms.domain.states import RequestState
from kxsms.ledger.batches import Ledger
from kxsms.sending.planner import Planner, PlanOptions, place_plan
from kxsms.source.rows import numbers_source
from tests.bench.ledgers import ledger_file, only_row
from tests.bench.measure import KXSMS, Bench, Result, Usage, gateway, median, run
from tests.bench.plans import MILLION, ONE_TEXT, people

_REPORTS = 200_000
_BATCHES = 1_000
_NUMBERS = 2_500
"""In one request."""

_FIRST_TASK = 1_000_001
_SECONDS = 0.5

_PLAIN = """
import json, sqlite3, sys

with open(sys.argv[1], "rb") as file:
    records = json.loads(file.read())["List"]
with sqlite3.connect(sys.argv[2]) as connection:
    connection.execute("CREATE TABLE reports (task_id, mobile, status, time)")
    connection.executemany("INSERT INTO reports VALUES (:TaskId, :Mobile, :Status, :ReportTime)", records)
"""


def _answer(bench: Bench, people_sent_to: int, first: int = 0) -> Path:
    """Return a file with reports for some recipients of a send, in the order of the send."""
    with Path(people(bench.directory, people_sent_to)).open(encoding="utf-8") as file:
        mobiles = [line.partition(",")[0] for line in islice(file, 1 + first, 1 + first + _REPORTS)]
    records = [
        {
            "TaskId": str(_FIRST_TASK + place // _NUMBERS),
            "Mobile": mobile,
            "Status": "UNDELIV" if place % 50 == 0 else "DELIVRD",
            "ReportTime": f"2026-11-22 10:{place // 6000 % 60:02}:{place // 100 % 60:02}",
        }
        for place, mobile in enumerate(mobiles, start=first)
    ]
    path = bench.directory / f"reports{first}.json"
    path.write_text(json.dumps({"Code": "0", "List": records}, separators=(",", ":")), encoding="ascii")
    return path


def _at(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _send(env: Mapping[str, str], port: int, csv: str) -> None:
    """Send a text to a file of people, in its order."""
    once = ("--concurrency", "1", "--rate", "0", "--yes", "--ignore-balance")
    run([*KXSMS, "send", "--csv", csv, "-m", ONE_TEXT, *once], env={**env, "KXSMS_BASE_URL": _at(port)})


def _report(bench: Bench, answer: Path) -> Usage:
    """Measure the command that fetches a report for every recipient of a batch."""
    env = bench.fresh()
    with gateway(reports=answer) as port:
        _send(env, port, people(bench.directory, _REPORTS))
        usage = run([*KXSMS, "report", "-o", "jsonl"], env={**env, "KXSMS_BASE_URL": _at(port)})
    (matched,) = only_row(env, "SELECT count(*) FROM records WHERE row IS NOT NULL")
    if (matched,) != only_row(env, "SELECT delivered + failed FROM batches") or matched != _REPORTS:
        raise RuntimeError(f"{matched} of {_REPORTS} reports were matched to their recipients")
    bench.drop(env)
    return usage


def _plain(bench: Bench, answer: Path) -> Usage:
    """Run a script that knows the shape of the answer, stores its reports, and matches none."""
    database = bench.directory / "plain.sqlite3"
    usage = run([sys.executable, bench.script("plain.py", _PLAIN), str(answer), str(database)])
    database.unlink()
    return usage


def reports(bench: Bench) -> Iterator[Result]:
    """Fetch, store, match and show a report for every recipient of a batch, in one answer."""
    answer = _answer(bench, _REPORTS)
    turns = [(_report(bench, answer), _plain(bench, answer)) for _ in range(3)]
    mine, theirs = (median(usages) for usages in zip(*turns, strict=True))
    what, note = f"{_REPORTS:,} delivery reports, matched and stored", f"{mine.cpu:.1f} s"
    yield Result(what, "json.loads, one executemany, CPU", mine.cpu / theirs.cpu, 25, note=note)


def _place(env: Mapping[str, str]) -> Path | LedgerPlace:
    url = env["KXSMS_LEDGER"]
    return postgres_place(url, os.environ) if url else ledger_file(env)


def _write_batches(env: Mapping[str, str]) -> None:
    """Write many accepted batches of one text to one number each, as so many sends leave them."""
    for nth in range(_BATCHES):
        with Ledger(_place(env), writable=True) as ledger:
            source = numbers_source([f"138{nth:08}"], None, None, ONE_TEXT)
            staging = ledger.stage()
            summary = Planner(source, PlanOptions(), staging, lambda _: _NUMBERS).read()
            plan = place_plan(staging, summary)
            header = BatchHeader(
                *(None, env["KXSMS_ACCOUNT"], "sms", None, source.name, source.is_csv, source.columns),
                *(source.mobile_column, summary.digest),
            )
            batch = ledger.create(staging, header, plan, nth, None)
            assert batch is not None
            with ledger.own(batch) as work:
                (claim,) = work.cycle([], [], 1).claims
                outcome = Accepted("0", "ok", str(_FIRST_TASK + nth))
                work.cycle([Settlement(claim, RequestState.ACCEPTED, outcome)], [], 0)


def write_million(bench: Bench) -> dict[str, str]:
    """Return a user who has sent to a million recipients, and has the reports of all of them."""
    csv = people(bench.directory, MILLION)
    env = bench.fresh()
    with gateway() as port:
        _send(env, port, csv)
    for first in range(0, MILLION, _REPORTS):
        with gateway(reports=_answer(bench, MILLION, first)) as port:
            run([*KXSMS, "report", "-q"], env={**env, "KXSMS_BASE_URL": _at(port)})
    return env


def batches(bench: Bench) -> Iterator[Result]:
    """List a thousand batches; show, sum up and export one of a million recipients who all have a report."""
    env = bench.fresh()
    _write_batches(env)
    usage = median([run([*KXSMS, "batch", "list"], env=env) for _ in repeat(None, bench.runs)])
    bench.drop(env)
    yield Result(f"`kxsms batch list`, {_BATCHES:,} batches", "CPU", usage.cpu, _SECONDS, unit="s")
    env = write_million(bench)
    (name,) = only_row(env, "SELECT name FROM batches WHERE delivered + failed = 1000000")
    page = ["batch", "report", name, "--html", "/dev/null"]
    for arguments, goal in (
        (["batch", "show", name], 1),
        (["stats"], 1),
        (["stats", "--by", "code"], 1),
        (["batch", "export", name, "--out", "/dev/null"], 10),
        (["batch", "export", name, "--state", "failed", "--out", "/dev/null"], 10),
        (page, 10),
    ):
        usage = median([run([*KXSMS, *arguments], env=env) for _ in repeat(None, bench.runs)])
        what = f"`kxsms {' '.join(word for word in arguments if word != name)}` of a million recipients"
        yield Result(what, "CPU", usage.cpu, goal, unit="s", note=f"{usage.peak:.0f} MiB")
        yield Result(what, "memory", usage.peak, 150, unit="MiB")
    bench.drop(env)


BENCHES: dict[str, Callable[[Bench], Iterator[Result]]] = {"reports": reports, "batches": batches}
