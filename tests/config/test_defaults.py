"""`config get` shows the default of a key that is not set, and says so."""

from pathlib import Path

import pytest

from tests.conftest import Run

NOTE = "kxsms: {} is not set: this is its default\n"


@pytest.fixture(autouse=True)
def config(home: Path) -> Path:
    path = home / "config.toml"
    path.write_text('default_profile = "a"\n[profiles.a]\nrate = 7\n[profiles.b]\n', "utf-8")
    return path


DEFAULTS = {
    "rate": "50",
    "product": "sms",
    "base_url": "https://apis.kx-ytx.com",
    "read_timeout": "50.0",
    "empty_codes": "[]",
    "codes": "",
}


@pytest.mark.parametrize("key", DEFAULTS)
def test_the_default_is_the_result(run: Run, key: str) -> None:
    assert run("config", "get", "-p", "b", key).text == f"{DEFAULTS[key]}\n"


@pytest.mark.parametrize("key", DEFAULTS)
def test_a_note_says_that_it_is_a_default(run: Run, key: str) -> None:
    assert run("config", "get", "-p", "b", key).err == NOTE.format(key)


def test_quiet_shows_the_default_alone(run: Run) -> None:
    assert run("config", "get", "-p", "b", "rate", "-q").err == ""


@pytest.mark.parametrize(
    ("key", "value"),
    [("rate", 50), ("product", "sms"), ("empty_codes", []), ("codes", {}), ("read_timeout", 50)],
)
def test_json_has_the_default_in_its_own_type(run: Run, key: str, value: object) -> None:
    assert run("config", "get", "-p", "b", key, "-o", "json").json == {key: value}


def test_a_value_that_is_set_has_no_note(run: Run) -> None:
    done = run("config", "get", "rate")
    assert (done.text, done.err) == ("7\n", "")


def test_a_key_by_its_whole_name_has_a_default_too(run: Run) -> None:
    assert run("config", "get", "profiles.b.rate").text == "50\n"


def test_an_empty_config_has_defaults(run: Run, config: Path) -> None:
    config.write_text("", "utf-8")
    assert run("config", "get", "rate").text == "50\n"


@pytest.mark.parametrize("key", ["signature", "account", "token", "extno", "codes.-1"])
def test_a_key_without_a_default_is_an_error(run: Run, key: str) -> None:
    done = run("config", "get", "-p", "b", key)
    assert done.status == 4
    assert f"{key} is not set" in done.err


@pytest.mark.parametrize("arguments", [("-p", "typo", "rate"), ("profiles.typo.rate",)], ids=" ".join)
def test_an_unknown_profile_has_no_defaults(run: Run, arguments: tuple[str, ...]) -> None:
    done = run("config", "get", *arguments)
    assert done.status == 4
    assert "there is no profile 'typo'" in done.err
