"""The table of the keys of a profile, from which the help is generated."""

from dataclasses import fields

import pytest

from kxsms.config.schema import KEY_TYPES
from kxsms.domain.profile import Profile


def test_the_keys_are_the_fields_of_a_profile() -> None:
    assert {"name", *KEY_TYPES} == {each.name for each in fields(Profile)}


@pytest.mark.parametrize("key", KEY_TYPES)
def test_the_meaning_of_a_key_is_one_sentence(key: str) -> None:
    meaning = KEY_TYPES[key].meaning
    assert meaning[0].isupper()
    assert meaning.count(". ") == 0
    assert meaning.endswith(".")


@pytest.mark.parametrize("key", KEY_TYPES)
def test_the_default_of_a_key_is_that_of_the_profile(key: str) -> None:
    assert KEY_TYPES[key].default == getattr(Profile(), key)
