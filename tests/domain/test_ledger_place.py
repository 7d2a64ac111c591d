"""The URL of a ledger: read as libpq reads it, and never shown with its password."""

import pytest

from kxsms.domain.ledger_place import InvalidPlace, postgres_place

SECRET = "s3cret/word"
URLS = [
    "postgresql://",
    "postgres://host",
    "postgresql://host/",
    "postgresql://user@host/db",
    "postgresql://user:pa%20ss@host:6543/db",
    "postgresql://user:@host/db",
    "postgresql://user@/db?host=/var/run/postgresql",
    "postgresql://user@%2Fvar%2Frun/db",
    "postgresql://one:1,two,[::1]:3/db?target_session_attrs=read-write",
    "postgresql://one,two/db",
    "postgresql://host/d%C3%A9?options=-csearch_path%3Dx&connect_timeout=3",
    "postgresql://host?ssl=true",
    "postgresql://host/db?user=other&password=in+query",
    "postgresql://user:a?b@host/db",
]


@pytest.mark.parametrize("url", URLS)
def test_a_url_means_what_it_means_to_libpq(url: str) -> None:
    conninfo = pytest.importorskip("psycopg.conninfo")
    expected = {name: value for name, value in conninfo.conninfo_to_dict(url).items() if value}
    found = postgres_place(url, {"PGSSLMODE": "prefer"}).conninfo
    added = {"application_name", "connect_timeout", "tcp_user_timeout", "target_session_attrs"} | {
        name for name in found if name.startswith("keepalives_")
    }
    assert {name: found[name] for name in found if name in expected or name not in added} == expected


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://host:port/db",
        "postgresql://host:99999/db",
        "postgresql://[::1/db",
        "postgresql://user:a@b@host/db",
        "postgresql://user:a/b@host/db",
        "postgresql://user:1/b@host/db",
        "postgresql://host/db?sslmode",
        "postgresql://host/db?a=b=c",
        "postgresql://user:%zz@host/db",
        "postgresql://user:%00@host/db",
        "postgresql://user:%ff@host/db",
        "postgresql://host/d b",
        "mysql://host/db",
    ],
)
def test_a_url_that_libpq_would_misread_is_invalid(url: str) -> None:
    with pytest.raises(InvalidPlace):
        postgres_place(url, {})


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:s3cret%2Fword@host/db?schema=sms",
        "postgresql://user@host/db?password=s3cret%2Fword&schema=sms",
        "postgres://user@host/db?pass%77ord=s3cret%2Fword&schema=sms",
        "postgresql://user@host/db?sslpassword=s3cret%2Fword&schema=sms",
    ],
)
class TestSecrets:
    def test_the_shown_url_has_all_but_the_password(self, url: str) -> None:
        assert postgres_place(url, {}).shown == "postgresql://user@host/db?schema=sms"

    def test_the_repr_has_no_password(self, url: str) -> None:
        assert "s3cret" not in repr(postgres_place(url, {}))

    def test_a_warning_names_the_ways_to_keep_it(self, url: str) -> None:
        warning = postgres_place(url, {}).warning
        assert warning is not None
        assert "PGPASSFILE" in warning[1]

    def test_libpq_gets_it(self, url: str) -> None:
        assert SECRET in postgres_place(url, {}).conninfo.values()


def test_a_url_without_a_password_has_no_warning() -> None:
    assert postgres_place("postgresql://user@host/db", {}).warning is None


LOCAL = [
    "postgresql:///db",
    "postgresql://localhost/db",
    "postgresql://127.0.0.1/db",
    "postgresql://[::1]/db",
    "postgresql://%2Ftmp/db",
    "postgresql:///db?host=/tmp",
    "postgresql://db.example/db?hostaddr=127.0.0.1",
]


@pytest.mark.parametrize("url", LOCAL)
def test_a_server_of_this_machine_needs_no_certificate(url: str) -> None:
    assert "sslmode" not in postgres_place(url, {}).conninfo


REMOTE = [
    ("postgresql://db.example/db", {}),
    ("postgresql://127.evil.example/db", {}),
    ("postgresql://localhost,db.example/db", {}),
    ("postgresql://localhost/db?hostaddr=192.0.2.1", {}),
    ("postgresql://db.example/db?sslmode=", {}),
    ("postgresql:///db", {"PGHOST": "db.example"}),
    ("postgresql://localhost/db", {"PGHOSTADDR": "192.0.2.1"}),
]


