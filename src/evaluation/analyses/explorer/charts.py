"""The charts of the explorer in Vega-Lite, by Altair; their rows come with what is chosen."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluation.analyses.explorer.curves import SHOWN
from evaluation.analyses.explorer.results import REACH, heading
from evaluation.analyses.specifications.choice_names import DIMENSIONS
from evaluation.page.effect_scale import written
from evaluation.page.language import Language
from evaluation.study.months import period_of
from evaluation.study.period_names import NAMELESS
from evaluation.study.study import FREQUENCIES, Study

if TYPE_CHECKING:  # drawn by the job that makes the page alone
    import altair as alt

INK, LINE, MUTED = "var(--ink)", "var(--line)", "var(--muted)"
TREATED, EXPECTED, PLACEBO = "var(--treated)", "var(--expected)", "var(--placebo)"
PICKED, WEAK, STRONG, PAPER = "var(--picked)", "var(--weak)", "var(--strong)", "var(--paper)"
TICKS = (-94, -75, -50, 0, 100, 300, 1500)  # percent, of placebos
CURVE_TICKS = (-80, -60, -40, -20, 0, 50, 100, 150)
LABELS = 8  # of the time axis
SHADE = {"color": "#888888", "opacity": 0.16}
ZERO = {"color": INK, "strokeDash": [3, 2]}


def spec(chart: "alt.TopLevelMixin", description: str, height: int, **params: Any) -> dict:
    """The chart as Vega-Lite that fills its place, in the page's colours and letters."""
    import altair as alt

    axis = {"labelColor": INK, "titleColor": INK, "domainColor": MUTED, "tickColor": MUTED}
    axis |= {"gridColor": LINE, "titleFontWeight": "normal", "labelFontSize": 12}
    chart = chart.properties(width="container", height=height, description=description)
    chart = chart.add_params(*(alt.param(name=name, value=value) for name, value in params.items()))
    chart = chart.configure(
        background="transparent",
        font="system-ui, sans-serif",
        autosize=alt.AutoSizeParams(type="fit", contains="padding"),
    )
    chart = chart.configure_axis(**axis, titleFontSize=12).configure_view(stroke=None)
    chart = chart.configure_legend(
        labelColor=INK, titleColor=INK, labelLimit=0, labelFontSize=12, symbolStrokeWidth=2
    )
    # Each point of hundreds would be read out; what they say is in the sentences and tables.
    found = chart.configure_mark(aria=False).to_dict()
    found.pop("$schema")
    return found


def path_spec(study: Study, language: Language, every: Sequence[str]) -> dict:
    """Observed and expected rates; a line each, of another dash."""
    import altair as alt

    titles = [language("figure.observed", treated=study.treated)]
    titles += [language("figure.counterfactual")]
    legend = alt.Legend(
        orient="top", direction="vertical", title=None, symbolSize=900, symbolType="stroke"
    )

    def by_series(channel: Any, values: list) -> Any:
        return channel("series:N", legend=legend, scale=alt.Scale(domain=titles, range=values))

    title = written(study, language).label("figure.rate_axis")
    scale = alt.Scale(zero=study.scale().counted)
    base = alt.Chart(alt.NamedData("paths")).encode(
        x=_time(language, every), y=alt.Y("rate:Q", title=title, scale=scale)
    )
    color = by_series(alt.Color, [TREATED, EXPECTED])
    lines = base.mark_line(strokeWidth=2).encode(
        color=color,
        strokeDash=by_series(alt.StrokeDash, [[1, 0], [6, 3]]),
        order=alt.Order("x:Q"),
    )
    points = base.mark_point(size=18, filled=False, strokeWidth=2, opacity=1).encode(
        color=color,
        tooltip=_tooltip(language, "series", "period", "rate_text"),
    )
    chart = alt.layer(*_dates(study, every), lines, points)
    return spec(
        chart,
        language("explorer.path.description", treated=study.treated),
        300,
        names=_names(language, every),
    )


def gap_spec(study: Study, language: Language, every: Sequence[str]) -> dict:
    """Observed minus expected of every unit: the treated one thick, the picked one dashed."""
    import altair as alt

    scale = alt.Scale(domainMin=alt.ExprRef("-end"), domainMax=alt.ExprRef("end"), nice=False)
    title = written(study, language).label("figure.gap_axis")
    base = alt.Chart(alt.NamedData("gaps")).encode(
        x=_time(language, every),
        y=alt.Y("gap:Q", title=title, scale=scale),
        detail="unit:N",
        order=alt.Order("x:Q"),
        tooltip=_tooltip(language, "unit", "period", "gap_text"),
    )

    def lines(test: str, color: str, **look: Any) -> "alt.Chart":
        return base.transform_filter(test).mark_line(color=color, clip=True, **look)

    zero = alt.Chart(alt.InlineData([{}])).mark_rule(**ZERO)
    chart = alt.layer(
        *_dates(study, every),
        lines("datum.unit !== treated && datum.unit !== unit", PLACEBO, strokeWidth=0.8),
        zero.encode(y=alt.YDatum(0)),
        lines("datum.unit === unit", PICKED, strokeWidth=2, strokeDash=[5, 2]),
        lines("datum.unit === treated", TREATED, strokeWidth=2.4),
    )
    return spec(
        chart,
        language("explorer.gap.description", treated=study.treated),
        280,
        names=_names(language, every),
        treated=study.treated,
        unit="",
        end=1,
    )


