"""The choice of the next command, by the seed and by the batches in the ledger."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.conftest import Run
from tests.engines import has_ledger, query_ledger
from tests.faults.client import write_csv
from tests.faults.gateway import Pair
from tests.faults.ledger_audit import once_unknown_pairs, pairs_of

_NUMBERS = [f"138{number:08d}" for number in range(400)]
_MOST_ROWS = 30
SINGLE = "【科】单"
"""The beginning of the text of a single send, which also goes to who opted out."""
_PACE = ("--rate", "0", "-o", "json", "--retries", "2")


@dataclass(frozen=True)
class Command:
    """A command line, the pairs that it sends first, and those (`more`) that it may send once more.

    `mobile` is the number that it adds to the list of opt-outs, or removes.
    """

    arguments: tuple[str, ...]
    rows: tuple[Pair, ...] = ()
    more: tuple[Pair, ...] = ()
    mobile: str = ""

    @property
    def name(self) -> str:
        first, second = self.arguments[:2]
        return f"{first} {second}" if first in ("batch", "optout") or second == "--csv" else first


def failed_pairs() -> Counter[Pair]:
    """Return the pairs whose delivery failed, and how often each may be sent again: in every other batch."""
    pairs = """
        SELECT rows.mobile, content, count(*) - 1 FROM rows JOIN requests ON requests.id = request
        GROUP BY 1, 2 HAVING count(*) > 1 AND EXISTS (
            SELECT 1 FROM rows AS other JOIN requests AS theirs ON theirs.id = other.request
            JOIN deliveries ON deliveries.row = other.id
            WHERE other.mobile = rows.mobile AND theirs.content = requests.content
                AND deliveries.state = 'failed'
        )
    """
    if not has_ledger():
        return Counter()  # the first command was killed
    return Counter({(str(mobile), text): more for mobile, text, more in query_ledger(pairs)})


def written_pairs() -> set[Pair]:
    """Return the pairs that are in a batch of the ledger."""
    if not has_ledger():
        return set()
    pairs = "SELECT rows.mobile, content FROM rows JOIN requests ON requests.id = request"
    return {(str(mobile), text) for mobile, text in query_ledger(pairs)}


@dataclass
class Commands:
    """A chooser of commands. `sent` are all pairs so far, `allowed` counts the extra sends of each."""

    directory: Path
    run: Run
    sent: list[Pair] = field(default_factory=list)
    again: list[Command] = field(default_factory=list)
    """Commands that were cut short, and that are to run again."""
    allowed: Counter[Pair] = field(default_factory=Counter)
    _texts: int = 0

    def next(self, chance: random.Random) -> Command:
        batches = self.run("batch", "list", "--limit", "1000", "-o", "json").json
        unfinished = [batch for batch in batches if batch["not_sent"]]
        weights = {
            "csv": 30,
            "numbers": 12,
            "again": 25 * bool(self.again),
            "resume": 20 * bool(unfinished),
            "run": 12 * bool(unfinished),
            "cancel": 4 * bool(unfinished),
            "retry": 14 * bool(batches),
            "report": 10,
            "mo": 5,
            "export": 4 * bool(batches),
            "check": 2,
            "optout add": 5,
            "optout remove": 1,
        }
        (choice,) = chance.choices(list(weights), list(weights.values()))
        match choice:
            case "csv":
                return self._csv(chance)
            case "numbers":
                return self._numbers(chance)
            case "again":
                return self.again.pop(chance.randrange(len(self.again)))
            case "resume":
                name = chance.choice(unfinished)["batch"]
                return Command(("batch", "resume", name, "--skip-sent", *_pace(chance)))
            case "run":
                return Command(("batch", "run", "-o", "json"))
            case "cancel":
                return Command(("batch", "cancel", chance.choice(unfinished)["batch"], "--yes"))
            case "retry":
                return self._retry(chance, batches)
            case "export":
                return Command(("batch", "export", chance.choice(batches)["batch"], "-o", "jsonl"))
            case "check":
                return Command(("batch", "check"))
            case "optout add":
                mobile = chance.choice(_NUMBERS)
                return Command(("optout", "add", mobile), mobile=mobile)
            case "optout remove":
                mobile = chance.choice(_NUMBERS)
                return Command(("optout", "remove", mobile, "--yes"), mobile=mobile)
            case "report" | "mo":
                return Command((choice, "-o", "json"))
            case _:
                raise AssertionError(f"no command for {choice}")

    def _csv(self, chance: random.Random) -> Command:
        """Return a send of a file with new texts, perhaps with some rows of earlier files, to be skipped."""
        rows = [
            (mobile, self._text(chance)) for mobile in chance.sample(_NUMBERS, chance.randint(1, _MOST_ROWS))
        ]
        # A send under a key that was killed before it was written sends its rows again: that is no fault.
        written_before = written_pairs()
        earlier = [row for row in self.sent if row in written_before]
        if earlier and chance.random() < 0.3:
            rows += [row for row in chance.sample(earlier, min(5, len(earlier))) if row not in rows]
        blank = chance.choice(("", " ", "\u3000", "\t \u200b"))  # which no text keeps
        written = [(mobile, text + blank) for mobile, text in dict.fromkeys(rows)]
        file = write_csv(self.directory / f"{self._texts}-{chance.getrandbits(32)}.csv", written)
        hours = chance.choice(("00:00-24:00", _closed()))
        later = chance.choice(("+0s", "+1s", "+1h"))
        limits = chance.choice(((), (), (), ("--cap", "4/24h"), ("--window", hours), ("--at", later)))
        arguments = ("send", "--csv", str(file), "--yes", "--skip-sent", *limits, *_pace(chance))
        return Command(arguments, tuple(rows))

    def _numbers(self, chance: random.Random) -> Command:
        self._texts += 1
        text = f"{SINGLE}{self._texts}"
        numbers = chance.sample(_NUMBERS, chance.randint(1, 4))
        arguments = ("send", *numbers, "-m", text, "--idempotency-key", text, *_pace(chance))
        return Command(arguments, tuple((number, text) for number in numbers))

    def _text(self, chance: random.Random) -> str:
        self._texts += chance.random() < 0.7
        return f"【科】{self._texts}"

    def _retry(self, chance: random.Random, batches: Sequence[Any]) -> Command:
        """Return a retry of a batch with such recipients, or of another batch, which refuses it."""
        which = chance.choice(("unknown", "rejected", "failed"))
        name = chance.choice([batch for batch in batches if batch[which]] or batches)["batch"]
        more: tuple[Pair, ...] = ()
        if which == "unknown":
            rows = self.run("batch", "export", name, "-o", "json").json
            outcomes = zip(pairs_of(name), (row["kxsms_outcome"] for row in rows), strict=True)
            # A pair that an earlier retry planned again becomes unknown again.
            once_unknown = once_unknown_pairs()
            more = tuple(
                pair
                for pair, outcome in outcomes
                if outcome == "unknown" or (outcome != "accepted" and pair in once_unknown)
            )
        return Command(("batch", "retry", name, f"--{which}", "--yes", *_pace(chance)), more=more)


def _closed() -> str:
    """Return hours that are some hours away, by the clocks of the default zone."""
    hour = (datetime.now(UTC).hour + 12) % 24
    return f"{hour:02}:00-{hour:02}:30"


def _pace(chance: random.Random) -> tuple[str, ...]:
    return (*_PACE, "--concurrency", str(chance.choice((1, 2, 4, 16))))
