"""Every file of a study in one language: tables, figures, captions and the page that holds them."""

import re
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from evaluation.analyses import Exhibit, exhibits
from evaluation.analyses.figure_data import data_csv, data_files, drawn_frames, own_files
from evaluation.analyses.numbers import known
from evaluation.analyses.report import content
from evaluation.page.disclosure import withheld_figure, withhold
from evaluation.page.effect_scale import spoken
from evaluation.page.language import Language
from evaluation.page.latex_writer import to_latex
from evaluation.page.named import named_figure, named_table
from evaluation.page.page import FigureExhibit, TableExhibit, filled
from evaluation.page.table_writer import to_csv, to_html, to_html_document
from evaluation.page.theme import png_bytes, svg_bytes
from evaluation.page.typeset import typeset
from evaluation.page.typst_writer import to_typst
from evaluation.study.authorship import NAMELESS, Authorship
from evaluation.study.study import Study

Frames = Mapping[str, pd.DataFrame]


def rendered(
    study: Study,
    language: Language,
    *,
    frames: Frames,
    numbers: Mapping[str, float | int | str | None],
    title: str,
    background: str,
    authorship: Authorship = NAMELESS,
    languages: Sequence[str] = (),
) -> Iterator[tuple[str, bytes]]:
    """Path below the study's results and content of each file; the page comes last.

    languages : all those of the study, whose pages link to each other

    Raises `InputError` where a text is missing or cannot be filled.
    """
    language = language.for_periods(study.periods, study.has("exposure"), study.direction)
    language = spoken(study, language)
    code = language.code
    tables, figures = {}, {}
    for name, exhibit in exhibits("table", study).items():
        tables[name], files = _table(exhibit, study, language, frames)
        yield from files.items()
    for name, exhibit in exhibits("figure", study).items():
        figures[name], files = _figure(exhibit, study, language, frames)
        yield from files.items()
    filling = content(
        study,
        language,
        title=title,
        background=background,
        authorship=authorship,
        languages=languages,
        numbers=known(study, numbers),
        tables=tables,
        figures=figures,
    )
    drawings = {name: figure.svg for name, figure in figures.items()}
    yield f"brief.{code}.html", filled(filling, "brief.html.j2").encode()
    for kind in ("brief", "report"):
        yield f"{kind}.{code}.pdf", typeset(filled(filling, f"{kind}.typ.j2"), drawings)
    yield f"report.{code}.html", filled(filling).encode()


def _table(
    exhibit: Exhibit, study: Study, language: Language, frames: Frames
) -> tuple[TableExhibit, dict[str, bytes]]:
    """A table for the page, and its own files."""
    made = exhibit.make(study, language, **{name: frames[name] for name in exhibit.frames})
    table = named_table(withhold(made, study, language), language)
    csv, place = to_csv(table, language), f"tables/{exhibit.name}.{language.code}"
    shown = TableExhibit(
        to_html(table, language), csv, to_typst(table, language), table.title, table.note
    )
    return shown, {
        f"{place}.csv": csv.encode(),
        f"{place}.html": to_html_document(table, language).encode(),
        f"{place}.tex": to_latex(table, language).encode(),
        f"captions/table-{exhibit.name}.{language.code}.rst": _plain(table.title),
    }


def _figure(
    exhibit: Exhibit, study: Study, language: Language, frames: Frames
) -> tuple[FigureExhibit, dict[str, bytes]]:
    """A figure for the page, and its own files: the rows that it is drawn from with them."""
    code = language.code
    drawn = drawn_frames(exhibit, study, frames)
    figure, alt = withheld_figure(exhibit.by_period, study, language) or exhibit.make(
        study, language, **drawn
    )
    svg, place = svg_bytes(named_figure(figure, language)), f"figures/{exhibit.name}.{code}"
    rows = {path: data_csv(drawn[name]) for name, path in own_files(exhibit, study, code).items()}
    linked = {
        name: path
        for name, path in data_files(exhibit, study, code).items()
        if name not in drawn or len(drawn[name])
    }
    return FigureExhibit(svg.decode(), f"{alt}\n", linked), rows | {
        f"{place}.svg": svg,
        f"{place}.png": png_bytes(figure),
        f"{place}.txt": f"{alt}\n".encode(),
        f"captions/figure-{exhibit.name}.{code}.rst": _plain(alt),
    }


def _plain(text: str) -> bytes:
    """A text as reStructuredText in which no sign means anything."""
    return (re.sub(r"([\\*`|_])", r"\\\1", text) + "\n").encode()
