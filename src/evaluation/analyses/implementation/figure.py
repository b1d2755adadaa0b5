"""What was delivered month by month, above the effect's path over the same time."""

from itertools import groupby

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from evaluation.page import theme
from evaluation.page.language import Language
from evaluation.page.timeline import MONTH, place, year_axis
from evaluation.study.delivery import Delivered
from evaluation.study.study import FREQUENCIES, Study

DOSE, EFFECT, GAP, AROUND, LEFT, EMPTY = 24.0, 36.0, 9.0, 36.0, 19.0, 26  # mm
BAR = {"color": "#0072B2", "edgecolor": "black", "linewidth": 0.3}
NONE = {"color": "black", "marker": "x", "markersize": 2.6, "linestyle": "none", "clip_on": False}
PATH = theme.TREATED | {"marker": "o", "markersize": 3.0}


def dose(study: Study, language: Language, *, paths: pd.DataFrame) -> tuple[Figure, str]:
    """A panel per component, and the gap of the primary estimator below; and the alt text."""
    given = {
        name: list(rows)
        for name, rows in groupby(study.said.implementation, key=lambda one: one.component)
    }
    values = {
        "treated": study.treated,
        "outcome": language.inline(language.outcome(study.definition(study.primary.outcome))),
        "estimator": language.inline(language(f"estimator.{study.primary.estimator}")),
    }
    if not given:
        return _nothing(language, values)
    path = gap_path(paths, study)
    span = (
        min(path["period"].iloc[0], *(rows[0].month for rows in given.values())),
        max(study.last_month, *(rows[-1].month for rows in given.values())),
    )
    height = len(given) * (DOSE + GAP) + EFFECT + AROUND
    with theme.style():
        sheet = theme.sheet(
            height,
            language("figure.dose.title", **values),
            language("figure.dose.note", **values),
            [Line2D([], [], **PATH, label=language("figure.dose.gap", **values))],
        )
        width, top = theme.WIDTH - theme.MARGIN - LEFT, sheet.top
        for name, rows in given.items():
            axes = sheet.panel(LEFT, top - GAP / 2 - DOSE, width, DOSE)
            _draw_dose(axes, language, name, rows)
            _draw_time(axes, study, span, language)
            top -= DOSE + GAP
        axes = sheet.panel(LEFT, sheet.bottom + 6, width, top - sheet.bottom - 6 - GAP / 2)
        _draw_path(axes, language, path, FREQUENCIES[study.frequency] * MONTH / 2)
        _draw_time(axes, study, span, language)
    return sheet.figure, _alt(given, path, language, values)


def gap_path(paths: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Observed minus expected events by period, of the treated unit and primary estimator."""
    rows = study.primary.rows(paths)
    rows = rows[rows["unit"] == study.treated].sort_values("period").reset_index(drop=True)
    return rows.assign(gap=rows["observed"] - rows["counterfactual"])


def _nothing(language: Language, values: dict) -> tuple[Figure, str]:
    text = language("figure.dose.none", **values)
    with theme.style():
        return theme.sheet(EMPTY, language("figure.dose.empty_title"), text).figure, text


def _draw_dose(axes: Axes, language: Language, name: str, rows: list[Delivered]) -> None:
    x = np.array([place(one.month) for one in rows])
    axes.bar(x, [one.count for one in rows], width=0.9 * MONTH, align="edge", **BAR)
    none = [place(one.month) + MONTH / 2 for one in rows if one.count == 0]
    axes.plot(none, [0] * len(none), **NONE)
    axes.set_title(name)
    theme.number_axis(axes.yaxis, language, 3)


def _draw_path(axes: Axes, language: Language, path: pd.DataFrame, middle: float) -> None:
    axes.axhline(0, **theme.GUIDE | {"linestyle": (0, (3, 2))}, zorder=1)
    axes.plot([place(period) + middle for period in path["period"]], path["gap"], **PATH)
    axes.set_title(language("figure.dose.path"))
    theme.number_axis(axes.yaxis, language, 4)


def _draw_time(axes: Axes, study: Study, span: tuple[str, str], language: Language) -> None:
    axes.axvline(place(study.treatment_start), **theme.GUIDE, zorder=1)
    year_axis(axes, *span, language)


def _alt(given: dict, path: pd.DataFrame, language: Language, values: dict) -> str:
    after = path[path["state"] == "post"]["gap"]
    parts = [language("figure.dose.alt", **values, gap=language.number(after.mean(), 1))]
    parts += [
        language(
            "figure.dose.alt.component",
            component=name,
            total=language.number(sum(one.count for one in rows), 0),
            first=language.month(rows[0].month),
            last=language.month(rows[-1].month),
        )
        for name, rows in given.items()
    ]
    return " ".join(parts)
