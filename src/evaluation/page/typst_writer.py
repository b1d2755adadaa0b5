"""Tables and texts as Typst source, from which the PDFs are made.

Every text stands as a string, so that no sign in it means anything to Typst.
"""

from evaluation.page.language import Language
from evaluation.page.table_writer import MARK, PARAGRAPHS, TEXTUAL, Column, Table, cell

LARGEST, SMALLEST = 8.0, 5.2  # font sizes in points
ROOM = 490.0  # points across an A4 page between its margins
LETTER = 0.6  # em, the width of a letter of DejaVu Sans with its share of the padding
TEXT, PARAGRAPH, HEAD = 24, 60, 9  # letters after which a text, a paragraph and a head may wrap


def typst_string(text: str) -> str:
    """The inside of a Typst string."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def typst_text(text: str) -> str:
    """A text as Typst shows it to the letter."""
    return f'#"{typst_string(text)}"' if text else ""


def to_typst(table: Table, language: Language) -> str:
    """The table as a `#table` with a head that every page repeats; its title and note are apart."""
    columns = table.shown
    groups = [
        (name, [[cell(row, column, language) for column in columns] for row in rows], rows)
        for name, rows in table.groups()
    ]
    written = [cells for _, lines, _ in groups for cells in lines]
    widths = [
        _letters(column, [cells[position] for cells in written])
        for position, column in enumerate(columns)
    ]
    size = max(SMALLEST, min(LARGEST, ROOM / LETTER / (sum(widths) + 1.5 * len(widths))))
    lines = [
        f"#text(size: {size:.1f}pt)[#table(",
        f"  columns: ({', '.join(f'{width + 1.5:g}fr' for width in widths)},),",
        f"  align: ({', '.join(_side(column) for column in columns)},),",
        "  table.header(" + ", ".join(f"[*{typst_text(one.label)}*]" for one in columns) + "),",
    ]
    for name, cells, rows in groups:
        if table.group:
            head = f"table.cell(colspan: {len(columns)}, align: left, inset: (top: 6pt))"
            lines.append(f"  {head}[*{typst_text(name)}*],")
        for row, texts in zip(rows, cells, strict=True):
            lines.append(f"  {_row(texts, bool(table.primary) and bool(row[table.primary]))},")
    return "\n".join([*lines, ")]"])


def _letters(column: Column, cells: list[str]) -> float:
    """The letters for which a column has room: all of a number, the words of a text."""
    longest = max((len(text) for text in cells), default=1)
    word = max((len(part) for text in [*cells, column.label] for part in text.split()), default=1)
    most = PARAGRAPH if column.kind in PARAGRAPHS else TEXT if column.kind in TEXTUAL else longest
    return max(min(word, PARAGRAPH / 2), min(longest, most), min(len(column.label), HEAD))


def _side(column: Column) -> str:
    return "left" if column.kind in TEXTUAL else "right"


def _row(cells: list[str], primary: bool) -> str:
    if not primary:
        return ", ".join(f"[{typst_text(text)}]" for text in cells)
    return ", ".join(f"[*{typst_text(text)}*]" for text in [f"{MARK} {cells[0]}", *cells[1:]])
