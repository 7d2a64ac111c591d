"""A ledger of an older version, without origins of gateways: the command given before replays after it.

`older_ledger.sql` was made by that version: finished.csv was sent, unfinished.csv paused after one of six,
one send has the key `k`, and one ended unknown, all with the profile `t`.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kxsms.domain.identity import fingerprint
from kxsms.sending.identity import SeenRows
from tests.conftest import TOKEN, Run
from tests.engines import query_ledger
from tests.inbox.records_gateway import write_profile
from tests.ledger.scene import TEXT, Pair, batches, ledger_file, send_csv, taken, write_csv
from tests.scripted_gateway import ScriptedGateway

pytestmark = pytest.mark.sqlite

FINISHED: list[Pair] = [(f"1380000000{number}", f"{TEXT}{number}") for number in range(3)]
UNFINISHED: list[Pair] = [(f"1390000000{number}", f"{TEXT}{number}") for number in range(6)]
KEYED = ("send", "13700000000", "-m", TEXT, "-o", "json", "--idempotency-key", "k")


@pytest.fixture(autouse=True)
def older_ledger(home: Path) -> None:
    ledger_file().parent.mkdir(mode=0o700)
    ledger_file().touch(0o600)
    with closing(sqlite3.connect(ledger_file())) as connection:
        connection.executescript((Path(__file__).parent / "older_ledger.sql").read_text(encoding="utf-8"))


@pytest.fixture(params=["profile", "environment"])
def known_by(
    request: pytest.FixtureRequest, gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Name the gateway in the profile, or in a variable: then the origin of older batches is unknown."""
    for name in ("KXSMS_ACCOUNT", "KXSMS_TOKEN", "KXSMS_BASE_URL"):
        monkeypatch.delenv(name)
    if request.param == "profile":
        write_profile(account="12345", token=TOKEN, base_url=gateway.url)
    else:
        write_profile(account="12345", token=TOKEN)
        monkeypatch.setenv("KXSMS_BASE_URL", gateway.url)
    return str(request.param)


def test_an_older_batch_has_the_origin_of_its_profile_where_that_is_known(
    run: Run, gateway: ScriptedGateway, known_by: str
) -> None:
    run("batch", "list")
    origin = gateway.url.removeprefix("http://") if known_by == "profile" else None
    assert query_ledger("SELECT DISTINCT origin FROM batches") == [(origin,)]


def test_a_finished_file_replays(run: Run, gateway: ScriptedGateway, known_by: str) -> None:
    write_csv(FINISHED, "finished.csv")
    done = send_csv(run, file="finished.csv")
    assert done.json["replayed"] is True
    assert done.status == 0
    assert taken(gateway) == []


def test_an_unfinished_file_is_resumed(run: Run, gateway: ScriptedGateway, known_by: str) -> None:
    write_csv(UNFINISHED, "unfinished.csv")
    done = send_csv(run, file="unfinished.csv")
    assert done.json["resumed"] is True
    assert taken(gateway) == UNFINISHED[1:]


def test_a_known_key_replays(run: Run, gateway: ScriptedGateway, known_by: str) -> None:
    done = run(*KEYED)
    assert done.json["replayed"] is True
    assert taken(gateway) == []


def test_a_known_key_refuses_another_text(run: Run, gateway: ScriptedGateway, known_by: str) -> None:
    assert run("send", "13700000000", "-m", TEXT + "!", "--idempotency-key", "k").status == 2


def test_the_overlap_with_an_older_batch_is_found(run: Run, gateway: ScriptedGateway, known_by: str) -> None:
    query_ledger("UPDATE requests SET settled = unixepoch('now')")
    write_csv([*FINISHED, ("13800000009", TEXT)], "more.csv")
    assert send_csv(run, file="more.csv").status == 7


def test_the_older_ledger_is_sound(run: Run, gateway: ScriptedGateway, known_by: str) -> None:
    assert run("batch", "check").status == 0


def test_an_older_batch_has_the_text_that_all_its_recipients_got(run: Run, known_by: str) -> None:
    texts = {batch["batch"]: batch["text"] for batch in run("batch", "list", "-o", "json").json}
    assert (texts["a4802c3f"], texts["149b0d9a"]) == (TEXT, None)


def test_another_gateway_gets_the_file_where_the_origin_is_known(
    run: Run, gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KXSMS_BASE_URL")
    write_profile(account="12345", token=TOKEN, base_url="http://127.0.0.1:1")
    run("batch", "list")
    monkeypatch.setenv("KXSMS_BASE_URL", gateway.url)
    write_csv(FINISHED, "finished.csv")
    assert send_csv(run, file="finished.csv").json["replayed"] is False
    assert taken(gateway) == FINISHED


def test_a_config_that_cannot_be_read_leaves_the_origin_unknown(run: Run) -> None:
    Path(os.environ["KXSMS_CONFIG"]).write_text("[", encoding="utf-8")
    assert run("batch", "list").status == 0
    assert query_ledger("SELECT DISTINCT origin FROM batches") == [(None,)]
    assert batches() == 4


def test_another_account_under_the_name_of_the_profile_leaves_the_origin_unknown(
    run: Run, gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KXSMS_BASE_URL")
    write_profile(account="another", token=TOKEN, base_url="http://127.0.0.1:1")
    run("batch", "list")
    assert query_ledger("SELECT DISTINCT origin FROM batches") == [(None,)]


def respelled(pairs: list[Pair], account: str) -> bytes:
    """Return the fingerprint that the older version made of a send."""
    seen = SeenRows()
    numbers = seen.add_texts([text for _, text in pairs], range(1, len(pairs) + 1))
    seen.add_recipients([number + int(mobile) for number, (mobile, _) in zip(numbers, pairs, strict=True)])
    return fingerprint(seen.digest(()), account, "sms", None)


@pytest.fixture
def with_blanks(known_by: str) -> None:
    """Let the account in the ledger be one that the older version did not trim."""
    for batch, pairs in ((1, FINISHED), (2, UNFINISHED), (3, [("13700000000", TEXT)])):
        same = query_ledger("SELECT fingerprint FROM batches WHERE id = ?", (batch,))
        assert same == [(respelled(pairs, "12345"),)]
        query_ledger(
            "UPDATE batches SET account = ?, fingerprint = ?, source_key = NULL WHERE id = ?",
            (" 12345\n", respelled(pairs, " 12345\n"), batch),
        )


def test_a_finished_file_of_an_account_with_blanks_replays(
    run: Run, gateway: ScriptedGateway, with_blanks: None
) -> None:
    write_csv(FINISHED, "finished.csv")
    assert send_csv(run, file="finished.csv").json["replayed"] is True
    assert taken(gateway) == []


def test_an_unfinished_file_of_an_account_with_blanks_is_resumed(
    run: Run, gateway: ScriptedGateway, with_blanks: None
) -> None:
    write_csv(UNFINISHED, "unfinished.csv")
    assert send_csv(run, file="unfinished.csv").json["resumed"] is True
    assert taken(gateway) == UNFINISHED[1:]


def test_a_key_of_an_account_with_blanks_replays(
    run: Run, gateway: ScriptedGateway, with_blanks: None
) -> None:
    assert run(*KEYED).json["replayed"] is True
    assert taken(gateway) == []


def test_batches_of_an_account_with_blanks_have_the_trimmed_one(run: Run, with_blanks: None) -> None:
    run("batch", "list")
    assert query_ledger("SELECT DISTINCT account FROM batches") == [("12345",)]
