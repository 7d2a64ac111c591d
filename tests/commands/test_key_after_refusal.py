"""A key under which nothing was sent tries again, and the earlier batch is superseded."""

import pytest

from tests.conftest import Done, Run
from tests.engines import query_ledger
from tests.ledger.scene import (
    DECLINED,
    ONE,
    REFUSED,
    TEXT,
    batches,
    counts,
    people,
    send_csv,
    send_one,
    taken,
    write_csv,
)
from tests.scripted_gateway import Act, ScriptedGateway, answer, close

KEY = ("--idempotency-key", "k")


@pytest.fixture
def refused(run: Run, gateway: ScriptedGateway) -> Done:
    """Return a send under a key, of which the gateway refused everything."""
    gateway.script = [REFUSED]
    done = send_one(run, *KEY)
    assert done.status == 3
    taken(gateway)
    return done


def test_a_key_tries_again_after_a_refusal(run: Run, gateway: ScriptedGateway, refused: Done) -> None:
    again = send_one(run, *KEY)

    assert again.status == 0
    assert again.json["batch"] != refused.json["batch"]
    assert again.json["replayed"] is False
    assert taken(gateway) == [(ONE, TEXT)]
    assert send_one(run, *KEY).json == {**again.json, "replayed": True}
    assert taken(gateway) == []
    assert run("batch", "check").status == 0


def test_a_key_tries_again_with_other_content(run: Run, gateway: ScriptedGateway, refused: Done) -> None:
    other = run("send", ONE, "-m", f"{TEXT}!", "-o", "json", *KEY)

    assert other.status == 0
    assert taken(gateway) == [(ONE, f"{TEXT}!")]
    assert send_one(run, *KEY).status == 2


@pytest.mark.parametrize("command", [("resume",), ("retry", "--rejected")])
def test_a_superseded_batch_is_not_sent(
    run: Run, gateway: ScriptedGateway, refused: Done, command: tuple[str, ...]
) -> None:
    new = send_one(run, *KEY).json["batch"]
    taken(gateway)

    done = run("batch", command[0], refused.json["batch"], *command[1:], "-o", "json")

    assert done.status == 2
    assert f"superseded by batch {new}" in done.error["message"]
    assert taken(gateway) == []


def test_show_says_that_a_batch_is_superseded(run: Run, gateway: ScriptedGateway, refused: Done) -> None:
    new = send_one(run, *KEY).json["batch"]

    shown = run("batch", "show", refused.json["batch"])

    assert f"superseded by batch {new}" in shown.err
    assert "retry" not in shown.err


@pytest.mark.parametrize("options", [(), ("--skip-sent",)])
def test_a_paused_batch_under_a_key_is_sent_whole(
    run: Run, gateway: ScriptedGateway, options: tuple[str, ...]
) -> None:
    """A wrong token: the first recipients are refused, the others are left."""
    write_csv(people(4))
    gateway.script = [REFUSED]
    first = send_csv(run, "--pause-after", "1", *KEY, *options)
    assert counts(first) == (0, 1, 3, 0)
    taken(gateway)

    again = send_csv(run, *KEY, *options)

    assert again.status == 0
    assert taken(gateway) == people(4)
    assert again.json["batch"] != first.json["batch"]
    states = {row["batch"]: row["state"] for row in run("batch", "list", "-o", "json").json}
    assert set(states.values()) == {"finished"}
    write_csv(people(5))
    assert "the same text to 4 recipients " in send_csv(run).error["message"]


def test_a_send_without_the_key_does_not_resume_a_superseded_batch(
    run: Run, gateway: ScriptedGateway
) -> None:
    write_csv(people(2))
    gateway.script = [REFUSED]
    send_csv(run, "--pause-after", "1", *KEY)
    new = send_csv(run, *KEY).json["batch"]
    taken(gateway)

    assert send_csv(run).json["batch"] == new
    assert taken(gateway) == []


@pytest.mark.parametrize("act", [answer(), close])
def test_a_key_under_which_something_may_have_been_sent_is_kept(
    run: Run, gateway: ScriptedGateway, act: Act
) -> None:
    write_csv(people(2))
    gateway.script = [act, REFUSED]
    first = send_csv(run, *KEY)
    taken(gateway)

    assert send_csv(run, *KEY).json["batch"] == first.json["batch"]
    write_csv(people(3))
    assert send_csv(run, *KEY).status == 2
    assert taken(gateway) == []


def test_what_did_not_reach_the_gateway_is_resumed_or_superseded(run: Run, gateway: ScriptedGateway) -> None:
    gateway.script = [DECLINED]
    first = send_one(run, *KEY)
    taken(gateway)
    other = run("send", ONE, "-m", f"{TEXT}!", "-o", "json", *KEY)

    assert other.status == 0
    assert run("batch", "resume", first.json["batch"]).status == 2
    assert taken(gateway) == [(ONE, f"{TEXT}!")]


def test_the_same_content_that_did_not_reach_the_gateway_is_resumed(
    run: Run, gateway: ScriptedGateway
) -> None:
    gateway.script = [DECLINED]
    send_one(run, *KEY)

    assert send_one(run, *KEY).json["resumed"] is True
    assert batches() == 1


def test_a_half_written_successor_gives_the_key_back(
    run: Run, gateway: ScriptedGateway, refused: Done
) -> None:
    send_one(run, *KEY)
    query_ledger("UPDATE batches SET ready = FALSE WHERE idempotency_key LIKE '% k'")

    assert run("batch", "retry", refused.json["batch"], "--rejected").status == 0
    assert send_one(run, *KEY).json["batch"] == refused.json["batch"]


def test_a_dry_run_under_a_refused_key_shows_a_new_send(
    run: Run, gateway: ScriptedGateway, refused: Done
) -> None:
    assert "is the same send" not in run("send", ONE, "-m", TEXT, "--dry-run", *KEY).err
