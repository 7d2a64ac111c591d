"""Outcomes and answers that wait in the spool, and how the ledger gets them: see `spool`.

An entry changes nothing where the ledger has it already, and so a file may be settled from twice.
"""

from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from kxsms.domain.claim import Settlement
from kxsms.domain.outcome import answered
from kxsms.domain.states import RequestState
from kxsms.language import mark
from kxsms.ledger.batch_states import CUT_SHORT
from kxsms.ledger.billing import add_billed
from kxsms.ledger.consent import Sender
from kxsms.ledger.counters import Counters, counting
from kxsms.ledger.database import Database
from kxsms.ledger.keeping import keep_once
from kxsms.ledger.spool import Entry, Spool
from kxsms.sqlite import storable

_DID_NOT_LEAVE = mark("the ledger could not be reached before it was to be sent")
_NOT_BILLED = (RequestState.REJECTED, RequestState.NOT_SENT)


class Settled(NamedTuple):
    """So many requests and answers of the spool are in the ledger now."""

    requests: int
    answers: int


def spool_outcomes(spool: Spool, batch: str, first: int, settled: Iterable[Settlement], now: float) -> Path:
    """Write the outcomes of requests of a batch, the first of which has the number `first`. Raise Failure."""
    return spool.write(_entry(spool, batch, first, end, now) for end in settled)


def _entry(spool: Spool, batch: str, first: int, end: Settlement, now: float) -> Entry:
    code, message, task_id = answered(end.outcome)
    is_planned = end.state is RequestState.PLANNED
    return {
        "batch": batch,
        "index": end.claim.request - first,  # the requests of a batch may get other numbers
        "session": spool.session,
        "state": RequestState.NOT_SENT if is_planned else end.state,
        "settled": now,
        "code": code,
        "message": _DID_NOT_LEAVE if end.outcome is None else message,
        "task_id": task_id,
        "reply": None if end.kept is None else b64encode(end.kept).decode(),
        "segments": end.claim.segments,
        "day": end.claim.day,
    }


def settle_spooled(database: Database) -> Settled:
    """Write what the spool holds to the ledger, and remove its files. Raise Failure."""
    requests, answers = 0, 0
    spool = database.spool
    for path in () if spool is None else spool.files():
        assert spool is not None
        entries = spool.read(path)
        with counting(database) as counters:
            for entry in entries:
                if "answer" in entry:
                    answers += keep_once(database, entry["answer"], b64decode(entry["body"]))
                else:
                    requests += _settle(database, counters, entry)
        path.unlink(missing_ok=True)
    return Settled(requests, answers)


# The request of an entry, if the very attempt is still in flight, or is unknown because it was cut short.
# After an earlier attempt whose outcome is unknown, it stays so unless the gateway accepted this one.
_FIND = """
    SELECT requests.id, requests.batch, requests.state, requests.recipients, origin, account, product
    FROM batches
    JOIN requests ON requests.id = batches.first_request + :index AND requests.batch = batches.id
    WHERE batches.name = :batch AND requests.runner = :session
        AND (requests.state = 'sending' OR requests.state = 'unknown' AND requests.message = :cut_short)
        AND (:state = 'accepted' OR NOT EXISTS (
            SELECT 1 FROM attempts WHERE attempts.request = requests.id AND attempts.state = 'unknown'
        ))
"""
_SETTLE = """
    UPDATE requests
    SET state = :state, settled = :settled, code = :code, message = :message, task_id = :task_id,
        reply = :reply
    WHERE id = :id
"""


def _settle(database: Database, counters: Counters, entry: Entry) -> bool:
    """Settle the request of an entry. Return whether that was still to be done."""
    found = database.row(_FIND, {**entry, "cut_short": CUT_SHORT})
    if found is None:
        return False
    before, after = RequestState(found["state"]), RequestState(entry["state"])
    if before is not after:
        counters.move(found["batch"], before, after, found["recipients"])
    reply = None if entry["reply"] is None else b64decode(entry["reply"])
    texts = {name: storable(entry[name]) for name in ("code", "message", "task_id")}
    database.execute(_SETTLE, {**entry, **texts, "id": found["id"], "reply": reply})
    if after in _NOT_BILLED and entry["day"]:
        sender = Sender(found["origin"], found["account"], found["product"])
        add_billed(database, sender, Counter({entry["day"]: -found["recipients"] * entry["segments"]}))
    return True
