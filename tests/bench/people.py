"""Write the input of the benchmarks.

`python -m tests.bench.people COUNT CSV` writes a file of people. `… one CSV FORMS` and `… own CSV FORMS`
write the bodies of the requests that send them one text, or each their own.
"""

import random
import sys
from pathlib import Path
from urllib.parse import urlencode

from tests.bench.plans import ONE_TEXT, OWN_TEXT


def write_people(count: int, path: Path) -> None:
    """Write a CSV of so many people in random order, each with a code of their own."""
    numbers = random.Random(count).sample(range(10**9), count)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("mobile,name,code\n")
        file.writelines(f"1{3 + n % 7}{n:09},王{n % 997},{n}\n" for n in numbers)


def write_forms(people: Path, path: Path, *, own: bool) -> None:
    """Write the forms of a send to these people, one per line, as kxsms writes them."""
    with people.open(encoding="utf-8") as file:
        rows = [line.rstrip("\n").split(",") for line in file][1:]
    size = 1 if own else 2500
    with path.open("w", encoding="ascii") as file:
        for at in range(0, len(rows), size):
            mobiles = ",".join(row[0] for row in rows[at : at + size])
            text = OWN_TEXT.format(name=rows[at][1], code=rows[at][2]) if own else ONE_TEXT
            pairs = {"account": "10086", "token": "t", "mobile": mobiles, "content": text, "type": "json"}
            file.write(urlencode(pairs) + "\n")


if __name__ == "__main__":
    what, source, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[-1])
    if what.isdigit():
        write_people(int(what), target)
    else:
        write_forms(source, target, own=what == "own")
