"""`kxsms report`: what became of the messages."""

from kxsms.commands.options import shared
from kxsms.context import Context
from kxsms.domain.results import ReportResult


@shared
def report(context: Context) -> ReportResult:
    """Fetch the new delivery reports and show them.

    The gateway hands each report out once: keep what you need.

    \b
    Examples:
      kxsms report
      kxsms report -o jsonl >> reports.jsonl
      kxsms report -o csv > reports.csv
    """
    return context.gateway.reports()
