"""PostgreSQL for the tests: a real server, an empty schema for each test, and a proxy that cuts connections.

A test asks for one of these fixtures; the first of a session starts the server, in half a second:

- `postgres_url`: the URL of an empty schema on a server that all tests share. Tests of one session share the
  database too, and so its advisory locks and channels, as two ledgers of one database do.
- `postgres_proxy`: a `CuttingProxy` before that schema.
- `own_postgres`: a `PostgresServer` of the test's own, to restart and to kill.

`KXSMS_TEST_POSTGRES=URL` names another server, with the rights to create roles and schemas.
"""

from tests.postgres.places import Places
from tests.postgres.proxy import CuttingProxy
from tests.postgres.server import OTHER_SERVER, PostgresServer, Unavailable

__all__ = ["OTHER_SERVER", "CuttingProxy", "Places", "PostgresServer", "Unavailable"]
