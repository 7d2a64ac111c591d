"""The targets `template` and `plan`: as kxsms makes them, and row by row in the simplest way."""

import random
from collections import Counter
from typing import NamedTuple

from kxsms.domain.columns import folded
from kxsms.domain.content import InvalidContent, check, segments, sign
from kxsms.domain.mobile import InvalidMobile, normalise
from kxsms.domain.template import EmptyValue, InvalidTemplate, MissingColumn, compile_template
from kxsms.errors import InputError
from kxsms.sending.planner import PlanOptions
from kxsms.source.rows import Source
from kxsms.source.table import Rows
from tests.planning import Planned, plan_source
from tests.soak.mutation import Target
from tests.soak.targets.inputs import Choices, check_error, ensure, parts, text, words

_SIGNATURES = (None, "科", "【科迅】")
_SIZES = (1, 2, 3, 9, 5_000)
_LIMITS = (None, 1, 3)
_NUMBERS_PER_REQUEST = 3
_LONGEST = 10_000_000


def rendered(template: str, values: dict[str, str]) -> str | None:
    """Return the text of a template, made character by character; None for an invalid template."""
    made, at = [], 0
    while at < len(template):
        two, one = template[at : at + 2], template[at]
        if two in ("{{", "}}"):
            made.append(one)
            at += 2
        elif one == "{":
            end = template.find("}", at)
            name = template[at + 1 : end]
            if end < 0 or "{" in name or not name.strip():
                return None
            made.append(values[name.strip()])
            at = end + 1
        elif one == "}":
            return None
        else:
            made.append(one)
            at += 1
    return "".join(made)


def check_template(data: bytes) -> None:
    """Check that a text is refused as a template, or renders as the simple way does."""
    written, *values = map(text, parts(data, 3))
    if len(written) * max(map(len, values)) > _LONGEST:
        return  # no real text is so long
    try:
        template = compile_template(written)
    except InvalidTemplate as reason:
        ensure(rendered(written, _Anything("x")) is None, f"a template was refused: {reason}")
        return
    header = ("姓名", "code")
    try:
        render = template.bind(header)
    except MissingColumn as missing:
        ensure(missing.column in set(template.columns) - set(header), "no column is missing")
        return
    by_name = _Anything("", {folded(name): value for name, value in zip(header, values, strict=True)})
    try:
        texts = render([values, values])
    except EmptyValue as empty:
        ensure(not by_name[empty.column].strip(), "no value is empty")
        return
    assert texts == [rendered(written, by_name)] * 2


class _Anything(dict[str, str]):
    """Values by names in any case, with the same value for every other name."""

    def __init__(self, other: str, values: dict[str, str] | None = None) -> None:
        super().__init__(values or {})
        self._other = other

    def __missing__(self, name: str) -> str:
        return self.get(folded(name), self._other)


class Case(NamedTuple):
    """Pairs of a number and a text, and the options to plan them with."""

    pairs: list[list[str]]
    terms: PlanOptions
    at_a_time: int

    def source(self) -> Source:
        """Return the pairs as a source, in chunks."""

        def chunks(most: int | None) -> list[Rows]:
            pairs = self.pairs[:most]
            starts = range(0, len(pairs), self.at_a_time)
            pieces = [pairs[start : start + self.at_a_time] for start in starts]
            return [
                Rows(range(start + 2, start + 2 + len(piece)), piece)
                for start, piece in zip(starts, pieces, strict=True)
            ]

        return Source(
            *("r.csv", True, ("mobile", "content"), 0),
            lambda most: iter(chunks(most)),
            lambda rows: [content for _, content in rows],
        )


