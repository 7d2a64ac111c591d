"""How PostgreSQL reads large tables of which it has no statistics yet."""

from pathlib import Path

import psycopg
import pytest

from tests.conftest import Run
from tests.ledger.scene import people, write_csv
from tests.scripted_gateway import ScriptedGateway

MANY = 20_000


def test_a_list_that_was_just_imported_is_not_read_for_each_row(
    run: Run, gateway: ScriptedGateway, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = psycopg.conninfo.conninfo_to_dict(postgres_url)["user"]
    monkeypatch.setenv("KXSMS_LEDGER", f"{postgres_url}&schema={schema}")
    monkeypatch.setenv("PGOPTIONS", "-c statement_timeout=4s")
    rows = people(MANY)
    write_csv(rows)
    Path("list.txt").write_text("\n".join(mobile for mobile, _ in rows[1:]))
    run("optout", "import", "list.txt")

    done = run("send", "--csv", "people.csv", "--dry-run", "-o", "json")

    assert done.status == 0, done.err
    assert done.json["opted_out"] == MANY - 1
