"""`-o json` after a request whose answer is cut, or not the gateway's.

Every fault, and the words for it, is in `tests/faults/wire.py`.
"""

import pytest

from tests.conftest import TOKEN, Run
from tests.faults.wire import refusing_port
from tests.gateway.wire.conftest import TEXT
from tests.scripted_gateway import Act, ScriptedGateway, answer, close, half

PAGE = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"

# The outcome of a send, the kind of error and the exit status of a report, and words of the explanation.
CASES: dict[str, tuple[Act, str, str, int, str]] = {
    "closed": (close, "unknown", "no_answer", 5, "closed the connection"),
    "half a body": (half(), "unknown", "no_answer", 5, "broke off"),
    "rubbish": (answer("Service unavailable"), "unknown", "unread", 1, "Service unavailable"),
    "page": (answer(PAGE, content_type="text/html"), "unknown", "no_answer", 5, "502 Bad Gateway"),
    "http-404": (answer(PAGE, status=404), "not_sent", "no_answer", 5, "HTTP 404"),
    "http-502": (answer("", status=502), "unknown", "no_answer", 5, "HTTP 502"),
}


@pytest.mark.parametrize("case", CASES)
def test_send_in_json(run: Run, gateway: ScriptedGateway, case: str) -> None:
    act, outcome, _, _, word = CASES[case]
    gateway.script = [act]

    done = run("send", "13800000000", "13900000000", "-m", TEXT, "--retries", "0", "-o", "json")

    status = 5 if outcome == "not_sent" else 6
    assert done.status == status
    assert done.error["kind"] == {5: "no_answer", 6: "unknown"}[status]
    assert word in done.error["message"]
    assert done.json["exit_status"] == status
    assert {name: done.json[name] for name in ("accepted", "rejected", "not_sent", "unknown")} == {
        "accepted": 0,
        "rejected": 0,
        "not_sent": 0,
        "unknown": 0,
    } | {outcome: 2}
    (task,) = done.json["tasks"]
    assert word in task.pop("message")
    assert task == {"task_id": None, "code": None, "outcome": outcome, "recipients": 2}
    assert len(gateway.received) == 1


def test_send_to_a_closed_port_in_json(run: Run) -> None:
    with refusing_port() as url:
        environ = {"KXSMS_BASE_URL": url, "KXSMS_ACCOUNT": "12345", "KXSMS_TOKEN": TOKEN}
        done = run("send", "13800000000", "-m", TEXT, "--retries", "0", "-o", "json", env=environ)

    assert done.status == 5
    assert done.error["kind"] == "no_answer"
    assert done.json["not_sent"] == 1
    assert done.json["unknown"] == 0
    assert done.json["exit_status"] == 5
    assert "refused the connection" in done.json["tasks"][0]["message"]


@pytest.mark.parametrize("format", ["json", "jsonl"])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("command", ["balance", "report", "mo"])
def test_query_in_json(run: Run, gateway: ScriptedGateway, command: str, case: str, format: str) -> None:
    act, _, kind, status, word = CASES[case]
    expected = ("no_answer", 5) if command == "balance" else (kind, status)
    gateway.script = [act]

    done = run(command, "-o", format)

    assert done.status == expected[1]
    assert set(done.error) == {"kind", "message", "hint", "exit_status"}
    assert (done.error["kind"], done.error["exit_status"]) == expected
    assert word in done.error["message"]


# Neither records nor a Code nor empty: a user who reads "nothing new" would not ask again.
NO_ANSWER = {
    "text": '"server busy"',
    "json-error": '{"error":"server busy"}',
    "xml-error": "<Error>server busy</Error>",
    "true": "false",
}


@pytest.mark.parametrize("case", NO_ANSWER)
@pytest.mark.parametrize("command", ["balance", "report", "mo"])
def test_an_answer_without_records_and_code_fails_a_query(
    run: Run, gateway: ScriptedGateway, command: str, case: str
) -> None:
    gateway.script = [answer(NO_ANSWER[case])]

    assert run(command).status == (5 if command == "balance" else 1)
