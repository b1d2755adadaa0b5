"""The engine of the page: its template, and tables and figures made fit for it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from evaluation.page.table_writer import WIDE, linked
from evaluation.page.typst_writer import typst_string, typst_text

LONGEST_ALT = 300  # characters that a screen reader says without a stop; the rest is apart
# What a data address or an attribute would take for its own; all else stands as it is.
RESERVED = re.compile("[%#\"&<>'\\\\\t\r\n]")
RULE = re.compile(r"([.*]\w*)\s*\{")  # of a drawing's own style sheet
# The end of a sentence: not that of an abbreviation, which a small letter or a year follows.
SENTENCE = re.compile(r"(?<=[\w)%”»\u00a0]{2}[.!?])(?<!\bal\.)\s+(?=[^\W_a-záéíóúüñ]|[¿¡“«−+])")


@dataclass(frozen=True)
class TableExhibit:
    """A table as the writers made it: HTML fragment, CSV, Typst; its title and note as they are."""

    html: str
    csv: str
    typst: str = ""
    title: str = ""
    note: str = ""


@dataclass(frozen=True)
class FigureExhibit:
    """A figure as SVG text, with the text that stands for it.

    data : what its data are called → their CSV, a file next to the page
    """

    svg: str
    alt: str
    data: Mapping[str, str] = field(default_factory=dict)


def shown_table(name: str, table: TableExhibit, file: str) -> dict:
    html, _, note = table.html.partition('<p class="note">')
    return {
        "kind": "table",
        "name": name,
        "html": linked(html),
        "typst": table.typst,
        "title": table.title,
        "plain_note": table.note,
        "note": note.removesuffix("\n").removesuffix("</p>"),
        "wide": table.html.count('<th scope="col"') > WIDE,
        "href": csv_address(table.csv),
        "file": file,
        "number": 0,
    }


def shown_figure(name: str, figure: FigureExhibit) -> dict:
    alt = " ".join(figure.alt.split())
    short = alt if len(alt) <= LONGEST_ALT else finding_of(alt)[0]
    return {
        "kind": "figure",
        "name": name,
        "svg": embed(figure.svg, f"figure-{name}"),
        "alt": short if len(short) <= LONGEST_ALT else f"{short[: LONGEST_ALT - 1].rstrip()}…",
        "long": "" if short == alt else alt,
        "data": figure.data,
        "number": 0,
    }


def csv_address(csv: str) -> str:
    """A CSV as an address that a link downloads; the mark tells spreadsheets that it is UTF-8."""
    escaped = RESERVED.sub(lambda match: f"%{ord(match[0]):02X}", csv)
    return f"data:text/csv;charset=utf-8,%EF%BB%BF{escaped}"


def finding_of(text: str) -> tuple[str, str]:
    """The first sentence of a text, and the others."""
    first, *rest = SENTENCE.split(text.strip(), maxsplit=1)
    return first, rest[0] if rest else ""


def embed(svg: str, name: str) -> str:
    """An SVG made fit for a page that holds others: no prolog, no size, ids and styles its own."""
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    head, _, body = svg.partition(">")
    head = re.sub(r'\s(?:width|height|role|preserveAspectRatio|aria-\w+|id)="[^"]*"', "", head)
    body = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', body)
    body = re.sub(r'((?:xlink:)?href)="#([^"]+)"', rf'\1="#{name}-\2"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", body)
    # Its rules would reach the whole page.
    body = re.sub(
        r"(<style[^>]*>)(.*?)(</style>)",
        lambda match: match[1] + RULE.sub(rf"#{name} \1{{", match[2]) + match[3],
        body,
        flags=re.DOTALL,
    )
    own = f'id="{name}" preserveAspectRatio="xMinYMin meet" aria-hidden="true" focusable="false"'
    return f"{head} {own}>{body}"


def filled(content: dict, template: str = "page.html.j2") -> str:
    """A template with its content; raises jinja2's `UndefinedError` where it asks for more."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("evaluation.page", "templates"),
        undefined=StrictUndefined,
        autoescape=".html." in template,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"typ": typst_text, "string_of": typst_string}
    return environment.get_template(template).render(**content)