def score_spec(study: Study, language: Language, score: str) -> dict:
    """Every unit by its score, as points piled up; the treated one a diamond."""
    import altair as alt

    field, title = f"{score}_x", _score_title(study, language, score)
    axis = alt.Axis(grid=False)
    scale = alt.Scale(nice=False, padding=14, zero=True)
    if score == "effect" and study.scale().counted:
        axis = _percent_axis(TICKS, language, grid=False)
        scale = alt.Scale(domain=[-REACH, REACH], padding=14, nice=False)
    base = (
        alt.Chart(alt.NamedData("scores"))
        .transform_filter(f"isValid(datum.{field})")
        .transform_bin("bin", field, bin=alt.Bin(maxbins=45))
        .transform_window(
            row="row_number()",
            groupby=["bin"],
            sort=[alt.SortField("kind_id", order="descending"), alt.SortField(field)],
        )
        .encode(
            x=alt.X(f"{field}:Q", title=title, axis=axis, scale=scale),
            y=alt.Y("row:Q", axis=None, scale=alt.Scale(domainMin=0)),
            tooltip=_tooltip(language, "unit", "effect_text", f"{score}_text"),
        )
    )
    marks = [
        base.transform_filter("datum.kind_id !== 'treated' && datum.unit !== unit").mark_point(
            shape="circle", filled=True, size=55, color=STRONG, opacity=0.9
        ),
        base.transform_filter("datum.unit === unit && datum.kind_id !== 'treated'").mark_point(
            shape="triangle-up", filled=True, size=130, color=PICKED, opacity=1
        ),
        base.transform_filter("datum.kind_id === 'treated'").mark_point(
            shape="diamond", filled=True, size=190, color=TREATED, stroke=INK, opacity=1
        ),
    ]
    zero = alt.Chart(alt.InlineData([{}])).mark_rule(**ZERO)
    chart = alt.layer(zero.encode(x=alt.XDatum(0)), *marks)
    text = language("explorer.scores.description", treated=study.treated)
    return spec(chart, text, 180, unit="")


def curve_spec(study: Study, language: Language) -> dict:
    """Effects and intervals by rank; what does not have the highlighted choice is faint."""
    import altair as alt

    held = " + ".join(f"'|{name}=' + datum.{name}_id" for name in DIMENSIONS)
    shown = "highlight === '' || indexof(datum.held + '|', '|' + highlight + '|') >= 0"
    axis, title = alt.Axis(), written(study, language).label("figure.specification_curve.axis")
    scale = alt.Scale(nice=False)
    if study.scale().counted:
        axis = _percent_axis(CURVE_TICKS, language)
        scale = alt.Scale(domain=list(SHOWN), nice=False)
    base = (
        alt.Chart(alt.NamedData("curve"))
        .transform_calculate(held=held)
        .transform_calculate(shown=shown)
        .encode(
            x=alt.X(
                "rank:Q",
                title=language("figure.specification_curve.order"),
                axis=alt.Axis(grid=False, format=",d", tickMinStep=1),
                scale=alt.Scale(nice=False, zero=False, padding=6),
            ),
            opacity=alt.condition("datum.shown", alt.value(1), alt.value(0.07)),
            tooltip=_tooltip(language, *DIMENSIONS, "effect_text", "interval", "p_text", "doubt"),
        )
    )
    y = alt.Y("at:Q", title=title, axis=axis, scale=scale)
    strength = alt.condition("datum.p <= 0.05", alt.value(STRONG), alt.value(WEAK))
    width = alt.condition("datum.p <= 0.05", alt.value(1.4), alt.value(0.9))
    ends = base.mark_rule(clip=True).encode(
        y=alt.Y("low:Q", title=title, axis=axis, scale=scale),
        y2="high:Q",
        color=strength,
        strokeWidth=width,
    )
    points = base.mark_point(filled=True, size=14, color=INK).encode(y=y)
    own = base.transform_filter("datum.primary_id === 'yes'").encode(opacity=alt.value(1))
    primary = own.mark_point(
        shape="diamond", filled=True, size=170, color=TREATED, stroke=INK
    ).encode(y=y)
    now = base.transform_filter("datum.rank === +place").encode(opacity=alt.value(1))
    here = now.mark_rule(color=PICKED, strokeWidth=2).encode(tooltip=alt.value(None))
    zero = alt.Chart(alt.InlineData([{}])).mark_rule(**ZERO)
    chart = alt.layer(ends, zero.encode(y=alt.YDatum(0)), here, points, primary)
    text = language("explorer.curve.description", treated=study.treated)
    return spec(chart, text, 340, highlight="", place=1)


