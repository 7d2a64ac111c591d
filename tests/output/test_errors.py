"""Every error has an exit status, and its place in the hierarchy that `errors` draws."""

from collections.abc import Iterator

import pytest

from kxsms import errors
from kxsms.errors import KxsmsError
from kxsms.exit_status import ERROR_STATUSES, ExitStatus, status_for

ABSTRACT = {KxsmsError, errors.AnswerError}


def hierarchy(error: type[KxsmsError], depth: int = 0) -> Iterator[tuple[int, type[KxsmsError]]]:
    """Return an error and all below it, each with its depth."""
    yield depth, error
    for below in error.__subclasses__():
        yield from hierarchy(below, depth + 1)


CLASSES = {error for _, error in hierarchy(KxsmsError)}
RAISED = sorted(CLASSES - ABSTRACT, key=lambda error: error.__name__)


@pytest.mark.parametrize("error", RAISED)
def test_an_error_has_an_exit_status(error: type[KxsmsError]) -> None:
    assert status_for(error("words")) is ERROR_STATUSES[error]


def test_no_error_is_a_success() -> None:
    assert ExitStatus.OK not in ERROR_STATUSES.values()


def test_the_hierarchy_is_drawn_as_it_is() -> None:
    lines = (errors.__doc__ or "").splitlines()
    drawn = [(len(line) - len(line.lstrip()), line.split()[0]) for line in lines[2:]]
    assert sorted(drawn) == sorted((2 * depth, error.__name__) for depth, error in hierarchy(KxsmsError))


@pytest.mark.parametrize("error", RAISED)
def test_an_error_has_a_kind(error: type[KxsmsError]) -> None:
    assert error.kind in {
        *(
            "failure",
            "usage",
            "input",
            "profile",
            "guard",
            "busy",
            "refused",
            "no_answer",
            "unread",
            "unknown",
        ),
        *("interrupted", "terminated"),
    }
