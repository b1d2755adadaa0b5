"""The engine of a page to explore: linked charts, choices and tables in one file, no request.

Charts are Vega-Lite (Satyanarayan et al. 2017, IEEE TVCG 23), whose libraries vl-convert carries;
their expressions are interpreted, so that the page needs no `eval`. What charts and tables show are
sets of rows by choice. A short script (`templates/explore.js`) takes the rows of what is chosen in
native controls into charts, tables and sentences. The same content gives the same bytes.
"""

import base64
import gzip
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

from babel.numbers import get_decimal_symbol, get_group_symbol

from evaluation.page.language import Language
from evaluation.page.page import filled

TEMPLATE = "explore.html.j2"
DIGITS = 3  # significant ones of a rate or a value


@dataclass(frozen=True)
class Choice:
    """A native control: a list of options by group, or (`last`) a slider from 1.

    options : group → (key, label) of each; the group "" has no name
    """

    name: str
    label: str
    chosen: str
    options: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    last: int = 0


@dataclass(frozen=True)
class Rows:
    """Rows by what is chosen.

    by : names of the choices that make a key, joined by `|`
    columns : of each row; with `long`, the last one stands for values at places 0, 1, …
    labels : column → (key, label) of each number that the column holds
    formats : column → (kind, decimals, signed), how it is written as text
    join : the set, without a choice, whose row of the same `unit` each row continues
    """

    by: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Mapping[str, Sequence[Sequence[Any]]]
    labels: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    formats: Mapping[str, tuple[str, int, bool]] = field(default_factory=dict)
    long: bool = False
    join: str = ""


@dataclass(frozen=True)
class Chart:
    """A chart by the rows it shows.

    specs : Vega-Lite by variant; `variant` names the choice that decides, `variants` which is whose
    signals : parameter of the chart → a choice, or `set.column` of the set's row
    picks : the choice that a click on a mark with a `unit` makes
    """

    name: str
    title: str
    note: str
    specs: Mapping[str, dict]
    sets: tuple[str, ...]
    variant: str = ""
    variants: Mapping[str, str] = field(default_factory=dict)
    signals: Mapping[str, str] = field(default_factory=dict)
    picks: str = ""


@dataclass(frozen=True)
class Sentence:
    """A text that follows the choices: `text` filled from the row of `rows` that they match.

    nothing : the text where none does
    match : column → choice
    """

    name: str
    rows: str
    text: str
    nothing: str
    match: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ShownRows:
    """A table of the rows of what is chosen; `heads` by column, the first one naming the row.

    numeric : columns of numbers
    marked : column → choice, of the row that stands out
    """

    name: str
    title: str
    note: str
    rows: str
    heads: Mapping[str, str]
    numeric: tuple[str, ...]
    marked: Mapping[str, str]


@dataclass(frozen=True)
class Part:
    """A section of the page, its `blocks` in their order; one that is `pinned` stays in view."""

    name: str
    heading: str
    intro: str
    blocks: tuple[tuple[Choice, ...] | Chart | Sentence | ShownRows | str, ...]
    pinned: bool = False


def explorer_html(
    title: str,
    language: Language,
    parts: Sequence[Part],
    sets: Mapping[str, Rows],
    periods: Sequence[str],
    without: Sequence[str],
) -> bytes:
    """The page.

    periods : names of the places of long rows
    without : tables of the report, named where the page cannot run
    """
    blocks = [block for part in parts for block in part.blocks]
    data = {
        "sets": {name: _plain(rows) for name, rows in sets.items()},
        "charts": [_plain(block) for block in blocks if isinstance(block, Chart)],
        "sentences": [_plain(block) for block in blocks if isinstance(block, Sentence)],
        "tables": [_plain(block) for block in blocks if isinstance(block, ShownRows)],
        "periods": list(periods),
        "locale": language.locale.replace("_", "-"),
        "format": number_format(language),
        "percent": language.percent(1).replace("1", "{}"),
    }
    content = {
        "t": language,
        "code": language.code,
        "title": title,
        "parts": [{"part": part, "blocks": list(map(_shown, part.blocks))} for part in parts],
        "without": without,
        "library": library(),
        "data": packed(_named(data, language)),
    }
    return filled(content, TEMPLATE).encode()


def _named(value, language: Language):
    """The data of the page with units written as the study has them, in keys as in values."""
    if not language.names or isinstance(value, (int, float)):
        return value
    if isinstance(value, str):
        return language.shown(value)
    if isinstance(value, Mapping):
        return {language.shown(key): _named(one, language) for key, one in value.items()}
    return [_named(one, language) for one in value] if isinstance(value, Sequence) else value


def packed(data: Mapping) -> str:
    """JSON, compressed (no time in it), as text that no page can take for markup."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def unpacked(html: str) -> dict:
    """What `packed` put into a page."""
    text = html.partition('id="data">')[2].partition("<")[0]
    return json.loads(gzip.decompress(base64.b64decode(text)))


@cache
def library() -> str:
    """Vega, Vega-Lite and Vega-Embed, as one script."""
    import vl_convert

    return vl_convert.javascript_bundle().replace("</script", "<\\/script")


def number_format(language: Language) -> dict:
    """How axes write numbers (d3's `formatLocale`), with a true minus sign."""
    return {
        "decimal": get_decimal_symbol(language.locale),
        "thousands": get_group_symbol(language.locale),
        "grouping": [3],
        "currency": ["", ""],
        "minus": "−",
    }


def rounded(value: float | None, places: int | None = None) -> float | int | str | None:
    """A number for a page: to some decimals, or with `DIGITS` digits; null and infinite as JSON."""
    if value is None or math.isnan(value):
        return None
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if places is None:
        places = 0 if value == 0 else max(0, DIGITS - 1 - math.floor(math.log10(abs(value))))
    number = round(float(value), places)
    return int(number) if number == int(number) else number


def _shown(block: Any) -> dict:
    if isinstance(block, str):
        return {"kind": "paragraph", "text": block}
    if isinstance(block, tuple):
        return {"kind": "choices", "choices": block}
    return {"kind": type(block).__name__.lower(), "block": block}


def _plain(block: Any) -> dict:
    found = asdict(block)
    return {key: value for key, value in found.items() if key not in ("title", "note")}
