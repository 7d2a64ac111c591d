"""The plan of a send: what a dry run shows, and what a person sees before the question."""

from collections.abc import Iterator

from kxsms.domain.money import amount, json_cost, messages
from kxsms.domain.plan import Plan, Text
from kxsms.domain.words import about, counted
from kxsms.language import joined, mark, tr
from kxsms.output.view import Cell, Table


def plan_for_people(plan: Plan) -> Table:
    """Return a line for each thing that a person wants to know before the send."""
    lines = list(_lines(plan))
    return Table(tuple(label for label, _ in lines), (tuple(cell for _, cell in lines),), sideways=True)


def _lines(plan: Plan) -> Iterator[tuple[str, Cell]]:
    yield "recipients", f"{plan.recipients:,}"
    yield "segments", f"{plan.segments:,}"
    if plan.cost is not None:
        yield "cost", amount(plan.cost)
    if plan.balance is not None:
        yield "balance", messages(plan.balance)
    time = [about(plan.seconds)] if plan.seconds is not None and plan.seconds >= 1 else []
    yield "requests", joined([f"{plan.requests:,}", *time])
    if plan.invalid or plan.duplicates or plan.skipped or plan.opted_out or plan.capped:
        yield "skipped", _skipped(plan)
    if plan.encoding is not None:
        yield "encoding", tr("{encoding}, guessed: check the samples", encoding=plan.encoding)
    if plan.texts == 1:
        yield "text", _billed(plan.longest[0])
        yield "first numbers", joined(sample.mobile for sample in plan.sample)
        return
    if plan.longest:
        yield "texts", f"{plan.texts:,}"
        yield "longest", _billed(plan.longest[0])
        yield "samples", ""
    # The number is the label: at its side a text without blanks would begin on the next line.
    yield from plan.sample


def _skipped(plan: Plan) -> str:
    """Return how many rows are skipped, and why."""
    reasons = (
        (mark("{count} invalid"), plan.invalid),
        (mark("{count} repeated"), plan.duplicates),
        (mark("{count} excluded"), plan.excluded),
        (mark("{count} opted out"), plan.opted_out),
        (mark("{count} sent the same text in the last 7 days"), plan.skipped - plan.excluded),
        (mark("{count} sent as many texts as the cap allows"), plan.capped),
    )
    return joined(tr(reason, count=f"{count:,}") for reason, count in reasons if count)


def _billed(longest: Text) -> str:
    """Return a text with its size."""
    text, segments = longest
    size, billed = counted(len(text), "character"), counted(segments, "message")
    return tr("{text} ({size}, {billed})", text=text, size=size, billed=billed)


def plan_for_programs(plan: Plan) -> Table:
    """Return a column for each figure and each text that is shown."""
    facts: dict[str, Cell] = {
        "recipients": plan.recipients,
        "duplicates": plan.duplicates,
        "invalid": plan.invalid,
        "requests": plan.requests,
        "segments": plan.segments,
    }
    if plan.cost is not None:
        facts["cost"] = json_cost(plan.cost)
    left_out = {"skipped": plan.skipped, "opted_out": plan.opted_out, "capped": plan.capped}
    facts |= {name: count for name, count in left_out.items() if count}
    if plan.encoding is not None:
        facts["encoding"] = plan.encoding
    if plan.texts == 1:
        (text, _) = plan.longest[0]
        facts |= {"characters": len(text), "text": text}
        return Table(tuple(facts), (tuple(facts.values()),), sideways=True)
    facts["texts"] = plan.texts
    for number, (text, _) in enumerate(plan.longest, start=1):
        facts[f"longest {number}"] = text
    for number, (mobile, text) in enumerate(plan.sample, start=1):
        facts[f"sample {number}"] = f"{mobile}: {text}"
    return Table(tuple(facts), (tuple(facts.values()),), sideways=True)
