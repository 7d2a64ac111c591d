"""What a result means, in words, where it is not simply good news."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kxsms.domain.batch import OutcomeGroup, RequestState
from kxsms.domain.outcome import Accepted, refusal
from kxsms.domain.results import Balance, BalanceResult, BatchStatus, RecordsResult, Result, SendResult
from kxsms.errors import KxsmsError, LimitReached, NoAnswer, Refused, Unread

if TYPE_CHECKING:
    from kxsms.domain.records import RecordKind, UnreadAnswer

_LISTED = 5


def explain(result: Result) -> list[KxsmsError]:
    """What a person has to know besides the table; nothing where all went well."""
    match result:
        case SendResult(dry_run=False):
            return _explain_send(result)
        case SendResult(guard=str(guard)):
            return [LimitReached(guard, result.guard_hint)]
        case BatchStatus():
            return _explain_status(result)
        case RecordsResult(kind=kind, unread=unread, ending=ending):
            explanations = [_explain_unread(kind, answer) for answer in unread]
            if ending is not None:
                error = Refused if ending.is_refusal else NoAnswer
                explanations.append(error(ending.message, ending.hint))
            return explanations
        case BalanceResult(balances=balances, codes=codes):
            return [explanation for balance in balances for explanation in _explain_balance(balance, codes)]
    return []


def in_short(result: Result) -> str:
    """What a send has done, for where its result cannot be shown."""
    if not isinstance(result, SendResult) or result.dry_run:
        return ""
    counts = {
        "accepted": result.counts.accepted,
        "refused": result.counts.rejected,
        "not sent": result.counts.unfinished,
        "unknown": result.unknown,
    }
    accepted = [task.outcome.task_id or "?" for task in result.tasks if isinstance(task.outcome, Accepted)]
    tasks = ", ".join(accepted[:_LISTED]) + (", …" if len(accepted) > _LISTED else "")
    said = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    return f"; of {result.counts.recipients:,} recipients {said}{f'; task {tasks}' if tasks else ''}"


def _explain_send(result: SendResult) -> list[KxsmsError]:
    explanations = [
        explanation for group in result.groups if (explanation := _explain_group(group, result)) is not None
    ]
    if result.counts.sending:
        people = _people(result.counts.sending)
        explanations.append(_doubt(f"stopped before the answer came; {people}", result))
    if result.counts.unfinished:
        explanations.append(_explain_rest(result))
    return explanations


def _explain_group(group: OutcomeGroup, result: SendResult) -> KxsmsError | None:
    people = _people(group.recipients)
    if group.state is RequestState.REJECTED:
        code = group.code or ""
        return Refused(f"{refusal(code, group.message, result.codes.get(code))}; {people}")
    if group.state is RequestState.UNKNOWN:
        return _doubt(f"{group.message}; {people}", result)
    return None


def _doubt(what: str, result: SendResult) -> KxsmsError:
    name = result.batch.name if result.batch else ""
    return NoAnswer(
        f"whether it was sent is unknown: {what}",
        f"do not simply send it again: kxsms report may tell, and kxsms batch show {name} what to do",
    )


def _explain_rest(result: SendResult) -> KxsmsError:
    """What is left to send, and how to go on."""
    counts = result.counts
    failed = next((group for group in result.groups if group.state is RequestState.NOT_SENT), None)
    why = result.paused or (failed.message if failed else None) or "stopped before its turn"
    declined = failed is not None and (failed.message or "").startswith("HTTP ")
    hint = f"{'check base_url, then ' if declined else ''}{_going_on(result)}"
    if result.paused is not None and failed is None:
        kind = Refused if counts.rejected and not result.unknown else NoAnswer
        return kind(f"paused: {why}; {_people(counts.unfinished)} not sent to", hint)
    if counts.unfinished == counts.recipients:
        return NoAnswer(f"nothing was sent: {why}", hint)
    return NoAnswer(f"not sent to {counts.unfinished:,} of {counts.recipients:,} recipients: {why}", hint)


def _going_on(result: SendResult) -> str:
    name = result.batch.name if result.batch else ""
    return f"run the same command again, or kxsms batch resume {name}"


def _people(count: int) -> str:
    return f"{count:,} recipient{'' if count == 1 else 's'}"


def _explain_status(status: BatchStatus) -> list[KxsmsError]:
    """What is to be said of a batch besides its figures, and the next command to type."""
    batch, counts = status.batch, status.batch.counts
    said: list[KxsmsError] = []
    for group in status.groups:
        people = _people(group.recipients)
        code = group.code or ""
        if group.state is RequestState.REJECTED:
            words = refusal(code, group.message, status.codes.get(code))
            said.append(
                Refused(
                    f"{words}; {people}", f"kxsms batch retry {batch.name} --rejected sends to them once more"
                )
            )
        elif group.state is RequestState.UNKNOWN:
            said.append(
                NoAnswer(
                    f"unknown, because {group.message}; {people} may or may not have got it",
                    "kxsms report may tell; if it is certain that they have not:"
                    f" kxsms batch retry {batch.name} --unknown",
                )
            )
        else:
            said.append(NoAnswer(f"not sent: {group.message}; {people}"))
    if counts.sending and not batch.has_owner:
        said.append(
            NoAnswer(
                f"kxsms was stopped in the middle: {_people(counts.sending)} may or may not have got it",
                f"kxsms batch resume {batch.name} settles that, and sends what is left",
            )
        )
    if batch.has_owner:
        said.append(
            NoAnswer(f"at work: {_people(counts.unfinished)} to go", f"kxsms batch show {batch.name}")
        )
    elif counts.unfinished:
        said.append(
            NoAnswer(f"{_people(counts.unfinished)} left to send to", f"kxsms batch resume {batch.name}")
        )
    return said


def _explain_unread(kind: "RecordKind", answer: "UnreadAnswer") -> KxsmsError:
    look = f"kxsms {kind} --no-pull -o raw-json shows it"
    return Unread(
        f"an answer could not be read, and is kept: {answer.problem}",
        f"{answer.hint}; {look}" if answer.hint else look,
    )


def _explain_balance(balance: Balance, codes: Mapping[str, str]) -> list[KxsmsError]:
    product = balance.product.value
    if balance.short_of is not None:
        return [LimitReached(f"{product}: {balance.count} left, fewer than {balance.short_of}")]
    if not balance.is_answer:
        return [NoAnswer(f"{product}: no usable answer: {balance.message}", "run the same command again")]
    if balance.code is not None and balance.code != "0":
        words = refusal(balance.code, balance.message, codes.get(balance.code))
        return [Refused(f"{product}: {words}")]
    return []
