"""Bytes from Chinese Windows, from the web and from the gateway become text."""

import codecs

import pytest

from kxsms.domain.encoding import decode

TEXT = "【科迅云通讯】联通,提交成功€😀\r\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode("utf-8"),
        codecs.BOM_UTF8 + TEXT.encode("utf-8"),
        TEXT.encode("gb18030"),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    ],
)
def test_a_file_reads_the_same_in_every_usual_encoding(data: bytes) -> None:
    assert decode(data) == TEXT


@pytest.mark.parametrize("text", ["", "13812345678", "联通", "提交成功", "您好"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_short_texts_are_not_mistaken_for_another_encoding(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_gbk_from_windows_is_read() -> None:
    assert decode("手机,内容\r\n".encode("gbk")) == "手机,内容\r\n"


@pytest.mark.parametrize("data", [b"\xff", b"\x89PNG\r\n\x1a\n\xff\xff", codecs.BOM_UTF8 + b"\xff", b"\x81"])
def test_bytes_that_are_not_text_are_refused(data: bytes) -> None:
    with pytest.raises(UnicodeDecodeError):
        decode(data)
