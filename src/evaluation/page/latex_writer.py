"""Tables as LaTeX: a `longtable` that fits the page, as tall as it needs to be.

Widths are those of Computer Modern, estimated letter by letter. A table is set in the largest type
in which its numbers fit across the page of the class `article`; its texts wrap. One that fits in
none of them upright lies on its side. On a wider page its texts take the room there is.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.page.language import NBSP, Language
from evaluation.page.table_writer import MARK, PAIRS, PARAGRAPHS, TEXTUAL, Column, Table, cell

PORTRAIT, LANDSCAPE = 345.0, 550.0  # points across the text of `article`, the lesser paper's
# Type size: its points, how much wider its letters are than those of 10 points, the space beside
# a cell.
TYPES = {
    "normalsize": (10, 1.0, 5.0),
    "footnotesize": (8, 1.063, 4.0),
    "scriptsize": (7, 1.139, 3.0),
    "tiny": (5, 1.361, 2.0),
}
# What is tried in turn: type, points across, and whether labels and intervals wrap as well.
TRIALS = (
    *(("normalsize", PORTRAIT, False), ("footnotesize", PORTRAIT, False)),
    *(("scriptsize", PORTRAIT, False), ("footnotesize", LANDSCAPE, False)),
    *(("scriptsize", LANDSCAPE, False), ("scriptsize", LANDSCAPE, True)),
    *(("tiny", LANDSCAPE, False), ("tiny", LANDSCAPE, True)),
)
WRAPPED_LAST = ("label", *PAIRS)
HEAD = 8  # letters, the least at which a head of numbers wraps
TEXT, PARAGRAPH = 60.0, 130.0  # points of 10-point type that a text and a paragraph have at least
UNBROKEN = 20  # letters of a word that stays whole: a digest or an address breaks
PIECE = 4  # letters of the parts into which such a word breaks
BOLD = 1.15  # width of bold type
WIDTHS = {  # points of letters of 10-point Computer Modern, a little more rather than less
    **dict.fromkeys("iljf.,;:'!|()[] I\u00a0", 3.4),
    **dict.fromkeys("crestz/-", 4.3),
    **dict.fromkeys("0123456789", 5.05),
    **dict.fromkeys("−+±→<>≥≤×∞", 7.9),
    **dict.fromkeys("mwMW%@—…◆", 8.8),
}
CAPITAL, LETTER = 7.4, 5.4

# Characters that LaTeX reserves, or that its default fonts do not have.
LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "\u00a0": "~",
    "−": r"\(-\)",
    "∞": r"\(\infty\)",
    "→": r"\(\rightarrow\)",
    "≥": r"\(\geq\)",
    "≤": r"\(\leq\)",
    "×": r"\(\times\)",
    "±": r"\(\pm\)",
    "·": r"\(\cdot\)",
    "◆": r"\(\diamond\)",
    "†": r"\dag{}",
    "²": r"\textsuperscript{2}",
    "½": r"\(\frac12\)",
    "Γ": r"\(\Gamma\)",
    "«": "``",
    "»": "''",
    "“": "``",
    "”": "''",
    "’": "'",
    "–": "--",
    "—": "---",
    "…": r"\ldots{}",
}
SUPERSCRIPTS = zip("⁰¹³⁴⁵⁶⁷⁸⁹", "013456789", strict=True)
LATEX |= {sup: rf"\textsuperscript{{{plain}}}" for sup, plain in SUPERSCRIPTS}
LATEX["⁻"] = r"\textsuperscript{\(-\)}"


@dataclass(frozen=True)
class _Cells:
    """What stands in a column below its head.

    longest, word : points of 10-point type of its widest cell, and of its widest word
    letters : those of the longest cell
    """

    longest: float
    word: float
    letters: int


def to_latex(table: Table, language: Language) -> str:
    """The table as a `longtable` with booktabs rules; its first line names the packages."""
    columns = table.shown
    groups = [
        (name, [_row(row, table, columns, language) for row in rows])
        for name, rows in table.groups()
    ]
    every = [row for _, rows in groups for row in rows]
    held = [
        _held(
            [
                (f"{MARK} " * (primary and not place) + cells[place], primary)
                for cells, primary in every
            ]
        )
        for place in range(len(columns))
    ]
    size, across, shares = _fitting(columns, held)
    lies = across == LANDSCAPE
    heads = " & ".join(map(_head, columns, held, shares))
    lines = [
        f"% needs \\usepackage{{array,booktabs,longtable{',pdflscape' * lies}}}",
        *[r"\begin{landscape}"] * lies,
        rf"\begingroup\{size}\setlength{{\tabcolsep}}{{{TYPES[size][2]:g}pt}}",
        r"\setlength{\LTcapwidth}{\linewidth}",
        rf"\begin{{longtable}}{{{''.join(map(_spec, columns, shares))}}}",
        rf"\caption{{{_latex(table.title)}}}\label{{table:{table.name}}}\\",
        rf"\toprule {heads} \\ \midrule \endfirsthead",
        rf"\toprule {heads} \\ \midrule \endhead",
        r"\bottomrule \endfoot",
        r"\bottomrule \endlastfoot",
    ]
    for position, (name, rows) in enumerate(groups):
        if table.group:
            lines += [r"\midrule"] * bool(position)
            lines.append(rf"\multicolumn{{{len(columns)}}}{{l}}{{\textit{{{_latex(name)}}}}} \\")
        for cells, primary in rows:
            shown = [
                _breakable(text) if share else _latex(text)
                for text, share in zip(cells, shares, strict=True)
            ]
            bold = [rf"\textbf{{{text}}}" for text in shown] if primary else shown
            lines.append(rf"{_latex(MARK)} " * primary + " & ".join(bold) + r" \\")
    lines += [r"\end{longtable}", rf"{{\footnotesize\noindent {_breakable(table.note)}\par}}"]
    return "\n".join([*lines, r"\endgroup", *[r"\end{landscape}"] * lies, ""])


def _row(
    row: dict, table: Table, columns: Sequence[Column], language: Language
) -> tuple[list[str], bool]:
    """The texts of a row, and whether it is primary."""
    cells = [_tied(cell(row, column, language)) for column in columns]
    primary = bool(table.primary) and bool(row[table.primary])
    return cells, primary


def _tied(text: str) -> str:
    """A text whose lines do not end in a sign that belongs to what follows."""
    return text.replace(" ± ", f" ±{NBSP}").replace(" → ", f" →{NBSP}")


def _held(cells: Sequence[tuple[str, bool]]) -> _Cells:
    """cells : texts, and whether each is bold"""
    wide = [(text, BOLD if bold else 1.0) for text, bold in cells]
    words = [(word, by) for text, by in wide for word in text.split(" ") if len(word) <= UNBROKEN]
    return _Cells(
        max((by * _width(text) for text, by in wide), default=0.0),
        max((by * _width(word) for word, by in words), default=0.0),
        max((len(text) for text, _ in cells), default=0),
    )


def _fitting(columns: Sequence[Column], held: Sequence[_Cells]) -> tuple[str, float, list[float]]:
    """Type size, points across, and each column's share of them; 0 where it does not wrap.

    Where no trial fits, the last one's columns are as narrow as can be, and too wide together.
    """
    for size, across, last in TRIALS:
        points, wider, space = TYPES[size]
        scale = points * wider / 10
        room = (across - 2 * space * len(columns)) / scale
        wanted = [_wanted(column, cells) for column, cells in zip(columns, held, strict=True)]
        least = [_least(column, cells, last) for column, cells in zip(columns, held, strict=True)]
        if sum(least) <= room:
            break
    more = sum(wanted) - sum(least)
    part = min(max(room - sum(least), 0.0) / more, 1.0) if more else 1.0
    given = [low + part * (high - low) for low, high in zip(least, wanted, strict=True)]
    shares = [
        scale * width / across if width < high else 0.0
        for width, high in zip(given, wanted, strict=True)
    ]
    return size, across, shares


def _wanted(column: Column, cells: _Cells) -> float:
    """Points of 10-point type of a column that does not wrap."""
    return max(cells.longest, *map(_width, _stacked(column, cells)))


def _least(column: Column, cells: _Cells, last: bool) -> float:
    """Points of a column as narrow as it may be; `last`, where labels and intervals wrap too."""
    wanted = _wanted(column, cells)
    if column.kind not in (*PARAGRAPHS, "text", *(WRAPPED_LAST if last else ())):
        return wanted
    head = max(map(_width, column.label.split()), default=0.0)
    room = PARAGRAPH if column.kind in PARAGRAPHS else TEXT if column.kind in TEXTUAL else 0.0
    return min(wanted, max(cells.word, head, room))


def _width(text: str) -> float:
    return sum(WIDTHS.get(one, CAPITAL if one.isupper() else LETTER) for one in text)


def _stacked(column: Column, cells: _Cells) -> list[str]:
    """The lines of a head above a column that does not wrap: as wide as its cells, words whole."""
    most = max(HEAD, cells.letters)
    return textwrap.wrap(column.label, most, break_long_words=False) or [""]


def _head(column: Column, cells: _Cells, share: float) -> str:
    if share:
        return _latex(column.label)
    lines = _stacked(column, cells)
    side = "l" if column.kind in TEXTUAL else "r"
    stacked = r"\\".join(_latex(line) for line in lines)
    return rf"\shortstack[{side}]{{{stacked}}}" if len(lines) > 1 else stacked


def _spec(column: Column, share: float) -> str:
    if not share:
        return "l" if column.kind in TEXTUAL else "r"
    ragged = r"\raggedright" if column.kind in TEXTUAL else r"\raggedleft"
    return rf">{{{ragged}\arraybackslash}}p{{{share:.3f}\linewidth}}"


def _breakable(text: str) -> str:
    """A text for a column that wraps: what is too long for a line breaks anywhere."""
    return " ".join(
        r"\hspace{0pt}".join(_latex(word[at : at + PIECE]) for at in range(0, len(word), PIECE))
        if len(word) > UNBROKEN
        else _latex(word)
        for word in text.split(" ")
    )


def _latex(text: str) -> str:
    return "".join(LATEX.get(character, character) for character in text)
