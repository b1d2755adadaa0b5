"""A document of paragraphs, lists, tables and figures: a page, a PDF, and Markdown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluation.page.language import Language
from evaluation.page.named import named_table
from evaluation.page.page import FigureExhibit, TableExhibit, filled, shown_figure, shown_table
from evaluation.page.table_writer import MARK, Table, cell, to_csv, to_html
from evaluation.page.typeset import typeset
from evaluation.page.typst_writer import to_typst


@dataclass(frozen=True)
class Drawing:
    """A figure as SVG, its caption, and the text that stands for it."""

    name: str
    svg: bytes
    caption: str
    alt: str


@dataclass(frozen=True)
class Command:
    """What is typed into a terminal, or a seed or a hash, to the letter."""

    text: str


Block = str | tuple[str, ...] | Table | Drawing | Command  # a paragraph, a list, or what it says


@dataclass(frozen=True)
class Part:
    """One part of a document, under its heading.

    fields : the fields of registries that it fills, in words; Markdown alone shows them
    leads : whether its first paragraph is what a reader came for
    """

    name: str
    heading: str
    blocks: tuple[Block, ...]
    fields: str = ""
    leads: bool = False


@dataclass(frozen=True)
class Document:
    """A document in one language.

    name : of the study or the plan; files that a reader saves are named by it
    kicker : the line above the title
    links : `href`, `text` and `lang` of the documents next to it
    """

    name: str
    title: str
    kicker: str
    parts: tuple[Part, ...]
    links: Sequence[Mapping[str, str]] = ()

    def html(self, language: Language) -> str:
        """One self-contained page, in the style of the report."""
        return self._filled("document.html.j2", language)

    def markdown(self, language: Language) -> str:
        """Markdown with pipe tables (GitHub Flavored Markdown)."""
        return self._filled("document.md.j2", language)

    def pdf(self, language: Language) -> bytes:
        """The same, typeset. Raises as `typeset` does."""
        blocks = [block for part in self.parts for block in part.blocks]
        drawings = {one.name: one.svg.decode() for one in blocks if isinstance(one, Drawing)}
        return typeset(self._filled("document.typ.j2", language), drawings)

    def _filled(self, template: str, language: Language) -> str:
        count = {"table": 0, "figure": 0}
        parts = []
        for part in self.parts:
            blocks = [_shown(block, self.name, language) for block in part.blocks]
            for block in blocks:
                if block["kind"] in count:
                    count[block["kind"]] += 1
                    block["number"] = count[block["kind"]]
            head = {"name": part.name, "heading": part.heading, "leads": part.leads}
            parts.append(head | {"fields": part.fields, "blocks": blocks})
        content = {
            "t": language,
            "code": language.code,
            "title": self.title,
            "kicker": self.kicker,
            "links": self.links,
            "byline": "",
            "authors": [],
            "footer": self.title,
            "parts": parts,
        }
        return filled(content, template)


def to_markdown(table: Table, language: Language) -> str:
    """The shown columns as a pipe table under its title; a group is the first column."""
    heads = [table.group_label] * bool(table.group) + [column.label for column in table.shown]
    rows = [heads, ["---"] * len(heads)]
    for name, records in table.groups():
        for row in records:
            cells = [cell(row, column, language) for column in table.shown]
            if table.primary and row[table.primary]:
                cells[0] = f"{MARK} {cells[0]}"
            rows.append([name] * bool(table.group) + cells)
    lines = [f"| {' | '.join(map(_plain, row))} |" for row in rows]
    return "\n".join([f"**{_plain(table.title)}**", "", *lines])


def _plain(text: str) -> str:
    """A cell without the signs that would end it or its line."""
    return " ".join(text.replace("|", "\\|").split())


def _shown(block: Block, name: str, language: Language) -> dict:
    if isinstance(block, str):
        return {"kind": "paragraph", "text": block}
    if isinstance(block, Command):
        return {"kind": "command", "text": block.text}
    if isinstance(block, tuple):
        return {"kind": "list", "entries": block}
    if isinstance(block, Drawing):
        exhibit = FigureExhibit(block.svg.decode(), block.alt)
        return shown_figure(block.name, exhibit) | {"caption": block.caption}
    block = named_table(block, language)
    table = TableExhibit(
        to_html(block, language),
        to_csv(block, language),
        to_typst(block, language),
        block.title,
        block.note,
    )
    file = f"{name}-{block.name}.{language.code}.csv"
    return shown_table(block.name, table, file) | {"markdown": to_markdown(block, language)}
