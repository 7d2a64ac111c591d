"""Makes the requests of a plan, one after another."""

from collections.abc import Callable, Sequence
from typing import Protocol

from kxsms.domain.outcome import NotSent, Unknown
from kxsms.domain.plan import Plan
from kxsms.domain.results import Task
from kxsms.signals import Stop, Stopped


class SendGateway(Protocol):
    """What the dispatcher needs of a gateway."""

    def send(self, mobiles: Sequence[str], content: str, extno: str | None) -> Task: ...


def dispatch(
    plan: Plan, gateway: SendGateway, on_task: Callable[[Task], None], stop: Stop
) -> tuple[Task, ...]:
    """Make each request of a plan once, until `stop` has a status.

    A request that certainly did not arrive ends the send: the next one would not arrive either, and so what
    was not sent is all that follows one number. The first signal waits for the answer to the request in
    flight; after a second one that request's outcome is unknown.
    """
    tasks: list[Task] = []
    for mobiles in plan.requests:
        if stop.status is not None:
            break
        try:
            stop.in_flight = True
            task = gateway.send(mobiles, plan.text, plan.extno)
        except Stopped:
            task = Task(Unknown("stopped before the answer came"), len(mobiles))
        finally:
            stop.in_flight = False
        tasks.append(task)
        on_task(task)
        if isinstance(task.outcome, NotSent):
            break
    return tuple(tasks)
