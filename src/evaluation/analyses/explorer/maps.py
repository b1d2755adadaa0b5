"""The map of the explorer: units by role, weight, change, effect as if treated."""

from typing import TYPE_CHECKING

from evaluation.analyses.explorer.charts import MUTED, PICKED, TREATED, _tooltip, spec
from evaluation.page.language import Language
from evaluation.study.study import Study

if TYPE_CHECKING:  # drawn by the job that makes the page alone
    import altair as alt

SHOWS = ("role", "weight", "change", "effect")
LIGHT = "#f3f3f0"  # the paper of a map, in light and dark alike
NONE = "#bdbdbd"  # of what has no number
ROLE_FILLS = ("#d55e00", "#bcd7ea", LIGHT)
HEIGHT = 460
SIGNED = "datum.{0} === null ? '×' : datum.{0} < 0 ? '−' : datum.{0} > 0 ? '+' : '0'"
MARKS = {
    "role": "datum.role_id === 'treated' ? '◆' : datum.role_id === 'excluded' ? '×' : ''",
    "weight": "datum.weight === null ? '×' : datum.weight >= 5 ? format(datum.weight, '.0f') : ''",
    "change": SIGNED.format("change"),
    "effect": SIGNED.format("effect"),
}


def map_specs(study: Study, language: Language) -> dict[str, dict]:
    """A map for each of `SHOWS`. A sign in each unit says what colour says."""
    return {shown: _map(study, language, shown) for shown in SHOWS}


def _map(study: Study, language: Language, shown: str) -> dict:
    import altair as alt

    base = alt.Chart(alt.NamedData("places"))
    tooltip = _tooltip(
        language, "unit", "role", "reason", "weight_text", "change_text", "effect_text"
    )
    legend = alt.Legend(orient="top", direction="vertical", title=None, symbolStrokeColor=MUTED)
    areas = base.mark_geoshape(stroke="#5a5a5a", strokeWidth=0.7).encode(tooltip=tooltip)
    if shown == "role":
        names = [language(f"explorer.role.{role}") for role in ("treated", "donor", "excluded")]
        color = alt.Color("role:N", legend=legend)
        layers = [areas.encode(color=color.scale(domain=names, range=list(ROLE_FILLS)))]
    else:
        layers = [
            areas.mark_geoshape(stroke="#5a5a5a", strokeWidth=0.7, strokeDash=[2, 2], fill=NONE),
            areas.transform_filter(f"isValid(datum.{shown})").encode(
                color=_graded(study, language, shown)
            ),
        ]
    edges = {"treated": ("datum.role_id === 'treated'", TREATED, [1, 0])}
    edges["picked"] = ("datum.unit === unit", PICKED, [4, 2])
    layers += [
        base.transform_filter(test).mark_geoshape(
            filled=False, stroke=color, strokeWidth=3, strokeDash=dash
        )
        for test, color, dash in edges.values()
    ]
    marks = base.transform_calculate(mark=MARKS[shown]).encode(
        longitude="x:Q", latitude="y:Q", text="mark:N", tooltip=tooltip
    )
    layers.append(marks.mark_text(fontSize=12, fontWeight="bold", color="#111111", stroke=None))
    chart = alt.layer(*layers).project(type="identity", reflectY=True)
    text = language(f"explorer.map.description.{shown}", treated=study.treated)
    return spec(chart, text, HEIGHT, unit="")


def _graded(study: Study, language: Language, shown: str) -> "alt.Color":
    import altair as alt

    percent = shown == "weight" or study.scale().counted
    title = language(f"explorer.show.{shown}") + (", %" if percent else "")
    legend = alt.Legend(orient="top", title=title, gradientLength=220, titleLimit=0)
    if shown == "weight":
        scale = alt.Scale(range=["#f7fbff", "#4f93c6"], domainMin=0)
    else:
        # Signs in the map say on which side of zero a unit lies; darker is farther from zero.
        ends = {"domain": [-100, 0, 100], "clamp": True} if percent else {"domainMid": 0}
        scale = alt.Scale(range=["#4f93c6", "#fbfbf8", "#e08a3c"], interpolate="rgb", **ends)
    return alt.Color(f"{shown}:Q", scale=scale, legend=legend)
