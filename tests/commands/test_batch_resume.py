"""`kxsms batch resume`: the option --yes of scripts."""

import pytest

from tests.conftest import Run
from tests.ledger.scene import people, taken, unfinished, write_csv
from tests.scripted_gateway import ScriptedGateway


@pytest.mark.parametrize("option", ["--yes", "-y"])
def test_resume_takes_yes_and_asks_nothing_without_it(
    run: Run, gateway: ScriptedGateway, option: str
) -> None:
    write_csv(people(15))
    name = unfinished(run, gateway).json["batch"]

    assert run("batch", "resume", name, option).status == 3
    assert len(taken(gateway)) == 13
