"""`batch check` compares the tables of the ledger with those that this version creates."""

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.ledger.scene import send_one
from tests.scripted_gateway import ScriptedGateway

pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DROP INDEX rows_mobile", "the index rows_mobile is missing"),
        ("DROP TABLE attempts", "the table attempts is missing"),
        ("ALTER TABLE requests DROP COLUMN reply", "the table requests has no column reply"),
        ("ALTER TABLE requests ADD COLUMN price REAL", "the table requests has an unknown column price"),
        ("CREATE TABLE people (name TEXT)", "the table people is unknown to this version"),
        ("CREATE TRIGGER t AFTER DELETE ON rows BEGIN SELECT 1; END", "the trigger t is unknown"),
    ],
)
def test_a_difference_of_the_schema_is_named(
    run: Run, gateway: ScriptedGateway, statement: str, words: str
) -> None:
    assert send_one(run).status == 0
    assert run("batch", "check").status == 0
    query_ledger(statement)

    done = run("batch", "check")

    assert done.status == 1
    assert words in done.err
