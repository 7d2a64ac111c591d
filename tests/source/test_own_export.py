"""An export that is sent again: the apostrophes that it has put before cells are taken off, no others."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kxsms.domain.cell import disarmed
from kxsms.source.own_export import restored
from tests.conftest import Done, Run
from tests.ledger.scene import people, send_csv, taken
from tests.scripted_gateway import ScriptedGateway

FORMULAS = ["=1+1", "@甲", "-a", "+a", "'=1", "''@", "＝甲", "-"]
OTHERS = ["'甲", "'", "-5", "+8613800000000", "甲"]


def write(cells: Sequence[str], header: Sequence[str] = ("mobile", "=name", "content")) -> None:
    """Write people.csv with a row and a text for each cell."""
    rows = [
        (mobile, cell, f"{cell}【科】") for (mobile, _), cell in zip(people(len(cells)), cells, strict=True)
    ]
    with Path("people.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def sent_again(run: Run, *options: str, send: Sequence[str] = ()) -> tuple[Done, str]:
    """Send people.csv, export it, and send the export. Return the second send, and the first batch."""
    name = send_csv(run, "--again").json["batch"]
    Path("again.csv").write_bytes(run("batch", "export", name, *options).out)
    return send_csv(run, *send, file="again.csv"), name


def test_an_export_is_the_same_batch(run: Run, gateway: ScriptedGateway) -> None:
    write([*FORMULAS, *OTHERS])
    done, name = sent_again(run)
    assert (done.json["replayed"], done.json["batch"]) == (True, name)


def test_a_note_says_how_many_apostrophes_were_taken_off(run: Run, gateway: ScriptedGateway) -> None:
    write(["=1", "甲"])
    done, _ = sent_again(run)
    assert "again.csv: took off 3 apostrophes" in done.err


def test_the_texts_are_those_of_the_first_send(run: Run, gateway: ScriptedGateway) -> None:
    write([*FORMULAS, *OTHERS])
    sent_again(run, send=["--again"])
    count, arrived = len(FORMULAS) + len(OTHERS), taken(gateway)
    assert sorted(arrived[count:]) == sorted(arrived[:count])


def test_a_column_has_its_name_again(run: Run, gateway: ScriptedGateway) -> None:
    write(["甲"])
    name = send_csv(run).json["batch"]
    Path("again.csv").write_bytes(run("batch", "export", name).out)
    done = send_csv(run, "-m", "【科】{=name}{content}", "--dry-run", file="again.csv")
    assert done.json["sample"] == [{"mobile": people(1)[0][0], "text": "【科】甲甲【科】"}]


def test_a_plain_export_keeps_its_apostrophes(run: Run, gateway: ScriptedGateway) -> None:
    write(["=1", "'=2"])
    done, name = sent_again(run, "--plain")
    assert (done.json["replayed"], done.json["batch"]) == (True, name)
    assert "kept because other cells are formulas" in done.err


def test_another_file_keeps_its_apostrophes(run: Run, gateway: ScriptedGateway) -> None:
    write(["'=1"])
    send_csv(run)
    assert [text for _, text in taken(gateway)] == ["'=1【科】"]


def test_a_row_that_a_person_added_keeps_its_apostrophes(run: Run, gateway: ScriptedGateway) -> None:
    write(["=1"])
    name = send_csv(run).json["batch"]
    export = run("batch", "export", name).out + "13900000000,-,'=2【科】,,,,,,,\r\n".encode()
    Path("again.csv").write_bytes(export)
    taken(gateway)
    send_csv(run, "--again", file="again.csv")
    assert [text for _, text in taken(gateway)] == ["=1【科】", "'=2【科】"]


def test_the_file_of_a_dry_run_is_an_export_too(run: Run, gateway: ScriptedGateway) -> None:
    write(["=1"])
    run("send", "--csv", "people.csv", "--dry-run", "--out", "plan.csv")
    assert "'=1【科】" in Path("plan.csv").read_text("utf-8-sig")
    send_csv(run, "-m", "{text}", file="plan.csv")
    assert [text for _, text in taken(gateway)] == ["=1【科】"]


def test_stdin_is_recognised_too(run: Run, gateway: ScriptedGateway) -> None:
    write(["=1"])
    name = send_csv(run).json["batch"]
    done = send_csv(run, file="-", stdin=run("batch", "export", name).out)
    assert done.json["batch"] == name


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030"])
def test_an_export_in_another_encoding_is_the_same_batch(
    run: Run, gateway: ScriptedGateway, encoding: str
) -> None:
    write(FORMULAS)
    done, name = sent_again(run, "--encoding", encoding)
    assert done.json["batch"] == name


@given(st.text(st.sampled_from("=+-@＝'\t\r\n \ufeff.5a") | st.characters(codec="utf-8"), max_size=8))
def test_a_cell_is_restored_exactly(cell: str) -> None:
    assert restored(disarmed(cell)) == cell


CELLS = st.text(st.sampled_from("=+-@＝'.5a甲"), min_size=1, max_size=6)


def test_any_export_is_the_same_batch(run: Run, gateway: ScriptedGateway) -> None:
    @settings(deadline=None, max_examples=15)
    @given(st.lists(CELLS, min_size=1, max_size=6))
    def check(cells: list[str]) -> None:
        write(cells)
        done, name = sent_again(run)
        assert done.status == 0, done.err
        assert json.loads(done.out)["batch"] == name

    check()
