"""The secondary estimate's interval under each law of what sectors do by themselves."""

import math

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter, FixedLocator

from evaluation.analyses.secondary.contract import BREAK, OWN
from evaluation.analyses.secondary.table import in_order, law_text, of_first
from evaluation.page import theme
from evaluation.page.effect_axis import clipped, effect_axis, effect_limits
from evaluation.page.language import Language
from evaluation.study.study import Study

ROW, AROUND, EMPTY = 6.0, 34.0, 26.0  # mm of a row, of title, axis and note, of an empty sheet
LABELS = 62.0  # mm for the names of the laws
MARK = {"color": "#0072B2", "marker": "o", "markersize": 4.5, "linestyle": "none"}


def secondary_laws(
    study: Study, language: Language, *, secondary: pd.DataFrame
) -> tuple[Figure, str]:
    """Intervals of the first secondary estimator, one under the other; and the alt text."""
    rows = of_first(study, secondary)
    if rows["p_value"].isna().all():
        text = language("table.secondary.none")
        with theme.style():
            title = language("figure.secondary_laws.title", treated=study.treated, estimator="")
            return theme.sheet(EMPTY, title, text).figure, f"{study.treated}: {text}"
    rows = in_order(rows).reset_index(drop=True)
    values = {
        "treated": study.treated,
        "estimator": language.inline(language(f"estimator.{rows['estimator'].iloc[0]}")),
        "name": language(f"estimator.{rows['estimator'].iloc[0]}"),
        "level": language.percent(100 * study.level),
        "effect": language.percent(rows["effect_percent"].iloc[0], signed=True),
    }
    with theme.style():
        sheet = theme.sheet(
            AROUND + ROW * len(rows),
            language("figure.secondary_laws.title", **values),
            language("figure.secondary_laws.note", **values),
            _legend(language),
        )
        _draw(sheet, language, rows)
    return sheet.figure, _alt(rows, language, values)


def _draw(sheet: theme.Sheet, language: Language, rows: pd.DataFrame) -> None:
    bottom = sheet.bottom + 8
    axes = sheet.panel(LABELS, bottom, theme.WIDTH - LABELS - 6, sheet.top - bottom - 1)
    centre = np.log1p(rows["effect_percent"] / 100)
    centre -= (rows["strength"] * rows["spread"]).where(rows["law"] == BREAK, 0.0)
    limits = effect_limits([*rows["ci_low"], *rows["ci_high"], *centre])
    places = np.arange(len(rows))[::-1]
    low, high = (clipped(rows[end], limits) for end in ("ci_low", "ci_high"))
    axes.hlines(places, low, high, color=theme.INTERVAL, linewidth=2.2, zorder=2)
    axes.plot(centre, places, **MARK, zorder=3)
    axes.axvline(0, **theme.GUIDE | {"linestyle": (0, (3, 2))}, zorder=1)
    axes.set_xlim(*limits)
    axes.set_ylim(-0.7, len(rows) - 0.3)
    effect_axis(axes.xaxis, language, limits)
    axes.set_xlabel(language("figure.effect_axis"))
    axes.yaxis.set_major_locator(FixedLocator(list(places)))
    names = [law_text(row.law, row.strength, language) for row in rows.itertuples()]
    axes.yaxis.set_major_formatter(FixedFormatter(names))
    axes.tick_params(axis="y", length=0)


def _legend(language: Language) -> list[Line2D]:
    return [
        Line2D([], [], **MARK, label=language("figure.secondary_laws.estimate")),
        Line2D(
            [],
            [],
            color=theme.INTERVAL,
            linewidth=2.2,
            label=language("figure.secondary_laws.interval"),
        ),
    ]


def _alt(rows: pd.DataFrame, language: Language, values: dict[str, str]) -> str:
    parts = [language("figure.secondary_laws.alt", **values)]
    for row in rows.itertuples():
        if math.isnan(row.p_value) or (row.law == OWN and row.strength > 1):
            continue
        low, high = (
            language.percent(100 * math.expm1(bound), signed=True)
            for bound in (row.ci_low, row.ci_high)
        )
        law = law_text(row.law, row.strength, language)
        parts.append(language("figure.secondary_laws.alt.row", law=law, low=low, high=high))
    return " ".join(parts)
