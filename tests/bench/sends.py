"""The pace at which a batch is sent, and the time that resuming one takes."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from tests.bench.measure import KXSMS, Bench, Result, Usage, gateway, median, resident, run, sent
from tests.bench.plans import MILLION, ONE_TEXT, OWN_TEXT, people, write_down

TEXTS = 20_000
_CURLS = 1_000

_POSTS = """
import sys, threading, requests

url, path = sys.argv[1:]
with open(path, encoding="ascii") as file:
    bodies = file.read().splitlines()
bodies = iter(bodies)
lock = threading.Lock()

def work():
    session = requests.Session()
    while True:
        with lock:
            body = next(bodies, None)
        if body is None:
            return
        answer = session.post(url, data=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.json()["Code"] == "0"

threads = [threading.Thread(target=work) for _ in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def _forms(bench: Bench, count: int, *, own: bool) -> str:
    """Return a file with the forms of a send, one per line, as kxsms writes them."""
    path = bench.directory / f"forms{count}-{own}"
    if not path.exists():
        csv = people(bench.directory, count)
        kind = "own" if own else "one"
        subprocess.run([sys.executable, "-m", "tests.bench.people", kind, csv, path], check=True)
    return str(path)


def _send(bench: Bench, port: int, count: int, text: str, *options: str) -> Usage:
    """Send to so many recipients, and check that every request arrived."""
    env, before = bench.fresh(port), sent(port)
    csv = people(bench.directory, count)
    usage = run([*KXSMS, "send", "--csv", csv, "-m", text, "--yes", "--rate", "0", *options], env=env)
    expected = count if text == OWN_TEXT else -(-count // 2500)
    if sent(port) - before != expected:
        raise RuntimeError(f"{sent(port) - before} requests arrived, not {expected}")
    bench.drop(env)
    return usage


def _posts(bench: Bench, port: int, count: int, *, own: bool) -> Usage:
    url = f"http://127.0.0.1:{port}/sms/Send"
    return run([sys.executable, bench.script("posts.py", _POSTS), url, _forms(bench, count, own=own)])


def million(bench: Bench) -> Iterator[Result]:
    """Send one text to a million recipients."""
    turns = []
    with gateway() as port:
        for _ in range(3):
            planned = write_down(bench, people(bench.directory, MILLION), ONE_TEXT)
            posted = _posts(bench, port, MILLION, own=False)
            turns.append((planned, posted, _send(bench, port, MILLION, ONE_TEXT)))
    planned, posted, usage = (median(usages) for usages in zip(*turns, strict=True))
    ratio = usage.wall / (planned.wall + posted.wall)
    what, against = "a million recipients, one text, sent", "the plan and 400 bare posts"
    yield Result(what, against, ratio, 1.3, note=f"{usage.wall:.1f} s")


def memory(bench: Bench) -> Iterator[Result]:
    """Measure how much more memory sending takes after the first 100,000 of a million recipients."""
    with gateway(0.05) as port:
        csv = people(bench.directory, MILLION)
        command = [*KXSMS, "send", "--csv", csv, "-m", ONE_TEXT, "--yes", "--rate", "0", "--concurrency", "4"]
        samples: list[tuple[int, float]] = []
        with subprocess.Popen(
            command,
            env={**os.environ, **bench.fresh(port)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            while process.poll() is None:
                samples.append((sent(port), resident(process.pid)))
                time.sleep(0.05)
        if process.returncode != 0:
            raise RuntimeError(f"{command} ended with {process.returncode}")
    early = next(size for requests, size in samples if requests >= MILLION // 10 // 2500)
    late = max(size for requests, size in samples if requests >= MILLION // 10 // 2500)
    what, against = "memory while sending a million", "its value at 100,000"
    yield Result(what, against, late - early, 20, unit="MiB more", note=f"{late:.0f} MiB")


def texts(bench: Bench) -> Iterator[Result]:
    """Send each recipient its own text, as fast as the gateway answers."""
    turns = []
    with gateway() as port:
        for _ in range(bench.runs):
            mine = _send(bench, port, TEXTS, OWN_TEXT, "--concurrency", "16")
            turns.append((mine, _posts(bench, port, TEXTS, own=True), _curls(bench, port)))
    mine, posts, curls = (median(usages) for usages in zip(*turns, strict=True))
    rate = TEXTS / mine.wall
    what, note = f"{TEXTS:,} recipients, each its own text", f"{rate:,.0f} per second"
    against = "Session.post in 16 threads, no ledger"
    yield Result(what, against, rate / (TEXTS / posts.wall), 1.4, at_least=True, note=note)
    yield Result("the same", "`xargs -P 16 curl`", rate / (_CURLS / curls.wall), 8, at_least=True)


def _curls(bench: Bench, port: int) -> Usage:
    """Start a process for each of some requests, which are enough to show the pace."""
    if shutil.which("curl") is None:
        raise RuntimeError("this benchmark needs curl")
    forms = _forms(bench, TEXTS, own=True)
    curl = f"curl -sS -o /dev/null http://127.0.0.1:{port}/sms/Send -d"
    return run(["sh", "-c", f"head -n {_CURLS} {forms} | xargs -P 16 -n 1 {curl}"])


def latency(bench: Bench) -> Iterator[Result]:
    """Send the same with answers that take 30 ms, over 64 connections."""
    with gateway(0.03) as port:
        usage = median([_send(bench, port, TEXTS, OWN_TEXT, "--concurrency", "64") for _ in range(3)])
    rate, most = TEXTS / usage.wall, 64 / 0.03
    note = f"{rate:,.0f} per second"
    yield Result("the same at 30 ms", "64 / 0.03 s", 100 * rate / most, 80, "%", at_least=True, note=note)


def resume(bench: Bench) -> Iterator[Result]:
    """Resume a batch of a million recipients with a thousand left, by the same command."""
    csv = people(bench.directory, MILLION + 1000)
    command = [*KXSMS, "send", "--csv", csv, "-m", ONE_TEXT, "--yes", "--rate", "0", "--concurrency", "1"]
    turns = []
    for _ in range(3):
        with gateway(most=MILLION // 2500) as port:
            env = bench.fresh(port)
            first = run(command, env=env, status=5)
        with gateway() as port:
            again = run(command, env={**env, "KXSMS_BASE_URL": f"http://127.0.0.1:{port}"})
            if sent(port) != 1:
                raise RuntimeError(f"{sent(port)} requests arrived, not 1")
        bench.drop(env)
        turns.append((first, again))
    first, again = (median(usages) for usages in zip(*turns, strict=True))
    figure, note = 100 * again.wall / first.wall, f"{again.wall:.2f} s"
    yield Result("resume a million with 1,000 left", "the first send", figure, 10, "%", note=note)


BENCHES: dict[str, Callable[[Bench], Iterator[Result]]] = {
    "million": million,
    "memory": memory,
    "texts": texts,
    "latency": latency,
    "resume": resume,
}
