"""The report of a batch in a real browser: nothing of it runs, and its table can be searched and printed."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from kxsms.main import main
from tests import chromium
from tests.commands.report_page import FOUR, HOSTILE, MARKUP, send_hostile
from tests.conftest import Run
from tests.inbox.records_gateway import ONE, RecordsGateway

pytestmark = pytest.mark.skipif(chromium.PROGRAM is None, reason="needs Chromium")

SEARCH = """
    for (const [id, value, kind] of [["search", {text}, "input"], ["state", {state}, "change"]]) {{
        const field = document.getElementById(id);
        field.value = value;
        field.dispatchEvent(new Event(kind));
    }}
"""


@pytest.fixture
def page(run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[chromium.Page]:
    """Yield the page of a batch of four."""
    with RecordsGateway() as gateway:
        monkeypatch.setenv("KXSMS_BASE_URL", gateway.url)
        monkeypatch.setenv("KXSMS_ACCOUNT", "12345")
        monkeypatch.setenv("KXSMS_TOKEN", "t")
        name = send_hostile(run, gateway)
        assert main(["batch", "report", name, "--html", "r.html", "-q"]) == 0
    with chromium.page() as page:
        page.open(Path("r.html"))
        yield page


def shown(page: chromium.Page, text: str = "", state: str = "") -> list[str]:
    """Search, and return the numbers in the table."""
    page.value(SEARCH.format(text=repr(text), state=repr(state)))
    found: list[str] = page.value(
        "[...document.querySelectorAll('#recipients tbody tr')].map((row) => row.cells[0].textContent)"
    )
    return found


def test_a_report_in_a_browser(page: chromium.Page) -> None:
    """Start the browser once for all facts: it takes seconds."""
    assert page.requests() == [Path("r.html").resolve().as_uri()], "it asks for nothing else"
    cells = page.value("[...document.querySelector('#recipients tbody tr').cells].map((c) => c.textContent)")
    assert (cells[3], cells[6]) == (HOSTILE, MARKUP), "hostile texts are shown as text"
    assert page.value("document.querySelectorAll('img, #recipients script').length") == 0
    assert len(shown(page)) == 4, "every recipient is listed"
    assert shown(page, "王") == ["13900000002"], "a search finds a name"
    assert shown(page, f"alert {ONE}") == [ONE], "a search finds a row that has every word"
    assert shown(page, "zOË") == [FOUR], "a search does not look at case"
    assert shown(page, "nobody") == []
    assert page.value("document.getElementById('shown').textContent") == "no recipient matches"
    assert shown(page, state="3") == [FOUR], "a state is chosen"
    assert shown(page, "王", state="3") == []
    assert page.value("document.getElementById('next').disabled") is True
    for width in (400, 1280):
        page.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False
        )
        assert page.value("document.documentElement.scrollWidth") <= width, "nothing sticks out"
    grounds = set()
    for mode in ("light", "dark"):
        page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": mode}])
        grounds.add(page.value("getComputedStyle(document.body).backgroundColor"))
    assert len(grounds) == 2, "dark is not light"
    pdf = base64.b64decode(page.call("Page.printToPDF", preferCSSPageSize=True)["data"])
    assert b"/MediaBox [0 0 594.95996 841.91998]" in pdf or b"/MediaBox [0 0 595" in pdf, "it prints on A4"
    assert page.problems() == [], "nothing is written to the console"
    page.value(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))"
    )
    assert page.value("window.ran") is None, "no other script runs"
