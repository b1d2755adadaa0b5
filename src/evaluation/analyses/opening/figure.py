"""The primary outcome, observed and expected, as two lines that are named where they end."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluation.page import theme
from evaluation.page.effect_axis import value_axis
from evaluation.page.effect_scale import Written, written
from evaluation.page.effect_text import effect_text, primary_estimate
from evaluation.page.language import Language
from evaluation.page.timeline import MONTH, draw_dates, place, rate_path, year_axis
from evaluation.study.study import Study

HEIGHT = 88.0  # mm
NAMES = 33.0  # mm to the right of the panel, for the names of the lines
APART = 0.09  # of the axis, the least distance between two names


def opening(
    study: Study, language: Language, *, paths: pd.DataFrame, estimates: pd.DataFrame
) -> tuple[Figure, str]:
    """Observed and counterfactual path of the primary outcome in the treated unit; and its alt."""
    outcome = study.primary.outcome
    scale = written(study, language, outcome)
    path = rate_path(paths, study, outcome, study.treated)
    estimate = primary_estimate(estimates, study, outcome)
    label = language.outcome(study.definition(outcome))
    values = {
        "treated": study.treated,
        "outcome": label,
        "window": language.span(study.window[study.primary.window]),
        "effect": effect_text(estimate, language, scale),
    }
    with theme.style():
        sheet = theme.sheet(
            HEIGHT,
            language("figure.opening.title", **values),
            language("figure.opening.note", **values),
        )
        left = theme.LEFT + 2
        axes = sheet.panel(
            left,
            sheet.bottom + theme.BELOW,
            theme.WIDTH - left - NAMES,
            sheet.top - sheet.bottom - theme.BELOW - 5,
        )
        _draw(axes, path, study, scale)
        axes.set_ylabel(scale.label("figure.rate_axis"))
        if scale.scale.counted:
            theme.number_axis(axes.yaxis, language)
        else:
            value_axis(axes.yaxis, language)
        year_axis(axes, path["period"].iloc[0], study.last_month, language)
        _shade_window(axes, study)
        _name_lines(axes, path, language)
    return sheet.figure, language("figure.opening.alt", **values)


def _draw(axes: Axes, path: pd.DataFrame, study: Study, scale: Written) -> None:
    expected = path["counterfactual"]
    if scale.scale.counted:  # an expected rate below zero is none: the line has a gap there
        expected = expected.where(expected >= 0)
    after = path["x"] > place(study.treatment_start)
    window = study.window[study.primary.window]
    inside = after & (path["x"] < place(window.last) + MONTH)
    axes.fill_between(
        path["x"], path["observed"], expected, where=inside, color=theme.INTERVAL, alpha=0.45, lw=0
    )
    axes.plot(path["x"], expected, **theme.COUNTERFACTUAL, zorder=3)
    axes.plot(path["x"], path["observed"], **theme.TREATED, zorder=4)
    if scale.scale.counted:
        axes.set_ylim(bottom=0)
    draw_dates(axes, study, windows=())


def _shade_window(axes: Axes, study: Study) -> None:
    """A bracket over the window of the estimate."""
    window = study.window[study.primary.window]
    ends = [place(window.first), place(window.last) + MONTH]
    over = axes.get_xaxis_transform()
    axes.plot(ends, [1.02, 1.02], transform=over, color="#222222", linewidth=2.2, clip_on=False)


def _name_lines(axes: Axes, path: pd.DataFrame, language: Language) -> None:
    """Each line's name where it ends, in its colour, apart from the other's."""
    low, high = axes.get_ylim()
    names = []
    for column, key, look in (
        ("observed", "figure.opening.observed", theme.TREATED),
        ("counterfactual", "figure.opening.expected", theme.COUNTERFACTUAL),
    ):
        known = path[path[column].notna()]
        if len(known):
            last = known.iloc[-1]
            names.append([(last[column] - low) / (high - low), language(key), look["color"]])
    names.sort()
    if len(names) == 2 and names[1][0] - names[0][0] < APART:
        middle = (names[0][0] + names[1][0]) / 2
        names[0][0], names[1][0] = middle - APART / 2, middle + APART / 2
    for height, text, color in names:
        axes.annotate(
            text,
            (1.0, height),
            (5, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            color=color,
            fontsize=theme.BASE,
            fontweight="bold",
            annotation_clip=False,
        )
