"""The requests of one run that are to be claimed again, each when it is due."""

import heapq
from dataclasses import dataclass

from kxsms.sending.pacing import backoff


@dataclass
class Tries:
    """The tries of one request in this run. Times are seconds of a monotonic clock."""

    made: int
    first_failure: float


class Retries:
    """Requests that were not sent. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._tries: dict[int, Tries] = {}
        self._later: list[tuple[float, int]] = []

    def __len__(self) -> int:
        """Return how many requests are to be claimed again."""
        return len(self._later)

    def failed(self, request: int, now: float) -> Tries:
        """Count a failure of a request, and return its tries."""
        tries = self._tries.setdefault(request, Tries(0, now))
        tries.made += 1
        return tries

    def add(self, request: int, now: float) -> None:
        """Claim a request that has failed again, after a while."""
        heapq.heappush(self._later, (now + backoff(self._tries[request].made), request))

    def add_now(self, request: int, now: float) -> None:
        """Claim a request again at once."""
        heapq.heappush(self._later, (now, request))

    def forget(self, request: int) -> None:
        """Forget the tries of a request that is not retried."""
        del self._tries[request]

    def due(self, now: float, most: int) -> list[int]:
        """Take and return the requests that are due, up to a number of them."""
        requests: list[int] = []
        while self._later and self._later[0][0] <= now and len(requests) < most:
            requests.append(heapq.heappop(self._later)[1])
        return requests

    def wait(self, now: float) -> float | None:
        """Return the seconds until a request is due, or None."""
        return max(0.0, self._later[0][0] - now) if self._later else None

    def clear(self) -> None:
        """Claim nothing again: the requests stay planned."""
        self._later.clear()
