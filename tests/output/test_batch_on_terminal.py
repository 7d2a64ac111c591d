"""`batch show` on a terminal: bars with a legend, time to delivery, failures, the next command."""

import io
import time
from collections.abc import Mapping

import pytest

from kxsms.domain.batch import Batch, DeliverySummary, OutcomeGroup, RecipientCounts
from kxsms.domain.figures import cells_of, percent
from kxsms.domain.results import BatchStatus
from kxsms.domain.states import RequestState
from kxsms.output.drawing import draw
from kxsms.output.masking import masked_table
from kxsms.output.registry import view_of
from kxsms.output.view import Table
from tests.output.examples import BATCH
from tests.output.width import width

SENT = BATCH._replace(
    text="【科迅】{姓名}您好", counts=RecipientCounts(25, accepted=23, rejected=2), delivered=21, failed=1
)
DELIVERY = DeliverySummary(21, 1, 1, (("UNDELIV", 1),), {50: 8.0, 90: 60.0, 95: 200.0, 99: 8000.0})
MILLION = BATCH._replace(counts=RecipientCounts(1_000_000, 0, 899_999, 50_000, 50_000, 1))


class Shown:
    """Draws a batch, on a terminal of so many columns."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(
        self,
        batch: Batch = SENT,
        delivery: DeliverySummary = DELIVERY,
        *,
        columns: int = 80,
        codes: Mapping[str, str] | None = None,
        masks: bool = False,
    ) -> list[str]:
        self._monkeypatch.setenv("COLUMNS", str(columns))
        table = view_of(BatchStatus(batch, (), delivery, codes or {})).table(for_people=True)
        assert isinstance(table, Table)
        terminal = io.StringIO()
        draw(masked_table(table) if masks else table, terminal)
        return [line.rstrip() for line in terminal.getvalue().splitlines()]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    return Shown(monkeypatch)


def test_deliveries_are_a_bar_with_a_legend(shown: Shown) -> None:
    lines = shown(columns=120)
    place = next(place for place, line in enumerate(lines) if line.startswith("delivery "))
    assert lines[place].split() == ["delivery", "█" * 36 + "▒▒··"]
    assert lines[place + 1].strip() == "█ delivered 21 of 23 (91 %)  ▒ failed 1 (4 %)  · pending 1 (4 %)"


def test_outcomes_are_a_bar_with_a_legend(shown: Shown) -> None:
    lines = shown()
    place = next(place for place, line in enumerate(lines) if line.startswith("outcome "))
    assert lines[place].split() == ["outcome", "█" * 37 + "▒▒▒"]
    assert lines[place + 1].strip() == "█ accepted 23 of 25 (92 %)  ▒ rejected 2 (8 %)"


def test_all_parts_of_a_million_have_a_cell_and_a_percentage(shown: Shown) -> None:
    text = "\n".join(shown(MILLION))
    assert "█ accepted 899,999 of 1,000,000 (90 %)" in text
    assert "░ unknown 1 (<1 %)" in text
    assert "· not sent 50,000 (5 %)" in text
    assert "█░" in text.replace("▒", "")


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
@pytest.mark.parametrize("batch", [SENT, MILLION], ids=["small", "million"])
def test_the_legend_breaks_between_parts_only(shown: Shown, batch: Batch, columns: int) -> None:
    lines = shown(batch, columns=columns)
    assert max(map(width, lines)) <= columns
    legends = [line.strip() for line in lines if "%)" in line]
    assert columns < 60 or all(line[0] in "█▒░·" and line.endswith("%)") for line in legends)


def test_the_time_to_delivery_is_that_of_half_and_of_95_percent(shown: Shown) -> None:
    assert "delivery time  half within 8 s, 95 % within 3:20 min" in shown()


def test_a_failure_has_the_words_of_the_user(shown: Shown) -> None:
    failures = (("MK:0001", 1_200), ("", 3))
    lines = shown(delivery=DELIVERY._replace(failures=failures), codes={"MK:0001": "空号"})
    place = next(place for place, line in enumerate(lines) if line.startswith("failures "))
    assert lines[place].split(maxsplit=1)[1] == "1,200 × MK:0001 (空号)"
    assert lines[place + 1].strip() == "3 × no status"


def test_many_kinds_of_failures_are_summed_up(shown: Shown) -> None:
    failures = tuple((f"MK:{number:04}", 2) for number in range(13))
    assert shown(delivery=DELIVERY._replace(failures=failures))[-1].strip() == "6 × 3 others"


def test_the_account_is_named(shown: Shown) -> None:
    assert "account        12345" in shown()


def test_a_batch_of_which_nothing_was_accepted_has_no_delivery(shown: Shown) -> None:
    refused = BATCH._replace(counts=RecipientCounts(2, rejected=2))
    lines = shown(refused, DeliverySummary(0, 0, 0))
    assert not any(line.startswith("deliver") for line in lines)


def test_a_mask_leaves_the_bars(shown: Shown) -> None:
    assert shown(masks=True) == shown()


def notes(*groups: OutcomeGroup, batch: Batch = SENT) -> list[tuple[str, str | None]]:
    return [
        (note.text, note.hint) for note in view_of(BatchStatus(batch, groups, DELIVERY)).explanation().notes
    ]


def test_the_hint_of_several_refusals_is_given_once() -> None:
    groups = [OutcomeGroup(RequestState.REJECTED, code, None, 1, 1) for code in ("1", "2")]
    hints = [hint for text, hint in notes(*groups) if text.startswith("the gateway refused")]
    assert hints == [None, "run kxsms batch retry 3f2a91c0 --rejected to resend"]


def test_reports_that_may_still_come_can_be_fetched() -> None:
    recent = SENT._replace(created=time.time() - 60)
    expected = "no delivery report yet for 1 recipient", "run kxsms report to fetch new ones"
    assert expected in notes(batch=recent)
    assert expected not in notes(batch=SENT._replace(created=time.time() - 4 * 86_400))


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (0, 0, "0 %"),
        (0, 5, "0 %"),
        (1, 1000, "<1 %"),
        (999, 1000, ">99 %"),
        (21, 23, "91 %"),
        (7, 7, "100 %"),
    ],
)
def test_0_and_100_percent_are_of_none_and_of_all(part: int, whole: int, expected: str) -> None:
    assert percent(part, whole) == expected


@pytest.mark.parametrize("parts", [(1, 1, 1), (10**6, 1, 1), (5, 5, 0), (3, 3, 3), (0, 1, 10**9)])
def test_a_bar_of_all_parts_is_full(parts: tuple[int, ...]) -> None:
    assert sum(cells_of(parts, sum(parts), 40)) == 40


def test_large_counts_are_in_groups_of_three(shown: Shown) -> None:
    assert "recipients  1,000,000" in shown(MILLION, DeliverySummary(0, 0, 0))
