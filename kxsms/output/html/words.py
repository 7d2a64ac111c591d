"""Every word of the report that does not come from the batch, in English."""

from kxsms.domain.report import Fate

LANGUAGE = "en"

TITLE = "Batch {batch}"
MADE = "Sent with kxsms. This page was made at {time}."
MASKED = "The middle digits of mobile numbers are hidden."
PERSONAL = "This page holds mobile numbers: share it only with people who may see them."
UNTIL = "{created} – {finished}"

TEXT = "Text"
TEXTS = "Texts, for example"

FIGURES = {
    "recipients": "recipients",
    "segments": "billed messages",
    "cost": "cost",
    "requests": "requests",
    "replies": "replies",
    "duplicates": "duplicate rows",
    "invalid": "invalid rows",
    "skipped": "skipped",
    "opted_out": "opted out",
    "capped": "over the cap",
    "cancelled": "cancelled",
}

OUTCOMES = "Outcome"
FATES = {
    Fate.DELIVERED: "delivered",
    Fate.FAILED: "failed",
    Fate.PENDING: "no final report",
    Fate.REJECTED: "rejected",
    Fate.NOT_SENT: "not sent",
    Fate.IN_FLIGHT: "in flight",
    Fate.UNKNOWN: "outcome unknown",
}

TIMELINE = "Deliveries over time"
PER = "each bar: {step}"
STEPS = {86_400: "d", 3600: "h", 60: "min"}
HIGHEST = "highest bar: {count}"
LATER = "{count} more came later."
OUTSIDE = "{count} more have a time at which they cannot have happened."
BAR = "{start}: {delivered} delivered, {failed} failed"

WAITS = "Time to delivery"
MEDIAN = "Half of them took at most {median}, 95 % at most {most}."
UP_TO = "up to {limit}"
LONGER = "longer"
SECONDS = {3600: "h", 60: "min", 1: "s"}

FAILURES = "Refusals and failures"
REFUSED = "refused: code {code}"
DELIVERY_FAILED = "delivery failed: {status}"
NO_STATUS = "no status"
OTHERS = "others"

RECIPIENTS = "Recipients"
SEARCH = "Search"
STATE = "State"
ALL_STATES = "all states"
NEEDS_SCRIPT = "The table of recipients needs JavaScript."
MOBILE, FATE, TIME, DETAIL, REPLY = "mobile", "state", "reported at", "status", "reply"
NEXT, PREVIOUS = "next", "previous"
SHOWN = "{first}–{last} of {count}"
NO_MATCH = "no recipient matches"
NOT_LISTED = "{count} more recipients are not listed: {fates}. kxsms batch export writes all of them."
