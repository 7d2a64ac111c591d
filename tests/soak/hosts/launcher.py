"""A launcher that runs kxsms as on a host of another name, whose clock is off: what the system says differs.

python -m tests.soak.hosts.launcher NAME SECONDS ARGUMENT...
"""

import os
import sys
import time


def main() -> int:
    name, seconds, *arguments = sys.argv[1:]
    real, clock = os.uname(), time.time
    system = os.uname_result((real.sysname, name, real.release, real.version, real.machine))
    os.uname = lambda: system
    time.time = lambda: clock() + float(seconds)
    from kxsms.main import main as kxsms

    sys.argv = ["kxsms", *arguments]
    return kxsms()


if __name__ == "__main__":
    raise SystemExit(main())
