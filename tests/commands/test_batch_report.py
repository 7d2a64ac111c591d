"""`kxsms batch report --html`: one page about a batch, whatever its texts hold."""

import os
import re
import stat
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from kxsms.domain.report import BatchReport, Fate
from kxsms.ledger.batches import Ledger
from kxsms.output.html.page import page_parts
from kxsms.sqlite import storable
from tests.commands.report_page import FOUR, HOSTILE, MARKUP, Parsed, send_hostile
from tests.conftest import TOKEN, Run
from tests.engines import ledger_place, query_ledger
from tests.inbox.records_gateway import ONE, THREE, TWO, RecordsGateway, started

Report = Callable[..., Parsed]


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordsGateway]:
    yield from started(monkeypatch)


@pytest.fixture
def batch(run: Run, gateway: RecordsGateway) -> str:
    return send_hostile(run, gateway)


@pytest.fixture
def report(run: Run, batch: str) -> Report:
    """Return a function that writes the report and reads it."""

    def read(*options: str) -> Parsed:
        done = run("batch", "report", batch, "--html", "-", *options)
        assert done.status == 0, done.err
        return Parsed.of(done.text)

    return read


@pytest.fixture
def page(report: Report) -> Parsed:
    return report()


def rows(page: Parsed) -> list[list[Any]]:
    found: list[list[Any]] = page.data["rows"]
    return found


# What it shows


def test_it_has_a_row_for_each_recipient_in_the_order_of_the_file(page: Parsed) -> None:
    assert [row[0] for row in rows(page)] == [ONE, TWO, THREE, FOUR]


def test_a_row_says_what_became_of_its_recipient(page: Parsed) -> None:
    kinds = page.data["kinds"]
    assert [kinds[row[1]] for row in rows(page)] == ["delivered", "failed", "pending", "rejected"]


def test_a_row_has_the_columns_of_the_file_but_the_number(page: Parsed) -> None:
    assert rows(page)[2][2:4] == ["13900001111", "李"]


def test_a_row_has_the_time_of_its_report(page: Parsed) -> None:
    assert rows(page)[0][4] == "2026-11-22 10:00:00"


def test_a_row_has_the_code_and_the_message_of_a_refusal(page: Parsed) -> None:
    assert rows(page)[3][5].startswith("-3 余额不足")


def test_a_row_has_its_reply(page: Parsed) -> None:
    assert [row[6] for row in rows(page)] == [MARKUP, "", "", ""]


def test_the_table_has_a_heading_for_each_cell(page: Parsed) -> None:
    heads = [one for one in page.elements("th") if one.get("scope") == "col"]
    assert {len(row) for row in rows(page)} == {len(heads)}


@pytest.mark.parametrize(
    "words", ["delivered 1 (25.0 %)", "failed 1 (25.0 %)", "no final report 1", "rejected 1"]
)
def test_it_counts_outcomes(page: Parsed, words: str) -> None:
    assert words in page.text


def test_a_refusal_and_a_failure_have_the_words_of_the_user(page: Parsed) -> None:
    assert "refused: code -3 “余额不足" in page.text
    assert "(余额用完)" in page.text
    assert f"{MARKUP} (空号<b>)" in page.text


def test_it_shows_texts(page: Parsed) -> None:
    assert "【科】王您好" in page.text


def test_the_file_is_named_without_its_directory(run: Run, batch: str, report: Report) -> None:
    query_ledger("UPDATE batches SET source = '/home/me/secret/people.csv'")
    text = report().text
    assert ("people.csv" in text, "secret" in text) == (True, False)


def test_only_accepted_and_unknown_recipients_are_billed(run: Run, batch: str, report: Report) -> None:
    query_ledger("UPDATE batches SET price = '0.045'")
    text = report().text
    assert ("billed messages3" in text, "cost0.135" in text) == (True, True)


def test_times_that_cannot_be_are_not_drawn(page: Parsed) -> None:
    # The reports of this batch have a time of days ago.
    assert [one for one in page.elements("svg") if one["class"] == "columns"] == []


def test_deliveries_are_drawn_over_time(run: Run, batch: str, report: Report) -> None:
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    query_ledger("UPDATE deliveries SET time = ?, seconds = 5", (now,))
    page = report()
    assert "1 delivered, 1 failed" in page.text
    assert "Half of them took at most 5 s" in page.text


def test_a_batch_that_was_never_sent_has_a_page(run: Run, gateway: RecordsGateway) -> None:
    env = {"KXSMS_BASE_URL": "http://127.0.0.1:1"}
    name = run("send", ONE, "-m", "【科】好", "--retries", "0", "-o", "json", env=env).json["batch"]
    page = Parsed.of(run("batch", "report", name, "--html", "-").text)
    assert "not sent 1 (100.0 %)" in page.text


# Nothing in it is run, and it asks nobody


def test_nothing_of_a_batch_becomes_an_element(page: Parsed) -> None:
    assert len(page.elements("script")) == 2
    assert page.elements("img") == page.elements("b") == []


@pytest.mark.parametrize("sign", ["<", ">", "&"])
def test_the_data_of_the_table_has_no_sign_of_markup(page: Parsed, sign: str) -> None:
    assert sign not in page.scripts[0]


def test_hostile_texts_are_shown_as_they_are(page: Parsed) -> None:
    assert HOSTILE in page.text
    assert rows(page)[0][3] == HOSTILE


def test_no_attribute_runs_or_styles_anything(page: Parsed) -> None:
    names = {name for _, attributes in page.tags for name in attributes}
    assert not {
        name for name in names if name.startswith("on") or name in ("style", "src", "srcset", "action")
    }


