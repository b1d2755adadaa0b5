"""A document of paragraphs, lists and tables, as one HTML page and as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.page.language import Language
from evaluation.page.named import named_table
from evaluation.page.page import filled
from evaluation.page.table_writer import MARK, WIDE, Table, cell, to_html

Block = str | tuple[str, ...] | Table  # a paragraph, a list, a table


@dataclass(frozen=True)
class Part:
    """One part of a document, under its heading.

    fields : the fields of registries that it fills, in words; Markdown alone shows them
    """

    name: str
    heading: str
    blocks: tuple[Block, ...]
    fields: str = ""


def document_html(title: str, kicker: str, parts: Sequence[Part], language: Language) -> str:
    """The document as one self-contained page; the style is that of the report."""
    return _filled("document.html.j2", title, kicker, parts, language)


def document_markdown(title: str, kicker: str, parts: Sequence[Part], language: Language) -> str:
    """The document as Markdown with pipe tables (GitHub Flavored Markdown)."""
    return _filled("document.md.j2", title, kicker, parts, language)


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


def _filled(
    template: str, title: str, kicker: str, parts: Sequence[Part], language: Language
) -> str:
    content = {
        "t": language,
        "code": language.code,
        "title": title,
        "kicker": kicker,
        "parts": [
            {
                "name": part.name,
                "heading": part.heading,
                "fields": part.fields,
                "blocks": [_shown(block, language) for block in part.blocks],
            }
            for part in parts
        ],
    }
    return filled(content, template)


def _shown(block: Block, language: Language) -> dict:
    if isinstance(block, str):
        return {"kind": "paragraph", "text": block}
    if isinstance(block, tuple):
        return {"kind": "list", "entries": block}
    block = named_table(block, language)
    return {
        "kind": "table",
        "html": to_html(block, language),
        "markdown": to_markdown(block, language),
        "note": block.note,
        "wide": len(block.shown) > WIDE,
    }
