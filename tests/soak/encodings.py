"""Generated files in many encodings, damaged or with a foreign row: how many are misread.

`python -m tests.soak.encodings --files 100000 --seed 1` prints a table: of each kind of file how many were
refused, were read in the encoding in which they were written, and were misread, with and without a note. A
damaged file that is read in its own encoding has one other character, which no reader can notice.
"""

import argparse
import io
import random
import sys
from collections import Counter
from collections.abc import Callable

from kxsms.errors import InputError
from kxsms.source.common_characters import JAPANESE, KOREAN, SURNAMES, TRADITIONAL
from kxsms.source.detection import encoding_of

_LEVEL_1 = bytes(b for row in range(0xB0, 0xD7) for cell in range(0xA1, 0xFF) for b in (row, cell)).decode(
    "gb2312"
)
_LEVEL_2 = bytes(b for row in range(0xD8, 0xF8) for cell in range(0xA1, 0xFF) for b in (row, cell)).decode(
    "gb2312"
)
_BEYOND = "喆堃㛃昇祎珺玥赟翀犇垚燚淏骉瑄婳"
_USUAL = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉玲建国志华红梅鑫宇浩然子涵一诺梓轩欣怡诗雨佳俊晨思"
)
_TRADITIONAL_SURNAMES = (
    "陳林黃張李王吳劉蔡楊許鄭謝郭洪邱曾廖賴徐周葉蘇莊呂江何蕭羅高潘簡朱鍾游彭詹胡施沈余盧梁趙顏柯"
)
_KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワンー"
# fmt: off
_RUSSIAN = [
    "Иван", "Пётр", "Анна", "Мария", "Олег", "Ольга", "Сергей", "Елена", "Дмитрий", "Наталья",
    "Алексей", "Татьяна", "Игорь", "Юлия", "Иванов", "Петрова", "Смирнов", "Кузнецова", "Попов",
    "Васильева", "Москва", "Казань", "Соколов", "Лебедева", "Козлов", "Новикова", "Морозов",
    "Волкова",
]
_WESTERN = [
    "Müller", "Jäger", "Weiß", "Köhler", "Schröder", "Günther", "José", "García", "Peña", "Muñoz",
    "Núñez", "Íñigo", "François", "Zoë", "Noël", "Hélène", "Léa", "Gérard", "Åsa", "Björn", "Søren",
    "Jørgen", "João", "Conceição", "Dvořák", "Ägypten", "Göteborg", "Málaga", "Besançon", "São",
]
# fmt: on
Random = random.Random
Person = Callable[[Random], str]


def _chinese(chance: Random) -> str:
    surname = chance.choice(SURNAMES[:100] if chance.random() < 0.85 else SURNAMES)
    given = "".join(
        chance.choice(
            _USUAL
            if (kind := chance.random()) < 0.7
            else _LEVEL_1
            if kind < 0.93
            else _LEVEL_2
            if kind < 0.99
            else _BEYOND
        )
        for _ in range(chance.choice((1, 2, 2, 2, 3)))
    )
    return surname + given


def _taiwanese(chance: Random) -> str:
    given = (
        chance.choice(TRADITIONAL if chance.random() < 0.5 else "美雅志明家文玉淑惠俊宏玲芬怡君")
        for _ in range(2)
    )
    return chance.choice(_TRADITIONAL_SURNAMES) + "".join(given)


def _japanese(chance: Random) -> str:
    kanji = "".join(chance.choice(JAPANESE) for _ in range(chance.choice((2, 3, 4))))
    kana = "".join(chance.choice(_KANA) for _ in range(chance.choice((2, 3, 4, 5, 6))))
    return chance.choice((kanji, kana))


def _korean(chance: Random) -> str:
    given = (
        chance.choice(KOREAN[70:140] if chance.random() < 0.8 else KOREAN)
        for _ in range(chance.choice((1, 2, 2)))
    )
    return chance.choice("김이박최정강조윤장임한오서신권황안송류전홍") + "".join(given)


def _russian(chance: Random) -> str:
    return " ".join(chance.choices(_RUSSIAN, k=chance.choice((1, 2))))


def _western(chance: Random) -> str:
    return " ".join(chance.choices(_WESTERN, k=chance.choice((1, 2))))


# How a file is written: its encoding, its people, and the names of its columns beside Latin ones.
_WORLDS: dict[str, tuple[Person, str]] = {
    "gb18030": (_chinese, "手机号,姓名"),
    "big5": (_taiwanese, "手機,姓名"),
    "cp932": (_japanese, "電話番号,氏名"),
    "euc_kr": (_korean, "전화번호,이름"),
    "cp1251": (_russian, "Телефон,Имя"),
    "latin-1": (_western, "mobile,name"),
}


