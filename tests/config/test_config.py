"""The config: the values that `config set` writes and refuses, and those that a command refuses."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import TOKEN, Run


@pytest.fixture
def config(home: Path) -> Path:
    return home / "config.toml"


def written(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("signature", "科迅云通讯", "科迅云通讯"),
        ("product", "vip", "vip"),
        ("base_url", "http://127.0.0.1:8080/api/", "http://127.0.0.1:8080/api/"),
        ("method", "GET", "GET"),
        ("rate", "20", 20),
        ("read_timeout", "2.5", 2.5),
        ("empty_codes", "101, 102", ["101", "102"]),
        ("codes.-1", "余额不足", {"-1": "余额不足"}),
        ("codes.1.5", "…", {"1.5": "…"}),
        ("fields.mobile", "hm,sjh", {"mobile": ["hm", "sjh"]}),
        ("states.OK1", "delivered", {"OK1": "delivered"}),
        ("token_command", "pass show kxsms", "pass show kxsms"),
    ],
)
def test_set_writes_a_value_of_the_right_type(
    run: Run, config: Path, key: str, text: str, value: object
) -> None:
    assert run("config", "set", "-p", "prod", "--yes", key, text).status == 0
    assert written(config)["profiles"]["prod"][key.split(".")[0]] == value
    assert run("config", "get", f"profiles.prod.{key}", "-o", "json").status == 0


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("product", "sma", "product cannot be 'sma': it must be one of sms, vip, voice, mms"),
        ("rate", "fast", "rate cannot be 'fast': it must be a whole number"),
        ("rate", "-1", "rate cannot be -1: it must be a whole number"),
        ("read_timeout", "0", "read_timeout cannot be 0: it must be a number of seconds"),
        ("base_url", "ftp://apis.kx-ytx.com", "must be a URL such as https://"),
        ("base_url", "https://a:b@host", "must be a URL without a user name"),
        ("signature", "科】迅", "is not a valid signature"),
        ("extno", "12a", "must contain digits only"),
        ("states.OK1", "fine", "must be one of delivered, failed, pending, unknown"),
        ("fields.number", "hm", "has the unknown key 'number'; the keys are mobile, task"),
        (
            "window.sms",
            "9-21",
            "window is invalid: it has '9-21' for sms, which must be hours such as 09:00-21:00",
        ),
        ("cap.vip", "3", "it has '3' for vip, which must be a number of texts and a time"),
        ("colour", "red", "there is no key 'colour'"),
        ("token", "abc", "can be read by others"),
    ],
)
def test_set_refuses_an_invalid_value_and_writes_nothing(
    run: Run, config: Path, key: str, text: str, words: str
) -> None:
    done = run("config", "set", "-p", "prod", "--", key, text)
    assert done.status == 2
    assert words in done.err
    assert config.read_bytes() == b""


def test_unknown_keys_are_kept(run: Run, config: Path) -> None:
    config.write_text(
        'future = 1\n[profiles.prod]\nshape = "round"\n'
        "[profiles.prod.nested]\na = [1, 2]\n[other]\nb = 2.5\n",
        "utf-8",
    )
    assert run("config", "set", "-p", "prod", "extno", "12").status == 0
    assert written(config) == {
        "future": 1,
        "profiles": {"prod": {"shape": "round", "nested": {"a": [1, 2]}, "extno": "12"}},
        "other": {"b": 2.5},
    }


def test_unset_removes_only_its_key(run: Run, config: Path) -> None:
    config.write_text(
        '[profiles.prod]\nextno = "1"\n[profiles.prod.codes]\n"-1" = "a"\n"-2" = "b"\n', "utf-8"
    )
    assert run("config", "unset", "-p", "prod", "--", "codes.-1").status == 0
    assert run("config", "unset", "-p", "prod", "extno").status == 0
    assert run("config", "unset", "-p", "prod", "extno").status == 0
    assert written(config) == {"profiles": {"prod": {"codes": {"-2": "b"}}}}


def test_use_makes_a_profile_the_default(run: Run, config: Path) -> None:
    config.write_text('default_profile = "a"\n[profiles.a]\n[profiles.b]\nextno = "7"\n', "utf-8")
    assert run("config", "use", "b").status == 0
    assert run("config", "get", "extno").text == "7\n"
    done = run("config", "use", "c")
    assert done.status == 4
    assert "there is no profile 'c'" in done.err
    assert written(config)["default_profile"] == "b"


def test_tokens_are_masked_wherever_the_config_is_shown(run: Run, config: Path) -> None:
    config.write_text(f'default_profile = "a"\n[profiles.a]\naccount = "1"\ntoken = "{TOKEN}"\n', "utf-8")
    for arguments in (
        ("config", "show"),
        ("config", "show", "-o", "json"),
        ("config", "show", "-o", "csv"),
        ("config", "get", "token"),
        ("config", "get", "profiles.a.token", "-o", "json"),
    ):
        done = run(*arguments)
        assert done.status == 0
        assert "********" in done.text
        assert TOKEN not in done.text + done.err


def test_the_path_is_printed_alone(run: Run, config: Path) -> None:
    assert run("config", "path").text == f"{config}\n"
    assert run("config", "path", "-o", "json").json == {"path": str(config)}
    assert run("config", "path", "--config", "other.toml").text == "other.toml\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[profiles.prod\n", "not valid TOML"),
        ("profiles = 1\n", "profiles must be a table"),
        ("[profiles]\nprod = 1\n", "profiles.prod must be a table"),
        ("default_profile = 5\n", "default_profile = 5 must be text"),
        ('[profiles.prod]\nproduct = "sma"\n', "profiles.prod.product = 'sma' must be one of"),
        ("[profiles.prod]\naccount = 12345\n", "profiles.prod.account = 12345 must be text in quotes"),
        (
            "[profiles.prod]\nconnect_timeout = true\n",
            "profiles.prod.connect_timeout = True must be a number",
        ),
        ("[profiles.prod]\ncodes = 1\n", "profiles.prod.codes = 1 must be a table"),
        ("[profiles.prod.states]\nOK = 'fine'\n", "profiles.prod.states must be one of"),
        ("[profiles.prod]\nempty_codes = 7\n", "profiles.prod.empty_codes = 7 must be a list"),
    ],
)
def test_an_invalid_config_is_an_error_with_file_key_and_value(
    run: Run, config: Path, text: str, words: str
) -> None:
    config.write_text(text, "utf-8")
    profile = [] if "default_profile" in text else ["-p", "prod"]
    done = run("balance", *profile, "-o", "json")
    assert done.status == 4
    assert done.out == b""
    assert done.error["kind"] == "profile"
    assert words in done.error["message"]
    assert str(config) in done.error["message"]


def test_an_invalid_token_is_not_shown(run: Run, config: Path) -> None:
    config.write_text("[profiles.prod]\ntoken = 998877\n", "utf-8")
    done = run("balance", "-p", "prod")
    assert done.status == 4
    assert "profiles.prod.token must be text" in done.err
    assert "998877" not in done.err


@pytest.mark.parametrize(
    ("key", "value"), [("codes.\udcff", "x"), ("states.\udcff", "failed"), ("empty_codes", "1,\udcff")]
)
def test_invalid_utf8_is_not_written(run: Run, config: Path, key: str, value: str) -> None:
    done = run("config", "set", key, value)
    assert done.status == 2
    assert "must be UTF-8" in done.err
    assert config.read_bytes() == b""


@pytest.mark.parametrize("key", ["rate", "concurrency", "empty_codes"])
def test_a_huge_number_is_refused(run: Run, config: Path, key: str) -> None:
    number = hex(10**5_000)
    value = f"[{number}]" if key == "empty_codes" else number
    config.write_text(f"[profiles.p]\n{key} = {value}\n", "utf-8")
    done = run("balance", "-p", "p")
    assert done.status == 4
    assert f"profiles.p.{key} is too large" in done.err


def test_a_table_in_the_wrong_place_is_reported_without_its_token(run: Run, config: Path) -> None:
    config.write_text(f'[profiles.p]\naccount = [[{{token = "{TOKEN}"}}]]\n', "utf-8")
    done = run("balance", "-p", "p")
    assert done.status == 4
    assert "profiles.p.account must be text" in done.err
    assert TOKEN not in done.err