def release_spec(study: Study, language: Language) -> dict:
    """The effect and its interval by release; the chosen release stands out."""
    import altair as alt

    base = alt.Chart(alt.NamedData("releases")).encode(
        x=alt.X(
            "release:O", title=None, sort=alt.SortField("number"), axis=alt.Axis(labelAngle=-40)
        ),
        opacity=alt.condition("datum.number <= +release", alt.value(1), alt.value(0.25)),
        tooltip=_tooltip(language, "release", "effect_text", "interval", "p_text", "lane"),
    )
    title = language("figure.specification_curve.axis")
    common = {"title": title, "axis": _percent_axis(CURVE_TICKS, language)}
    common["scale"] = alt.Scale(domain=list(SHOWN), nice=False)
    ends = base.mark_rule(clip=True, strokeWidth=2, color=STRONG).encode(
        y=alt.Y("low:Q", **common), y2="high:Q"
    )
    points = base.mark_point(filled=True, size=70, color=EXPECTED).encode(y=alt.Y("at:Q", **common))
    now = base.transform_filter("datum.number === +release").mark_point(
        shape="diamond", filled=True, size=190, color=TREATED, stroke=INK
    )
    zero = alt.Chart(alt.InlineData([{}])).mark_rule(**ZERO)
    chart = alt.layer(
        zero.encode(y=alt.YDatum(0)), ends, points, now.encode(y=alt.Y("at:Q", **common))
    )
    text = language("explorer.releases.description", treated=study.treated)
    return spec(chart, text, 280, release=1)


def _time(language: Language, every: Sequence[str]) -> "alt.X":
    """The time axis: a label at the first period of some years, or at some periods."""
    import altair as alt

    firsts = [
        place
        for place, month in enumerate(every)
        if place == 0
        or language.periods.year_name(month) != language.periods.year_name(every[place - 1])
    ]
    firsts = firsts[:: math.ceil(len(firsts) / LABELS)]
    axis = alt.Axis(values=firsts, labelExpr="names[datum.value]", title=None, grid=False)
    return alt.X("x:Q", axis=axis, scale=alt.Scale(domain=[-0.5, len(every) - 0.5], nice=False))


def _names(language: Language, every: Sequence[str]) -> list[str]:
    if language.periods.kind in NAMELESS:
        return [language.month(month) for month in every]
    return [language.periods.year_name(month) for month in every]


def _dates(study: Study, every: Sequence[str]) -> list["alt.Chart"]:
    """The window, shaded; what lies between the past and the start, hatched by its edges; the
    start."""
    import altair as alt

    length = FREQUENCIES[study.frequency]
    places = {month: place for place, month in enumerate(every)}
    domain = alt.Scale(domain=[-0.5, len(every) - 0.5], nice=False)
    window = (
        alt.Chart(alt.NamedData("windows"))
        .mark_rect(**SHADE)
        .encode(x=alt.X("first:Q", scale=domain), x2="last:Q")
    )
    edges = {period_of(study.treatment_start, length): [1, 0]}
    if study.donut:
        edges[period_of(study.donut.first, length)] = [2, 3]
    rules = [
        alt.Chart(alt.InlineData([{"x": places[month] - 0.5}]))
        .mark_rule(color=INK, strokeDash=dash)
        .encode(x=alt.X("x:Q", scale=domain))
        for month, dash in edges.items()
        if month in places
    ]
    return [window, *rules]


def _percent_axis(ticks: Sequence[int], language: Language, **more: Any) -> "alt.Axis":
    """An axis of log ratios that names effects in percent."""
    import altair as alt

    values = [round(float(np.log1p(tick / 100)), 6) for tick in ticks]
    text = language.percent(1).replace(
        "1", "' + format(round(100 * (exp(datum.value) - 1)), '+,') + '"
    )
    expression = f"abs(datum.value) < 0.001 ? '{language.percent(0)}' : '{text}'"
    return alt.Axis(values=values, labelExpr=expression, **more)


def _score_title(study: Study, language: Language, score: str) -> str:
    if score == "effect":
        return written(study, language).label("figure.specification_curve.axis")
    if score == "gap":
        return written(study, language).label("figure.gap_axis")
    return language(f"explorer.score.{score}")


def _tooltip(language: Language, *names: str) -> list["alt.Tooltip"]:
    import altair as alt

    return [
        alt.Tooltip(f"{name}:N", title=heading(language, name)) for name in dict.fromkeys(names)
    ]
