"""Placeholders become a row's values, and nothing else is interpreted."""

import pytest

from kxsms.domain.template import (
    AmbiguousColumn,
    EmptyValue,
    InvalidTemplate,
    MissingColumn,
    compile_template,
)

HEADER = ("name", "sum", "手机号", "a.b", "0", "a!r", "a:>9")
ROW = ["王小明", "12.50", "13812345678", "dot", "zero", "bang", "colon"]


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("{name}", "王小明"),
        ("{name}您好", "王小明您好"),
        ("{name}: {sum}", "王小明: 12.50"),
        ("{sum}{name}{sum}", "12.50王小明12.50"),
        ("{name}{name}", "王小明王小明"),
        ("{ name }|{\tsum\u3000}", "王小明|12.50"),
        ("尾号{手机号}", "尾号13812345678"),
        ("{{name}}", "{name}"),
        ("{{{name}}}", "{王小明}"),
        ("{{}}", "{}"),
        ("}}{{", "}{"),
        ("{{{{{name}", "{{王小明"),
        ("{a.b} {0} {a!r} {a:>9}", "dot zero bang colon"),
        ("100%", "100%"),
        ("%s %d %(name)s %% {name} %s", "%s %d %(name)s %% 王小明 %s"),
        ("5% {name} 5% {sum} %", "5% 王小明 5% 12.50 %"),
        ("a\n{name}\r\nb", "a\n王小明\r\nb"),
        (r"\{name}$name", "\\王小明$name"),
    ],
)
def test_a_template_is_rendered(template: str, text: str) -> None:
    render = compile_template(template).bind(HEADER)
    assert render([ROW, tuple(ROW)]) == [text, text]
    assert render([]) == []


@pytest.mark.parametrize("value", ["{x}", "{sum}", "{{", "}", "%", "%s", "%(a)s", "\\1", " x ", "\n.", "😀"])
@pytest.mark.parametrize("template", ["{name}", "{name}{name}", "{name}{sum}", "%{name}%%{{"])
def test_a_value_is_inserted_as_it_is(template: str, value: str) -> None:
    text = template.replace("{name}", "\0").replace("{sum}", "12").replace("{{", "{").replace("\0", value)
    assert compile_template(template).bind(HEADER)([[value, "12"]]) == [text]


@pytest.mark.parametrize(
    ("template", "columns"),
    [
        ("", ()),
        ("{{a}}", ()),
        ("{b}{a}{ b }", ("b", "a")),
        ("{ 手机号 }", ("手机号",)),
        ("{a}{A}", ("a", "A")),
    ],
)
def test_columns_are_the_placeholders_in_order_each_once(template: str, columns: tuple[str, ...]) -> None:
    assert compile_template(template).columns == columns


@pytest.mark.parametrize(
    ("template", "character", "words"),
    [
        ("{", 1, "{{"),
        ("abc{", 4, "never closed"),
        ("{name", 1, "never closed"),
        ("{a{b}", 1, "never closed"),
        ("{a}{{{b", 6, "never closed"),
        ("}", 1, "}}"),
        ("好}", 2, "closes nothing"),
        ("{name}}", 7, "closes nothing"),
        ("{{name}", 7, "closes nothing"),
        ("{}", 1, "names no column"),
        ("ab{ }", 3, "names no column"),
        ("{{{}}}", 3, "names no column"),
        ("{{}{}}", 3, "closes nothing"),
    ],
)
def test_an_invalid_template_is_refused_with_the_place(template: str, character: int, words: str) -> None:
    with pytest.raises(InvalidTemplate, match=f"at character {character}( |$)") as caught:
        compile_template(template)
    assert words in str(caught.value)


@pytest.mark.parametrize("template", ["{x}", "{name}{x}{y}", "{x}{name}"])
def test_a_placeholder_without_a_column_is_named(template: str) -> None:
    with pytest.raises(MissingColumn) as caught:
        compile_template(template).bind(HEADER)
    assert caught.value.column == "x"
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("header", "column", "text"),
    [(("Name", "x"), "name", "0"), (("NAME", "name"), "name", "1"), (("NAME", "name"), "NAME", "0")],
)
def test_case_decides_only_between_columns_that_differ_in_it(
    header: tuple[str, ...], column: str, text: str
) -> None:
    assert compile_template(f"{{{column}}}").bind(header)([["0", "1"]]) == [text]


def test_a_placeholder_that_could_be_either_of_two_columns_is_refused() -> None:
    with pytest.raises(AmbiguousColumn):
        compile_template("{name}").bind(("NAME", "Name"))


def test_a_placeholder_for_a_repeated_name_is_refused() -> None:
    with pytest.raises(AmbiguousColumn):
        compile_template("{name}").bind(("name", "name"))


def test_a_placeholder_may_lack_the_remark_of_its_column() -> None:
    assert compile_template("{姓名}").bind(("*姓 名（必填）", "b"))([["0", "1"]]) == ["0"]


@pytest.mark.parametrize("blank", ["", " ", "\t\r\n", "\u3000\u00a0"])
@pytest.mark.parametrize("template", ["{sum}", "{name}{sum}", "{sum}{sum}{name}", "{name}{手机号}{sum}"])
def test_an_empty_value_is_an_error_that_names_the_column(template: str, blank: str) -> None:
    render = compile_template(template).bind(HEADER)
    with pytest.raises(EmptyValue) as caught:
        render([["x", "1", "1"], ["x", blank, "1"]])
    assert caught.value.column == "sum"
    assert isinstance(caught.value, ValueError)


def test_an_empty_value_without_a_placeholder_is_ignored() -> None:
    assert compile_template("{name}").bind(HEADER)([["x", "", ""]]) == ["x"]
    assert compile_template("plain").bind(())([[]]) == ["plain"]
