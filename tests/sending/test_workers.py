"""What a defect in a thread leaves behind."""

from kxsms.domain.batch import Claim
from kxsms.domain.outcome import Unknown
from kxsms.domain.results import Task
from kxsms.sending.workers import Workers


class Broken:
    """A gateway that should never raise, and does, with what no ledger may hold."""

    def send(self, mobiles: str, recipients: int, content: str, extno: str | None) -> Task:
        raise ValueError("token=topsecret123")

    def capacity(self, content: str, extno: str | None) -> int:
        return 1


def test_a_defect_is_unknown_and_named_without_what_it_says() -> None:
    workers = Workers(Broken(), None, 1)
    claim = Claim(1, "13800000000", 1, "【科】您好")
    workers.hand([claim], 1)
    assert workers.done.get(timeout=10) == (claim, Task(Unknown("a defect of kxsms: ValueError"), 1))
    workers.dismiss()
