"""A ledger of SQLite as a whole."""

from collections.abc import Iterator
from contextlib import contextmanager

from kxsms.compat import override
from kxsms.domain.ledger_info import Runner
from kxsms.language import tr
from kxsms.ledger.inspection import LedgerInspection, busy
from kxsms.ledger.processes import Process
from kxsms.ledger.sqlite.database import SqliteDatabase
from kxsms.ledger.sqlite.locks import Identity
from kxsms.ledger.sqlite.owners import SqliteOwners
from kxsms.ledger.sqlite.receivers import SqliteReceiver
from kxsms.sqlite import library_version


class SqliteInspection(LedgerInspection):
    """One open ledger of SQLite."""

    engine = "SQLite"

    COLUMNS = """
        SELECT tables.name, columns.name, columns.pk > 0, columns.type
        FROM sqlite_master AS tables JOIN pragma_table_info(tables.name) AS columns
        WHERE tables.type = 'table' ORDER BY tables.name, columns.cid
    """

    def __init__(self, database: SqliteDatabase, owners: SqliteOwners, receiver: SqliteReceiver) -> None:
        super().__init__(database)
        self._file = database.files.real
        self._owners = owners
        self._receiver = receiver

    @override
    def version(self) -> tuple[str, int]:
        return library_version(), int(self.database.value("PRAGMA user_version"))

    @override
    def identity(self) -> tuple[object, ...]:
        file = self._file
        return (Identity.of(file.stat()),) if file.exists() else (file,)

    @override
    def is_there(self) -> bool:
        return self._file.exists()

    # The owners, with the batches that they own.
    _OWNERS = """
        SELECT owners.*, batches.name FROM owners LEFT JOIN batches ON batches.id = owners.batch
        ORDER BY owners.batch
    """

    @override
    def runners(self) -> tuple[Runner, ...]:
        found: dict[tuple[Process, bool | None], list[str]] = {}
        for row in self.database.rows(self._OWNERS):
            process = Process(*(row[name] for name in Process._fields))
            is_alive: bool | None = self._owners.is_taken(row["batch"])
            if is_alive and self._owners.unexamined(row["batch"]) is not None:
                is_alive = None
            names = found.setdefault((process, is_alive), [])
            names += [row["name"]] if row["name"] is not None else []
        return tuple(
            Runner(process.machine, process.pid, is_alive, tuple(names))
            for (process, is_alive), names in found.items()
        )

    _RECEIVERS = "SELECT number, pid FROM receivers ORDER BY number"

    @override
    def refuse_in_use(self) -> None:
        for runner in self.runners():
            if runner.is_alive is not False:
                raise busy(tr("process {pid} on {machine}", pid=runner.pid, machine=runner.host))
        for number, pid in self.database.rows(self._RECEIVERS):
            if self._receiver.is_alive(number):
                raise busy(tr("process {pid}", pid=pid))

    @override
    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._receiver.no_turns() as is_alone:
            if not is_alone:
                raise busy(tr("another process that fetches"))
            with self.database.transaction():
                self.refuse_in_use()
                yield

    @override
    def finish(self) -> None:
        self.database.write_through()
