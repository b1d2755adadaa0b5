"""The figures of a plan's page: who could be chosen, and what each design would find."""

from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from evaluation.analyses.scale_up_plan.wording import (
    by_side,
    design_name,
    smallest,
    spoken,
    units,
)
from evaluation.page import theme
from evaluation.page.city_map import NAMES, draw_names, draw_scale, draw_sector, map_axes
from evaluation.page.language import Language
from evaluation.page.outline import sector_outlines
from evaluation.study.plan import Plan
from evaluation.study.study import Study

# Of designs in their order: colour, line, mark.
LOOKS = (
    theme.TREATED | {"marker": "D"},
    theme.COUNTERFACTUAL | {"marker": "o"},
    theme.DONORS | {"marker": "s", "linewidth": 1.3},
    theme.CITY | {"marker": "^", "linewidth": 1.3},
    theme.GUIDE | {"marker": "v", "linestyle": (0, (6, 2))},
)
STEPS = 4  # of the legend of the graded fill


def sectors_figure(
    plan: Plan,
    study: Study,
    language: Language,
    candidates: pd.DataFrame,
    order: pd.DataFrame,
    quadrants: pd.DataFrame,
) -> tuple[Figure, str]:
    """Map of the candidates by the events expected, the best set and the drawn one named."""
    outlines = sector_outlines(quadrants)
    rows = candidates.set_index("sector")
    can = rows["part"] == "candidate"
    most = float(rows.loc[can, "expected"].max())
    drawn = order[(order["draw"] == "candidates") & (order["place"] > 0)]
    places = dict(zip(drawn["sector"], drawn["place"], strict=True))
    best = set(rows.index[rows["best"] > 0])
    programme = {study.treated, *(entry.sector for entry in study.calendar)}
    with theme.style():
        sheet = theme.sheet(
            200,
            language("plans.map.title"),
            language("plans.map.note", start=language.month(plan.start), months=plan.horizons[-1]),
            _map_legend(most, language),
        )
        axes = map_axes(sheet, outlines, NAMES, theme.WIDTH - 2 * NAMES)
        for sector, shape in outlines.shapes.items():
            part = rows.at[sector, "part"] if sector in rows.index else "out"
            look = {"facecolor": "white", "hatch": ""}
            if sector in programme:
                look = {"facecolor": theme.TREATED["color"], "hatch": "-----"}
            elif part == "candidate":
                look["facecolor"] = theme.graded(rows.at[sector, "expected"] / most)
            elif part == "donor":
                look["hatch"] = "....."
            line = {"edgecolor": theme.OUTLINE, "linewidth": 0.5}
            if sector in best:
                line = {"edgecolor": "black", "linewidth": 1.8, "zorder": 3}
            draw_sector(axes, shape, **look | line)
        draw_names(axes, outlines, _named(best, places))
        draw_scale(axes, outlines, language)
    alt = language(
        "plans.map.alt",
        candidates=int(can.sum()),
        best=language.listing(sorted(best)),
        drawn=language.listing(drawn.sort_values("place")["sector"].tolist()),
    )
    return sheet.figure, alt


def _named(best: set[str], places: dict[str, int]) -> dict[str, str]:
    """What is written next to each sector of the best set and of the drawn one."""
    names = {name: name for name in best}
    return names | {name: f"{place}. {name}" for name, place in places.items()}


def _map_legend(most: float, language: Language) -> list:
    line = {"edgecolor": theme.OUTLINE, "linewidth": 0.6}
    steps = np.linspace(0, most, STEPS + 1)[1:]
    handles: list = [
        Patch(
            facecolor=theme.graded(value / most),
            **line,
            label=language("plans.map.expected", n=language.number(value, 0)),
        )
        for value in steps
    ]
    handles += [
        Patch(facecolor="white", hatch=".....", **line, label=language("plans.map.donor")),
        Patch(
            facecolor=theme.TREATED["color"],
            hatch="-----",
            **line,
            label=language("plans.map.programme"),
        ),
        Patch(facecolor="white", **line, label=language("plans.map.out")),
        Patch(
            facecolor="white",
            edgecolor="black",
            linewidth=1.8,
            label=language("plans.map.best"),
        ),
    ]
    return handles


def detectable_figure(
    plan: Plan, study: Study, language: Language, designs: pd.DataFrame
) -> tuple[Figure, str]:
    """The detectable change by number of sectors: a panel for each horizon and kind of sets, of
    falls and of rises."""
    rows = designs[designs["outcome"] == plan.outcomes[0]]
    panels = [
        (side, kind, months)
        for side in plan.sides
        for kind in ("random", "best")
        for months in plan.horizons
    ]
    with theme.style():
        sheet = theme.sheet(
            150 + 130 * (len(plan.sides) - 1),
            language(
                "plans.detectable.title",
                outcome=language.inline(language.outcome(study.definition(plan.outcomes[0]))),
            ),
            language("plans.detectable.note", smallest=smallest(plan, language)),
            [
                Line2D([], [], **_look(place), label=design_name(each.design, each.step, language))
                for place, each in enumerate(plan.designs)
            ],
        )
        lifted = replace(sheet, bottom=sheet.bottom + 4)
        grid = lifted.grid(len(panels), len(plan.horizons), heading=15)
        for axes, (side, kind, months) in zip(grid, panels, strict=True):
            mine = rows[rows["side"] == side]
            named = spoken(study, language, side)
            name = named(f"plans.detectable.{kind}")
            if len(plan.sides) > 1:
                name = named("plans.sets.of_side", sets=name)
            theme.head(axes, name, named("plans.detectable.horizon", months=months))
            own = plan.of_side(side)
            top = 5 * np.ceil(np.nanmax([*mine["detectable"], 1.2 * own.smallest_effect]) / 5)
            chosen = mine[(mine["sets"] == kind) & (mine["horizon"] == months)]
            _draw_designs(axes, own, chosen, float(top), language)
        for axes in grid[:: len(plan.horizons)]:
            axes.set_ylabel(language("plans.detectable.y"))
        for axes in grid[-len(plan.horizons) :]:
            axes.set_xlabel(language("plans.detectable.x"))
    return sheet.figure, _detectable_alt(plan, study, language, rows)


def _draw_designs(
    axes: Axes, plan: Plan, rows: pd.DataFrame, top: float, language: Language
) -> None:
    for place, each in enumerate(plan.designs):
        one = rows[(rows["design"] == each.design) & (rows["step"] == each.step)]
        one = one.sort_values("sectors")
        axes.plot(one["sectors"], one["detectable"], **_look(place))
    axes.axhline(plan.smallest_effect, **theme.GUIDE | {"linestyle": (0, (3, 2))})
    axes.set_ylim(0, top)
    axes.set_xticks(plan.sectors)
    theme.number_axis(axes.yaxis, language)


def _look(place: int) -> dict:
    return {"markersize": 3.2} | LOOKS[place % len(LOOKS)]


def _detectable_alt(plan: Plan, study: Study, language: Language, rows: pd.DataFrame) -> str:
    parts = []
    for one, named in by_side(plan, study, language):
        parts.append(named("plans.detectable.alt"))
        for kind in ("random", "best"):
            for count in dict.fromkeys((plan.sectors[0], plan.sectors[-1])):
                mine = rows[(rows["sets"] == kind) & (rows["sectors"] == count)]
                found = mine.loc[mine["side"] == one.direction, "detectable"]
                values = {"low": found.min(), "high": found.max()}
                parts.append(
                    named(
                        "plans.detectable.alt.range",
                        who=units(count, named, kind),
                        **{key: named.percent(value) for key, value in values.items()},
                    )
                )
    return " ".join(parts)
