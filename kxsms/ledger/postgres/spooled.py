"""Outcomes and answers from the spool, and how the ledger gets them.

An entry changes nothing where the ledger has it already, and so a file may be settled from twice.
"""

from base64 import b64decode
from collections import Counter

from kxsms.domain.states import RequestState
from kxsms.ledger.batch_states import CUT_SHORT
from kxsms.ledger.billing import add_billed
from kxsms.ledger.consent import Sender
from kxsms.ledger.counters import Counters, counting
from kxsms.ledger.database import Database
from kxsms.ledger.keeping import keep_once
from kxsms.ledger.postgres.spool import Entry, Settled, Spool
from kxsms.sqlite import storable

_NOT_BILLED = (RequestState.REJECTED, RequestState.NOT_SENT)


def settle_spooled(database: Database, spool: Spool) -> Settled:
    """Write what the spool holds to the ledger, and remove its files. Raise Failure."""
    outcomes, answers = 0, 0
    for path in spool.files():
        entries = spool.read(path)
        with counting(database) as counters:
            for entry in entries:
                if "answer" in entry:
                    answers += keep_once(database, entry["answer"], b64decode(entry["body"]))
                else:
                    outcomes += _settle(database, counters, entry)
        path.unlink(missing_ok=True)
    return Settled(outcomes, answers)


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
