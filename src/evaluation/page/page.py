"""The engine of the page: its template, and tables and figures made fit for it."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from evaluation.page.table_writer import WIDE, linked

TALL = 30  # tables with more rows scroll in a box


@dataclass(frozen=True)
class TableExhibit:
    """A table as the writer made it: HTML fragment and CSV."""

    html: str
    csv: str


@dataclass(frozen=True)
class FigureExhibit:
    """A figure as SVG text, with the text that stands for it."""

    svg: str
    alt: str


def shown_table(name: str, table: TableExhibit, file: str) -> dict:
    csv = quote("\ufeff" + table.csv)  # the mark tells spreadsheets that it is UTF-8
    return {
        "kind": "table",
        "name": name,
        "html": linked(table.html),
        "wide": table.html.count('<th scope="col"') > WIDE,
        "tall": table.html.count("<tr") > TALL,
        "href": f"data:text/csv;charset=utf-8,{csv}",
        "file": file,
    }


def shown_figure(name: str, figure: FigureExhibit) -> dict:
    return {
        "kind": "figure",
        "name": name,
        "svg": embed(figure.svg, f"figure-{name}"),
        "alt": " ".join(figure.alt.split()),
    }


def embed(svg: str, name: str) -> str:
    """An SVG made fit for a page that holds others: no prolog, no size, ids and styles its own."""
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    head, _, body = svg.partition(">")
    head = re.sub(r'\s(?:width|height|role|preserveAspectRatio|aria-\w+|id)="[^"]*"', "", head)
    body = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', body)
    body = re.sub(r'((?:xlink:)?href)="#([^"]+)"', rf'\1="#{name}-\2"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", body)
    # A rule for every element would reach the whole page.
    body = re.sub(r"(<style[^>]*>\s*)\*\s*\{", rf"\1#{name} * {{", body)
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
    return environment.get_template(template).render(**content)
