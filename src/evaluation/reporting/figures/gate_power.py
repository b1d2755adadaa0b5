"""How often donors without a programme pass the gate, with and without a planted effect."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from evaluation.reporting import theme
from evaluation.reporting.language import Language
from evaluation.robustness.fake_pilots import ALL, SUBSETS
from evaluation.robustness.gate_recovery import CALIBRATED
from evaluation.study import Study

LOOKS = {  # condition: line style, marker and grey
    "specification_curve": ((0, (1, 1.3)), "s", "#8C8C8C"),
    "firearm": ((0, (5, 1.5, 1, 1.5)), "^", "#8C8C8C"),
    "rings": ((0, (3, 1.5)), "v", "#8C8C8C"),
    "fake_starts": ((0, (6, 2)), "P", "#6E6E6E"),
    "composite": ((0, (2, 2)), "X", "#6E6E6E"),
    "p calibrated": ((0, (4, 1.5)), "o", "#0072B2"),
    CALIBRATED: ("-", "D", "#D55E00"),
}


def gate_power(
    study: Study, language: Language, *, gate_recovery: pd.DataFrame
) -> tuple[Figure, str]:
    """Share of donors that meet each condition, and all, by planted effect; and the alt text.

    One panel for the donors like the treated unit, one for all; the primary outcome is thinned as a
    whole. Bars are the 95 % intervals of the shares that meet all conditions.
    """
    rows = gate_recovery[gate_recovery["scenario"] == ALL]
    rows = rows.sort_values("rate_ratio", ascending=False)
    shown = [name for name in LOOKS if (rows["condition"] == name).any()]
    values = {"treated": study.treated} | _values(language, rows)
    with theme.style():
        sheet = theme.sheet(
            94,
            language("figure.gate_power.title"),
            language("figure.gate_power.note", draws=study.robustness.recovery.draws),
            [_handle(name, language) for name in shown],
        )
        width = (theme.WIDTH - theme.MARGIN) / 2
        for place, subset in enumerate(SUBSETS[::-1]):
            axes = sheet.panel(
                theme.LEFT + place * width,
                sheet.bottom + 10,
                width - theme.LEFT,
                sheet.top - sheet.bottom - 20,
            )
            part = rows[rows["subset"] == subset]
            count = language.number(part["n_donors"].max() if len(part) else 0, 0)
            detail = language("figure.gate_power.donors", count=count)
            theme.head(axes, language(f"figure.gate_power.{subset}"), detail)
            _draw(axes, study, language, part, shown)
    key = "alt" if len(rows) else "alt_none"
    return sheet.figure, language(f"figure.gate_power.{key}", **values)


def _draw(
    axes: Axes, study: Study, language: Language, rows: pd.DataFrame, shown: list[str]
) -> None:
    ratios = study.robustness.recovery.rate_ratios
    place = {ratio: position for position, ratio in enumerate(ratios)}
    for name in shown:
        line = rows[rows["condition"] == name]
        x = line["rate_ratio"].map(place)
        style, marker, color = LOOKS[name]
        strong = name == CALIBRATED
        axes.plot(
            x,
            100 * line["share"],
            linestyle=style,
            marker=marker,
            color=color,
            markersize=4.5 if strong else 3.2,
            linewidth=1.8 if strong else 1.0,
            zorder=4 if strong else 2,
        )
        if strong:
            axes.vlines(
                x, 100 * line["share_low"], 100 * line["share_high"], color=color, linewidth=0.9
            )
    axes.set_xticks(
        range(len(ratios)),
        [language.percent(100 * (ratio - 1), signed=True) for ratio in ratios],
    )
    axes.set_xlim(-0.3, len(ratios) - 0.7)
    axes.set_ylim(0, 100)
    axes.set_xlabel(language("figure.gate_power.x_axis"))
    axes.set_ylabel(language("figure.gate_power.y_axis"))
    theme.number_axis(axes.yaxis, language)


def _handle(name: str, language: Language) -> Line2D:
    style, marker, color = LOOKS[name]
    key = "whole" if name == CALIBRATED else f"condition.{name}"
    look = {"linestyle": style, "marker": marker, "color": color, "markersize": 3.5}
    return Line2D([], [], **look, linewidth=1.2, label=language(f"table.gate_recovery.{key}"))


def _values(language: Language, rows: pd.DataFrame) -> dict[str, str]:
    whole = rows[rows["condition"] == CALIBRATED].set_index(["subset", "rate_ratio"])["share"]
    if whole.empty:
        return {}
    least = float(rows["rate_ratio"].min())
    values = {"planted": language.percent(100 * (least - 1), signed=True)}
    for subset in SUBSETS:
        known = subset in whole.index.get_level_values("subset")
        for key, ratio in (("null", 1.0), ("found", least)):
            share = 100 * whole[subset, ratio] if known else float("nan")
            values[f"{subset}_{key}"] = language.percent(share, 0)
    return values
