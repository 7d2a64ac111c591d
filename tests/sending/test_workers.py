"""A defect in a thread that sends."""

from collections.abc import Callable

from kxsms.domain.claim import Claim
from kxsms.domain.outcome import Unknown
from kxsms.domain.results import Task
from kxsms.sending.workers import Workers


class Broken:
    """A gateway that raises, which none should, an error with a token in it."""

    def send(
        self, mobiles: str, recipients: int, content: str, extno: str | None, may_leave: Callable[[], bool]
    ) -> Task:
        raise ValueError("token=topsecret123")

    def capacity(self, content: str, extno: str | None) -> int:
        return 1


def test_a_defect_makes_the_outcome_unknown_and_its_message_is_not_kept() -> None:
    workers = Workers(Broken(), None, 1)
    claim = Claim(1, "13800000000", 1, "【科】您好")
    workers.hand([claim], 1)
    assert workers.done.get(timeout=10) == (claim, Task(Unknown("a defect of kxsms: ValueError"), 1))
    workers.dismiss()
