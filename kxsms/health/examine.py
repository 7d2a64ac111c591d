"""Makes one check after the other. A failure ends a check, never those after it."""

import time
from collections.abc import Callable, Iterable, Iterator

from kxsms.domain.health import Check, Examination, Finding, skipped
from kxsms.errors import KxsmsError
from kxsms.language import located, reason_of, tr


def examine(examinations: Iterable[Examination], on_start: Callable[[str], None]) -> Iterator[Check]:
    """Yield each check when it has been made. `on_start` gets the name of a check before it is made."""
    is_ok: dict[str, bool | None] = {}
    for check, look, needs in examinations:
        on_start(check)
        missing = next((name for name in needs if not is_ok.get(name)), None)
        start = time.perf_counter()
        finding = _finding(look) if missing is None else skipped(missing)
        ms = round((time.perf_counter() - start) * 1000, 1)
        is_ok[check] = finding.ok
        yield Check(check, finding.ok, finding.detail, finding.hint, ms)


def _finding(look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except KxsmsError as error:
        return Finding(False, error.message, error.hint)
    except OSError as error:
        reason = reason_of(error)
        detail = located(error.filename, reason) if error.filename else reason
        return Finding(False, detail, tr("check that you can read it"))
    except Exception as error:  # a defect in one check must not hide the others
        return Finding(
            False,
            tr("this is a defect of kxsms: {name}", name=type(error).__name__),
            tr("report it with the output of kxsms --version --verbose"),
        )
