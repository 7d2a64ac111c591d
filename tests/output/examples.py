"""An example of every result, for tests that walk them all."""

from kxsms.domain.balance import Balance
from kxsms.domain.batch import Batch, DeliverySummary, OutcomeGroup, RecipientCounts
from kxsms.domain.forgetting import ForgetResult, Forgot
from kxsms.domain.health import Check
from kxsms.domain.ledger_info import LedgerInfo, Runner
from kxsms.domain.opt_out import OptOut, OptOutSource
from kxsms.domain.outcome import Accepted, Rejected
from kxsms.domain.product import Product
from kxsms.domain.pruning import Kept, Pruned, Reason
from kxsms.domain.record_summary import RecordsSummary, sum_up
from kxsms.domain.records import DeliveryReport, DeliveryState, RecordKind
from kxsms.domain.results import (
    BalanceResult,
    BatchList,
    BatchStatus,
    ConfigDocument,
    Export,
    Facts,
    Health,
    HelpPage,
    Interrupted,
    OptOutList,
    PruneResult,
    RecordsResult,
    Result,
    RunResult,
    SendResult,
    Task,
    TemplateList,
    Value,
)
from kxsms.domain.seal import Seal, SealState
from kxsms.domain.states import RequestState
from kxsms.domain.stats import Stats, StatsBy, StatsRow

BATCH = Batch(
    id=1,
    name="3f2a91c0",
    created=1_790_000_000.0,
    finished=None,
    profile="prod",
    account="12345",
    product="sms",
    extno=None,
    source="people.csv",
    is_csv=True,
    columns=("mobile",),
    mobile_column=0,
    fingerprint=b"",
    source_key=None,
    counts=RecipientCounts(recipients=6, accepted=1, rejected=2, unknown=1),
    requests=5,
    tried=3,
)
GROUPS = (
    OutcomeGroup(RequestState.REJECTED, "-3", "余额不足", 1, 2),
    OutcomeGroup(RequestState.UNKNOWN, None, "no answer within 50 s", 1, 1),
)
REPORT = DeliveryReport("11", "13800000000", DeliveryState.DELIVERED, "DELIVRD", None, None)

RESULTS: dict[type[object], Result] = {
    SendResult: SendResult(
        "prod",
        Product.SMS,
        BATCH,
        tasks=(Task(Accepted("0", None, "11"), 1), Task(Rejected("-3", "余额不足"), 2)),
        groups=GROUPS,
        replies=[b'{"Code":"0"}'],
    ),
    RunResult: RunResult((SendResult("prod", Product.SMS, BATCH, groups=GROUPS),)),
    BatchList: BatchList((BATCH,)),
    BatchStatus: BatchStatus(BATCH, GROUPS, DeliverySummary(1, 0, 0)),
    Stats: Stats(StatsBy.DAY, (StatsRow("2026-11-22", recipients=6, accepted=1),)),
    PruneResult: PruneResult(
        "2026-05-26T10:00:00+08:00", False, Pruned(1, 6, kept=(Kept(Reason.UNKNOWN, 2, "3f2a91c0"),))
    ),
    LedgerInfo: LedgerInfo(
        *("SQLite", "3.40.1", "/srv/ledger.sqlite3", 17, 4096, 1, 0),
        Seal(1.0, SealState.COPIED, "postgresql:///sms", "7f"),
        (Runner("db1", 7, None, ("3f2a91c0",), 1.0, 9.5),),
    ),
    ForgetResult: ForgetResult("138****0000", False, Forgot(batches=1, recipients=1)),
    Export: Export(("mobile", "kxsms_outcome"), [("13800000000", "accepted")], "utf-8"),
    BalanceResult: BalanceResult(
        (Balance("prod", Product.SMS, "0", None, "5", b'{"Code":"0","Count":"5"}', short_of=10),)
    ),
    RecordsResult: RecordsResult(RecordKind.REPORT, [REPORT], bodies=[b"[]"]),
    RecordsSummary: RecordsSummary(
        RecordKind.REPORT, sum_up([REPORT], is_report=True, words={}, last=0)[0], "Asia/Shanghai"
    ),
    Facts: Facts({"state": "ok"}),
    Value: Value("signature", "科迅"),
    ConfigDocument: ConfigDocument({"profiles": {"prod": {"account": "12345"}}}),
    OptOutList: OptOutList([OptOut("13800000000", 1.0, OptOutSource.REPLY, "退订")], "Asia/Shanghai"),
    TemplateList: TemplateList((("sms", 1, "您的验证码为：{code}"),)),
    Health: Health((Check("tls", False, "no TLS connection", "check base_url", 1.5),)),
    HelpPage: HelpPage("# tea: how to brew it\n", is_markdown=True),
    Interrupted: Interrupted(130),
    type(None): None,
}
