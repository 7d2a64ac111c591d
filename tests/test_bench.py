"""The benchmarks run. Their figures depend on the machine, so only the form of their output is asserted."""

import re
import socket
import subprocess
import sys

import pytest

from tests.bench.measure import gateway, sent

ROW = re.compile(r"\| .+ \| .+ \| [0-9.e+-]+ (×|s|%|MiB)( more)?( \(.+\))? \| [≤≥] [0-9.]+ .+ \|")


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.bench", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def test_a_named_benchmark_prints_its_lines_of_the_table() -> None:
    done = bench("one", "--runs", "1")
    head, line, *rows = done.stdout.splitlines()
    assert head == "| | beside | measured | goal |"
    assert line == "|---|---|---|---|"
    assert len(rows) == 1
    assert ROW.fullmatch(rows[0])
    assert done.returncode == ("not reached" in rows[0])


def test_an_unknown_benchmark_is_refused() -> None:
    done = bench("fast")
    assert done.returncode == 2
    assert "there is no benchmark fast" in done.stderr


@pytest.mark.parametrize("together", [1, 7])
def test_the_gateway_counts_requests_that_arrive_in_pieces_or_together(together: int) -> None:
    body = b"mobile=13800000000"
    request = b"POST /sms/Send HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    with gateway(most=5) as port, socket.create_connection(("127.0.0.1", port)) as connection:
        data = request * 7
        for start in range(0, len(data), together):
            connection.sendall(data[start : start + together])
        answers = b""
        while answers.count(b"HTTP/1.1") < 7:
            answers += connection.recv(65536)
        assert answers.count(b"200 OK") == 5
        assert answers.count(b"404 Not Found") == 2
        assert sent(port) == 5
