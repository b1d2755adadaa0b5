"""One writer for every table: a `Table` as CSV and as HTML, the same bytes each time.

The CSV holds plain machine numbers, one value per cell; HTML, and what `latex_writer` and
`typst_writer` make, as the language writes them.
"""

import csv
import io
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

import pandas as pd

from evaluation.page.language import NBSP, Language
from evaluation.study.files import plain_cell

MARK = "◆"
FLAG = "†"
PAIRS = ("interval", "change", "plus_minus")
WIDE = 8  # tables with more columns are set smaller on the page
TEXTUAL = ("text", "label", "prose", "places")
PARAGRAPHS = ("prose", "places")  # of several sentences or names
COUNTABLE = ("integer", "decimal", "change", "plus_minus", "any")  # kinds that could hold events

STYLE = """\
body { margin: 2rem; color: #1a1a1a; background: #fff; font: 16px/1.45 system-ui, sans-serif; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding-bottom: .5rem; }
th, td { padding: .25rem .6rem; text-align: left; vertical-align: top; }
th { font-weight: 600; } tbody th[scope=row] { font-weight: 400; }
thead th { vertical-align: bottom; border-bottom: 1px solid #1a1a1a; }
tbody tr { border-bottom: 1px solid #ddd; }
.number, [data-value] { text-align: right; white-space: nowrap; } .label { white-space: nowrap; }
tr.primary > * { font-weight: 700; }
.note { max-width: 44rem; font-size: .875rem; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
"""


@dataclass(frozen=True)
class Column:
    """One column: where its values are, what it is called, and how they are written.

    keys : a column of the frame; two for `interval` (low, high), `change` (before, after) and
        `plus_minus` (value, margin), which are two columns of the CSV
    label : header in the table's language
    kind : `text`, `label` (never wraps), `prose` (a paragraph), `places` (names by semicolons),
        `integer`, `decimal`, `percent`, `effect` (percent with its sign), `value` (significant
        digits), `difference` (with sign), `p`, `any` (a text or a number), or one of the pairs
    decimals : of numbers; the name of a column of the frame that holds them where rows differ
    unit : `percent` or `value`, of the two ends of an interval
    parts : headers of the two columns of a pair in the CSV
    csv_only : the column is left out of HTML and LaTeX, where its note says the same
    flag : a boolean column; in its true rows HTML and LaTeX add the mark †, which a note explains
    anchors : of `places`, the column with their ids on the page, by spaces: `linked` makes links
    counts : whether these are events of one sector or zone, withheld where few (`disclosure`)
    """

    keys: tuple[str, ...]
    label: str
    kind: str = "text"
    decimals: int | str = 0
    unit: str = ""
    parts: tuple[str, ...] = ()
    csv_only: bool = False
    flag: str = ""
    anchors: str = ""
    counts: bool | None = None

    @property
    def of_events(self) -> bool:
        """Whether small numbers of this column are withheld: as stated, else wherever possible."""
        if self.counts is not None:
            return self.counts
        return self.kind in COUNTABLE and (isinstance(self.decimals, str) or self.decimals == 0)


def interval(
    language: Language,
    keys: tuple[str, str],
    label: str,
    decimals: int | str = 0,
    unit: str = "",
    csv_only: bool = False,
) -> Column:
    """A column of intervals, whose ends the CSV calls low and high."""
    ends = (language("table.column.low"), language("table.column.high"))
    return Column(keys, label, "interval", decimals, unit, ends, csv_only)


@dataclass(frozen=True)
class Sums:
    """Which rows of a table of events are sums of others, and so would give a withheld one away.

    outcome : column with the names of outcomes, whose `sum_of` are parts; empty for none
    cells : columns that tell the rows of an outcome apart; a sum and its parts agree in them
    over : one of `cells` that has totals too
    total : boolean column, true in the rows that are totals over it
    """

    outcome: str = "outcome"
    cells: tuple[str, ...] = ()
    over: str = ""
    total: str = ""


