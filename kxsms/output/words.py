"""What a result means, in words, where it is not simply good news."""

from collections.abc import Mapping

from kxsms.domain.outcome import Accepted, NotSent, Outcome, Rejected, Unknown, refusal
from kxsms.domain.results import Balance, BalanceResult, Result, SendResult
from kxsms.errors import Guard, KxsmsError, NoAnswer, Refused

_SPANS = 5


def explain(result: Result) -> list[KxsmsError]:
    """What a person has to know besides the table; nothing where all went well."""
    match result:
        case SendResult(dry_run=False):
            return _explain_send(result)
        case BalanceResult(balances=balances, codes=codes):
            return [explanation for balance in balances for explanation in _explain_balance(balance, codes)]
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


def _explain_send(result: SendResult) -> list[KxsmsError]:
    explanations: list[KxsmsError] = []
    for outcome, requests in _grouped(result).items():
        people = _people(requests, among=len(result.plan.requests))
        if isinstance(outcome, Rejected):
            words = refusal(outcome.code, outcome.message, result.codes.get(outcome.code))
            explanations.append(Refused(f"{words}; {people}"))
        elif isinstance(outcome, Unknown):
            explanations.append(
                NoAnswer(
                    f"whether it was sent is unknown: {outcome.reason}; {people}",
                    "do not simply send it again: kxsms report may tell",
                )
            )
    if result.not_sent:
        explanations.append(_explain_not_sent(result))
    return explanations


def _grouped(result: SendResult) -> dict[Outcome, list[tuple[str, ...]]]:
    """Equal outcomes, and the numbers of the requests that had each."""
    groups: dict[Outcome, list[tuple[str, ...]]] = {}
    for task, numbers in zip(result.tasks, result.plan.requests, strict=False):
        groups.setdefault(task.outcome, []).append(numbers)
    return groups


def _people(requests: list[tuple[str, ...]], *, among: int) -> str:
    """How many recipients and, where it is not all of them, who."""
    count = sum(len(numbers) for numbers in requests)
    people = f"{count:,} recipient{'' if count == 1 else 's'}"
    if among == 1:
        return people
    spans = [numbers[0] if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}" for numbers in requests]
    return f"{people}, {', '.join(spans[:_SPANS])}{', …' if len(spans) > _SPANS else ''}"


def _explain_not_sent(result: SendResult) -> KxsmsError:
    last = result.tasks[-1].outcome if result.tasks else None
    why = last.reason if isinstance(last, NotSent) else "stopped before its turn"
    made = sum(not isinstance(task.outcome, NotSent) for task in result.tasks)
    if made == 0:
        declined = why.startswith("HTTP ")
        hint = f"{'check base_url, then ' if declined else ''}run the same command again"
        return NoAnswer(f"nothing was sent: {why}", hint)
    first = result.plan.requests[made][0]
    return NoAnswer(
        f"not sent to {result.not_sent:,} of {result.plan.recipients:,} recipients: {why}",
        f"send again only to {first} and the numbers after it in your list",
    )


def _explain_balance(balance: Balance, codes: Mapping[str, str]) -> list[KxsmsError]:
    product = balance.product.value
    if balance.short_of is not None:
        return [Guard(f"{product}: {balance.count} left, fewer than {balance.short_of}")]
    if not balance.is_answer:
        return [NoAnswer(f"{product}: no usable answer: {balance.message}", "run the same command again")]
    if balance.code is not None and balance.code != "0":
        words = refusal(balance.code, balance.message, codes.get(balance.code))
        return [Refused(f"{product}: {words}")]
    return []
