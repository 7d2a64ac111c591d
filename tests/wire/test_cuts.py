"""What becomes of a request whose answer is cut, late, broken or not the gateway's."""

from collections.abc import Callable

import pytest

from kxsms.gateway.transport import MAX_REPLY
from tests.conftest import Done, Run
from tests.gateway import ACCEPTED, Act, ScriptedGateway, answer, close, endless, half, raw, reset, silent
from tests.wire.conftest import TEXT, Configure, Serve

OK = b"HTTP/1.1 200 OK\r\n"
PAGE = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
DTD = '<?xml version="1.0"?><!DOCTYPE Response [<!ENTITY a "b">]><Response><Code>0</Code></Response>'
BOMB = '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><r><Code>0</Code><Message>&b;</Message></r>'
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

HURRIED: dict[str, object] = {"read_timeout": 0.3}
PATIENT: dict[str, object] = {}

# What happens, the profile's settings, and a word of the explanation.
UNKNOWN: dict[str, tuple[Act, dict[str, object], str]] = {
    "silent": (silent, HURRIED, "0.3 s"),
    "silent-within-headers": (raw(OK + b"Content-Ty", then=silent), HURRIED, "0.3 s"),
    "silent-after-headers": (raw(OK + b"Content-Length: 50\r\n\r\n", then=silent), HURRIED, "0.3 s"),
    "silent-within-body": (half(then=silent), HURRIED, "0.3 s"),
    "never-ending": (endless(b" ", 10**9), HURRIED, "0.3 s"),
    "closed": (close, PATIENT, "closed"),
    "closed-within-status-line": (raw(b"HTTP/1."), PATIENT, ""),
    "closed-within-headers": (raw(OK + b"Content-Ty"), PATIENT, ""),
    "closed-after-headers": (raw(OK + b"Content-Length: 50\r\n\r\n"), PATIENT, "broke off"),
    "closed-after-headers-without-length": (raw(OK + b"\r\n"), PATIENT, "empty"),
    "reset": (reset, PATIENT, "cut"),
    "reset-within-headers": (raw(OK + b"Content-Ty", then=reset), PATIENT, ""),
    "reset-within-body": (half(then=reset), PATIENT, ""),
    "half-a-body": (half(), PATIENT, "broke off"),
    "half-a-body-without-length": (raw(OK + b"\r\n" + ACCEPTED[:20].encode()), PATIENT, "damaged"),
    "half-an-xml-without-length": (raw(OK + b"\r\n<Response><Code>0</Co"), PATIENT, "damaged"),
    "chunks-without-end": (raw(CHUNKED + b'5\r\n{"Cod\r\n'), PATIENT, "broke off"),
    "chunk-cut": (raw(CHUNKED + b'50\r\n{"Cod'), PATIENT, "broke off"),
    "chunk-of-no-size": (raw(CHUNKED + b"zz\r\nxxxx\r\n0\r\n\r\n"), PATIENT, ""),
    "no-http": (raw(b"SSH-2.0-OpenSSH_9.6\r\n"), PATIENT, ""),
    "no-status": (raw(b"HTTP/1.1 abc OK\r\n\r\n"), PATIENT, ""),
    "long-header": (raw(OK + b"X: " + b"x" * 100_000 + b"\r\n\r\n"), PATIENT, ""),
    "many-headers": (raw(OK + b"X: x\r\n" * 500 + b"\r\n"), PATIENT, ""),
    "rubbish": (answer("Service temporarily unavailable"), PATIENT, "Service temporarily"),
    "bytes": (answer(bytes(range(128, 256))), PATIENT, ""),
    "nul": (answer(b"\0\0\0\0"), PATIENT, ""),
    "json-without-code": (answer('{"Message":"ok"}'), PATIENT, "Code"),
    "json-number": (answer("0"), PATIENT, ""),
    "deep-json": (answer("[" * 100_000), PATIENT, ""),
    "page": (answer(PAGE, content_type="text/html"), PATIENT, "502 Bad Gateway"),
    "page-502": (answer(PAGE, status=502, content_type="text/html"), PATIENT, "HTML"),
    "empty-body": (answer(""), PATIENT, "empty"),
    "http-204": (raw(b"HTTP/1.1 204 No Content\r\n\r\n"), PATIENT, "204"),
    "dtd": (answer(DTD), PATIENT, "DTD"),
    "dtd-bomb": (answer(BOMB), PATIENT, "DTD"),
    "no-gzip": (answer(headers={"Content-Encoding": "gzip"}), PATIENT, ""),
    "half-a-gzip": (answer(b"\x1f\x8b\x08\0\0", headers={"Content-Encoding": "gzip"}), PATIENT, ""),
    "http-302": (answer("", status=302, headers={"Location": "/x"}), PATIENT, "302"),
    "http-303": (answer("", status=303, headers={"Location": "/x"}), PATIENT, "303"),
    "http-304": (raw(b"HTTP/1.1 304 Not Modified\r\n\r\n"), PATIENT, "304"),
    **{
        f"http-{status}": (answer("sorry", status=status), PATIENT, str(status))
        for status in (500, 502, 503, 504, 599)
    },
}