@dataclass(frozen=True)
class Table:
    """A frame with a title, as it is to be written.

    frame : one row for each row of the table, in the order to be shown
    group : a column whose runs of equal values are set apart under a heading of their own
    primary : a boolean column; its true rows carry the mark ◆ and bold type
    folded : a boolean column; its true rows are in the CSV alone, as the note says
    sums : of a table with columns of events, how its rows add up
    """

    name: str
    frame: pd.DataFrame
    columns: tuple[Column, ...]
    title: str
    note: str
    group: str = ""
    group_label: str = ""
    primary: str = ""
    folded: str = ""
    sums: Sums | None = None

    @property
    def shown(self) -> tuple[Column, ...]:
        """The columns of HTML and LaTeX."""
        return tuple(column for column in self.columns if not column.csv_only)

    def groups(self) -> Iterator[tuple[str, list[dict]]]:
        """Heading and shown rows of each group; one without a heading where there are none."""
        frame = self.frame[~self.frame[self.folded].astype(bool)] if self.folded else self.frame
        if not self.group:
            yield "", frame.to_dict("records")
            return
        for name, rows in frame.groupby(self.group, sort=False):
            yield str(name), rows.to_dict("records")


def to_csv(table: Table, language: Language) -> str:
    """The table as CSV: a header, then one row per line, numbers as `%.10g`, `\\n` line ends."""
    header, keys = [], []
    if table.group:
        header, keys = [table.group_label], [table.group]
    if table.primary:
        header.append(language("table.column.primary"))
        keys.append(table.primary)
    for column in table.columns:
        keys += column.keys
        header += [f"{column.label}: {part}" for part in column.parts] or [column.label]
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow([plain_cell(text) for text in header])
    for row in table.frame.to_dict("records"):
        writer.writerow([_machine(row[key], language) for key in keys])
    return lines.getvalue()


def to_html(table: Table, language: Language) -> str:
    """The table as an HTML fragment: caption, header cells with their scope, note.

    Number cells carry their machine value in `data-value`, by which a script sorts them.
    """
    columns = table.shown
    heads = "".join(
        f'<th scope="col"{_css(column)}>{escape(column.label)}</th>' for column in columns
    )
    bodies = []
    for name, rows in table.groups():
        lines = [_html_row(row, table, language) for row in rows]
        if table.group:
            head = f'<th scope="rowgroup" colspan="{len(columns)}">{escape(name)}</th>'
            lines.insert(0, f'<tr class="group">{head}</tr>')
        bodies.append("<tbody>\n" + "\n".join(lines) + "\n</tbody>")
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-labelledby="table-{table.name}">\n'
        f'<table class="data" data-name="{escape(table.name)}">\n'
        f'<caption id="table-{table.name}"><span>{escape(table.title)}</span></caption>\n'
        f"<thead>\n<tr>{heads}</tr>\n</thead>\n" + "\n".join(bodies) + "\n</table>\n</div>\n"
        f'<p class="note">{escape(table.note)}</p>\n'
    )


def to_html_document(table: Table, language: Language) -> str:
    """The fragment in a page of its own, which a browser or a word processor opens as it is."""
    return (
        f'<!doctype html>\n<html lang="{language.code}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(table.title)}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        f"{to_html(table, language)}</body>\n</html>\n"
    )


def linked(html: str) -> str:
    """The fragment with links to places on the page that holds it; alone it would lead nowhere."""
    return re.sub(
        r'<span data-place="([\w-]+)">([^<]*)</span>', r'<a class="where" href="#\1">\2</a>', html
    )


def cell(row: dict, column: Column, language: Language) -> str:
    """One cell as the language writes it, with its mark where it is flagged."""
    text = _written(row, column, language)
    return f"{text}{NBSP}{FLAG}" if column.flag and row[column.flag] else text