@pytest.mark.parametrize(("url", "environ"), REMOTE)
def test_another_machine_must_prove_its_name(url: str, environ: dict[str, str]) -> None:
    conninfo = postgres_place(url, environ).conninfo
    assert (conninfo["sslmode"], conninfo["sslrootcert"]) == ("verify-full", "system")


def test_a_service_must_prove_its_name_by_its_own_certificates() -> None:
    conninfo = postgres_place("postgresql:///?service=sms", {"PGHOST": "localhost"}).conninfo
    assert (conninfo["sslmode"], conninfo.get("sslrootcert")) == ("verify-full", None)


@pytest.mark.parametrize(
    ("query", "environ", "expected"),
    [
        ("?sslmode=require", {}, ("require", None)),
        ("", {"PGSSLMODE": "disable"}, (None, None)),
        ("?sslrootcert=/ca.pem", {}, ("verify-full", "/ca.pem")),
        ("", {"PGSSLROOTCERT": "/ca.pem"}, ("verify-full", None)),
    ],
)
def test_the_url_and_the_variables_of_libpq_win(
    query: str, environ: dict[str, str], expected: tuple[str | None, str | None]
) -> None:
    conninfo = postgres_place(f"postgresql://db.example/db{query}", environ).conninfo
    assert (conninfo.get("sslmode"), conninfo.get("sslrootcert")) == expected


def test_of_several_servers_the_primary_is_used() -> None:
    several = postgres_place("postgresql://db1,db2/sms", {}).conninfo
    one = postgres_place("postgresql://db1/sms", {}).conninfo
    found = (several.get("target_session_attrs"), one.get("target_session_attrs"))
    assert found == ("read-write", None)


@pytest.mark.parametrize(("libpq", "expected"), [(150_004, None), (160_000, "system")])
def test_an_older_libpq_gets_no_value_that_it_does_not_know(libpq: int, expected: str | None) -> None:
    parameters = postgres_place("postgresql://db.example/db", {}).parameters(libpq)
    assert parameters.get("sslrootcert") == expected


@pytest.mark.parametrize(
    ("query", "environ", "expected"),
    [
        ("", {}, {"application_name": "kxsms", "connect_timeout": "10", "tcp_user_timeout": "15000"}),
        ("?connect_timeout=3", {}, {"connect_timeout": "3"}),
        ("", {"PGCONNECT_TIMEOUT": "3"}, {"connect_timeout": None}),
    ],
)
def test_a_host_that_is_gone_is_noticed(
    query: str, environ: dict[str, str], expected: dict[str, str | None]
) -> None:
    conninfo = postgres_place(f"postgresql:///db{query}", environ).conninfo
    assert {name: conninfo.get(name) for name in expected} == expected


@pytest.mark.parametrize(("query", "schema"), [("", "kxsms"), ("?schema=sms_2", "sms_2")])
def test_the_sandbox_has_a_schema_of_its_own(query: str, schema: str) -> None:
    place = postgres_place(f"postgresql:///db{query}", {})
    assert (place.schema, place.of_sandbox().schema) == (schema, f"{schema}_sandbox")


def test_libpq_does_not_see_the_schema() -> None:
    assert "schema" not in postgres_place("postgresql:///db?schema=sms", {}).conninfo


@pytest.mark.parametrize("schema", ["", "Sms", "1sms", "a-b", "a%22b", "pg_x", "a" * 64, "kxsms_sandbox"])
def test_an_invalid_schema_is_refused(schema: str) -> None:
    with pytest.raises(InvalidPlace, match="schema"):
        postgres_place(f"postgresql:///db?schema={schema}", {})


def test_a_name_that_the_server_would_cut_off_is_refused_in_the_sandbox() -> None:
    place = postgres_place(f"postgresql:///db?schema={'a' * 56}", {})
    with pytest.raises(InvalidPlace, match="at most 55"):
        place.of_sandbox()


@pytest.mark.parametrize(
    ("url", "environ", "host"),
    [
        ("postgresql://one,two/db", {"PGHOST": "x"}, "one,two"),
        ("postgresql:///db?host=/tmp", {}, "/tmp"),
        ("postgresql:///db", {"PGHOST": "db.example"}, "db.example"),
        ("postgresql:///db?service=sms", {"PGHOST": "db.example"}, "sms"),
        ("postgresql:///db", {}, "localhost"),
    ],
)
def test_the_host_is_named(url: str, environ: dict[str, str], host: str) -> None:
    assert postgres_place(url, environ).host == host
