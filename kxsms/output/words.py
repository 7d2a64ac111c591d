"""The words of tables, charts and bars for people: headings, labels and states.

Pipes, CSV and JSON have the keys themselves. A key that is not here stays as it is: it may be data.
"""

from collections.abc import Mapping

from kxsms.domain.words import time_words
from kxsms.language import mark, tr, tr_as

TIMES = {"created", "finished", "scheduled_for", "time", "since", "sealed_since"}
"""Columns whose cells are times."""

_OWN_HEADINGS = {
    "segments": mark("billed messages"),
    "not_sent": mark("not sent"),
    "in_flight": mark("in flight"),
    "task_id": mark("task id"),
    "schema_version": mark("version"),
    "bytes": mark("size"),
    "sealed_since": mark("sealed since"),
    "other_ledger": mark("other ledger"),
    "alive": mark("state"),
    "lease_seconds": mark("lease"),
}
"""The headings of the keys that are not words themselves."""
_HEADINGS = {
    mark("account"),
    mark("token"),
    mark("url"),
    mark("config"),
    mark("key"),
    mark("value"),
    mark("profile"),
    mark("product"),
    mark("code"),
    mark("message"),
    mark("count"),
    mark("balance"),
    mark("batch"),
    mark("created"),
    mark("scheduled_for"),
    mark("source"),
    mark("text"),
    mark("texts"),
    mark("longest"),
    mark("samples"),
    mark("first numbers"),
    mark("encoding"),
    mark("state"),
    mark("outcome"),
    mark("delivery"),
    mark("delivery time"),
    mark("failures"),
    mark("requests"),
    mark("recipients"),
    mark("cost"),
    mark("accepted"),
    mark("rejected"),
    mark("in flight"),
    mark("unknown"),
    mark("delivered"),
    mark("failed"),
    mark("pending"),
    mark("replies"),
    mark("reports"),
    mark("duplicates"),
    mark("invalid"),
    mark("skipped"),
    mark("opted_out"),
    mark("capped"),
    mark("cancelled"),
    mark("billed"),
    mark("opt-outs"),
    mark("day"),
    mark("mobile"),
    mark("status"),
    mark("time"),
    mark("extno"),
    mark("extra"),
    mark("content"),
    mark("since"),
    mark("reason"),
    mark("number"),
    mark("template"),
    mark("removed"),
    mark("added"),
    mark("known"),
    mark("file"),
    mark("rows"),
    mark("ledger"),
    mark("batches"),
    mark("records"),
    mark("answers"),
    mark("freed"),
    mark("not accepted"),
    mark("opt_outs"),
    mark("log_lines"),
    mark("no final report"),
    mark("engine"),
    mark("unfinished"),
    mark("sealed"),
    mark("host"),
    mark("from"),
    mark("to"),
}
"""The headings of all other keys: the keys themselves."""

_MADE_FROM = (("test of ", mark("test of {source}")), ("retry of ", mark("retry of {source}")))
"""How the ledger names the source of a batch that was made from another source or batch."""


def heading(key: str) -> str:
    """Return the heading of a column, or the label of a line, for people."""
    if key == "finished":
        return tr_as("time", "finished")
    if key in _OWN_HEADINGS:
        return tr(_OWN_HEADINGS[key])
    return tr(key) if key in _HEADINGS else key


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
        case "sealed":
            return {
                "copying": tr("is being copied"),
                "copied": tr("was copied"),
                "filling": tr("is an unfinished copy"),
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


def with_own_words(name: str, own: str | None) -> str:
    """Return a code or a status, with the user's own words for it where there are any."""
    return tr("{name} ({words})", name=name, words=own) if own else name


def two_sentences(first: str, second: str) -> str:
    """Return two sentences as one text."""
    return tr("{first}; {second}", first=first, second=second)
