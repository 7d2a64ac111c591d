"""The page of a report: its head, its sections, and the policy that lets it ask nobody for anything."""

import base64
import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from html import escape
from importlib.resources import files

from kxsms.domain.batch import OutcomeGroup
from kxsms.domain.money import amount, cost_of
from kxsms.domain.report import WAIT_LIMITS, BatchReport, Fate, Timeline, Waits, fates_of
from kxsms.domain.states import RequestState
from kxsms.language import language, tr
from kxsms.output.html import svg, words
from kxsms.output.html.table import recipients
from kxsms.output.visible import visible_lines
from kxsms.output.words import shown_value, with_own_words

_FILES = files("kxsms.output.html")
_MOST_FAILURES = 20
_PATH = re.compile(r".*[/\\]", re.S)
"""The directories of a file: they are nobody else's business."""
_DELIVERIES = (str(Fate.DELIVERED), str(Fate.FAILED))


def page_parts(report: BatchReport) -> Iterator[str]:
    """Yield a report as HTML, in parts. Every text of the batch is masked, if it is to be, and escaped."""
    style, script = (_FILES.joinpath(f"report.{ending}").read_text("utf-8") for ending in ("css", "js"))
    page = _Page(report)
    yield page.head(style, script)
    yield page.figures()
    yield page.outcomes()
    if report.timeline is not None:
        yield page.timeline(report.timeline)
    if report.waits is not None:
        yield page.waits(report.waits)
    yield page.failures()
    yield from recipients(report, page.text)
    note = tr(words.PERSONAL if report.mask is str else words.MASKED)
    made = tr(words.MADE, time=_time(report.made))
    yield f"<footer><p>{made}</p><p>{note}</p></footer>\n<script>{script}</script>\n</body>\n</html>\n"


