"""The use case `send --test-to`: send the text of the first row to one number, and to no recipient."""

import secrets
import time

from kxsms.domain.batch import BatchHeader
from kxsms.domain.identity import fingerprint
from kxsms.domain.results import SendResult
from kxsms.domain.rules import rules_for
from kxsms.domain.terms import Terms
from kxsms.language import tr
from kxsms.sending.checks import check_cost, check_window
from kxsms.sending.ports import SendSession
from kxsms.sending.resume import SendRun, send_rest
from kxsms.sending.staging import SendOrder, stage

_SALT_BYTES = 16


def send_test(session: SendSession, order: SendOrder, mobile: str) -> SendResult:
    """Check the whole source, and send the text of its first valid row to one number alone.

    The test is a send of its own, without a question. It does not count for overlap, caps and statistics, and
    no send is the same as it. Raises InputError, LimitReached, ProfileError or Failure.
    """
    terms = order.terms._replace(is_single=True, cap=None)
    rules = rules_for(session.profile, terms)._replace(cap=None)
    check_window(rules, time.time())
    after = session.ledger.last()
    staged = stage(session, order).staged
    staged.keep_first_for(int(mobile))
    staged.place()
    plan = staged.plan()
    check_cost(plan.segments, terms.max_cost)
    session.open_gateway()  # raises without usable credentials, before anything is written
    batch = session.ledger.create(staged, _header(session, order, terms), plan, after, None, None)
    assert batch is not None
    session.console.note(
        tr("this is a test: the text of the first row goes to {mobile} alone", mobile=mobile),
        tr("run the same command without --test-to to send to the recipients"),
    )
    run = SendRun(rules, order.pace)
    return send_rest(session, batch, run, lambda owned: None, resumed=False)


def _header(session: SendSession, order: SendOrder, terms: Terms) -> BatchHeader:
    profile = session.profile
    return BatchHeader(
        profile=profile.name,
        account=profile.account or "",
        product=profile.product,
        extno=order.extno,
        source=f"test of {order.source.name}",
        is_csv=False,
        columns=("mobile",),
        mobile_column=0,
        fingerprint=fingerprint(secrets.token_bytes(_SALT_BYTES), "test"),
        origin=profile.origin,
        terms=terms,
        price=profile.message_price,
        is_test=True,
        text=order.source.kept,
    )
