"""Damaged config files, values and variables: refused by name, without the token."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from kxsms.config.store import load
from kxsms.errors import ProfileError
from tests.soak.strategies import inputs
from tests.soak.targets import TARGETS

_LARGE = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(deadline=None, max_examples=150, suppress_health_check=_LARGE)
@given(inputs(TARGETS["config"]))
def test_a_config_is_read_or_refused_and_reads_back_as_it_was_written(data: bytes) -> None:
    TARGETS["config"].check(data)


@settings(deadline=None, max_examples=150, suppress_health_check=_LARGE)
@given(inputs(TARGETS["values"]))
def test_a_value_is_taken_or_refused_with_a_reason(data: bytes) -> None:
    TARGETS["values"].check(data)


@settings(deadline=None, max_examples=150, suppress_health_check=_LARGE)
@given(inputs(TARGETS["environment"]))
def test_a_variable_is_taken_or_refused_by_its_name(data: bytes) -> None:
    TARGETS["environment"].check(data)


@pytest.mark.parametrize(
    "body",
    [
        *("a = " + "9" * 5_000, "a = 0x" + "f" * 5_000, "a = [nan]"),
        *("a = " + "[" * 2_000, "a" + ".a" * 2_000 + " = 1"),
    ],
    ids=["a huge number", "a huge hexadecimal number", "no number", "lists in lists", "tables in tables"],
)
def test_a_file_that_tomllib_cannot_cope_with_is_refused(tmp_path: Path, body: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(body, "utf-8")
    with pytest.raises(ProfileError, match="not TOML"):
        load(path)


def test_a_token_in_a_table_that_should_be_a_name_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[default_profile]\ntoken = "topsecret123"\n', "utf-8")
    path.chmod(0o600)
    with pytest.raises(ProfileError, match="default_profile must be a text") as caught:
        _ = load(path).default_profile
    assert "topsecret123" not in str(caught.value)
