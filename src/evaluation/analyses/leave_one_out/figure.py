"""The effect without each donor, borough and year, in order of the effect that is left."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from evaluation.page import theme
from evaluation.page.effect_axis import clipped, effect_axis, effect_limits
from evaluation.page.effect_scale import Written, written
from evaluation.page.language import Language
from evaluation.page.views import alike, on_scale
from evaluation.study.study import Study

MOST = 12  # of one dimension that are drawn: those that move the effect most
ROW, HEADING, AXIS = 3.6, 9.0, 9.0  # mm
NAMES = 33.0  # mm next to a panel
DIMENSIONS = ("donor", "borough", "year")
LOOKS = {"donor": "o", "borough": "s", "year": "^"}


def leave_one_out(
    study: Study, language: Language, *, leave_one_out: pd.DataFrame
) -> tuple[Figure, str]:
    """Points with intervals, three groups per column, a column per outcome; and its alt."""
    rows = study.primary.rows(leave_one_out, every=["outcome"])
    rows = on_scale(study, rows)
    outcomes = alike(study, [name for name in study.outcomes if name in set(rows["outcome"])])[:2]
    scale = written(study, language)
    groups = {
        outcome: {name: most_influential(study, rows, outcome, name) for name in DIMENSIONS}
        for outcome in outcomes
    }
    drawn = pd.concat([group for found in groups.values() for group in found.values()])
    every = rows[(rows["dimension"] == "full") & rows["outcome"].isin(outcomes)]
    drawn = pd.concat([drawn, every.rename(columns={"moved": "effect"})])
    ends = drawn[["effect", "ci_low", "ci_high"]].to_numpy().ravel()
    limits = effect_limits(ends, scale.scale.counted)
    counts = {
        name: max(1, *(len(groups[outcome][name]) for outcome in outcomes)) for name in DIMENSIONS
    }
    values = {
        "treated": study.treated,
        "level": language.percent(100 * study.level),
        "most": MOST,
    }
    height = sum(counts.values()) * ROW + len(DIMENSIONS) * HEADING + AXIS
    with theme.style():
        sheet = theme.sheet(
            height + 29,
            language("figure.leave_one_out.title", **values),
            language("figure.leave_one_out.note", **values),
            _legend(language),
        )
        sentences = [language("figure.leave_one_out.alt", **values)]
        for column, outcome in enumerate(outcomes):
            label = language.outcome(study.definition(outcome))
            full = rows[(rows["outcome"] == outcome) & (rows["dimension"] == "full")].iloc[0]
            full = full.rename({"moved": "effect"})
            _draw_column(sheet, column, scale, label, groups[outcome], full, counts, limits)
            sentences.append(_sentence(groups[outcome], full, label, scale))
    return sheet.figure, " ".join(sentences)


def most_influential(
    study: Study, rows: pd.DataFrame, outcome: str, dimension: str
) -> pd.DataFrame:
    """Up to `MOST` omissions that move the effect most, from the lowest effect to the highest.

    Donors and boroughs that move nothing are left out; omissions without an effect too.
    """
    mine = on_scale(study, rows[rows["outcome"] == outcome]).rename(columns={"moved": "effect"})
    full = mine.loc[mine["dimension"] == "full", "effect"].iloc[0]
    found = mine[(mine["dimension"] == dimension) & mine["effect"].notna()]
    found = found.assign(moved=(found["effect"] - full).abs())
    if dimension != "year":
        found = found[found["moved"] > 1e-9]
    found = found.sort_values(["moved", "left_out"], ascending=[False, True]).head(MOST)
    return found.sort_values(["effect", "left_out"])


def _draw_column(
    sheet: theme.Sheet,
    column: int,
    scale: Written,
    label: str,
    groups: dict[str, pd.DataFrame],
    full: pd.Series,
    counts: dict[str, int],
    limits: tuple[float, float],
) -> None:
    across, language = (theme.WIDTH - 2 * theme.MARGIN) / 2, scale.language
    top = sheet.top
    for name in DIMENSIONS:
        tall = counts[name] * ROW
        left = theme.MARGIN + column * across + NAMES
        axes = sheet.panel(left, top - HEADING - tall, across - NAMES - 4, tall)
        title = language(f"figure.leave_one_out.{name}", outcome=label)
        place = {"xycoords": "axes fraction", "textcoords": "offset points"}
        back = (0, 1), (-NAMES / theme.POINT, 4)
        axes.annotate(title, *back, **place, fontsize=theme.BASE, fontweight="bold")
        _draw(axes, groups[name], full, limits, LOOKS[name], counts[name])
        if name == DIMENSIONS[-1]:
            effect_axis(axes.xaxis, language, limits, scale.scale.counted)
            axes.set_xlabel(scale.label("figure.effect_axis"))
        else:
            axes.set_xticks([])
        top -= HEADING + tall


def _draw(
    axes: Axes,
    rows: pd.DataFrame,
    full: pd.Series,
    limits: tuple[float, float],
    marker: str,
    count: int,
) -> None:
    y = range(len(rows))
    axes.axvspan(
        *(clipped(pd.Series([full["ci_low"], full["ci_high"]]), limits)),
        color=theme.INTERVAL,
        alpha=0.35,
        linewidth=0,
        zorder=0,
    )
    axes.axvline(0, **theme.GUIDE | {"linestyle": (0, (3, 2))}, zorder=1)
    axes.axvline(full["effect"], **theme.TREATED | {"linewidth": 1.2}, zorder=2)
    low, high = (clipped(rows[end], limits) for end in ("ci_low", "ci_high"))
    axes.hlines(y, low, high, color="#6E6E6E", linewidth=0.7, zorder=2)
    axes.plot(rows["effect"], y, marker=marker, color="black", linestyle="none", ms=3.2)
    axes.set_yticks(y, rows["left_out"], fontsize=5.4)
    axes.tick_params(axis="y", length=0, pad=2)
    axes.set_ylim(count - 0.4, -0.6)
    axes.set_xlim(*limits)


def _legend(language: Language) -> list:
    dot = {"color": "#6E6E6E", "marker": "o", "linewidth": 0.7, "markersize": 3.2}
    dot |= {"markerfacecolor": "black", "markeredgecolor": "black"}
    full = theme.TREATED | {"linewidth": 1.2}
    return [
        Line2D([], [], **full, label=language("figure.leave_one_out.full")),
        Patch(color=theme.INTERVAL, alpha=0.35, label=language("figure.leave_one_out.interval")),
        Line2D([], [], **dot, label=language("figure.leave_one_out.without")),
    ]


def _sentence(groups: dict, full: pd.Series, label: str, scale: Written) -> str:
    parts, language = [], scale.language
    for name in DIMENSIONS:
        rows = groups[name]
        if rows.empty:
            continue
        most = rows.sort_values(["moved", "left_out"], ascending=[False, True]).iloc[0]
        parts.append(
            language(
                f"figure.leave_one_out.alt.{name}",
                low=scale.effect(rows["shown"].min()),
                high=scale.effect(rows["shown"].max()),
                name=most["left_out"],
                effect=scale.effect(most["shown"]),
            )
        )
    return language(
        "figure.leave_one_out.alt.outcome",
        outcome=label,
        full=scale.effect(full["shown"]),
        parts="; ".join(parts) or "–",
    )
