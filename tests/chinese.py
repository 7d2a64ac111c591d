"""The Chinese of the tables that `tests/pages.py` writes, as far as kxsms itself does not say it."""

from collections.abc import Mapping

from kxsms.language import ENGLISH, language

_HEADINGS: Mapping[str, str] = {
    "code": "返回码",
    "default": "默认值",
    "effect": "作用",
    "key": "键",
    "kind": "种类",
    "meaning": "含义",
    "message": "说明",
    "name": "名称",
    "number": "号码",
    "status": "退出码",
    "type": "类型",
    "what happens": "发生什么",
    "what they look like": "样子",
}

_TYPES: Mapping[str, str] = {
    "URL": "URL",
    "digits": "数字串",
    "list of codes": "返回码列表",
    "list of texts": "文本列表",
    "seconds": "秒数",
    "table": "表",
    "text": "文本",
    "time zone": "时区",
    "whole number": "整数",
}

_ENDINGS: Mapping[str, str] = {
    "### `send`: {send}": "### `send`：{send}",
    "{words} ({status})": "{words}（{status}）",
    "`balance`: {balance}. `report`, `mo`: {records}.": "`balance`：{balance}。`report`、`mo`：{records}。",
    "accepted": "提交成功",
    "answered": "有应答",
    "fetched": "已获取",
    "kept, but not read": "已留存，但无法读取",
    "no answer": "没有应答",
    "not sent": "未发送",
    "nothing new": "没有新内容",
    "refused": "被拒绝",
    "retried, then not sent": "重试后仍未发送",
    "unknown": "结果未知",
}

_FAULTS: Mapping[str, str] = {
    "the host name is unknown": "主机名不存在",
    "the connection is refused or times out": "连接被拒绝或超时",
    "TLS fails before the request": "发出请求之前 TLS 失败",
    "the TLS certificate is self-signed, expired, or for another name": (
        "TLS 证书是自签名的、已过期，或属于别的主机名"
    ),
    "the answer does not come, or does not end, in time": "应答没有按时到达，或没有按时结束",
    "the connection is closed or reset before the answer is complete": "应答还不完整，连接就被关闭或重置",
    "a connection that is used again is closed during the request": "重复使用的连接在请求途中被关闭",
    "half a body": "只有一半的正文",
    "broken chunks": "分块传输（chunked）的数据损坏",
    "damaged gzip": "gzip 数据损坏",
    "an answer that is not HTTP": "应答不是 HTTP",
    "headers that are too long or too many": "HTTP 头过长或过多",
    "an answer of more than 64 MiB, also after unpacking": "应答超过 64 MiB，解压之后超过的也算",
    "an answer that is packed twice": "应答压缩了两次",
    "HTTP 301, 307 or 308, which kxsms does not follow": "HTTP 301、307 或 308，kxsms 不跟随重定向",
    "HTTP 302 or 303, which kxsms does not follow": "HTTP 302 或 303，kxsms 不跟随重定向",
    "HTTP 204 or 304": "HTTP 204 或 304",
    "HTTP 401, 403, 404 or another 4xx": "HTTP 401、403、404 或其他 4xx",
    "HTTP 429, with or without `Retry-After`": "HTTP 429，不论有没有 `Retry-After`",
    "HTTP 500, 502, 503 or 504, with a page or with nothing": "HTTP 500、502、503 或 504，正文是网页或为空",
    "HTTP 200 with a web page": "HTTP 200，正文是网页",
    "HTTP 200 with nothing": "HTTP 200，正文为空",
    "an answer that is neither JSON nor XML": "应答既不是 JSON 也不是 XML",
    "damaged JSON or XML": "JSON 或 XML 损坏",
    "JSON or XML that is nested deeply, or has a DTD or entities": "JSON 或 XML 嵌套过深，或含有 DTD 或实体",
    "no `Code`, or two that differ": "没有 `Code`，或有两个不同的 `Code`",
    "`Code` 0, with any HTTP status, content type, encoding or length of numbers": (
        "`Code` 为 0，不论 HTTP 状态码、内容类型、编码和数字长度"
    ),
    "the same after an HTTP 100, in chunks, or in gzip": "同上，但先返回 HTTP 100、分块传输，或用 gzip 压缩",
    "another `Code` with any HTTP status": "`Code` 是其他值，不论 HTTP 状态码",
}

_WORDS = {**_HEADINGS, **_TYPES, **_ENDINGS, **_FAULTS}


def said(text: str) -> str:
    """Return a text of a table in the language that is spoken. Raises KeyError if it has no Chinese."""
    return text if language() == ENGLISH else _WORDS[text]
