"""Exhibits, their sentences and numbers by name, for the tests of this folder."""

import inspect

from evaluation.analyses import KINDS, analyses, exhibits
from evaluation.analyses.figure_data import data_files
from evaluation.analyses.report import page
from evaluation.page.page import FigureExhibit, TableExhibit
from evaluation.page.table_writer import to_csv, to_html

TABLES = {name: one.make for name, one in exhibits("table").items()}
FIGURES = {name: one.make for name, one in exhibits("figure").items()}
SVG = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="720pt" height="400pt" viewBox="0 0 720 400">
 <metadata><cc:Work xmlns:cc="http://creativecommons.org/ns#">x</cc:Work></metadata>
 <defs><style type="text/css">*{stroke-linecap: butt}</style><clipPath id="p1"/></defs>
 <g id="figure_1" clip-path="url(#p1)"><use xlink:href="#p1"/></g>
</svg>
"""


def reading(name, numbers):
    """The keys of the sentences of an exhibit."""
    found = [exhibits(kind)[name] for kind in KINDS if name in exhibits(kind)]
    return found[0].reading(numbers)


def numbers_of(study, frames, *names):
    """What the facts of some analyses count."""
    values = {}
    for name in names:
        one = analyses()[name]
        values |= one.facts.numbers(study, **{key: frames[key] for key in one.fact_frames})
    return values


def given(function, frames):
    names = inspect.signature(function).parameters
    everything = any(entry.kind is entry.VAR_KEYWORD for entry in names.values())
    return {name: frame for name, frame in frames.items() if everything or name in names}


def drawings(study, language):
    """A drawing that stands for every figure, with the files of its data."""
    return {
        name: FigureExhibit(SVG, f'Alt of "{name}" & more\n', data_files(one, study, language.code))
        for name, one in exhibits("figure").items()
    }


def written(study, language, frames, values, title="Did it work?", **texts):
    tables = {}
    for name, function in TABLES.items():
        table = function(study, language, **given(function, frames))
        tables[name] = TableExhibit(to_html(table, language), to_csv(table, language))
    figures = drawings(study, language)
    return page(
        study, language, title=title, numbers=values, tables=tables, figures=figures, **texts
    )
