"""The words of tables, charts and bars for people: headings, labels and states.

Pipes, CSV and JSON have the keys themselves. A key that is not here stays as it is: it may be data.
"""

from collections.abc import Iterable, Mapping

from kxsms.domain.words import time_words
from kxsms.language import mark, tr, tr_as

TIMES = {"created", "finished", "scheduled_for", "time", "since"}
"""Columns whose cells are times."""

_NO_REPORT = mark("no final report")
_HEADINGS = {
    **{"account": mark("account"), "token": mark("token"), "url": mark("url"), "config": mark("config")},
    **{"key": mark("key"), "value": mark("value"), "profile": mark("profile"), "product": mark("product")},
    **{"code": mark("code"), "message": mark("message"), "count": mark("count"), "balance": mark("balance")},
    **{"batch": mark("batch"), "created": mark("created"), "scheduled_for": mark("scheduled_for")},
    **{"source": mark("source"), "text": mark("text"), "texts": mark("texts"), "longest": mark("longest")},
    **{"samples": mark("samples"), "first numbers": mark("first numbers"), "encoding": mark("encoding")},
    **{"state": mark("state"), "outcome": mark("outcome"), "delivery": mark("delivery")},
    **{"delivery time": mark("delivery time"), "failures": mark("failures"), "requests": mark("requests")},
    **{"recipients": mark("recipients"), "segments": mark("billed messages"), "cost": mark("cost")},
    **{"accepted": mark("accepted"), "rejected": mark("rejected"), "not_sent": mark("not sent")},
    **{"in_flight": mark("in flight"), "in flight": mark("in flight"), "unknown": mark("unknown")},
    **{"delivered": mark("delivered"), "failed": mark("failed"), "pending": mark("pending")},
    **{"replies": mark("replies")},
    **{"reports": mark("reports"), "duplicates": mark("duplicates"), "invalid": mark("invalid")},
    **{"skipped": mark("skipped"), "opted_out": mark("opted_out"), "capped": mark("capped")},
    **{"cancelled": mark("cancelled"), "billed": mark("billed"), "opt-outs": mark("opt-outs")},
    **{"day": mark("day"), "task_id": mark("task id"), "mobile": mark("mobile")},
    **{"status": mark("status"), "time": mark("time"), "extno": mark("extno"), "extra": mark("extra")},
    **{"content": mark("content"), "since": mark("since"), "reason": mark("reason")},
    **{"number": mark("number"), "template": mark("template"), "removed": mark("removed")},
    **{"added": mark("added"), "known": mark("known"), "file": mark("file"), "rows": mark("rows")},
    **{"ledger": mark("ledger"), "batches": mark("batches"), "records": mark("records")},
    **{"answers": mark("answers"), "freed": mark("freed"), _NO_REPORT: _NO_REPORT},
    **{"not accepted": mark("not accepted"), "opt_outs": mark("opt_outs"), "log_lines": mark("log_lines")},
}
"""The heading of a column, or the label of a line, by its key."""

_MADE_FROM = (("test of ", mark("test of {source}")), ("retry of ", mark("retry of {source}")))
"""How the ledger names the source of a batch that was made from another source or batch."""


def heading(key: str) -> str:
    """Return the heading of a column, or the label of a line, for people."""
    if key == "finished":
        return tr_as("time", "finished")
    return tr(_HEADINGS.get(key, "")) or key


def values_of(column: str) -> Mapping[str, str]:
    """Return the words for the values of a column whose values are words of kxsms: states and the like."""
    match column:
        case "state":
            return {
                "scheduled": tr_as("state", "scheduled"),
                "waiting": tr_as("state", "waiting"),
                "running": tr_as("state", "running"),
                "unfinished": tr_as("state", "unfinished"),
                "finished": tr_as("state", "finished"),
                "cancelled": tr_as("state", "cancelled"),
                "delivered": tr_as("state", "delivered"),
                "failed": tr_as("state", "failed"),
                "pending": tr_as("state", "pending"),
                "unknown": tr_as("state", "unknown"),
                "ok": tr_as("state", "ok"),
            }
        case "outcome":
            return {
                "accepted": tr_as("outcome", "accepted"),
                "rejected": tr_as("outcome", "rejected"),
                "not_sent": tr_as("outcome", "not_sent"),
                "unknown": tr_as("outcome", "unknown"),
            }
        case "source":
            return {"arguments": tr_as("source", "arguments"), "stdin": tr_as("source", "stdin")}
        case "opted_out":
            return {"true": tr_as("answer", "true"), "false": tr_as("answer", "false")}
        case _:
            return {}


def shown_value(column: str, value: str) -> str:
    """Return a cell of a column for people."""
    return values_of(column).get(value) or other_words(column, value)


def other_words(column: str, value: str) -> str:
    """Return a cell whose value is not one of `values_of` for people."""
    if column in TIMES:
        return time_words(value)
    if column == "source":
        for beginning, words in _MADE_FROM:
            if value.startswith(beginning):
                return tr(words, source=value.removeprefix(beginning))
    return value


def percentage(text: str) -> str:
    """Return a share such as `<1 %` as each language writes it."""
    return tr("{number} %", number=text.removesuffix(" %"))


def with_commas(words: Iterable[str]) -> str:
    """Return words or names with commas between them."""
    return tr(", ").join(words)


def with_own_words(name: str, own: str | None) -> str:
    """Return a code or a status, with the user's own words for it where there are any."""
    return tr("{name} ({words})", name=name, words=own) if own else name


def two_sentences(first: str, second: str) -> str:
    """Return two sentences as one text."""
    return tr("{first}; {second}", first=first, second=second)