class _Page:
    """The sections of a page."""

    def __init__(self, report: BatchReport) -> None:
        self._report = report
        self._batch = report.batch
        self._fates = fates_of(report.batch)

    def text(self, text: str) -> str:
        """Return a text of the batch for a page: masked, if it is to be, control characters shown."""
        return visible_lines(self._report.mask(text))

    def head(self, style: str, script: str) -> str:
        """Return everything up to the text of the batch."""
        batch, zone = self._batch, self._report.made.tzinfo
        policy = (
            f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}';"
            " img-src data:; base-uri 'none'; form-action 'none'"
        )
        title = tr(words.TITLE, batch=escape(batch.name))
        created = _time(datetime.fromtimestamp(batch.created, zone))
        span = created
        if batch.finished is not None:
            finished = _time(datetime.fromtimestamp(batch.finished, zone))
            span = words.UNTIL.format(created=created, finished=finished)
        facts = [
            shown_value("state", batch.state),
            batch.product,
            batch.profile or "",
            _PATH.sub("", batch.source),
            span,
        ]
        texts = "".join(f"<blockquote>{escape(self.text(text))}</blockquote>" for text in self._report.texts)
        heading = tr(words.TEXT if len(self._report.texts) == 1 else words.TEXTS)
        return f"""<!DOCTYPE html>
<html lang="{words.LANGUAGES[language()]}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
<p class="quiet">{" · ".join(escape(self.text(fact)) for fact in facts if fact)}</p>
<h2>{heading}</h2>
{texts}
"""

    def figures(self) -> str:
        """Return the figures of the batch; those that are 0 are left out, but for the first."""
        batch = self._batch
        found: dict[str, int] = {name: getattr(batch, name, 0) for name in words.FIGURES if name != "cost"}
        found |= {"recipients": batch.counts.recipients, "segments": self._report.segments}
        cells = {name: f"{count:,}" for name, count in found.items() if count or name == "recipients"}
        if (cost := cost_of(self._report.segments, batch.price)) is not None:
            cells["cost"] = amount(cost)
        return _definitions((tr(words.FIGURES[name]), cells[name]) for name in words.FIGURES if name in cells)

    def outcomes(self) -> str:
        """Return the bar of outcomes and its legend."""
        total = sum(self._fates.values()) or 1
        parts, legend = [], []
        for fate, count in self._fates.items():
            if count:
                title = f"{tr(words.FATES[fate])} {count:,} ({100 * count / total:.1f} %)"
                parts.append((str(fate), count, title))
                legend.append(f"<li>{svg.meter('', fate, 1)}{escape(title)}</li>")
        heading = tr(words.OUTCOMES)
        bar = svg.stacked_bar(heading, parts)
        return _section(heading, f'{bar}<ul class="legend">{"".join(legend)}</ul>')

    def timeline(self, line: Timeline) -> str:
        """Return deliveries over time."""
        starts = line.starts
        titles = [
            tr(words.BAR, start=_minute(start), delivered=f"{delivered:,}", failed=f"{failed:,}")
            for start, (delivered, failed) in zip(starts, line.bars, strict=True)
        ]
        chart = svg.columns(tr(words.TIMELINE), line.bars, titles, _DELIVERIES)
        ends = starts[:1] if len(starts) == 1 else [starts[0], starts[-1]]
        axis = "".join(f"<span>{_minute(start)}</span>" for start in ends)
        step, highest = _duration(line.step, words.STEPS), f"{max(map(sum, line.bars)):,}"
        notes = [tr(words.PER, step=step, highest=highest)]
        notes += [tr(words.LATER, count=f"{line.later:,}")] if line.later else []
        notes += [tr(words.OUTSIDE, count=f"{line.outside:,}")] if line.outside else []
        note = f'<p class="quiet">{" ".join(notes)}</p>'
        return _section(tr(words.TIMELINE), f'{chart}<div class="axis">{axis}</div>{note}')

    def waits(self, waits: Waits) -> str:
        """Return the times to delivery."""
        names = [tr(words.UP_TO, limit=_duration(limit, words.SECONDS)) for limit in WAIT_LIMITS]
        median, most = (_duration(seconds, words.SECONDS) for seconds in waits.percents)
        note = f"<p>{tr(words.MEDIAN, median=median, most=most)}</p>"
        ranges = list(zip([*names, tr(words.LONGER)], waits.counts, strict=True))
        while not ranges[-1][1]:
            ranges.pop()
        return _section(tr(words.WAITS), note + _bars(ranges, Fate.DELIVERED))

    def failures(self) -> str:
        """Return refusals, failures and unknown outcomes by code, the largest first."""
        found: list[tuple[str, int]] = []
        for group in self._report.groups:
            found.append((self._group_name(group), group.recipients))
        for status, count in self._report.failures:
            own = self._report.codes.get(status)
            name = tr(words.DELIVERY_FAILED, status=status or tr(words.NO_STATUS))
            found.append((with_own_words(name, own), count))
        if not found:
            return ""
        found.sort(key=lambda pair: -pair[1])
        rest = sum(count for _, count in found[_MOST_FAILURES:])
        listed = [(self.text(name), count) for name, count in found[:_MOST_FAILURES]]
        others = [(tr(words.OTHERS), rest)] if rest else []
        return _section(tr(words.FAILURES), _bars(listed + others, Fate.FAILED))

    def _group_name(self, group: OutcomeGroup) -> str:
        """Return the reason why requests were not accepted."""
        if group.state is not RequestState.REJECTED:
            fate = tr(words.FATES[Fate(group.state)])
            return tr(words.BECAUSE, fate=fate, reason=group.message or "")
        code, said = group.code or "", f" “{group.message}”" if group.message else ""
        return with_own_words(tr(words.REFUSED, code=code) + said, self._report.codes.get(code))


def _section(title: str, content: str) -> str:
    return f'<section class="chart"><h2>{title}</h2>{content}</section>\n'


def _definitions(pairs: Iterable[tuple[str, str]]) -> str:
    cells = (f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in pairs)
    return f"<dl>{''.join(cells)}</dl>\n"


def _bars(pairs: Iterable[tuple[str, int]], fate: Fate) -> str:
    """Return a table with a bar for each count."""
    given = list(pairs)
    most = max((count for _, count in given), default=0) or 1
    rows = (
        f'<tr><th scope="row">{escape(name)}</th><td>{svg.meter(name, fate, count / most)}</td>'
        f'<td class="count">{count:,}</td></tr>'
        for name, count in given
    )
    return f'<table class="bars"><tbody>{"".join(rows)}</tbody></table>'


def _digest(source: str) -> str:
    """Return the source of an inline style or script as a Content Security Policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} {moment:%z}"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _duration(seconds: float, units: Mapping[int, str]) -> str:
    """Return a duration in the largest unit of which it has one: 15 min, 2.5 h."""
    size = next((size for size in units if seconds >= size), min(units))
    number = max(1, math.ceil(seconds)) if size == 1 else round(seconds / size, 1)
    return tr(units[size], number=f"{number:g}")
