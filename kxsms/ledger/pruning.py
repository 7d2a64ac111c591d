"""Pruning: old batches lose their rows, texts and records; their keys, outcomes and figures stay.

First a batch is marked, in a transaction in which this process owns it: from then on every command treats it
as pruned. After that its rows are deleted, some at a time. A kill between leaves rows that no command uses,
and that the next pruning deletes.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from kxsms.domain.batch import Batch
from kxsms.domain.pruning import Pruned, PruneTerms
from kxsms.domain.source_name import without_directory
from kxsms.ledger.candidates import Candidate, Candidates
from kxsms.ledger.database import Database
from kxsms.ledger.deleting import delete_answers, delete_pruned, delete_unmatched
from kxsms.ledger.owners import Owners
from kxsms.ledger.pruned import (
    KeptOutcome,
    figures_of,
    groups_to_keep,
    keep_figures,
    keep_outcome,
    tasks_to_keep,
)
from kxsms.ledger.queries import BatchQueries, batch_of

_MOST_BATCHES = 100
_MOST_ROWS = 10_000
"""Batches, and rows, that are marked in one transaction; a larger batch has one of its own."""

_DAY = 24 * 3600.0


class _Marked(NamedTuple):
    """All that is written when a batch is marked. `state` is what must not change until then."""

    batch: Batch
    state: tuple[Any, ...]
    outcome: KeptOutcome
    figures: list[Any]
    opt_outs: list[int]


class Pruning:
    """The pruning of one ledger: `find` only looks. Every method raises Failure as `Database` does."""

    def __init__(self, database: Database, owners: Owners, terms: PruneTerms) -> None:
        self._database = database
        self._owners = owners
        self._terms = terms
        self._queries = BatchQueries(database)

    def find(self) -> Pruned:
        """Return what would be pruned now."""
        candidates = self._candidates()
        self._note_doomed(candidates.found)
        records = self._database.value("SELECT count(*) FROM temp.doomed")
        return self._figures(candidates)._replace(records=records, answers=len(self._answers()))

    def run(self) -> Pruned:
        """Prune, and return what was pruned."""
        before = self._database.size()
        self._database.overwrite_deleted()
        candidates = self._candidates()
        for group in _groups(candidates.found.values()):
            self._mark_all(candidates, group)
        records = delete_pruned(self._database)
        self._note_doomed(())
        unmatched = [row[0] for row in self._database.rows("SELECT id FROM temp.doomed")]
        records += delete_unmatched(self._database, unmatched)
        self._note_doomed(())
        answers = delete_answers(self._database, self._answers(), self._newest())
        can_shrink = self._database.give_back()
        freed = max(0, before - self._database.size())
        return self._figures(candidates)._replace(
            records=records, answers=answers, bytes_freed=freed, can_shrink=can_shrink
        )

    def _candidates(self) -> Candidates:
        return Candidates(self._database, self._terms, self._owners.is_taken)

    def _figures(self, candidates: Candidates) -> Pruned:
        found = candidates.found.values()
        recipients = sum(candidate.recipients for candidate in found)
        return Pruned(len(found), recipients, kept=candidates.kept)

    # What a batch is before it is pruned: everything that a record or another process may have changed.
    _STATE = """
        SELECT batches.*, (SELECT coalesce(max(number), 0) FROM opt_outs),
            (SELECT count(*) FROM records WHERE records.batch = batches.id)
        FROM batches WHERE id = ?
    """

    def _mark_all(self, candidates: Candidates, group: list[Candidate]) -> None:
        """Mark batches in one transaction.

        Where another process has just taken or changed one, it is kept, and so are all that follow: they were
        chosen before that.
        """
        prepared = [self._prepare(candidate.id) for candidate in group if candidate.id in candidates.found]
        mine: list[int] = []
        try:
            with self._database.transaction():
                for marked in prepared:
                    number = marked.batch.id
                    if not self._owners.take(number):
                        candidates.keep_from(number)
                        break
                    mine.append(number)
                    if self._state(number) != marked.state:
                        candidates.keep_from(number)
                        break
                    self._mark(marked)
                    self._owners.forget_finished(number)
        finally:
            for number in mine:
                self._owners.release(number)

    def _state(self, number: int) -> tuple[Any, ...]:
        return tuple(self._database.rows(self._STATE, (number,))[0])

    # The replies to a batch that are in the list of opt-outs.
    _OPT_OUTS = """
        SELECT opt_outs.record FROM records CROSS JOIN opt_outs ON opt_outs.record = records.id
        WHERE records.batch = ? AND records.kind = 'mo'
    """

    def _prepare(self, number: int) -> _Marked:
        """Return all that is kept of a batch, before its transaction: of a million rows this takes long."""
        state = self._state(number)
        row = self._database.rows("SELECT * FROM batches WHERE id = ?", (number,))[0]
        batch = batch_of(row, lambda _: False)
        place = {"first": row["first_request"], "last": row["last_request"]}
        opt_outs = (
            [found[0] for found in self._database.rows(self._OPT_OUTS, (number,))] if batch.replies else []
        )
        delivery = self._queries.delivery(batch)
        outcome = KeptOutcome(
            tasks_to_keep(self._database, place),
            groups_to_keep(self._queries.groups_as_stored(batch)),
            [list(failure) for failure in delivery.failures],
            list(delivery.seconds.items()),
        )
        figures = figures_of(self._database, batch, place, len(opt_outs))
        return _Marked(batch, state, outcome, figures, opt_outs)

    _MARK = (
        """
        INSERT INTO pruning (batch, first_row, last_row, first_request, last_request)
        SELECT id, first_row, last_row, first_request, last_request FROM batches WHERE id = :batch
        """,
        """
        UPDATE batches SET pruned = :now, text = NULL, columns = '[]', mobile_column = 0, source = :source,
            due = NULL, waits = NULL, first_row = last_row + 1, first_request = last_request + 1
        WHERE id = :batch
        """,
    )

    def _mark(self, marked: _Marked) -> None:
        batch = marked.batch
        values = {"batch": batch.id, "now": self._database.now(), "source": without_directory(batch.source)}
        for statement in self._MARK:
            self._database.execute(statement, values)
        keep_outcome(self._database, batch, marked.outcome)
        keep_figures(self._database, marked.figures)
        self._database.executemany(
            "UPDATE opt_outs SET record = NULL WHERE record = ?", ((record,) for record in marked.opt_outs)
        )

    # The records of batches, and those that belong to no batch, nor are shown or waited for, and are too old
    # to be evidence for an unknown recipient.
    _DOOM = """
        INSERT INTO temp.doomed
        SELECT id FROM records WHERE batch IN (
            SELECT value FROM json_each(:batches) UNION SELECT batch FROM pruning
        )
        UNION
        SELECT records.id FROM records JOIN answers ON answers.id = records.answer
        WHERE batch IS NULL AND NOT waiting AND fetched < :before AND moment < :before
            AND NOT EXISTS (SELECT 1 FROM unshown WHERE records.id BETWEEN first AND last)
    """
    _OLDEST_UNKNOWN = "SELECT min(created) FROM batches WHERE ready AND unknown + sending > 0"

    def _note_doomed(self, batches: Iterable[int]) -> None:
        """List the records to delete: those of the batches, and old ones that belong to no batch."""
        self._database.execute("CREATE TEMP TABLE IF NOT EXISTS doomed (id INTEGER PRIMARY KEY)")
        self._database.execute("DELETE FROM temp.doomed")
        unknown = self._database.value(self._OLDEST_UNKNOWN)
        before = self._terms.before
        if unknown is not None:
            before = min(before, unknown - _DAY)  # the gateway's clock may differ
        values = {"batches": json.dumps(list(batches)), "before": before}
        self._database.execute(self._DOOM, values)

    # The old answers without a record that stays.
    _ANSWERS = """
        SELECT id FROM answers
        WHERE state = 'read' AND fetched < :before AND length(body) > 0 AND id NOT IN (
            SELECT answer FROM records WHERE id NOT IN (SELECT id FROM temp.doomed)
        )
    """

    def _answers(self) -> list[int]:
        return [row[0] for row in self._database.rows(self._ANSWERS, {"before": self._terms.before})]

    _NEWEST = "SELECT max(id) FROM answers GROUP BY kind, origin, account"

    def _newest(self) -> frozenset[int]:
        return frozenset(row[0] for row in self._database.rows(self._NEWEST))


def _groups(candidates: Iterable[Candidate]) -> Iterator[list[Candidate]]:
    """Yield batches in groups that are marked together."""
    group: list[Candidate] = []
    rows = 0
    for candidate in list(candidates):
        if group and (len(group) == _MOST_BATCHES or rows + candidate.rows > _MOST_ROWS):
            yield group
            group, rows = [], 0
        group.append(candidate)
        rows += candidate.rows
    if group:
        yield group
