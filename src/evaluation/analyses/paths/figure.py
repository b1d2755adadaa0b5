"""Observed against counterfactual, as two lines."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from evaluation.page import theme
from evaluation.page.effect_axis import value_axis
from evaluation.page.effect_scale import written
from evaluation.page.effect_text import comparison_text, effect_text, p_text, primary_estimate
from evaluation.page.language import Language
from evaluation.page.timeline import draw_dates, rate_path, year_axis
from evaluation.study.study import Study

MOST = 4  # outcomes a figure shows: the first of the study


def paths(
    study: Study, language: Language, *, paths: pd.DataFrame, estimates: pd.DataFrame
) -> tuple[Figure, str]:
    """Observed and counterfactual rates of the treated unit, a panel per outcome; and its alt."""

    def draw(axes: Axes, path: pd.DataFrame, estimate: pd.Series) -> None:
        scale = written(study, language, estimate["outcome"])
        expected = path["counterfactual"]
        if scale.scale.counted:  # an expected rate below zero is none: the line has a gap there
            expected = expected.where(expected >= 0)
        axes.plot(path["x"], expected, **theme.COUNTERFACTUAL, zorder=3)
        axes.plot(path["x"], path["observed"], **theme.TREATED, zorder=4)
        if scale.scale.counted:
            axes.set_ylim(bottom=0)
        axes.set_ylabel(scale.label("figure.rate_axis"))

    legend = [
        Line2D([], [], **theme.TREATED, label=language("figure.observed", treated=study.treated)),
        Line2D([], [], **theme.COUNTERFACTUAL, label=language("figure.counterfactual")),
    ]
    return panels("paths", study, language, paths, estimates, draw, legend)


def panels(name, study, language, paths, estimates, draw, legend) -> tuple[Figure, str]:
    """One panel per outcome, drawn by `draw(axes, path, estimate)`."""
    outcomes = study.outcomes[:MOST]
    values = {
        "treated": study.treated,
        "window": language.span(study.window[study.primary.window]),
        "name": study.primary.window,
        "estimator": language.inline(language(f"estimator.{study.primary.estimator}")),
        "test": language.inline(language(f"test.{study.primary.test}")),
    }
    legend = [*legend, Line2D([], [], **theme.GUIDE, label=language("figure.start"))]
    if study.donut:
        legend.append(Patch(color=theme.SHADE, label=language("figure.donut")))
    sentences = [language(f"figure.{name}.alt", **values)]
    with theme.style():
        sheet = theme.sheet(
            38 + 61 * -(-len(outcomes) // 2),
            language(f"figure.{name}.title", **values),
            _note(name, estimates, study, language, values),
            legend,
        )
        for axes, outcome in zip(sheet.grid(len(outcomes), 2, heading=16), outcomes, strict=True):
            path = rate_path(paths, study, outcome, study.treated)
            estimate = primary_estimate(estimates, study, outcome)
            draw(axes, path, estimate)
            draw_dates(axes, study, windows=(study.primary.window,))
            scale = written(study, language, outcome)
            detail = f"{effect_text(estimate, language, scale)}\n{_doubts(estimate, language)}"
            theme.head(axes, language.outcome(study.definition(outcome)), detail)
            if scale.scale.counted:
                theme.number_axis(axes.yaxis, language)
            else:
                value_axis(axes.yaxis, language)
            year_axis(axes, path["period"].iloc[0], study.last_month, language)
            if outcome == study.primary.outcome:
                sentences.append(_sentence(name, study, language, outcome, path, estimate))
    return sheet.figure, " ".join(sentences + _others(study, language))


def _others(study: Study, language: Language) -> list[str]:
    """Where the effects on the other outcomes are; nothing where there are none."""
    table = language("table.main_effects.title", treated=study.treated)
    return [language("figure.paths.alt.others", table=table)] * (len(study.outcomes) > 1)


def _note(name, estimates, study, language, values) -> str:
    shown = [primary_estimate(estimates, study, outcome) for outcome in study.outcomes[:MOST]]
    several = any(comparison_text(estimate, language) for estimate in shown)
    notes = [language(f"figure.{name}.note", **values)]
    if any(estimate["calibrated"] == "no" for estimate in shown):
        notes.append(language("figure.uncalibrated.note"))
    return " ".join(notes + [language("figure.several.note")] * several)


def mean_rate(path: pd.DataFrame, study: Study, column: str) -> float:
    """Mean over the periods of the primary window, per 100,000 person-years."""
    span = study.window[study.primary.window]
    return float(path.loc[path["period"].between(span.first, span.last), column].mean())


def _doubts(estimate: pd.Series, language: Language) -> str:
    """The p-value, and whether the comparison is unique."""
    said = (p_text(estimate, language), comparison_text(estimate, language))
    return "; ".join(part for part in said if part)


def _sentence(name, study, language, outcome, path, estimate) -> str:
    scale = written(study, language, outcome)
    return scale.label(
        f"figure.{name}.alt.outcome",
        outcome=language.outcome(study.definition(outcome)),
        observed=scale.amount(mean_rate(path, study, "observed"), 1),
        counterfactual=scale.amount(mean_rate(path, study, "counterfactual"), 1),
        gap=scale.amount(estimate["effect"], 1),
        effect=effect_text(estimate, language, scale),
        p=_doubts(estimate, language),
    )
