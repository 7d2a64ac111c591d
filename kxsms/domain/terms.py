"""The rules that a send named itself, which its batch keeps."""

from typing import NamedTuple


class Terms(NamedTuple):
    """The limits and the pace that a send named itself. None stands for what the profile says.

    `is_single`: it is no batch. `includes_opted_out`: it is also for recipients who opted out. `max_cost` is
    in billed messages. `at` is when it is to leave, as it was written, if that names no day. `timezone` is
    that of its profile.
    """

    is_single: bool = False
    includes_opted_out: bool = False
    ignores_balance: bool = False
    again: bool = False
    skip_sent: bool = False
    window: str | None = None
    cap: str | None = None
    max_cost: int | None = None
    rate: int | None = None
    concurrency: int | None = None
    retries: int | None = None
    pause_after: int | None = None
    at: str | None = None
    timezone: str | None = None

    @classmethod
    def of_json(cls, text: str) -> "Terms":
        """Return the terms that `json` wrote, without those that only a later version knows."""
        import json

        return cls(**{name: value for name, value in json.loads(text).items() if name in cls._fields})

    def with_pace(
        self,
        rate: int | None = None,
        concurrency: int | None = None,
        retries: int | None = None,
        pause_after: int | None = None,
    ) -> "Terms":
        """Return these terms with another pace, as far as one is given."""
        return self._replace(
            rate=self.rate if rate is None else rate,
            concurrency=self.concurrency if concurrency is None else concurrency,
            retries=self.retries if retries is None else retries,
            pause_after=self.pause_after if pause_after is None else pause_after,
        )

    def json(self) -> str:
        """Return those that are no default as JSON."""
        import json

        pairs = zip(self._fields, self, Terms(), strict=True)
        return json.dumps({name: value for name, value, default in pairs if value != default})
