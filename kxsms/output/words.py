"""What a result means, in words, where it is not simply good news."""

from typing import NamedTuple

from kxsms.domain.outcome import Accepted, NotSent, Rejected, Unknown, refusal
from kxsms.domain.results import Balance, BalanceResult, Result, SendResult, Task


class Explanation(NamedTuple):
    """One thing that went wrong, and what to do about it."""

    message: str
    hint: str | None = None


def explain(result: Result) -> list[Explanation]:
    """What a person has to know besides the table; nothing where all went well."""
    match result:
        case SendResult(dry_run=False):
            return _explain_send(result)
        case BalanceResult(balances=balances):
            return [explanation for balance in balances for explanation in _explain_balance(balance)]
    return []


def in_short(result: Result) -> str:
    """What a send has done, for where its result cannot be shown."""
    if not isinstance(result, SendResult) or result.dry_run:
        return ""
    counts = {
        "accepted": result.accepted,
        "refused": result.rejected,
        "not sent": result.not_sent,
        "unknown": result.unknown,
    }
    tasks = ", ".join(
        task.outcome.task_id or "?" for task in result.tasks if isinstance(task.outcome, Accepted)
    )
    said = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    return f"; of {result.plan.recipients:,} recipients {said}{f'; task {tasks}' if tasks else ''}"


def _explain_send(result: SendResult) -> list[Explanation]:
    explanations = []
    for outcome, recipients in _grouped(result.tasks):
        people = f"{recipients:,} recipient{'' if recipients == 1 else 's'}"
        if isinstance(outcome, Rejected):
            words = refusal(outcome.code, outcome.message, result.codes.get(outcome.code))
            explanations.append(Explanation(f"{words}; {people}"))
        elif isinstance(outcome, Unknown):
            explanations.append(
                Explanation(
                    f"whether it was sent is unknown: {outcome.reason}; {people}",
                    "do not simply send it again: kxsms report may tell",
                )
            )
    if result.not_sent:
        explanations.append(_explain_not_sent(result))
    return explanations


def _grouped(tasks: tuple[Task, ...]) -> list[tuple[object, int]]:
    """Equal outcomes and how many recipients each has."""
    counts: dict[object, int] = {}
    for task in tasks:
        counts[task.outcome] = counts.get(task.outcome, 0) + task.recipients
    return list(counts.items())


def _explain_not_sent(result: SendResult) -> Explanation:
    last = result.tasks[-1].outcome if result.tasks else None
    why = last.reason if isinstance(last, NotSent) else "stopped before its turn"
    made = sum(not isinstance(task.outcome, NotSent) for task in result.tasks)
    if made == 0:
        return Explanation(f"nothing was sent: {why}", "run the same command again")
    first = result.plan.requests[made][0]
    return Explanation(
        f"not sent to {result.not_sent:,} of {result.plan.recipients:,} recipients: {why}",
        f"send again only to {first} and the numbers after it in your list",
    )


def _explain_balance(balance: Balance) -> list[Explanation]:
    product = balance.product.value
    if balance.short_of is not None:
        return [Explanation(f"{product}: {balance.count} left, fewer than {balance.short_of}")]
    if balance.code is None or (balance.code == "0" and balance.count is None):
        return [Explanation(f"{product}: no usable answer: {balance.message}", "run the same command again")]
    if balance.code != "0":
        return [Explanation(f"{product}: {refusal(balance.code, balance.message)}")]
    return []
