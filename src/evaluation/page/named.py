"""Tables and figures in which units and regions are written as a study's vocabulary has them.

Frames and ids keep the names of the data. Texts have theirs from `Language`.
"""

from dataclasses import replace
from functools import partial

from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter

from evaluation.page.language import Language
from evaluation.page.table_writer import Table


def named_table(table: Table, language: Language) -> Table:
    """A table to be read: its cells, headings of groups and heads of columns."""
    if not language.names:
        return table
    columns = [replace(one, label=language.shown(one.label)) for one in table.columns]
    frame = table.frame.copy()
    for key in {table.group, *(one.keys[0] for one in table.shown)} & set(frame.columns):
        frame[key] = [language.shown(v) if isinstance(v, str) else v for v in table.frame[key]]
    return replace(table, frame=frame, columns=tuple(columns))


def named_figure(figure: Figure, language: Language) -> Figure:
    """A figure to be seen: its labels, in place."""
    if not language.names:
        return figure
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            # Labels of ticks are written anew when it is drawn.
            formatter = axis.get_major_formatter()
            if isinstance(formatter, FuncFormatter):
                axis.set_major_formatter(FuncFormatter(partial(_named, formatter, language)))
    for text in figure.findobj(Text):
        text.set_text(language.shown(text.get_text()))
    return figure


def _named(formatter: FuncFormatter, language: Language, value: float, place: int | None) -> str:
    return language.shown(formatter(value, place))