NOT_SENT: dict[str, tuple[Act, dict[str, object], str]] = {
    **{
        f"http-{status}": (answer("", status=status, headers={"Location": "/x"}), PATIENT, str(status))
        for status in (301, 307, 308)
    },
    **{
        f"http-{status}": (answer(PAGE, status=status, content_type="text/html"), PATIENT, str(status))
        for status in (400, 401, 403, 404, 405, 413, 429, 451)
    },
}

EVERY = {f"{case}": ("unknown", 6, *row) for case, row in UNKNOWN.items()} | {
    f"{case}": ("not_sent", 5, *row) for case, row in NOT_SENT.items()
}

# An empty reply to a query of records says that there are none; JSON without a Code has a test of its own.
NO_ANSWER_TO_BALANCE_ALONE = {
    "closed-after-headers-without-length",
    "empty-body",
    "nul",
    "json-number",
    "json-without-code",
}
# One of each kind: everything below the words is the same for every command.
KINDS = [
    *("silent", "closed", "half-a-body", "no-http", "no-status", "long-header", "rubbish", "page", "dtd"),
    *("http-302", "http-308", "http-404", "http-502"),
]
SLOW = {case for case, row in UNKNOWN.items() if row[1] is HURRIED} - {"silent", "never-ending"}
STATUSES = {case for case in EVERY if case.startswith("http-")} - {*KINDS}
QUERIES = [
    *(("report", case) for case in EVERY if case not in {*NO_ANSWER_TO_BALANCE_ALONE, *SLOW, *STATUSES}),
    *(("balance", case) for case in [*KINDS, *sorted(NO_ANSWER_TO_BALANCE_ALONE)]),
    *(("mo", case) for case in KINDS),
]


@pytest.mark.parametrize("case", EVERY)
def test_send(run: Run, gateway: ScriptedGateway, profile: Configure, case: str) -> None:
    outcome, status, act, settings, word = EVERY[case]
    profile(**settings)
    gateway.script = [act]

    done = run("send", "13800000000", "13900000000", "-m", TEXT, "--retries", "0", "-o", "json")

    assert (done.status, done.err) == (status, "")
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


@pytest.mark.parametrize("case", [*KINDS, "empty-body", "json-without-code"])
def test_send_in_words(run: Run, gateway: ScriptedGateway, profile: Configure, case: str) -> None:
    outcome, status, act, settings, word = EVERY[case]
    profile(**settings)
    gateway.script = [act]

    done = run("send", "13800000000", "-m", TEXT)

    assert done.status == status
    assert done.lines[1].split("\t")[0] == outcome
    error, hint = done.err.splitlines()
    assert error.startswith("kxsms: error: ")
    assert word in error
    assert ("unknown" in error) == (outcome == "unknown")
    assert ("run the same command again" in hint) == (outcome == "not_sent")
    assert "Traceback" not in done.err
    assert len(gateway.received) == 1