def _written(row: dict, column: Column, language: Language) -> str:
    values = [row[key] for key in column.keys]
    decimals = column.decimals if isinstance(column.decimals, int) else int(row[column.decimals])
    if column.kind in PAIRS:
        return _pair(values, column, decimals, language)
    value = values[0]
    if isinstance(value, (bool, str)):
        return language(f"table.{'yes' if value else 'no'}") if isinstance(value, bool) else value
    if value is None or pd.isna(value):
        return "–"
    formats: dict[str, Callable[[float], str]] = {
        "integer": lambda number: language.number(number, 0),
        "decimal": lambda number: language.number(number, decimals),
        "percent": lambda number: language.percent(number, decimals),
        "effect": lambda number: language.percent(number, decimals, signed=True),
        "value": language.value,
        "difference": lambda number: language.value(number, signed=True),
        "p": language.p_value,
        "any": lambda number: _any(number, language),
    }
    return formats[column.kind](float(value))


def _any(number: float, language: Language) -> str:
    plain = number == 0 or 0.0005 <= abs(number) < 1e6
    return language.number(number, 3) if plain else language.general(number)


def _pair(values: list[float], column: Column, decimals: int, language: Language) -> str:
    first, second = (None if pd.isna(value) else float(value) for value in values)
    if first is None and second is None:
        return "–"
    if column.unit == "percent":
        low = language.number(first, decimals, signed=True)
        high = language.percent(second, decimals, signed=True)
        return language("table.interval", low=low, high=high)
    ends = [language.number(value, decimals) for value in (first, second)]
    if column.unit == "value":
        ends = [language.value(value, signed=True) for value in (first, second)]
    if column.kind == "interval":
        return language("table.interval", low=ends[0], high=ends[1])
    return (" → " if column.kind == "change" else " ± ").join(ends)


def _machine(value, language: Language) -> str:
    """A value as a program reads it: `%.10g`, `inf`, or empty where it is null; texts plain."""
    if isinstance(value, bool):
        return language(f"table.{'yes' if value else 'no'}")
    if isinstance(value, str):
        return plain_cell(value)
    if value is None or pd.isna(value):
        return ""
    number = float(value)
    whole = number.is_integer() and abs(number) < 1e15
    return f"{number:.0f}" if whole else f"{number:.10g}"


def _css(column: Column, value: str = "") -> str:
    """The class of a cell; its machine value says by itself that it is a number."""
    kind = column.kind if column.kind in TEXTUAL else "" if value else "number"
    return f' class="{kind}"' if kind else ""


def _html_row(row: dict, table: Table, language: Language) -> str:
    primary = bool(table.primary) and bool(row[table.primary])
    cells = []
    for position, column in enumerate(table.shown):
        text = _places(row, column) or escape(cell(row, column, language))
        if primary and position == 0:
            meaning = escape(language("table.primary"))
            text = (
                f'<span aria-hidden="true">{MARK} </span>'
                f'<span class="hidden">{meaning}: </span>{text}'
            )
        tag, scope = ("th", ' scope="row"') if position == 0 else ("td", "")
        value = _data(row, column)
        cells.append(f"<{tag}{scope}{_css(column, value)}{value}>{text}</{tag}>")
    return (
        f"<tr{' class=' + chr(34) + 'primary' + chr(34) if primary else ''}>{''.join(cells)}</tr>"
    )


def _places(row: dict, column: Column) -> str:
    """The names of `places`, each marked with its id; an empty text where there are none."""
    if not column.anchors or not row[column.anchors]:
        return ""
    names, ids = row[column.keys[0]].split("; "), row[column.anchors].split()
    return "; ".join(
        f'<span data-place="{escape(place)}">{escape(name)}</span>'
        for name, place in zip(names, ids, strict=True)
    )


def _data(row: dict, column: Column) -> str:
    value = row[column.keys[0]]
    if isinstance(value, (bool, str)) or value is None or pd.isna(value):
        return ""
    number = float(value)
    text = f"{number:.6g}" if math.isfinite(number) else str(number).replace("inf", "Infinity")
    return f' data-value="{text}"'
