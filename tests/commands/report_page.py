"""A batch with hostile names and replies, and its report as a parser sees it."""

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from kxsms.compat import override
from tests.conftest import Run
from tests.inbox.records_gateway import (
    ONE,
    THREE,
    TWO,
    RecordsGateway,
    a_reply,
    a_report,
    body_of,
    fetch,
    write_profile,
)
from tests.scripted_gateway import answer

HOSTILE = "<script>alert(1)</script>"
MARKUP = "\"'><img src=x onerror=alert(1)>&amp;</script><!--"
FOUR = "13600000004"
REFUSED = answer(json.dumps({"Code": "-3", "Message": f"余额不足{HOSTILE} 13700000009"}, ensure_ascii=False))
CSV = f"""备注<b>,mobile,姓名
x,{ONE},{HOSTILE}
y,{TWO},王
13900001111,{THREE},李
z,{FOUR},Zoë
"""


def send_hostile(run: Run, gateway: RecordsGateway) -> str:
    """Send to four: delivered with a reply, failed, without a report, and refused. Return the batch."""
    tasks = [answer(json.dumps({"Code": "0", "TaskId": task})) for task in "789"]
    gateway.send_answers += [*tasks, REFUSED]
    write_profile(codes={"-3": "余额用完", MARKUP: "空号<b>"}, states={MARKUP: "failed"})
    options = ("--yes", "--concurrency", "1", "--rate", "0", "-o", "json")
    Path("people.csv").write_text(CSV, encoding="utf-8")
    name: str = run("send", "--csv", "people.csv", "-m", "【科】{姓名}您好", *options).json["batch"]
    gateway.prepare(body_of(a_report(ONE, "7"), a_report(TWO, "8", MARKUP)))
    fetch(run)
    gateway.prepare(body_of(a_reply(ONE, MARKUP)))
    fetch(run, command="mo")
    return name


@dataclass
class Parsed(HTMLParser):
    """The elements of a page, the text outside of scripts and styles, and the data of its table."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    text: str = ""
    scripts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open = ""

    @classmethod
    def of(cls, source: str) -> "Parsed":
        page = cls()
        page.feed(source)
        page.close()
        return page

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag

    @override
    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    @override
    def handle_data(self, data: str) -> None:
        if self._open == "script":
            self.scripts.append(data)
        elif self._open != "style":
            self.text += data

    @property
    def data(self) -> Any:
        return json.loads(self.scripts[0])

    def elements(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]
