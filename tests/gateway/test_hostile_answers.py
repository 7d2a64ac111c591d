"""Answers made to crash or to hang a reader. A hang would hang pytest too: each has its own process."""

import subprocess
import sys

import pytest

from kxsms.domain.outcome import Unknown
from kxsms.domain.profile import Profile
from kxsms.gateway.answers import HttpAnswer, read_outcome
from kxsms.gateway.records import read_replies, read_reports
from kxsms.gateway.tree import Unreadable, read_tree

_READER = """
import sys
from kxsms.domain.profile import Profile
from kxsms.gateway.records import read_reports
from kxsms.gateway.answers import HttpAnswer, read_outcome
from kxsms.gateway.tree import Unreadable, read_tree
body = sys.stdin.buffer.read()
print(type(read_outcome(HttpAnswer(200, "", body))).__name__)
try:
    read_reports(read_tree(body), Profile())
except Unreadable:
    pass
"""
_SECONDS = 5


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        pytest.param(b"<!---->" * 60 + b"<R><Code>0</Code></R>", "Accepted", id="comments before XML"),
        pytest.param(b"<!---->" * 60 + b"<R><Code>0</Code>", "Accepted", id="comments, last tag missing"),
        pytest.param(b"<!-- -->" * 60 + b"<html>", "Unknown", id="comments before HTML"),
        pytest.param(b"<html>" + b"<h1>" * 60_000, "Unknown", id="headings that never end"),
        pytest.param(
            b"<html><title>" + b"<" * 200_000 + b"</title>", "Unknown", id="a title of angle brackets"
        ),
        pytest.param(b"<?xml " * 50_000, "Unknown", id="declarations"),
        pytest.param(b"[" * 1_000_000, "Unknown", id="a million brackets"),
        pytest.param(b"<a>" * 50_000, "Unknown", id="elements that never end"),
        pytest.param(
            b"{" + b'"Code":"0",' * 100_000 + b'"a":1}', "Accepted", id="the same key 100,000 times"
        ),
        pytest.param(b'{"Code":' + b"9" * 2_000_000 + b"}", "Rejected", id="a number of 2 MB"),
    ],
)
def test_an_answer_is_read_within_seconds(body: bytes, outcome: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _READER], input=body, capture_output=True, timeout=_SECONDS, check=False
    )
    assert done.returncode == 0
    assert done.stdout.split() == [outcome.encode()]
    assert done.stderr == b""


DEPTHS = [50, 200, 450, 500, 600, 700, 800, 900, 950, 990, 1_100, 3_000, 30_000]


def nested(opening: str, closing: str, depth: int, core: str = "") -> bytes:
    return (opening * depth + core + closing * depth).encode()


def test_a_code_buried_in_brackets_never_crashes_a_send() -> None:
    for depth in DEPTHS:
        body = b'{"Code":' + nested("[", "]", depth) + b"}"
        assert isinstance(read_outcome(HttpAnswer(200, "", body)), Unknown)


@pytest.mark.parametrize(
    ("opening", "closing", "core"),
    [
        ("[", "]", "{}"),
        ("[", "]", '{"Mobile":"13812345678"}'),
        ('{"a":', "}", "{}"),
        ('{"a":', "}", '{"Mobile":"13812345678"}'),
        ('{"Mobile":', "}", '"13812345678"'),
        ('{"Mobile":[', "]}", ""),
        ('[{"a":', "}]", "[]"),
        ('{"x":"1","a":[', "]}", ""),
        ("<a>", "</a>", "13812345678"),
        ("<a><b>1</b>", "</a>", "<Mobile>13812345678</Mobile>"),
    ],
)
def test_records_nested_at_any_depth_are_read_or_refused(opening: str, closing: str, core: str) -> None:
    counts: set[int] = set()
    for depth in DEPTHS:
        body = nested(opening, closing, depth, core)
        try:
            found = {len(list(read(read_tree(body), Profile()))) for read in (read_reports, read_replies)}
        except Unreadable:
            continue
        counts |= found
    assert counts == {1} if "Mobile" in core else counts <= {0, 1}


@pytest.mark.parametrize(
    "body",
    [
        b'{"Mobile":"13812345678","X":' + nested("[", "]", 700) + b"}",
        b'[{"Mobile":"13812345678","Status":' + nested("[", "]", 700) + b"}]",
    ],
)
def test_a_deep_field_beside_a_number_does_not_crash_the_reader(body: bytes) -> None:
    try:
        reports = read_reports(read_tree(body), Profile())
    except Unreadable:
        return
    assert [report.mobile for report in reports] == ["13812345678"]
