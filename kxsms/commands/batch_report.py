"""`kxsms batch report`: write the report of a batch as one page of HTML."""

from typing import TYPE_CHECKING, Annotated

import typer

from kxsms.commands.batch_status import Name, codes_of
from kxsms.commands.options import CONFIG, MASK, RESULT, SANDBOX, shared
from kxsms.commands.sessions import find_unpruned, refuse_raw
from kxsms.context import Context
from kxsms.domain.results import Facts
from kxsms.errors import UsageError
from kxsms.language import tr

if TYPE_CHECKING:
    from kxsms.domain.batch import Batch
    from kxsms.domain.report import BatchReport
    from kxsms.ledger.batches import Ledger

_STDOUT = "-"
_MOST_TEXTS = 3


@shared(SANDBOX, CONFIG, RESULT, MASK)
def report(
    context: Context,
    name: Name,
    html: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the page as a new file; - for stdout.")
    ] = None,
) -> Facts | None:
    """Write a page about a batch, for people who do not have kxsms.

    The page shows the text, the outcomes, deliveries over time, times to delivery, failures by code, and up
    to 50,000 recipients in a table that can be searched. It is one file, it asks no server for anything, and
    it can be printed.

    \b
    Examples:
      kxsms batch report 3f2a --html report.html
      kxsms batch report 3f2a --html report.html --mask
    """
    from kxsms.commands.out_file import is_device

    refuse_raw(context, "batch report")
    if html is None:
        raise UsageError(
            tr("batch report needs --html FILE"), tr("name a new file, such as --html report.html")
        )
    file = None if html == _STDOUT else html
    on_device = file is not None and is_device(file, "--html")
    ledger = context.ledger(writable=False)
    batch = find_unpruned(context, ledger, name)
    context.console.write_report(file, _report(context, ledger, batch), is_device=on_device)
    if file is None:
        return None
    return Facts(
        {"batch": batch.name, "file": file, "recipients": str(batch.counts.recipients)},
        counts=("recipients",),
    )


def _report(context: Context, ledger: "Ledger", batch: "Batch") -> "BatchReport":
    from datetime import datetime, timedelta

    from kxsms.domain.masking import masked_text
    from kxsms.domain.report import MOST_LISTED, BatchReport, timeline, waits
    from kxsms.domain.zones import zone

    local = zone(context.profile.timezone)
    now = datetime.now(local).replace(microsecond=0)
    reading, facts = ledger.read(), ledger.report(batch)
    day = timedelta(days=1)
    earliest = datetime.fromtimestamp(batch.created, local) - day
    return BatchReport(
        batch,
        facts.billed(),
        facts.texts(_MOST_TEXTS),
        reading.groups(batch),
        reading.delivery(batch).failures,
        codes_of(context, batch),
        timeline(facts.minutes(), earliest, now + day, local),
        waits(reading.seconds(batch)),
        facts.rows(MOST_LISTED),
        now,
        masked_text if context.console.mask.is_on else str,
    )
