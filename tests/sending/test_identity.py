"""Digests never change: a release with other ones would not recognise an earlier send, and send it again."""

import io
from collections.abc import Iterator

import pytest

from kxsms.domain.identity import fingerprint
from kxsms.sending.planner import PlanOptions
from kxsms.source.file_options import FileOptions
from kxsms.source.opening import open_table
from kxsms.source.rows import table_source
from kxsms.source.table import SourceTable
from kxsms.source.texts import TextOptions
from tests.planning import plan_source

FILE = "mobile,name\n13800000000,王\n+86 13900000000,李\n13800000000,王\n".encode()
SIGNED = "【科】{name}您好"
UNSIGNED = "{name}您好"


@pytest.fixture
def table() -> Iterator[SourceTable]:
    with open_table("-", lambda: io.BytesIO(FILE), FileOptions()) as file:
        yield file


@pytest.mark.parametrize(
    ("template", "signature", "digest"),
    [
        (SIGNED, None, "0a2b7d17834b594ab39c593d5f12050a"),
        (SIGNED, "迅", "0a2b7d17834b594ab39c593d5f12050a"),
        (UNSIGNED, None, "780f17323c7056a54cfb48547087857b"),
        (UNSIGNED, "迅", "0d510d957aaf64802613b140ac20d21e"),
    ],
)
def test_the_digest_of_a_send_never_changes(
    table: SourceTable, template: str, signature: str | None, digest: str
) -> None:
    source = table_source(table, template, None, TextOptions(signature))
    plan = plan_source(source, PlanOptions(signature), lambda text: 3)
    assert plan.digest.hex() == digest


def test_the_digest_of_a_file_and_its_template_never_changes(table: SourceTable) -> None:
    digest = table_source(table, SIGNED, None, TextOptions()).digest
    assert digest is not None
    assert digest.hex() == "6f03b096dcdbdd623a414f17221b3fcbd8386e824a4221689f19a25311646600"


def test_the_fingerprint_never_changes() -> None:
    mark = fingerprint(bytes.fromhex("0a2b7d17834b594ab39c593d5f12050a"), "10086", "sms", None)
    assert mark.hex() == "3b70eab485c0282b97f08b96e20385abfee9d1234490ea24af3aaf2723ff3613"


@pytest.mark.parametrize(
    ("options", "extno", "key"),
    [
        (
            PlanOptions("迅", True, False, 5),
            None,
            "065792d0a5ffa1d1f5bd8ef68536945415f149e85a6e0caabfed82b19694b65b",
        ),
        (PlanOptions(), "12", "e624e0eb015a57b7d3e7d83962246e5890874e7ecedb5c74f1099dfaf97a6c99"),
    ],
)
def test_the_key_of_a_file_with_its_options_never_changes(
    options: PlanOptions, extno: str | None, key: str
) -> None:
    digest = bytes.fromhex("6f03b096dcdbdd623a414f17221b3fcbd8386e824a4221689f19a25311646600")
    assert fingerprint(digest, "10086", "sms", extno, options).hex() == key


@pytest.mark.parametrize("header_row", [1, 2])
def test_a_header_row_is_part_of_the_digest_of_a_file(header_row: int) -> None:
    def digest(options: FileOptions) -> bytes | None:
        data = io.BytesIO(b"mobile,name\nmobile,name\n13800000000,a\n")
        with open_table("-", lambda: data, options) as file:
            return table_source(file, SIGNED, None, TextOptions()).digest

    assert digest(FileOptions()) != digest(FileOptions(header_row=header_row))
