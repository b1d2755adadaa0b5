"""Every file of a study in one language: tables, figures, captions and the page that holds them."""

import re
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from evaluation.analyses import exhibits
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
        made = exhibit.make(study, language, **_of(frames, exhibit.frames))
        table = named_table(withhold(made, study, language), language)
        csv = to_csv(table, language)
        tables[name] = TableExhibit(
            to_html(table, language), csv, to_typst(table, language), table.title, table.note
        )
        yield f"tables/{name}.{code}.csv", csv.encode()
        yield f"tables/{name}.{code}.html", to_html_document(table, language).encode()
        yield f"tables/{name}.{code}.tex", to_latex(table, language).encode()
        yield f"captions/table-{name}.{code}.rst", _plain(table.title)
    for name, exhibit in exhibits("figure", study).items():
        drawn = drawn_frames(exhibit, study, frames)
        figure, alt = withheld_figure(exhibit.by_period, study, language) or exhibit.make(
            study, language, **drawn
        )
        svg = svg_bytes(named_figure(figure, language))
        files = data_files(exhibit, study, code)
        for frame, path in own_files(exhibit, study, code).items():
            yield path, data_csv(drawn[frame])
        data = {one: path for one, path in files.items() if one not in drawn or len(drawn[one])}
        figures[name] = FigureExhibit(svg.decode(), f"{alt}\n", data)
        yield f"figures/{name}.{code}.svg", svg
        yield f"figures/{name}.{code}.png", png_bytes(figure)
        yield f"figures/{name}.{code}.txt", f"{alt}\n".encode()
        yield f"captions/figure-{name}.{code}.rst", _plain(alt)
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


def _of(frames: Frames, names: tuple[str, ...]) -> Frames:
    return {name: frames[name] for name in names}


def _plain(text: str) -> bytes:
    """A text as reStructuredText in which no sign means anything."""
    return (re.sub(r"([\\*`|_])", r"\\\1", text) + "\n").encode()
