"""The view of a ledger: its engine, place and size, and the processes that use it."""

from kxsms.compat import override
from kxsms.domain.ledger_info import LedgerInfo, Runner
from kxsms.domain.words import size
from kxsms.domain.zones import clock
from kxsms.language import mark, tr
from kxsms.output.json import Document
from kxsms.output.view import PlainView, Sections, Table

_RUNNER = ("host", "pid", "alive", "since", "lease_seconds", "batches")
_ALIVE: dict[bool | None, str] = {True: mark("alive"), False: mark("dead"), None: mark("not known")}


class LedgerInfoView(PlainView[LedgerInfo]):
    """The facts about a ledger."""

    @override
    def document(self) -> Document:
        return {**self._facts(), "runners": [_runner(runner) for runner in self.result.runners]}

    def _facts(self) -> dict[str, object]:
        info, seal = self.result, self.result.seal
        return {
            "engine": info.engine,
            "engine_version": info.engine_version,
            "ledger": info.place,
            "schema_version": info.version,
            "bytes": info.size,
            "batches": info.batches,
            "unfinished": info.unfinished,
            "sealed": None if seal is None else seal.state.value,
            "sealed_since": None if seal is None else clock(seal.since, None),
            "other_ledger": None if seal is None else seal.place,
        }

    @override
    def table(self, *, for_people: bool) -> Table | Sections:
        facts = self._facts()
        if not for_people:
            facts["runners"] = sum(runner.is_alive is not False for runner in self.result.runners)
            return Table(tuple(facts), (tuple(facts.values()),), sideways=True)
        facts["engine"] = f"{facts['engine']} {facts.pop('engine_version')}"
        facts["bytes"] = size(self.result.size)
        shown = {name: value for name, value in facts.items() if value is not None}
        table = Table(tuple(shown), (tuple(shown.values()),), sideways=True)
        rows = [
            {**_runner(runner), "alive": tr(_ALIVE[runner.is_alive]), "batches": ", ".join(runner.batches)}
            for runner in self.result.runners
        ]
        used = [name for name in _RUNNER if any(row[name] is not None for row in rows)]
        runners = Table(
            tuple(used), [tuple(row[name] for name in used) for row in rows], hidden_first=("since",)
        )
        return Sections([table, runners]) if rows else table


def _runner(runner: Runner) -> dict[str, object]:
    return {
        "host": runner.host,
        "pid": runner.pid,
        "alive": runner.is_alive,
        "since": None if runner.since is None else clock(runner.since, None),
        "lease_seconds": None if runner.lease is None else round(runner.lease, 1),
        "batches": list(runner.batches),
    }
