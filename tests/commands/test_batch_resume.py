"""`kxsms batch resume`: the option --yes of scripts, and a batch of which nothing is left."""

import pytest

from tests.conftest import Run
from tests.ledger.scene import people, send_csv, taken, unfinished, write_csv
from tests.scripted_gateway import ScriptedGateway


@pytest.mark.parametrize("option", ["--yes", "-y"])
def test_resume_takes_yes_and_asks_nothing_without_it(
    run: Run, gateway: ScriptedGateway, option: str
) -> None:
    write_csv(people(15))
    name = unfinished(run, gateway).json["batch"]

    assert run("batch", "resume", name, option).status == 3
    assert len(taken(gateway)) == 13


def test_resume_of_a_finished_batch_says_that_nothing_is_left(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(2))
    name = send_csv(run).json["batch"]
    taken(gateway)

    done = run("batch", "resume", name)

    assert done.err.startswith(f"kxsms: batch {name} is finished: nothing is left to send\n")
    assert done.status == 0
    assert done.lines[1].startswith("accepted\t")
    assert taken(gateway) == []


def test_resume_of_an_unfinished_batch_does_not_say_so(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    name = unfinished(run, gateway).json["batch"]
    assert "nothing is left" not in run("batch", "resume", name).err
