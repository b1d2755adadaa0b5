"""z and the effect from the start to each look, with the boundary; months to come stay empty."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from evaluation.analyses.monitoring.contract import TO_COME
from evaluation.page import theme
from evaluation.page.effect_axis import clipped, effect_axis, effect_limits
from evaluation.page.language import Language
from evaluation.page.timeline import MONTH, place, year_axis
from evaluation.study.study import Study

LOOK = {"color": "#0072B2", "marker": "o", "markersize": 3.2, "linestyle": "none"}
ALARM = {"color": "#D55E00", "markersize": 6.5, "linestyle": "none", "markeredgecolor": "black"}
FALL, RISE = ALARM | {"marker": "v"}, ALARM | {"marker": "^"}
BOUNDARY = {"color": "#222222", "linestyle": (0, (6, 2)), "linewidth": 1.2}
COMING = {"facecolor": "none", "edgecolor": "#BBBBBB", "hatch": "////", "linewidth": 0}
HEIGHT, EMPTY, LEFT = 128, 26, 19.0  # mm
ROOM = 1.15  # of the largest |z| or the boundary, above and below


def monitoring_path(
    study: Study, language: Language, *, monitoring: pd.DataFrame
) -> tuple[Figure, str]:
    """Two panels over time, z above and the effect below; and the alt text."""
    rows = monitoring.sort_values("look").reset_index(drop=True)
    if rows.empty:
        return _nothing(study, language)
    plan = study.monitoring
    values = {
        "treated": study.treated,
        "outcome": language.inline(language.outcome(study.definition(rows["outcome"].iloc[0]))),
        "estimator": language.inline(language(f"estimator.{rows['estimator'].iloc[0]}")),
        "name": language(f"estimator.{rows['estimator'].iloc[0]}"),
        "boundary": language.number(rows["boundary"].iloc[0], 2),
        "level": language.percent(100 * (1 - (plan.level if plan else 0.05))),
        "first": int(rows["look"].iloc[0]),
        "horizon": int(rows["look"].iloc[-1]),
        "end": language.month(rows["month"].iloc[-1]),
    }
    with theme.style():
        sheet = theme.sheet(
            HEIGHT,
            language("figure.monitoring_path.title", **values),
            language("figure.monitoring_path.note", **values),
            _legend(rows, language),
        )
        upper, lower = _panels(sheet)
        _draw_z(upper, language, rows)
        _draw_effect(lower, language, rows)
        for axes in (upper, lower):
            _draw_time(axes, study, rows, language)
    return sheet.figure, _alt(rows, language, values)


def _nothing(study: Study, language: Language) -> tuple[Figure, str]:
    text = language("figure.monitoring_path.not_planned", treated=study.treated)
    with theme.style():
        title = language("figure.monitoring_path.empty_title", treated=study.treated)
        return theme.sheet(EMPTY, title, text).figure, text


def _panels(sheet: theme.Sheet) -> tuple[Axes, Axes]:
    width, gap, axis = theme.WIDTH - theme.MARGIN - LEFT, 8.0, 6.0
    height = (sheet.top - sheet.bottom - axis - gap - 2) / 2
    bottom = sheet.bottom + axis
    return (
        sheet.panel(LEFT, bottom + height + gap, width, height),
        sheet.panel(LEFT, bottom, width, height),
    )


def _x(rows: pd.DataFrame) -> np.ndarray:
    """The end of each look's last month, in years."""
    return np.array([place(month) + MONTH for month in rows["month"]])


def _draw_z(axes: Axes, language: Language, rows: pd.DataFrame) -> None:
    boundary = float(rows["boundary"].iloc[0])
    for edge in (-boundary, boundary):
        axes.axhline(edge, **BOUNDARY, zorder=2)
    axes.axhline(0, **theme.GUIDE | {"linestyle": (0, (3, 2))}, zorder=1)
    known = rows[rows["z"].notna()]
    reach = ROOM * max(boundary, float(known["z"].abs().max()) if len(known) else 0.0)
    axes.set_ylim(-reach, reach)
    _draw_marks(axes, known, known["z"])
    axes.set_ylabel(language("figure.monitoring_path.z_axis"))
    theme.number_axis(axes.yaxis, language)


