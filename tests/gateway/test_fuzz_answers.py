"""Damaged answers of a gateway: only a Code 0 accepts, and no text of a record is lost."""

from hypothesis import HealthCheck, given, settings

from tests.soak.strategies import inputs
from tests.soak.targets import TARGETS

_LARGE = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(deadline=None, max_examples=200, suppress_health_check=_LARGE)
@given(inputs(TARGETS["send-answers"]))
def test_nothing_is_accepted_without_a_code_0(data: bytes) -> None:
    TARGETS["send-answers"].check(data)


@settings(deadline=None, max_examples=150, suppress_health_check=_LARGE)
@given(inputs(TARGETS["balance-answers"]))
def test_a_balance_has_only_texts_of_the_answer(data: bytes) -> None:
    TARGETS["balance-answers"].check(data)


@settings(deadline=None, max_examples=250, suppress_health_check=_LARGE)
@given(inputs(TARGETS["record-answers"]))
def test_no_text_of_a_record_is_lost(data: bytes) -> None:
    TARGETS["record-answers"].check(data)
