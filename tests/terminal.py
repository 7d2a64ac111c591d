"""A pseudo-terminal on which a test runs a command, as a user does."""

import os
import select
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.forks import Process, start

PROGRAMS = Path(sys.executable).parent


def on_terminal(
    command: Sequence[str],
    *,
    columns: int = 80,
    answers: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> tuple[int, str]:
    """Run a command, type an answer at each prompt, and return the exit status and all that is shown."""
    import fcntl
    import pty
    import struct
    import termios

    main, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {
        **os.environ,
        "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
        "TERM": "xterm-256color",
        "COLUMNS": str(columns),
        **(env or {}),
    }
    process = _started(command, terminal, environment, cwd)
    os.close(terminal)
    shown = bytearray()
    pending = list(answers)
    while select.select([main], [], [], 30)[0]:
        try:
            data = os.read(main, 65536)
        except OSError:  # Linux reports so that the other end is closed
            break
        if not data:
            break
        shown += data
        if pending and shown.endswith((b": ", "： ".encode())):
            os.write(main, f"{pending.pop(0)}\n".encode())
    os.close(main)
    return process.wait(30), shown.decode("utf-8").replace("\r\n", "\n")


def _started(command: Sequence[str], terminal: int, environ: Mapping[str, str], cwd: Path | None) -> Process:
    words = [str(word) for word in command]
    if words[:3] == [sys.executable, "-m", "kxsms"]:
        words = ["kxsms", *words[3:]]
    if words[0] in ("kxsms", str(PROGRAMS / "kxsms")):
        return start(
            ("-m", "kxsms"),
            words[1:],
            environ,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            session=True,
            directory=cwd,
        )
    return subprocess.Popen(
        command,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=environ,
        cwd=cwd,
        start_new_session=True,
    )