def _rows(chance: Random, person: Person, count: int) -> list[str]:
    return [f"138{chance.randrange(10**8):08},{person(chance)}" for _ in range(count)]


def _encoded(lines: list[str], encoding: str) -> bytes:
    return ("\n".join(lines) + "\n").encode(encoding, "ignore")


def _file(chance: Random, world: str, encoding: str) -> list[bytes]:
    """Return the lines of a file of 1 to 1,000 rows, most of them short."""
    person, header = _WORLDS[world]
    header = header if chance.random() < 0.5 else "mobile,name"
    lines = [header, *_rows(chance, person, int(10 ** chance.uniform(0, 3)))]
    return _encoded(lines, encoding).splitlines(keepends=True)


def _damaged(chance: Random, lines: list[bytes]) -> bytes:
    """Return the file with one byte beyond ASCII removed or replaced."""
    data = bytearray(b"".join(lines))
    at = chance.choice([index for index, byte in enumerate(data) if byte > 127])
    data[at : at + 1] = chance.choice((b"", b"?", bytes([chance.randrange(128, 256)])))
    return bytes(data)


def _with_foreign_row(chance: Random, lines: list[bytes], encodings: list[str]) -> bytes:
    encoding = chance.choice(encodings)
    world = "gb18030" if encoding == "utf-8" else encoding
    row = b""
    while row.isascii():
        row = _encoded(_rows(chance, _WORLDS[world][0], 1), encoding)
    lines.insert(chance.randint(1, len(lines)), row)
    return b"".join(lines)


def made(chance: Random) -> tuple[str, str, bytes]:
    """Return the kind of a file, the encoding in which reading it is right (or none), and the file."""
    kind = chance.randrange(6)
    foreign = [world for world in _WORLDS if world != "gb18030"]
    match kind:
        case 0:
            return "UTF-8, one byte damaged", "utf-8", _damaged(chance, _file(chance, "gb18030", "utf-8"))
        case 1:
            lines = _file(chance, "gb18030", "utf-8")
            return "UTF-8, one foreign row", "", _with_foreign_row(chance, lines, list(_WORLDS))
        case 2:
            lines = _file(chance, "gb18030", "gb18030")
            return "GB18030, one byte damaged", "gb18030", _damaged(chance, lines)
        case 3:
            lines = _file(chance, "gb18030", "gb18030")
            return "GB18030, one row in UTF-8", "", _with_foreign_row(chance, lines, ["utf-8"])
        case 4:
            world = chance.choice(foreign)
            return f"all {world}", world, b"".join(_file(chance, world, world))
        case _:
            lines = _file(chance, "gb18030", "gb18030")
            size = "1 row" if len(lines) == 2 else "2 to 5 rows" if len(lines) < 7 else "more rows"
            return f"true GB18030, {size}", "gb18030", b"".join(lines)


def outcome(right: str, data: bytes) -> str:
    """Return what became of a file: refused, right, or misread."""
    try:
        found = encoding_of(io.BytesIO(data), "f", None)
    except InputError:
        return "refused"
    if found.name == right or data.isascii():
        return "right"
    return "misread with a note" if found.guess else "misread in silence"


def measure(files: int, seed: int, show: Callable[[str], object] | None = None) -> dict[str, Counter[str]]:
    """Return for each kind of file how often each outcome happened."""
    chance = random.Random(seed)
    figures: dict[str, Counter[str]] = {}
    for _ in range(files):
        kind, right, data = made(chance)
        result = outcome(right, data)
        figures.setdefault(kind, Counter())[result] += 1
        is_wrong = result.startswith("misread") or (result == "refused" and kind.startswith("true"))
        if show is not None and is_wrong:
            show(f"{kind}: {result}: {data[:60]!r}\n")
    return figures


def main() -> int:
    """Print the table, and return 1 if a file was misread."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.encodings", description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="show files that are misread or wrongly refused")
    options = parser.parse_args()
    figures = measure(options.files, options.seed, sys.stdout.write if options.show else None)
    names = ("refused", "right", "misread with a note", "misread in silence")
    sys.stdout.write(f"| file | count | {' | '.join(names)} |\n|---|---|---|---|---|---|\n")
    for kind, counts in sorted(figures.items()):
        row = " | ".join(f"{counts[name]:,}" for name in names)
        sys.stdout.write(f"| {kind} | {counts.total():,} | {row} |\n")
    return int(any(counts[names[2]] + counts[names[3]] for counts in figures.values()))


if __name__ == "__main__":
    raise SystemExit(main())
