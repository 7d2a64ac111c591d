"""The language that kxsms speaks: which one is chosen, and that its catalogue is whole."""

import ast
import gettext
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kxsms.config.paths import default_config_file
from kxsms.config.speech import usual_config_file
from kxsms.language import CATALOGUES, CHINESE, ENGLISH, choose, language, meant, start, tr
from tests.conftest import Run
from tests.messages import PACKAGE, collected, fields, forgotten, messages, po_file, read, strings

FOR_PROGRAMMERS = ("domain/states.py", "sandbox/server.py", "sending/earlier.py", "sending/retry_failed.py")
"""Modules whose texts are not shown."""

OF_OTHERS = ("requires an argument.", "end of data", "Tunnel connection failed: ([0-9]{3})")
"""What other libraries say, by which kxsms recognises it."""

WITH_BRACES = (
    ["Text, with {column} for the value of a row"],
    ["-m '{N}' for the text in column N"],
    ["choose one with -m '{NAME}'"],
)
"""Messages whose braces are shown: they take no values."""

_FUNCTIONS = {"tr": 1, "mark": 1, "tr_as": 2, "plural": 2}
"""How many texts each function takes first."""


@pytest.mark.parametrize(
    "name", ["zh", "zh_CN", "zh_CN.UTF-8", "zh-CN", "zh_SG", "zh_Hans", "zh_Hans_HK", "ZH_cn.GB18030"]
)
def test_names_of_simplified_chinese(name: str) -> None:
    assert meant(name) == CHINESE


@pytest.mark.parametrize(
    "name", ["zh_TW", "zh_HK.UTF-8", "zh_Hant_CN", "C", "POSIX", "C.UTF-8", "fr_FR", "zhuang", ""]
)
def test_names_of_languages_that_kxsms_does_not_speak(name: str) -> None:
    assert meant(name) is None


@pytest.mark.parametrize(
    ("environ", "configured", "chosen"),
    [
        ({"LANG": "zh_CN.UTF-8"}, None, CHINESE),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, None, ENGLISH),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN", "LC_ALL": "C"}, None, ENGLISH),
        ({"LANG": "zh_CN", "LC_ALL": ""}, None, CHINESE),
        ({"LANG": "en_US.UTF-8"}, "zh_CN", CHINESE),
        ({"LANG": "zh_CN.UTF-8", "KXSMS_LANG": "en"}, "zh_CN", ENGLISH),
        ({"LANG": "en_US.UTF-8", "KXSMS_LANG": "zh"}, "en", CHINESE),
        ({"LANG": "zh_CN.UTF-8", "KXSMS_LANG": "fr"}, None, ENGLISH),
        ({"LANG": "zh_TW.UTF-8"}, None, ENGLISH),
        ({}, None, ENGLISH),
    ],
)
def test_the_first_that_says_anything_decides(
    environ: dict[str, str], configured: str | None, chosen: str
) -> None:
    assert choose(environ, lambda: configured) == chosen


def test_the_catalogue_has_every_message_and_no_other() -> None:
    assert {(each.id, each.context) for each in read(po_file()) if each.id} == set(messages()), (
        "python -m tests.messages writes it"
    )


def test_every_message_has_a_translation() -> None:
    assert [each.id for each in read(po_file()) if each.id and not all(strings(each.string))] == []


def test_every_text_is_translated() -> None:
    texts = [
        text
        for path in sorted(PACKAGE.rglob("*.py"))
        for text in forgotten(path)
        if not text.startswith(FOR_PROGRAMMERS)
    ]
    assert [text for text in texts if not text.endswith(OF_OTHERS)] == []


def test_no_translation_is_fuzzy() -> None:
    assert [each.id for each in read(po_file()) if each.id and each.fuzzy] == []


def test_translations_have_the_placeholders_of_their_messages() -> None:
    wrong = [
        each.id
        for each in read(po_file())
        if each.id
        and {frozenset(names) for names in fields(strings(each.string))}
        != {frozenset(set().union(*fields(strings(each.id))))}
    ]
    assert wrong == []


def test_the_compiled_catalogue_is_that_of_the_translations() -> None:
    with po_file().with_suffix(".mo").open("rb") as file:
        found = gettext.GNUTranslations(file)
    stale = [
        each.id
        for each in collected(read(po_file()))
        if each.id and _looked_up(found, each.id, each.context) != strings(each.string)[0]
    ]
    assert stale == [], "python -m tests.messages compiles it"


def _looked_up(found: gettext.NullTranslations, message: object, context: str | None) -> str:
    if isinstance(message, tuple):
        return found.ngettext(str(message[0]), str(message[1]), 2)
    return found.pgettext(context, str(message)) if context else found.gettext(str(message))


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name == "language.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS:
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}", node


def _while_loading(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls that a module makes while it loads: those outside its functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child
        if not isinstance(child, ast.FunctionDef | ast.Lambda):
            yield from _while_loading(child)


def test_nothing_is_translated_while_a_module_loads() -> None:
    early = [
        f"{path.relative_to(PACKAGE)}:{call.lineno}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for call in _while_loading(ast.parse(path.read_bytes()))
        if isinstance(call.func, ast.Name) and call.func.id in {"tr", "tr_as", "plural", "counted", "joined"}
    ]
    assert early == []


def test_messages_with_placeholders_get_their_values() -> None:
    wrong = []
    for where, call in _calls():
        name = ast.unparse(call.func)
        texts = [each.value for each in call.args[: _FUNCTIONS[name]] if isinstance(each, ast.Constant)]
        wanted = set().union(*fields(map(str, texts[1:] if name == "tr_as" else texts)), set())
        given = {keyword.arg for keyword in call.keywords} | (
            {"count"} & wanted if name == "plural" else set()
        )
        is_complete = None in given or wanted == given or texts[:1] in WITH_BRACES
        if name != "mark" and texts and not is_complete:
            wrong.append(f"{where}: {texts}")
    assert wrong == []


def test_help_is_in_the_language_of_the_user(run: Run) -> None:
    assert "用法：kxsms balance" in run("balance", "--help", env={"KXSMS_LANG": "zh_CN"}).text


def test_the_config_names_the_language(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KXSMS_LANG")
    run("config", "set", "language", "zh")

    assert "用法：kxsms balance" in run("balance", "--help").text


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere platformdirs finds the file")
@pytest.mark.parametrize("own", [None, "/etc/xdg-of-mine"])
def test_the_language_is_looked_for_in_the_usual_config(
    home: Path, monkeypatch: pytest.MonkeyPatch, own: str | None
) -> None:
    if own is not None:
        monkeypatch.setenv("XDG_CONFIG_HOME", own)
    assert usual_config_file(os.environ) == default_config_file()


def test_an_unknown_language_in_the_config_is_an_error(run: Run) -> None:
    assert "must be zh_CN or en" in run("config", "set", "language", "fr").err


@pytest.mark.parametrize("catalogue", [None, b"", b"no catalogue"])
def test_without_a_catalogue_kxsms_speaks_english(tmp_path: Path, catalogue: bytes | None) -> None:
    if catalogue is not None:
        file = tmp_path / CHINESE / "LC_MESSAGES" / "kxsms.mo"
        file.parent.mkdir(parents=True)
        file.write_bytes(catalogue)
    start(lambda: CHINESE, tmp_path)

    assert (language(), tr("required")) == (ENGLISH, "required")


def test_the_catalogue_is_in_the_package() -> None:
    assert (CATALOGUES / CHINESE / "LC_MESSAGES" / "kxsms.mo").is_file()
