"""How often donors without a programme pass the gate, with and without a planted effect."""

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from evaluation.analyses.gate_recovery.compute import FOUR, SEVEN
from evaluation.analyses.gate_recovery.table import smallest_text
from evaluation.calibration.fake_pilots import ALL, SUBSETS
from evaluation.page import theme
from evaluation.page.language import Language
from evaluation.study.study import Study

LOOKS = {  # condition: line style, marker and colour
    "p calibrated": ((0, (4, 1.5)), "o", "#0072B2"),
    SEVEN: ((0, (1, 1.3)), "s", "#6E6E6E"),
    "excluded": ((0, (5, 1.5, 1, 1.5)), "^", "#009E73"),
    FOUR: ("-", "D", "#D55E00"),
}
BARS = (SEVEN, FOUR)  # with intervals, set a little apart
ASIDE = 0.05


def gate_power(
    study: Study, language: Language, *, gate_recovery: pd.DataFrame
) -> tuple[Figure, str]:
    """Share of donors that each gate calls established, by planted effect; and the alt text.

    Beside both gates the p-value alone, and the exclusion of a fall of interest. One panel for the
    donors like the treated unit, one for all; the primary outcome is thinned as a whole. Bars are
    the 95% intervals of both gates.
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
            [_handle(name, study, language) for name in shown],
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
            _draw(axes, language, part, shown)
    key = "alt" if len(rows) else "alt_none"
    return sheet.figure, language(f"figure.gate_power.{key}", **values)


def _draw(axes: Axes, language: Language, rows: pd.DataFrame, shown: list[str]) -> None:
    ratios = sorted(set(rows["rate_ratio"]), reverse=bool((rows["rate_ratio"] < 1).any()))
    place = {ratio: position for position, ratio in enumerate(ratios)}
    for name in shown:
        line = rows[rows["condition"] == name]
        x = line["rate_ratio"].map(place) + ASIDE * ((name == FOUR) - (name == SEVEN))
        style, marker, color = LOOKS[name]
        strong = name == FOUR
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
        if name in BARS:
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


def _handle(name: str, study: Study, language: Language) -> Line2D:
    style, marker, color = LOOKS[name]
    look = {"linestyle": style, "marker": marker, "color": color, "markersize": 3.5}
    label = language(
        f"table.gate_recovery.condition.{name}",
        smallest=smallest_text(study, language),
    )
    return Line2D([], [], **look, linewidth=1.2, label=label)


def _values(language: Language, rows: pd.DataFrame) -> dict[str, str]:
    shares = rows.set_index(["condition", "subset", "rate_ratio"])["share"]
    if shares.empty:
        return {}
    least = max(map(float, rows["rate_ratio"]), key=lambda ratio: abs(math.log(ratio)))
    values = {"planted": language.percent(100 * (least - 1), signed=True)}
    for gate, condition in (("four", FOUR), ("seven", SEVEN)):
        for subset in SUBSETS:
            for key, ratio in (("null", 1.0), ("found", least)):
                share = 100 * shares.get((condition, subset, ratio), math.nan)
                values[f"{gate}_{subset}_{key}"] = language.percent(share, 0)
    return values
