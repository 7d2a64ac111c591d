"""The view of each result, imported when its result is there: no command loads the views of others."""

from typing import Any, assert_never

from kxsms.domain import results
from kxsms.domain.forgetting import ForgetResult
from kxsms.domain.ledger_info import LedgerInfo
from kxsms.domain.record_summary import RecordsSummary
from kxsms.domain.stats import Stats
from kxsms.output.view import View
from kxsms.output.views.silent import SilentView


def view_of(result: results.Result) -> View[Any]:
    """Return the view of a result."""
    match result:
        case results.SendResult():
            from kxsms.output.views.send import SendView

            return SendView(result)
        case results.RunResult():
            from kxsms.output.views.batch_run import BatchRunView

            return BatchRunView(result)
        case results.BatchList():
            from kxsms.output.views.batch_list import BatchListView

            return BatchListView(result)
        case results.OptOutList():
            from kxsms.output.views.opt_outs import OptOutListView

            return OptOutListView(result)
        case results.BatchStatus():
            from kxsms.output.views.batch_status import BatchStatusView

            return BatchStatusView(result)
        case results.PruneResult():
            from kxsms.output.views.prune import PruneView

            return PruneView(result)
        case ForgetResult():
            from kxsms.output.views.forget import ForgetView

            return ForgetView(result)
        case results.Export():
            from kxsms.output.views.export import ExportView

            return ExportView(result)
        case results.BalanceResult():
            from kxsms.output.views.balance import BalanceView

            return BalanceView(result)
        case results.RecordsResult():
            from kxsms.output.views.records import RecordsView

            return RecordsView(result)
        case RecordsSummary():
            from kxsms.output.views.records_summary import RecordsSummaryView

            return RecordsSummaryView(result)
        case _:
            return _plain_view_of(result)


def _plain_view_of(
    result: results.Facts
    | results.Value
    | results.ConfigDocument
    | results.TemplateList
    | results.Health
    | LedgerInfo
    | Stats
    | results.HelpPage
    | results.Interrupted
    | None,
) -> View[Any]:
    match result:
        case results.Facts():
            from kxsms.output.views.facts import FactsView

            return FactsView(result)
        case results.Value():
            from kxsms.output.views.value import ValueView

            return ValueView(result)
        case results.ConfigDocument():
            from kxsms.output.views.config_document import ConfigDocumentView

            return ConfigDocumentView(result)
        case results.TemplateList():
            from kxsms.output.views.template_list import TemplateListView

            return TemplateListView(result)
        case results.Health():
            from kxsms.output.views.health import HealthView

            return HealthView(result)
        case LedgerInfo():
            from kxsms.output.views.ledger_info import LedgerInfoView

            return LedgerInfoView(result)
        case Stats():
            from kxsms.output.views.stats import StatsView

            return StatsView(result)
        case results.HelpPage():
            from kxsms.output.views.help_page import HelpPageView

            return HelpPageView(result)
        case results.Interrupted() | None:
            return SilentView(result)
    assert_never(result)
