"""The copying of a ledger into an empty one. Each can be of any engine.

At no moment can both ledgers be used: the source is sealed before the first row is copied, and the copy loses
its own seal only after the source says for good that it was copied. The next command resumes a copy that was
interrupted: the rows have an order, and the copy has the first of them.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import chain, islice
from typing import Self

from kxsms.domain.ledger_copy import Copied, CopyPlan
from kxsms.domain.ledger_place import LedgerPlace, SqlitePlace
from kxsms.domain.seal import Seal, SealState
from kxsms.errors import Busy, Failure, InputError
from kxsms.language import tr
from kxsms.ledger.copied_rows import CopiedTable
from kxsms.ledger.create import sweep
from kxsms.ledger.database import OriginsByProfile
from kxsms.ledger.engine import engine_for
from kxsms.ledger.seal import SEALED, seal_in

ROWS_AT_A_TIME = 50_000
_COPYING = 1 << 40
"""The number that stands for the whole ledger among the batches that have owners."""

_SINGLE = ("turns", "last_record")
"""The tables that have one row from the start."""

Progress = Callable[[int, int], None]
"""A function that is called with the rows that were copied or compared, and those that there are."""


class _Side:
    """One of the two ledgers, open."""

    def __init__(
        self, place: LedgerPlace, resources: ExitStack, origins: OriginsByProfile = dict, *, writable: bool
    ) -> None:
        engine = engine_for(place, writable=writable, origins=origins)
        self.database, self.owners = engine.database, engine.owners
        self.database.ignores_seal = True
        engine.open(resources)
        self.inspection = engine.inspection()
        self.name = name_of(place)

    def seal(self) -> Seal | None:
        return seal_in(self.database.row(SEALED))

    def set_seal(self, seal: Seal) -> None:
        """Seal the ledger, in a transaction."""
        self.database.execute("DELETE FROM sealed")
        self.database.execute("INSERT INTO sealed (since, state, place, copy) VALUES (?, ?, ?, ?)", seal)


class LedgerCopy:
    """The copying of one ledger into another one, opened by `with`. Its methods raise Failure or Busy."""

    def __init__(self, source: LedgerPlace, target: LedgerPlace, origins: OriginsByProfile = dict) -> None:
        self._places = source, target
        self._origins = origins
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            self._source = _Side(self._places[0], undo, self._origins, writable=True)
            with self._source.database.explained():
                self._source.owners.refuse_older()
            tables = self._source.inspection.tables()
            self._tables = [CopiedTable(name, columns) for name, columns in tables.items()]
            self._resources = undo.pop_all()
        return self

    def __exit__(self, *raised: object) -> None:
        self._resources.close()

    _SIZE = "SELECT count(*), coalesce(sum(recipients), 0) FROM batches WHERE ready"

    def plan(self) -> CopyPlan:
        """Return what is to be copied. Change nothing, and create no target.

        Raise InputError if the target can be used already, or belongs to another copying.
        """
        with ExitStack() as resources:
            target = _Side(self._places[1], resources, writable=False)
            if target.inspection.identity() == self._source.inspection.identity():
                raise self._not_possible(tr("the ledger {ledger} is the one in use", ledger=target.name))
            seal = self._source.seal()
            is_mine = _belong(seal, target)
            is_copied = seal is not None and seal.state is SealState.COPIED
            if seal is not None and (seal.state is SealState.FILLING or (is_copied and not is_mine)):
                raise Failure(*seal.words(self._source.database.shown))
            if not is_copied:
                self._check(target, seal)
            is_over = is_copied and target.seal() is None
        batches, recipients = self._source.database.rows(self._SIZE)[0]
        names = self._source.name, target.name
        return CopyPlan(*names, batches, int(recipients), is_begun=is_mine, is_over=is_over)

    def _check(self, target: _Side, seal: Seal | None) -> None:
        """Raise InputError if a target can be used already, or belongs to another copying."""
        there, shown = target.seal(), target.database.shown
        if there is None:
            if any(table.name not in _SINGLE and table.count(target.database) for table in self._tables):
                raise self._not_possible(tr("the ledger {ledger} is not empty", ledger=shown))
        elif seal is None or not _is_filled_by(there, seal):
            raise self._not_possible(there.words(shown)[0])

    def _not_possible(self, problem: str) -> InputError:
        if isinstance(self._places[1], SqlitePlace):
            return InputError(problem, tr("name a file that does not exist"))
        return InputError(problem, tr("name another schema with ?schema=NAME"))

    def run(self, progress: Progress) -> tuple[Copied, ...]:
        """Seal the source, copy and compare all rows, and let the copy be used. Return the tables."""
        target = _Side(self._places[1], self._resources, writable=True)
        if self._source.inspection.tables() != target.inspection.tables():
            hint = tr("run kxsms doctor with each of them")
            raise Failure(tr("the tables of the two ledgers differ"), hint)
        seal = self._seal_both(target)
        counts = [table.count(self._source.database) for table in self._tables]
        if seal.state is SealState.COPYING:
            done, total = 0, 2 * sum(counts)
            for table, count in zip(self._tables, counts, strict=True):
                for copied in self._copy(table, target, seal):
                    progress(done + copied, total)
                done += count
            for table, count in zip(self._tables, counts, strict=True):
                self._compare(table, target)
                done += count
                progress(done, total)
        self._finish(target, seal)
        return tuple(Copied(table.name, count) for table, count in zip(self._tables, counts, strict=True))

    def _seal_both(self, target: _Side) -> Seal:
        """Own the source, and seal it and the target. Return the seal of the source."""
        source = self._source
        if source.seal() is None:
            if (spool := source.database.spool) is not None:
                spool.settle(source.database)  # a sealed ledger would never get it
            source.owners.find_losses()
            sweep(source.database, source.owners)
            with source.inspection.alone():
                seal = self._own_source(target)
        else:
            with source.database.transaction():
                seal = self._own_source(target)
        with target.inspection.alone():
            if target.seal() is None and seal.state is SealState.COPYING:
                self._check(target, seal)
                for table in _SINGLE:
                    target.database.execute(f"DELETE FROM {table}")
                target.set_seal(seal._replace(state=SealState.FILLING, place=source.name))
        return seal

    def _own_source(self, target: _Side) -> Seal:
        """Own the source, in a transaction, and seal it if it is not yet sealed for this target."""
        source = self._source
        if not source.owners.take(_COPYING):
            raise Busy(tr("another process is copying the ledger"), tr("wait until it has ended"))
        seal = source.seal()
        if seal is None or (seal.state is SealState.COPYING and not _belong(seal, target)):
            # The target of an earlier copying has another `copy`, and so it is never finished.
            seal = Seal(time.time(), SealState.COPYING, target.name, secrets.token_hex(8))
            source.set_seal(seal)
        return seal

    def _copy(self, table: CopiedTable, target: _Side, seal: Seal) -> Iterator[int]:
        """Copy the rows that the target does not have yet. Yield how many it has, after each step."""
        done = table.count(target.database)
        rows = islice(table.rows(self._source.database), done, None)
        while (first := next(rows, None)) is not None:
            self._source.owners.ensure_usable(claims=True)
            some = map(table.writable, chain([first], islice(rows, ROWS_AT_A_TIME - 1)))
            with target.database.transaction():
                _ensure_filled_by(target.seal(), seal)
                done += target.database.executemany(table.insert, some)
            yield done

    def _compare(self, table: CopiedTable, target: _Side) -> None:
        wanted, found = table.sum_of(self._source.database), table.sum_of(target.database)
        if wanted != found:
            raise Failure(
                tr(
                    "the copy of the table {table} is not equal: {rows:,} rows in {source}, {found:,} in"
                    " {target}",
                    table=table.name,
                    rows=wanted.rows,
                    source=self._source.name,
                    found=found.rows,
                    target=target.name,
                ),
                tr("remove the copy, and run the same command again: until then, neither ledger sends"),
            )

    def _finish(self, target: _Side, seal: Seal) -> None:
        """Seal the source for good, and only then let the target be used."""
        source = self._source
        with target.database.explained():
            target.inspection.finish()
        with source.database.transaction():
            source.owners.ensure_mine(_COPYING)
            if (found := source.seal()) is None or found.copy != seal.copy:
                raise _changed_elsewhere()
            if seal.state is SealState.COPYING:
                source.set_seal(seal._replace(state=SealState.COPIED, since=time.time()))
        with target.database.transaction():
            _ensure_filled_by(target.seal(), seal)
            target.database.execute("DELETE FROM sealed")
        source.owners.release(_COPYING)


def name_of(place: LedgerPlace) -> str:
    """Return the name of a place that KXSMS_LEDGER may have, except for secrets."""
    return place.path if isinstance(place, SqlitePlace) else place.shown


def _belong(seal: Seal | None, target: _Side) -> bool:
    """Return whether the seal of the source is that of a copying into this target."""
    there = target.seal()
    if seal is None:
        return False
    return seal.place == target.name if there is None else _is_filled_by(there, seal)


def _is_filled_by(there: Seal, seal: Seal) -> bool:
    """Return whether the seal of a target is that of the copying that sealed the source."""
    return there.state is SealState.FILLING and there.copy == seal.copy


def _ensure_filled_by(there: Seal | None, seal: Seal) -> None:
    """Raise Failure if a target does not belong to this copying any more."""
    if there is None or not _is_filled_by(there, seal):
        raise _changed_elsewhere()


def _changed_elsewhere() -> Failure:
    return Failure(
        tr("another process has changed the copy, or the ledger that is copied"),
        tr("run kxsms ledger info with both of them"),
    )
