"""Every word of the report that does not come from the batch. `tr` translates them on the page."""

from kxsms.domain.report import Fate
from kxsms.language import CHINESE, ENGLISH, mark

LANGUAGES = {ENGLISH: "en", CHINESE: "zh-CN"}
"""The name that HTML has for a language of kxsms."""

TITLE = mark("Batch {batch}")
MADE = mark("Sent with kxsms. This page was made at {time}.")
MASKED = mark("The middle digits of mobile numbers are hidden.")
PERSONAL = mark("This page holds mobile numbers: share it only with people who may see them.")
UNTIL = "{created} – {finished}"

TEXT = mark("Text")
TEXTS = mark("Texts, for example")

FIGURES = {
    "recipients": mark("recipients"),
    "segments": mark("billed messages"),
    "cost": mark("cost"),
    "requests": mark("requests"),
    "replies": mark("replies"),
    "duplicates": mark("duplicate rows"),
    "invalid": mark("invalid rows"),
    "skipped": mark("skipped"),
    "opted_out": mark("opted out"),
    "capped": mark("over the cap"),
    "cancelled": mark("cancelled"),
}

OUTCOMES = mark("Outcome")
FATES = {
    Fate.DELIVERED: mark("delivered"),
    Fate.FAILED: mark("failed"),
    Fate.PENDING: mark("no final report"),
    Fate.REJECTED: mark("rejected"),
    Fate.NOT_SENT: mark("not sent"),
    Fate.IN_FLIGHT: mark("in flight"),
    Fate.UNKNOWN: mark("outcome unknown"),
}

TIMELINE = mark("Deliveries over time")
PER = mark("each bar: {step}, highest bar: {highest}.")
STEPS = {86_400: mark("{number} d"), 3600: mark("{number} h"), 60: mark("{number} min")}
LATER = mark("{count} more came later.")
OUTSIDE = mark("{count} more have a time at which they cannot have happened.")
BAR = mark("{start}: {delivered} delivered, {failed} failed")

WAITS = mark("Time to delivery")
MEDIAN = mark("Half of them took at most {median}, 95 % at most {most}.")
UP_TO = mark("up to {limit}")
LONGER = mark("longer")
SECONDS = {3600: mark("{number} h"), 60: mark("{number} min"), 1: mark("{number} s")}

FAILURES = mark("Refusals and failures")
REFUSED = mark("refused: code {code}")
DELIVERY_FAILED = mark("delivery failed: {status}")
BECAUSE = mark("{fate}: {reason}")
NO_STATUS = mark("no status")
OTHERS = mark("others")

RECIPIENTS = mark("Recipients")
SEARCH = mark("Search")
STATE = mark("State")
ALL_STATES = mark("all states")
NEEDS_SCRIPT = mark("The table of recipients needs JavaScript.")
MOBILE, FATE, TIME = mark("mobile"), mark("state"), mark("reported at")
DETAIL, REPLY = mark("status"), mark("reply")
NEXT, PREVIOUS = mark("next"), mark("previous")
SHOWN = mark("{first}–{last} of {count}")
NO_MATCH = mark("no recipient matches")
NOT_LISTED = mark("{count} more recipients are not listed: {fates}. kxsms batch export writes all of them.")