def test_no_element_names_an_address(page: Parsed) -> None:
    links = [attributes["href"] for _, attributes in page.tags if "href" in attributes]
    assert links == ["data:,"]


def test_the_policy_allows_its_own_style_and_script_alone(page: Parsed) -> None:
    (policy,) = (one["content"] for one in page.elements("meta") if "http-equiv" in one)
    assert policy is not None
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-\S+'; script-src 'sha256-\S+'; img-src data:;"
        r" base-uri 'none'; form-action 'none'",
        policy,
    )


@pytest.mark.parametrize("address", ["http:", "https:", "//www", "url(", "@import"])
def test_the_page_holds_no_address(run: Run, batch: str, address: str) -> None:
    assert address not in run("batch", "report", batch, "--html", "-").text


def test_control_characters_are_shown(run: Run, batch: str, report: Report) -> None:
    query_ledger("UPDATE requests SET content = content || ?", ("\u202e\x07",))
    assert "\\u202e\\x07" in report().text


def test_half_a_surrogate_pair_is_shown(run: Run, batch: str, report: Report) -> None:
    query_ledger("UPDATE records SET content = ? WHERE kind = 'mo'", (storable("\ud800"),))
    assert rows(report())[0][6] == "\\ud800"


# --mask


def test_it_masks_every_number(report: Report) -> None:
    page = report("--mask")
    assert [row[0] for row in rows(page)] == ["138****0001", "139****0002", "137****0003", "136****0004"]


@pytest.mark.parametrize("number", [ONE, TWO, THREE, FOUR, "13900001111", "13700000009"])
def test_no_masked_number_is_anywhere_on_the_page(run: Run, batch: str, number: str) -> None:
    assert number in run("batch", "report", batch, "--html", "-").text
    assert number not in run("batch", "report", batch, "--html", "-", "--mask").text


def test_the_environment_masks_too(run: Run, batch: str) -> None:
    assert ONE not in run("batch", "report", batch, "--html", "-", env={"KXSMS_MASK": "1"}).text


def test_a_page_says_whether_it_holds_numbers(report: Report) -> None:
    assert ("share it only" in report().text, "are hidden" in report("--mask").text) == (True, True)


# More recipients than a table takes


@pytest.fixture
def cut(batch: str) -> Parsed:
    """Return the page of a table of two recipients."""
    with Ledger(ledger_place(), writable=False) as ledger:
        found = ledger.find(batch)
        now = datetime.now().astimezone()
        rows = ledger.report(found).rows(2)
        return Parsed.of("".join(page_parts(BatchReport(found, 0, (), (), (), {}, None, None, rows, now))))


def test_those_without_a_delivery_come_first(cut: Parsed) -> None:
    assert [row[0] for row in rows(cut)] == [TWO, THREE]


def test_the_others_are_summed_up(cut: Parsed) -> None:
    assert "2 more recipients are not listed: 1 delivered, 1 rejected." in cut.text


def test_the_delivered_ones_fill_the_table(batch: str) -> None:
    with Ledger(ledger_place(), writable=False) as ledger:
        query_ledger("UPDATE deliveries SET state = 'delivered'")
        fates = [row.fate for row in ledger.report(ledger.find(batch)).rows(3)]
    assert fates == [Fate.PENDING, Fate.REJECTED, Fate.DELIVERED]


def test_a_whole_table_sums_up_nothing(page: Parsed) -> None:
    assert "not listed" not in page.text


# The file


def test_it_says_what_it_wrote(run: Run, batch: str) -> None:
    done = run("batch", "report", batch, "--html", "r.html", "-o", "json")
    assert done.json == {"batch": batch, "file": "r.html", "recipients": 4}


def test_only_its_owner_can_read_it(run: Run, batch: str) -> None:
    run("batch", "report", batch, "--html", "r.html")
    assert stat.S_IMODE(Path("r.html").stat().st_mode) == 0o600


def test_a_file_that_exists_is_kept(run: Run, batch: str) -> None:
    Path("r.html").write_text("mine")
    done = run("batch", "report", batch, "--html", "r.html")
    assert (done.status, Path("r.html").read_text()) == (2, "mine")
    assert "name a new file with --html" in done.err


def test_a_directory_that_does_not_exist_is_named(run: Run, batch: str) -> None:
    done = run("batch", "report", batch, "--html", "no/r.html")
    assert (done.status, "there is no directory no" in done.err) == (2, True)


def test_a_failure_leaves_no_file(run: Run, batch: str) -> None:
    query_ledger("DROP TABLE records")
    done = run("batch", "report", batch, "--html", "r.html")
    assert (done.status, list(Path().glob("*r.html*")), list(Path().glob(".kxsms-*"))) == (1, [], [])


@pytest.mark.skipif(os.name != "posix", reason="needs named pipes")
def test_a_pipe_is_written_to(run: Run, batch: str) -> None:
    os.mkfifo("pipe")
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(Path("pipe").read_text("utf-8")))
    reader.start()
    run("batch", "report", batch, "--html", "pipe")
    reader.join()
    assert read[0].endswith("</html>\n")


def test_it_needs_a_file(run: Run, batch: str) -> None:
    done = run("batch", "report", batch)
    assert (done.status, "--html" in done.err) == (2, True)


def test_it_has_no_raw_format(run: Run, batch: str) -> None:
    assert run("batch", "report", batch, "--html", "r.html", "-o", "raw-xml").status == 2


def test_the_token_is_not_on_the_page(run: Run, batch: str) -> None:
    assert TOKEN not in run("batch", "report", batch, "--html", "-").text
