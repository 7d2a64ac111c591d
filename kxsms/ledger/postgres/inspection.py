"""A ledger in PostgreSQL as a whole."""

from collections.abc import Iterator
from contextlib import contextmanager

from kxsms.compat import override
from kxsms.domain.ledger_info import Runner
from kxsms.language import tr
from kxsms.ledger.inspection import LedgerInspection, busy
from kxsms.ledger.postgres.database import PostgresDatabase
from kxsms.ledger.postgres.sessions import is_living, process_of
from kxsms.ledger.processes import this_process


class PostgresInspection(LedgerInspection):
    """One open ledger in PostgreSQL."""

    engine = "PostgreSQL"

    COLUMNS = """
        SELECT relname, attname, coalesce(attnum = ANY(conkey), FALSE), format_type(atttypid, atttypmod)
        FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
            LEFT JOIN pg_constraint ON conrelid = pg_class.oid AND contype = 'p'
        WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
            AND attnum > 0 AND NOT attisdropped
        ORDER BY relname, attnum
    """

    def __init__(self, database: PostgresDatabase) -> None:
        super().__init__(database)
        self._has_tables = database.version() is not None
        self._server_version = database.server_version

    @override
    def version(self) -> tuple[str, int]:
        return self._server_version, int(self.database.value("SELECT version FROM schema_version"))

    @override
    def is_there(self) -> bool:
        return self._has_tables

    # The database, its schema, and the name that the ledger there got by chance.
    _IDENTITY = "SELECT current_database()::text, current_schema()::text, name FROM identity"

    @override
    def identity(self) -> tuple[object, ...]:
        return tuple(self.database.rows(self._IDENTITY)[0])

    # The sessions, the seconds that are left of their leases, and the batches that they own.
    _SESSIONS = """
        SELECT number, host, boot, pid_namespace, pid, started,
            lease_until > clock_timestamp() AS is_leased,
            extract(epoch FROM since)::double precision AS since,
            greatest(0, extract(epoch FROM lease_until - clock_timestamp()))::double precision AS lease,
            ARRAY(
                SELECT name FROM owners JOIN batches ON batches.id = owners.batch
                WHERE session = number ORDER BY batch
            ) AS batches
        FROM sessions ORDER BY number
    """

    @override
    def runners(self) -> tuple[Runner, ...]:
        found = []
        for row in self.database.rows(self._SESSIONS):
            process, names = process_of(row), tuple(row["batches"])
            lives = is_living(row)
            found.append(Runner(process.machine, process.pid, lives, names, row["since"], row["lease"]))
        return tuple(found)

    @override
    def refuse_in_use(self) -> None:
        for row in self.database.rows(self._SESSIONS):
            process = process_of(row)
            if process != this_process() and is_living(row):
                raise busy(tr("process {pid} on {machine}", pid=process.pid, machine=process.machine))

    @override
    @contextmanager
    def alone(self) -> Iterator[None]:
        # A process begins to send or to fetch in such a transaction, too, and looks at the seal in it.
        with self.database.transaction():
            self.refuse_in_use()
            yield

    _NUMBERED = """
        SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relnamespace = current_schema()::regnamespace AND attname = 'id' AND attidentity != ''
    """

    @override
    def finish(self) -> None:
        for (table,) in self.database.rows(self._NUMBERED):
            # The next number is one more than the greatest.
            self.database.rows(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), coalesce(greatest_id, 1),"
                f" greatest_id IS NOT NULL) FROM (SELECT max(id) AS greatest_id FROM {table}) AS numbers"
            )
        for table in self.tables():
            self.database.execute(f"ANALYZE {table}")
