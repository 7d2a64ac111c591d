"""Damaged files, templates and plans: read as a simple reader reads them, or refused by line."""

from hypothesis import HealthCheck, given, settings

from tests.soak.strategies import inputs
from tests.soak.targets import TARGETS

_LARGE = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(deadline=None, max_examples=250, suppress_health_check=_LARGE)
@given(inputs(TARGETS["csv"]))
def test_a_csv_file_is_read_as_the_csv_module_reads_it_row_by_row(data: bytes) -> None:
    TARGETS["csv"].check(data)


@settings(deadline=None, max_examples=150, suppress_health_check=_LARGE)
@given(inputs(TARGETS["numbers"]))
def test_a_file_of_numbers_has_the_lines_that_an_editor_shows(data: bytes) -> None:
    TARGETS["numbers"].check(data)


@settings(deadline=None, max_examples=200, suppress_health_check=_LARGE)
@given(inputs(TARGETS["template"]))
def test_a_template_renders_to_what_it_says(data: bytes) -> None:
    TARGETS["template"].check(data)


@settings(deadline=None, max_examples=12, suppress_health_check=_LARGE)
@given(inputs(TARGETS["plan"]))
def test_a_plan_is_the_same_by_columns_by_rows_and_in_any_order(data: bytes) -> None:
    TARGETS["plan"].check(data)