def _draw_effect(axes: Axes, language: Language, rows: pd.DataFrame) -> None:
    known = rows[rows["z"].notna()]
    limits = effect_limits(known[["log_rate_ratio", "ci_low", "ci_high"]].to_numpy().ravel())
    low, high = (clipped(known[end], limits) for end in ("ci_low", "ci_high"))
    axes.vlines(_x(known), low, high, color=theme.INTERVAL, linewidth=1.6, zorder=2)
    axes.axhline(0, **theme.GUIDE | {"linestyle": (0, (3, 2))}, zorder=1)
    _draw_marks(axes, known, known["log_rate_ratio"])
    axes.set_ylim(*limits)
    effect_axis(axes.yaxis, language, limits)
    axes.set_ylabel(language("figure.effect_axis"))


def _draw_marks(axes: Axes, rows: pd.DataFrame, values: pd.Series) -> None:
    x, alarm, below = _x(rows), rows["alarm"].to_numpy(), (rows["z"] < 0).to_numpy()
    for look, chosen in ((LOOK, ~alarm), (FALL, alarm & below), (RISE, alarm & ~below)):
        axes.plot(x[chosen], values[chosen], **look, zorder=4)


def _draw_time(axes: Axes, study: Study, rows: pd.DataFrame, language: Language) -> None:
    """The start, the months to come up to the horizon, and the axis that holds both."""
    coming = rows[rows["reason"] == TO_COME]
    if len(coming):
        axes.axvspan(place(coming["month"].iloc[0]), _x(rows)[-1], **COMING, zorder=0)
    axes.axvline(place(study.treatment_start), **theme.GUIDE, zorder=1)
    axes.axvline(_x(rows)[-1], **theme.GUIDE | {"linestyle": (0, (1, 1.5))}, zorder=1)
    year_axis(axes, study.treatment_start, rows["month"].iloc[-1], language)


def _legend(rows: pd.DataFrame, language: Language) -> list:
    def line(key: str, look: dict) -> Line2D:
        return Line2D([], [], **look, label=language(f"figure.monitoring_path.{key}"))

    handles = [
        line("look", LOOK),
        line("fall", FALL),
        line("rise", RISE),
        line("boundary", BOUNDARY),
        line("interval", {"color": theme.INTERVAL, "linewidth": 1.6}),
        Line2D([], [], **theme.GUIDE, label=language("figure.start")),
        line("last", theme.GUIDE | {"linestyle": (0, (1, 1.5))}),
    ]
    if (rows["reason"] == TO_COME).any():
        handles.append(Patch(**COMING, label=language("figure.monitoring_path.coming")))
    return handles


def _alt(rows: pd.DataFrame, language: Language, values: dict) -> str:
    parts = [language("figure.monitoring_path.alt", **values)]
    known = rows[rows["z"].notna()]
    if known.empty:
        return " ".join([*parts, language("figure.monitoring_path.alt.none")])
    last = known.iloc[-1]
    parts.append(
        language(
            "figure.monitoring_path.alt.looks",
            looks=len(known),
            last=language.month(last["month"]),
            z=language.number(last["z"], 2, signed=True),
            effect=language.percent(last["effect_percent"], signed=True),
            low=language.number(known["z"].min(), 2, signed=True),
            high=language.number(known["z"].max(), 2, signed=True),
        )
    )
    alarms = [language.month(month) for month in known.loc[known["alarm"], "month"]]
    key = "alarms" if alarms else "quiet"
    parts.append(
        language(f"figure.monitoring_path.alt.{key}", months=language.listing(alarms))
        if alarms
        else language("figure.monitoring_path.alt.quiet")
    )
    coming = int((rows["reason"] == TO_COME).sum())
    if coming:
        parts.append(language("figure.monitoring_path.alt.coming", coming=coming))
    return " ".join(parts)
