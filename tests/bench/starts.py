"""The time that a command takes to start."""

import sys
from collections.abc import Callable, Iterator
from itertools import repeat

from tests.bench.measure import KXSMS, Bench, Result, Usage, gateway, median, run

_EMPTY = """
import typer

app = typer.Typer()


@app.command()
def main() -> None:
    pass


app()
"""

_POST = (
    "import requests; requests.post('http://127.0.0.1:{port}/sms/{operation}',"
    " data={{'account': '10086', 'token': 't', 'type': 'json'{more}}}).json()"
)
_MORE = ", 'mobile': '13800000000', 'content': '【科】您好'"


def _pairs(bench: Bench, mine: Callable[[], Usage], theirs: Callable[[], Usage]) -> tuple[Usage, Usage]:
    """Run two commands in turns, after one run each that compiles their modules; return the medians."""
    mine(), theirs()
    pairs = [(mine(), theirs()) for _ in repeat(None, 4 * bench.runs)]
    return median([pair[0] for pair in pairs]), median([pair[1] for pair in pairs])


def start(bench: Bench) -> Iterator[Result]:
    """Compare commands that need nothing with a program that does nothing."""
    empty = [sys.executable, bench.script("empty.py", _EMPTY)]
    env = bench.fresh()
    asked = {"_KXSMS_COMPLETE": ":ba"}
    for what, arguments, more in (
        ("`kxsms --version`", ["--version"], {}),
        ("completion of `kxsms ba`", [], asked),
    ):
        mine, theirs = _pairs(
            bench,
            lambda arguments=arguments, more=more: run([*KXSMS, *arguments], env={**env, **more}),  # type: ignore[misc]
            lambda: run(empty, env=env),
        )
        yield Result(what, "an empty Typer program, CPU", mine.cpu / theirs.cpu, 1.3)


def balance(bench: Bench) -> Iterator[Result]:
    """Compare one query to the gateway with one line of Python."""
    with gateway() as port:
        env = bench.fresh(port)
        post = [sys.executable, "-c", _POST.format(port=port, operation="QueryBalance", more="")]
        mine, theirs = _pairs(
            bench, lambda: run([*KXSMS, "balance", "-o", "json"], env=env), lambda: run(post, env=env)
        )
    yield Result("`kxsms balance -o json`", "`python -c` with requests, CPU", mine.cpu / theirs.cpu, 1.5)


def one(bench: Bench) -> Iterator[Result]:
    """Compare one text to one number, the ledger included, with one line of Python."""
    with gateway() as port:
        env = bench.fresh(port)
        post = [sys.executable, "-c", _POST.format(port=port, operation="Send", more=_MORE)]
        send = [*KXSMS, "send", "13800000000", "-m", "【科】您好", "--again"]
        mine, theirs = _pairs(bench, lambda: run(send, env=env), lambda: run(post, env=env))
    yield Result("one `kxsms send`", "`python -c` with requests, CPU", mine.cpu / theirs.cpu, 1.7)


BENCHES: dict[str, Callable[[Bench], Iterator[Result]]] = {"start": start, "balance": balance, "one": one}
