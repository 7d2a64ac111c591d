"""`batch list` and `batch show` have the text or template of a batch."""

from pathlib import Path

import pytest

from tests.conftest import Run
from tests.ledger.scene import TEXT, people, send_csv, write_csv
from tests.scripted_gateway import ScriptedGateway


def text(run: Run) -> object:
    """Return the text of the newest batch in the list, which is that in `batch show`."""
    newest = run("batch", "list", "-o", "json").json[0]
    assert run("batch", "show", newest["batch"], "-o", "json").json["text"] == newest["text"]
    return newest["text"]


def test_numbers_have_their_text(run: Run, gateway: ScriptedGateway) -> None:
    run("send", "13700000000", "-m", "您好", "--signature", "科迅")
    assert text(run) == TEXT


@pytest.mark.parametrize("template", ["【科迅】{name}您好", "【科迅】{{双11}}{name}"])
def test_a_file_has_its_template(run: Run, gateway: ScriptedGateway, template: str) -> None:
    Path("people.csv").write_text("mobile,name\n13800000000,李\n", encoding="utf-8")
    run("send", "--csv", "people.csv", "-m", template, "--yes")
    assert text(run) == template


def test_a_template_has_the_signature_of_the_send(run: Run, gateway: ScriptedGateway) -> None:
    Path("people.csv").write_text("mobile,name\n13800000000,李\n", encoding="utf-8")
    run("send", "--csv", "people.csv", "-m", "{name}您好", "--signature", "科迅", "--yes")
    assert text(run) == "【科迅】{name}您好"


def test_a_file_of_texts_has_none(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(2))
    send_csv(run)
    assert text(run) is None


def test_a_test_has_the_template(run: Run, gateway: ScriptedGateway) -> None:
    Path("people.csv").write_text("mobile,name\n13800000000,李\n", encoding="utf-8")
    template = "【科迅】{name}您好"
    run("send", "--csv", "people.csv", "-m", template, "--test-to", "13700000000", "--yes")
    assert text(run) == template


def test_numbers_in_the_text_are_masked(run: Run, gateway: ScriptedGateway) -> None:
    run("send", "13700000000", "-m", "【科迅】请致电13800000000")
    assert run("batch", "list", "--mask", "-o", "json").json[0]["text"] == "【科迅】请致电138****0000"
