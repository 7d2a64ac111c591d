"""A ledger in PostgreSQL, as `kxsms doctor` looks at it."""

import time
from contextlib import ExitStack

from kxsms.compat import override
from kxsms.domain.health import Finding
from kxsms.domain.ledger_place import PostgresPlace
from kxsms.domain.words import duration
from kxsms.domain.words import size as in_units
from kxsms.language import tr
from kxsms.ledger.database import Database
from kxsms.ledger.examination import EngineExamination, first_of
from kxsms.ledger.owners import Owners
from kxsms.ledger.postgres.database import PostgresDatabase
from kxsms.ledger.postgres.owners import PostgresOwners
from kxsms.ledger.postgres.schema import NEWEST
from kxsms.ledger.postgres.sessions import Session

_APART_SECONDS = 60.0


class PostgresExamination(EngineExamination):
    """A ledger in PostgreSQL, whose tables are read and not changed."""

    def __init__(self, place: PostgresPlace, resources: ExitStack) -> None:
        super().__init__(resources)
        self._session = Session(place)
        self._database = PostgresDatabase(place, self._session, writable=False, prepares=False)

    @override
    def place(self) -> Finding:
        self._resources.enter_context(self._database)
        shown, version = self._database.shown, self._database.server_version
        if self._database.version() is None:
            self._database.refuse_unfit()
            return Finding(
                None, tr("there is no ledger in {place} yet: the first send creates it", place=shown)
            )
        detail = tr(
            "{place}, PostgreSQL {version}, {size}",
            place=shown,
            version=version,
            size=in_units(self._database.size()),
        )
        apart = time.time() - self._database.now()
        if abs(apart) > _APART_SECONDS:
            detail = tr(
                "{detail}: its clock and that of this host are {span} apart",
                detail=detail,
                span=duration(abs(apart)),
            )
            return Finding(False, detail, tr("set both clocks by NTP"))
        return Finding(True, detail)

    @override
    def schema(self) -> Finding:
        version = self._database.version()
        if version is None or version < NEWEST:
            newest = tr("the next command brings it to version {version}", version=NEWEST)
            return Finding(True, tr("version {version}; {newest}", version=version or 0, newest=newest))
        found = list(self._database.schema_differences())
        if found:
            hint = tr("restore it from a backup: a new ledger does not know what was already sent")
            return Finding(False, first_of(found), hint)
        return Finding(True, tr("version {version}, the newest", version=version))

    @override
    def integrity(self) -> Finding:
        if self._database.value("SHOW data_checksums") == "on":
            return Finding(True, tr("the server checks its pages; kxsms batch check also counts every row"))
        return Finding(
            True, tr("the server has no checksums of its pages; kxsms batch check counts every row")
        )

    @override
    def opened(self) -> tuple[Database, Owners] | None:
        if self._database.version() != NEWEST:
            return None
        return self._database, PostgresOwners(self._database, self._session)
