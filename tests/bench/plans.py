"""The time and the memory that planning a file takes."""

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from tests.bench.measure import KXSMS, Bench, Result, Usage, median, run

MILLION = 1_000_000
_LOOP = "csv, a regex, executemany"
ONE_TEXT = "【科迅云通讯】您好,本店周末八折,欢迎光临。回T退订"
SIGNATURE = "科迅云通讯"
UNSIGNED_TEXT = "{name}您好,您的验证码为{code},五分钟内有效。"
OWN_TEXT = f"【{SIGNATURE}】{UNSIGNED_TEXT}"

_BARE = """
import csv, re, sqlite3, sys

MOBILE = re.compile(r"1[3-9][0-9]{9}")

def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        next(reader)
        for row in reader:
            if MOBILE.fullmatch(row[0]):
                yield row

with sqlite3.connect(sys.argv[2]) as connection:
    connection.execute("DROP TABLE IF EXISTS people")
    connection.execute("CREATE TABLE people (mobile TEXT, name TEXT, code TEXT)")
    connection.executemany("INSERT INTO people VALUES (?, ?, ?)", rows(sys.argv[1]))
"""


@cache
def people(directory: Path, count: int) -> str:
    """Return the path of a CSV of so many people in random order, each with a code of their own."""
    path = directory / f"people{count}.csv"
    subprocess.run([sys.executable, "-m", "tests.bench.people", str(count), path], check=True)
    return str(path)


def bare(bench: Bench, path: str) -> Usage:
    """Run a loop that reads the file, checks each number and stores the rows."""
    script = bench.script("bare.py", _BARE)
    return run([sys.executable, script, path, str(bench.directory / "bare.sqlite3")])


def dry_run(bench: Bench, path: str, text: str, *options: str) -> Usage:
    """Plan a file without writing the plan into the ledger."""
    return run([*KXSMS, "send", "--csv", path, "-m", text, "--dry-run", *options], env=bench.fresh())


def write_down(bench: Bench, path: str, text: str) -> Usage:
    """Plan a file into the ledger, with a gateway that cannot be reached."""
    env = bench.fresh()
    usage = run(
        [*KXSMS, "send", "--csv", path, "-m", text, "--yes", "--retries", "0", "--concurrency", "1"],
        env=env,
        status=5,
    )
    bench.drop(env)
    return usage


def _plan(bench: Bench, what: str, text: str, goal: float) -> Iterator[Result]:
    path = people(bench.directory, MILLION)
    turns = [(bare(bench, path), dry_run(bench, path, text), write_down(bench, path, text)) for _ in range(3)]
    loop, planned, written = (median(usages) for usages in zip(*turns, strict=True))
    for how, usage in (("`--dry-run`", planned), ("into the ledger", written)):
        name = f"a million rows, {what}, {how}"
        note = f"{usage.wall:.1f} s"
        yield Result(name, _LOOP, usage.wall / loop.wall, goal, note=note)
        yield Result(name, "memory", usage.peak, 120, unit="MiB")


def plan(bench: Bench) -> Iterator[Result]:
    """Plan one text for a million recipients."""
    yield from _plan(bench, "one text", ONE_TEXT, 3)


def plan_own(bench: Bench) -> Iterator[Result]:
    """Plan a million texts, with the signature in the template and then with the signature apart."""
    yield from _plan(bench, "each its own text", OWN_TEXT, 4)
    path = people(bench.directory, MILLION)
    sign = ("--signature", SIGNATURE)
    turns = [(bare(bench, path), dry_run(bench, path, UNSIGNED_TEXT, *sign)) for _ in range(3)]
    loop, usage = (median(usages) for usages in zip(*turns, strict=True))
    name, note = "a million rows, each its own text, `--signature`, `--dry-run`", f"{usage.wall:.1f} s"
    yield Result(name, _LOOP, usage.wall / loop.wall, 4, note=note)


def templates(bench: Bench) -> Iterator[Result]:
    """Plan a million texts with 50 approved templates that begin alike; the texts match the last one."""
    path = people(bench.directory, MILLION)
    texts = [f"{{姓名}}您好,您的第{number}个验证码为{{验证码}},五分钟内有效。" for number in range(49)]
    approved = bench.script("approved.txt", "\n".join([*texts, UNSIGNED_TEXT]))
    env = bench.fresh()
    subprocess.run([*KXSMS, "template", "import", approved], env=env, check=True, stdout=subprocess.DEVNULL)
    command = [*KXSMS, "send", "--csv", path, "-m", OWN_TEXT, "--dry-run"]
    turns = [(dry_run(bench, path, OWN_TEXT), run(command, env=env)) for _ in range(3)]
    without, usage = (median(usages) for usages in zip(*turns, strict=True))
    name, note = "a million rows, 50 approved templates, `--dry-run`", f"{usage.wall:.1f} s"
    yield Result(name, "the same without templates", usage.wall / without.wall, 1.2, note=note)


def optouts(bench: Bench) -> Iterator[Result]:
    """Plan one text for a million recipients beside a list of a million others who opted out."""
    path = people(bench.directory, MILLION)
    numbers = random.Random(1).sample(range(10**9), MILLION)
    listed = bench.script("optouts.txt", "\n".join(f"1{3 + n % 7}{n:09}" for n in numbers))
    env = bench.fresh()
    imported = run([*KXSMS, "optout", "import", listed], env=env)
    yield Result("a million opt-outs imported", "time", imported.wall, 15, unit="s")
    command = [*KXSMS, "send", "--csv", path, "-m"]
    for how, options, status in (
        ("`--dry-run`", ["--dry-run"], 0),
        ("into the ledger", ["--yes", "--retries", "0", "--concurrency", "1"], 5),
    ):
        plain = bench.fresh()
        turns = []
        for turn in range(3):
            whole = [*command, f"{ONE_TEXT}{turn}", *options]
            turns.append([run(whole, env=home, status=status) for home in (plain, env)])
        without, usage = (median(usages) for usages in zip(*turns, strict=True))
        name, note = f"a million rows, a million opt-outs, {how}", f"{usage.cpu:.1f} s of CPU"
        yield Result(name, "the same without opt-outs", usage.cpu / without.cpu, 1.1, note=note)
        yield Result(name, "memory", usage.peak, 120, unit="MiB")
        bench.drop(plain)


BENCHES: dict[str, Callable[[Bench], Iterator[Result]]] = {
    "plan": plan,
    "plan-own": plan_own,
    "templates": templates,
    "optouts": optouts,
}