def check_plan(data: bytes) -> None:
    """Check that a plan has the rows of the simple way, in any chunks and any order."""
    choices = Choices(data)
    signature, at_a_time, limit = choices.one(_SIGNATURES), choices.one(_SIZES), choices.one(_LIMITS)
    terms = PlanOptions(signature, bool(choices.number(1)), bool(choices.number(1)), limit)
    lines = choices.rest().decode("utf-8", "replace").split("\n")
    case = Case([list(line.partition(",")[::2]) for line in lines], terms, at_a_time)
    taken = case.pairs[:limit]
    good, bad = _sorted(taken, signature)
    try:
        plan = plan_source(case.source(), terms, lambda content: _NUMBERS_PER_REQUEST)
    except InputError as error:
        check_error(error)
        ensure(not good or (bad and not terms.skip_invalid), "good rows were refused")
        if len(bad) == 1 and not terms.skip_invalid:
            check_error(error, f"r.csv:{bad[0]}: ")
        elif bad and not terms.skip_invalid:
            named = [int(line.split(":")[1]) for line in error.details[:20]]
            ensure(named == bad[:20], "the wrong rows are named")
        return
    assert terms.skip_invalid or not bad, "bad rows were accepted"
    wanted = Counter(good) if terms.allow_duplicates else Counter(set(good))
    _compare(plan, wanted, len(good), bad)
    shuffled = random.Random(len(data)).sample(taken, len(taken))
    again = plan_source(Case(shuffled, terms, 2).source(), terms, lambda content: _NUMBERS_PER_REQUEST)
    assert again.digest == plan.digest, "the digest depends on the order of rows"
    _compare(again, wanted, len(good), bad, in_order=False)


def _sorted(rows: list[list[str]], signature: str | None) -> tuple[list[tuple[str, str]], list[int]]:
    """Return the pairs of the valid rows, and the lines of the invalid ones."""
    good, bad = [], []
    for line, (mobile, content) in enumerate(rows, start=2):
        try:
            check(content)
            signed = sign(content, signature)
            check(signed)
            good.append((normalise(mobile), signed))
        except (InvalidContent, InvalidMobile):
            bad.append(line)
    return good, bad


def _compare(
    planned: Planned, wanted: Counter[tuple[str, str]], good: int, bad: list[int], in_order: bool = True
) -> None:
    requests = list(zip(planned.requests, planned.texts, strict=True))
    assert Counter((mobile, content) for mobiles, content in requests for mobile in mobiles) == wanted
    assert all(len(mobiles) <= _NUMBERS_PER_REQUEST for mobiles in planned.requests)
    plan = planned.plan
    assert plan.invalid == len(bad)
    assert plan.duplicates == good - wanted.total()
    assert plan.recipients == wanted.total()
    assert plan.segments == sum(segments(content) * times for (_, content), times in wanted.items())
    counts = Counter(content for _, content in wanted.elements())
    assert plan.requests == sum(-(-count // _NUMBERS_PER_REQUEST) for count in counts.values())
    if in_order:
        assert [problem.line for problem in plan.problems] == bad[:100]


_PLANS = tuple(
    options + rows.encode()
    for options, rows in (
        (
            b"\0\4\0\0\0",
            "13812345678,【科】甲\n13912345678,【科】甲\n13812345678,【科】甲\n13812345678,【科】乙",
        ),
        (b"\1\1\0\1\0", "13812345678,甲\n+86 138-1234-5678, 甲\n1.38E+10,甲\n13712345678,【科】甲\n,\nx,y"),
        (b"\2\2\1\0\1", "13812345678, 【科】甲😀\n13812345678,【科】甲😀\n13712345678,【科迅】甲"),
        (b"\0\2\0\1\0", "13812345678,【科】" + "好" * 70 + "\n13712345678,【科】" + "好" * 448),
    )
)
_TOKENS = (
    *words(", 甲 【科】 【】 😀 13812345678, +86 0086 86 １３８ - %s 13812345678.0 \ufeff \u200b"),
    *(b"\n", b" ", b"\0", b"\xff", b"\r", b"\n13912345678,a", "\n13812345678,【科】甲".encode()),
)
_TEMPLATES = ("{姓名}您好{{}}100%{code}", "{ 姓名 }{CODE}", "{{{code}}}%s%%", "{姓", "}", "{x}", "plain %d")

TARGETS = {
    "template": Target(
        check_template,
        tuple(f"{template}\x1e王\x1e42".encode() for template in _TEMPLATES),
        (*words("{ } {{ }} {姓名} {code} % %s ß ſ"), b"\x1e", b" ", b"\xff"),
    ),
    "plan": Target(check_plan, _PLANS, _TOKENS),
}