# What may hold reports or replies: it is kept, and that it could not be read is said once.
KEPT = {"half-a-body-without-length", "half-an-xml-without-length", "rubbish", "bytes", "nul", "json-number"}
KEPT |= {"deep-json", "dtd", "dtd-bomb", "json-without-code"}


@pytest.mark.parametrize(("command", "case"), QUERIES)
def test_query(run: Run, gateway: ScriptedGateway, profile: Configure, command: str, case: str) -> None:
    _, _, act, settings, word = EVERY[case]
    profile(**settings)
    gateway.script = [act]

    done = run(command)

    assert done.status == (1 if command != "balance" and case in KEPT else 5)
    error, *_, hint = done.err.splitlines()
    assert error.startswith("kxsms: error: ")
    assert word in error
    assert hint.startswith("hint: ")
    assert len(gateway.received) == 1


@pytest.mark.parametrize(
    ("case", "format"), [("closed", "json"), ("closed", "jsonl"), ("rubbish", "json"), ("http-404", "json")]
)
@pytest.mark.parametrize("command", ["balance", "report", "mo"])
def test_query_in_json(
    run: Run, gateway: ScriptedGateway, profile: Configure, command: str, case: str, format: str
) -> None:
    _, _, act, settings, word = EVERY[case]
    profile(**settings)
    gateway.script = [act]

    done = run(command, "-o", format)

    expected = ("unread", 1) if command != "balance" and case in KEPT else ("no_answer", 5)
    assert done.status == expected[1]
    assert set(done.error) == {"kind", "message", "hint", "exit_status"}
    assert (done.error["kind"], done.error["exit_status"]) == expected
    assert word in done.error["message"]


# Neither records nor a Code nor nothing: whoever is told "nothing new" would never ask again.
NO_ANSWER = {
    "text": '"server busy"',
    "json-error": '{"error":"server busy"}',
    "xml-error": "<Error>server busy</Error>",
    "true": "false",
}


@pytest.mark.parametrize("case", NO_ANSWER)
@pytest.mark.parametrize("command", ["balance", "report", "mo"])
def test_what_is_no_answer_to_a_query(run: Run, gateway: ScriptedGateway, command: str, case: str) -> None:
    gateway.script = [answer(NO_ANSWER[case])]

    assert run(command).status == (5 if command == "balance" else 1)


def sending(run: Run) -> tuple[Done, int]:
    return run("send", "13800000000", "-m", TEXT), 6


def asking(run: Run) -> tuple[Done, int]:
    return run("balance"), 5


def fetching(run: Run) -> tuple[Done, int]:
    return run("report"), 5


@pytest.mark.parametrize("ask", [sending, asking, fetching])
def test_answer_over_64_mib(
    run: Run, gateway: ScriptedGateway, ask: Callable[[Run], tuple[Done, int]]
) -> None:
    gateway.script = [endless(b" " * 2**20, MAX_REPLY // 2**20 + 1)]

    done, status = ask(run)

    assert done.status == status
    assert "64 MiB" in done.err
    assert len(gateway.received) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(("command", "method"), [("send", "POST"), ("balance", "GET")])
def test_redirects_are_not_followed(
    run: Run,
    gateway: ScriptedGateway,
    serve: Serve,
    profile: Configure,
    command: str,
    status: int,
    method: str,
) -> None:
    profile(method=method)
    other = serve()
    gateway.script = [answer("", status=status, headers={"Location": f"{other.url}/SMS/Send"})]

    done = run(command, *(["13800000000", "-m", TEXT] if command == "send" else []))

    assert done.status == (6 if command == "send" and status in (302, 303) else 5)
    assert str(status) in done.err
    assert (len(gateway.received), other.connections) == (1, 0)
