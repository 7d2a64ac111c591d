"""The price of messages: costs in plans, questions, results and lists."""

import json
import re
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from tests.conftest import Done, Run
from tests.engines import query_ledger
from tests.inbox.records_gateway import write_profile
from tests.ledger.scene import people, send_csv, send_one, unfinished, write_csv
from tests.scripted_gateway import ScriptedGateway
from tests.terminal import on_terminal

LONG = ("13900000000", "好" * 71)
"""A recipient whose text is billed as two messages."""


def shown(*arguments: str, answers: Sequence[str] = ()) -> tuple[int, str]:
    """Run kxsms on a terminal. Return its status, and what is shown without colours."""
    return on_terminal([sys.executable, "-m", "kxsms", *arguments], answers=answers, env={"NO_COLOR": "1"})


def cost(done: Done) -> Decimal:
    """Return the cost in a JSON document, digit by digit."""
    found: Decimal = json.loads(done.out, parse_float=Decimal, parse_int=Decimal)["cost"]
    return found


def test_the_cost_of_a_batch_is_exact(run: Run, gateway: ScriptedGateway) -> None:
    write_profile(price={"sms": 0.04507})
    write_csv([*people(2), LONG])
    assert cost(send_csv(run, "--dry-run")) == Decimal("0.18028")
    assert cost(send_csv(run)) == Decimal("0.18028")


def test_a_single_send_has_a_cost(run: Run, gateway: ScriptedGateway) -> None:
    write_profile(price={"sms": "0.045"})
    assert cost(send_one(run)) == Decimal("0.045")


def test_without_a_price_the_cost_is_null(run: Run, gateway: ScriptedGateway) -> None:
    write_profile(price={"vip": 1})
    assert send_one(run).json["cost"] is None
    assert send_one(run, "--dry-run").json["cost"] is None


def test_the_cost_of_a_product_is_that_of_its_price(run: Run, gateway: ScriptedGateway) -> None:
    write_profile(price={"sms": 0.04, "vip": 0.05})
    assert send_one(run, "--product", "vip").json["cost"] == 0.05


def test_a_batch_keeps_the_price_at_which_it_was_made(run: Run, gateway: ScriptedGateway) -> None:
    write_profile(price={"sms": 0.045})
    write_csv(people(2))
    name = send_csv(run).json["batch"]
    write_profile(price={"sms": 9})
    assert run("batch", "show", name, "-o", "json").json["cost"] == 0.09
    assert run("batch", "list", "-o", "json").json[0]["cost"] == 0.09
    assert send_csv(run).json["cost"] == 0.09
    assert query_ledger("SELECT price FROM batches") == [("0.045",)]


def test_the_list_of_batches_has_billed_messages_requests_and_cost(
    run: Run, gateway: ScriptedGateway
) -> None:
    write_profile(price={"sms": 0.045})
    write_csv([*people(2), LONG])
    send_csv(run)
    (batch,) = run("batch", "list", "-o", "json").json
    assert {key: batch[key] for key in ("recipients", "segments", "requests", "cost")} == {
        "recipients": 3,
        "segments": 4,
        "requests": 3,
        "cost": 0.18,
    }
    keys = list(batch)
    assert keys.index("cost") == keys.index("requests") + 1 == keys.index("segments") + 2


def test_people_see_the_cost_in_the_plan_and_in_the_question(gateway: ScriptedGateway) -> None:
    write_profile(price={"sms": 30})
    write_csv([*people(2), LONG])
    status, asked = shown("send", "--csv", "people.csv", answers=["n"])
    assert status == 7
    assert re.search(r"^cost +120\.00 *$", asked, re.M)
    words = " ".join(asked.split())
    assert "Send 4 billed messages (cost 120.00" in words


def test_people_see_the_cost_in_lists(run: Run, gateway: ScriptedGateway) -> None:
    write_profile(price={"sms": 1000})
    write_csv([*people(2), LONG])
    name = send_csv(run).json["batch"]
    _, listed = shown("batch", "list")
    assert re.search(r"\bcost\b.*\n.* 4,000\.00 ", listed)
    _, asked = shown("batch", "show", name)
    assert re.search(r"^cost +4,000\.00", asked, re.M)


def test_the_question_about_the_rest_of_a_batch_has_the_cost_of_the_rest(
    run: Run, gateway: ScriptedGateway
) -> None:
    write_profile(price={"sms": 10})
    write_csv(people(5))
    unfinished(run, gateway)
    _, asked = shown("send", "--csv", "people.csv", answers=["n"])
    assert "Send 3 billed messages (cost 30.00" in " ".join(asked.split())


def test_a_table_for_programs_has_the_cost(run: Run, gateway: ScriptedGateway) -> None:
    write_profile(price={"sms": 0.045})
    Path("people.csv").write_text("mobile,content\n13800000001,【科】a\n")
    head, row = run("send", "--csv", "people.csv", "--dry-run").lines
    assert dict(zip(head.split("\t"), row.split("\t"), strict=True))["cost"] == "0.045"
