"""Damaged config files, values and variables: each is refused by its name, without the token."""

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
def test_a_damaged_config_is_read_back_as_written_or_refused(data: bytes) -> None:
    TARGETS["config"].check(data)


@settings(deadline=None, max_examples=150, suppress_health_check=_LARGE)
@given(inputs(TARGETS["values"]))
def test_a_damaged_value_is_accepted_or_refused_with_a_reason(data: bytes) -> None:
    TARGETS["values"].check(data)


@settings(deadline=None, max_examples=150, suppress_health_check=_LARGE)
@given(inputs(TARGETS["environment"]))
def test_a_damaged_variable_is_accepted_or_refused_by_its_name(data: bytes) -> None:
    TARGETS["environment"].check(data)


@pytest.mark.parametrize(
    "body",
    [
        *("a = " + "9" * 5_000, "a = 0x" + "f" * 5_000, "a = [nan]"),
        *("a = " + "[" * 2_000, "a" + ".a" * 2_000 + " = 1"),
    ],
    ids=["a huge number", "a huge hexadecimal number", "not a number", "lists in lists", "tables in tables"],
)
def test_a_file_that_tomllib_cannot_read_is_refused(tmp_path: Path, body: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(body, "utf-8")
    with pytest.raises(ProfileError, match="not valid TOML"):
        load(path)


def test_a_table_in_place_of_the_default_profile_is_reported_without_its_token(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[default_profile]\ntoken = "topsecret123"\n', "utf-8")
    path.chmod(0o600)
    with pytest.raises(ProfileError, match="default_profile must be text") as caught:
        _ = load(path).default_profile
    assert "topsecret123" not in str(caught.value)
