"""Phone numbers are masked in every spelling, and nothing else is."""

import pytest

from kxsms.domain.masking import masked_bytes, masked_text
from kxsms.domain.mobile import masked_mobile


@pytest.mark.parametrize(
    ("mobile", "masked"),
    [
        ("13800000000", "138****0000"),
        ("1380000000", "138***0000"),
        ("138-1234-5678", "138-****-5678"),
        ("１３８１２３４５６７８", "１３８****５６７８"),
        ("110", "110"),
        ("", ""),
    ],
)
def test_the_middle_of_a_number_is_masked(mobile: str, masked: str) -> None:
    assert masked_mobile(mobile) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("13812345678", "138****5678"),
        ("给13812345678发", "给138****5678发"),
        ("+86 138 1234 5678", "+86 138 **** 5678"),
        ("8613812345678", "86138****5678"),
        ("008613812345678", "0086138****5678"),
        ("138-1234-5678, 139.1234.5678", "138-****-5678, 139.****.5678"),
        ("１３８１２３４５６７８", "１３８****５６７８"),
        ("13,812,345,678", "13,8**,**5,678"),
        ("1381234567813912345678", "138****5678139****5678"),
        ("'1381234567' has 10 digits", "'138***4567' has 10 digits"),
        ("138123456789", "138*****6789"),
        ("'139-1234-567' has 10 digits", "'139-***4-567' has 10 digits"),
        ("010-12345678", "010-****5678"),
        ("+852 6123 4567", "+852 **** 4567"),
        ("mobile=13812345678%2C13912345678&x", "mobile=138****5678%2C139****5678&x"),
        ("%E3%80%8213812345678", "%E3%80%82138****5678"),
        (r"\u300213812345678", r"\u3002138****5678"),
        ("“…致电1381234…”", "“…致电138****…”"),
        ("“…致电138 1234 5…”", "“…致电138*******…”"),
        ("'…3812345678'", "'…******5678'"),
        ("'…81234…'", "'…*****…'"),
        ("013812345678", "0138****5678"),
        ("'0138123456780' has 13 digits", "'0138*****6780' has 13 digits"),
        ("(138)12345678", "(138)****5678"),
        ("138\u200b12345678", "138\u200b****5678"),
        ("1\u200b3812345678\u200b", "1\u200b38****5678\u200b"),
        ('="13812345678"', '="138****5678"'),
        ('{"mobile":13812345678}', '{"mobile":138****5678}'),
    ],
)
def test_a_number_in_a_text_is_masked(text: str, masked: str) -> None:
    assert masked_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-26T04:21:39+08:00",
        "2016102511282900138",
        "3f2a91c0",
        "15.11.2026 12:00",
        "192.168.100.15 refused the connection",
        "192.168.10.151:8080",
        "110101199001011234",
        "1,234,567 of 2,000,000 (61 %)",
        "2,500 recipients",
        "12:30:05.123 #7 +38 ms",
        "127.0.0.1:65000",
        "20161025112829",
    ],
)
def test_other_digits_stay(text: str) -> None:
    assert masked_text(text) == text


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le", "utf-16-be", "utf-16"])
def test_an_answer_is_masked_in_any_encoding(encoding: str) -> None:
    body = '{"手机":"13812345678","no":"13912345678","id":"2016102511282900138"}'
    masked = body.replace("13812345678", "138****5678").replace("13912345678", "139****5678")
    assert masked_bytes(body.encode(encoding)) == masked.encode(encoding)
