"""The table of recipients: data for the script of the page, which writes it as text."""

from collections import Counter
from collections.abc import Callable, Iterator
from html import escape

from kxsms.domain.export import kept_columns
from kxsms.domain.report import BatchReport, Fate, ReportRow, fates_of
from kxsms.language import joined, tr
from kxsms.output.html import words
from kxsms.output.json import dumps, in_parts

_ISO_SECONDS = 19
_FATES = list(Fate)
_PLACE_OF_FATE = 1
"""The column of the state, which the rows have as a number."""


def recipients(report: BatchReport, text: Callable[[str], str]) -> Iterator[str]:
    """Yield the table of a report, in parts. `text` makes a text of the batch fit to be shown."""
    batch = report.batch
    own = [index for index in kept_columns(batch.columns) if index != batch.mobile_column]
    names = [tr(words.MOBILE), tr(words.FATE), *(text(batch.columns[index]) for index in own)]
    names += map(tr, (words.TIME, words.DETAIL, words.REPLY))
    yield _frame(names, fates_of(batch))
    facts = {
        **{"kinds": _FATES, "fates": [tr(words.FATES[fate]) for fate in _FATES], "state": _PLACE_OF_FATE},
        **{"shown": tr(words.SHOWN), "none": tr(words.NO_MATCH)},
    }
    yield f'<script type="application/json" id="data">{in_script(facts)[:-1]}, "rows": ['
    listed: Counter[Fate] = Counter()

    def lines() -> Iterator[str]:
        comma = ""
        for row in report.rows:
            listed[row.fate] += 1
            yield f"{comma}\n{in_script(_cells(row, own, text))}"
            comma = ","

    yield from in_parts(lines())
    yield "\n]}</script>\n"
    yield _not_listed(report, listed)


def in_script(value: object) -> str:
    """Return JSON that can stand in a script element: nothing in it ends that, or begins a comment."""
    return dumps(value).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _frame(names: list[str], counts: dict[Fate, int]) -> str:
    """Return the heading, the search, and the table without its rows."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    options = f'<option value="">{tr(words.ALL_STATES)}</option>'
    options += "".join(
        f'<option value="{_FATES.index(fate)}">{escape(tr(words.FATES[fate]))}</option>'
        for fate, count in counts.items()
        if count
    )
    return f"""<h2>{tr(words.RECIPIENTS)}</h2>
<noscript><p>{tr(words.NEEDS_SCRIPT)}</p></noscript>
<div class="tools">
<label>{tr(words.SEARCH)} <input type="search" id="search" autocomplete="off" spellcheck="false"></label>
<label>{tr(words.STATE)} <select id="state">{options}</select></label>
<button type="button" id="previous">{tr(words.PREVIOUS)}</button>
<button type="button" id="next">{tr(words.NEXT)}</button>
<span class="quiet" id="shown" role="status"></span>
</div>
<div class="scroll" tabindex="0">
<table id="recipients"><thead><tr>{head}</tr></thead><tbody></tbody></table>
</div>
"""


def _cells(row: ReportRow, own: list[int], text: Callable[[str], str]) -> list[object]:
    fields = [row.fields[index] if index < len(row.fields) else "" for index in own]
    time = row.time or ""
    if len(time) > _ISO_SECONDS and time[10] == "T":
        time = time[:_ISO_SECONDS].replace("T", " ")
    texts = [time, row.detail or "", row.reply or ""]
    return [text(row.mobile), _FATES.index(row.fate), *map(text, fields), *map(text, texts)]


def _not_listed(report: BatchReport, listed: Counter[Fate]) -> str:
    """Return a sentence that sums up the recipients whom the table does not have, if there are any."""
    rest = Counter(fates_of(report.batch))
    rest.subtract(listed)
    left = {fate: count for fate, count in rest.items() if count > 0}
    if not left:
        return ""
    fates = joined(f"{count:,} {tr(words.FATES[fate])}" for fate, count in left.items())
    return f"<p>{escape(tr(words.NOT_LISTED, count=f'{sum(left.values()):,}', fates=fates))}</p>\n"
