"""The tables of a plan's page."""

import numpy as np
import pandas as pd

from evaluation.analyses.scale_up_plan.wording import SIGN, design_name, smallest, spoken
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table, interval
from evaluation.study.months import shifted
from evaluation.study.plan import Plan
from evaluation.study.study import Study

RANDOM = "random"


def undominated_table(plan: Plan, study: Study, language: Language, designs: pd.DataFrame) -> Table:
    """The designs of the first outcome that no other one beats."""
    mine = designs[designs["undominated"] & (designs["outcome"] == plan.outcomes[0])]
    return _design_table("undominated", mine, plan, study, language)


def design_table(plan: Plan, study: Study, language: Language, designs: pd.DataFrame) -> Table:
    """All designs, with their sizes."""
    return _design_table("designs", designs, plan, study, language)


def _design_table(
    name: str, rows: pd.DataFrame, plan: Plan, study: Study, language: Language
) -> Table:
    places = {(each.design, each.step): place for place, each in enumerate(plan.designs)}
    keys = list(zip(rows["design"], rows["step"], strict=True))
    parts = list(zip(rows["outcome"], rows["side"], rows["sets"], strict=True))
    sign = rows["side"].map(SIGN).astype(int)
    frame = rows.assign(
        place=[places[key] for key in keys],
        name=[design_name(*key, language) for key in keys],
        part=[_part(*part, plan, study, language, name == "designs") for part in parts],
        shown=sign * rows["detectable"],
        near=sign * rows["detectable_low"],
        far=sign * rows["detectable_high"],
        power_percent=100 * rows["power_smallest"],
        power_error=100 * rows["power_smallest_error"],
        left=100 * rows["size_left"],
        right=100 * rows["size_right"],
        known=[language.month(shifted(plan.start, horizon - 1)) for horizon in rows["horizon"]],
        order=[
            (plan.outcomes.index(outcome), plan.sides.index(side), kind != RANDOM)
            for outcome, side, kind in parts
        ],
    ).sort_values(["order", "horizon", "sectors", "place"])
    columns = _design_columns(plan, language)
    if name == "designs":
        columns = (*columns[:2], _at_once(language), *columns[2:], *_size_columns(language))
    return Table(
        name=f"plan_{name}",
        frame=frame,
        columns=columns,
        title=language(f"plans.table.{name}.title"),
        note=language(f"plans.table.{name}.note", **_values(plan, language, rows)),
        group="part",
        group_label=language("plans.column.sets"),
    )


def _part(
    outcome: str, side: str, kind: str, plan: Plan, study: Study, language: Language, whole: bool
) -> str:
    """The kind of sets, with the outcome and the side where there are several."""
    name = language(f"plans.sets.{kind}")
    if len(plan.sides) > 1:
        name = spoken(study, language, side)("plans.sets.of_side", sets=name)
    if len(plan.outcomes) > 1 and whole:
        label = language.outcome(study.definition(outcome))
        name = language("plans.sets.of_outcome", outcome=label, sets=language.inline(name))
    return name


def _design_columns(plan: Plan, language: Language) -> tuple[Column, ...]:
    change = smallest(plan, language)

    def label(key: str, **values) -> str:
        return language(f"plans.column.{key}", **values)

    return (
        Column(("name",), label("design"), "text"),
        Column(("sectors",), label("sectors"), "integer", counts=False),
        Column(("horizon",), label("horizon"), "integer", counts=False),
        Column(("known",), label("known"), "label"),
        Column(("shown",), label("detectable"), "effect"),
        Column(
            ("detectable_error",),
            label("error"),
            "decimal",
            decimals=1,
            counts=False,
            csv_only=True,
        ),
        interval(language, ("near", "far"), label("range"), unit="percent"),
        Column(("power_percent",), label("power", smallest=change), "percent"),
        Column(
            ("power_error",),
            label("power_error"),
            "decimal",
            decimals=1,
            counts=False,
            csv_only=True,
        ),
        Column(
            ("difference",),
            label("difference", smallest=change),
            "decimal",
            decimals=0,
            counts=False,
        ),
    )


def _at_once(language: Language) -> Column:
    return Column(("at_once",), language("plans.column.at_once"), "integer", counts=False)


def _size_columns(language: Language) -> tuple[Column, ...]:
    return (
        Column(("left",), language("plans.column.left"), "percent", decimals=1),
        Column(("right",), language("plans.column.right"), "percent", decimals=1),
    )


def _values(plan: Plan, language: Language, rows: pd.DataFrame) -> dict[str, str]:
    def most(column: str, times: float = 1) -> str:
        return language.number(times * float(np.nanmax([*rows[column], 0.0])), 1)

    return {
        "panels": language.number(plan.panels, 0),
        "reference": language.number(plan.reference_panels, 0),
        "change_error": most("detectable_error"),
        "power_error": most("power_smallest_error", 100),
        "size_error": most("size_left_error", 100),
        "sets": language.number(plan.sets, 0),
        "tail": language.number(50 * (1 - plan.level), 1),
        "smallest": smallest(plan, language),
    }


def order_table(plan: Plan, language: Language, order: pd.DataFrame) -> Table:
    """The drawn order, down to the last sector that enters."""
    kept = []
    for _, rows in order.groupby("draw", sort=False):
        last = int(rows.loc[rows["place"].idxmax(), "rank"])
        kept.append(rows[rows["rank"] <= last])
    rows = pd.concat(kept)
    frame = rows.assign(
        part=[language(f"plans.draw.{draw}") for draw in rows["draw"]],
        enters=[
            language("plans.enters", place=place) if place else language(f"plans.passed.{reason}")
            for place, reason in zip(rows["place"], rows["reason"], strict=True)
        ],
        digits=rows["key"].str[:12] + "…",
    ).sort_values(["draw", "rank"], ascending=[False, True])
    return Table(
        name="plan_order",
        frame=frame.iloc[(frame["draw"] != "candidates").argsort(kind="stable")],
        columns=(
            Column(("sector",), language("table.column.sector"), "label"),
            Column(("rank",), language("plans.column.rank"), "integer", counts=False),
            Column(("alcaldia",), language("table.column.alcaldia"), "label"),
            Column(("enters",), language("plans.column.enters"), "text"),
            Column(("digits",), language("plans.column.key"), "label"),
        ),
        title=language("plans.table.order.title"),
        note=language("plans.table.order.note", seed=plan.draw_seed),
        group="part",
        group_label=language("plans.column.draw"),
    )


def candidate_table(plan: Plan, language: Language, candidates: pd.DataFrame) -> Table:
    """Sectors that may be chosen by what they would tell, then the others with the reason."""
    rows = candidates[candidates["part"] != "out"]
    frame = rows.assign(
        group=[language(f"plans.part.{part}") for part in rows["part"]],
        why=[
            language(f"plans.reason.{reason}", detail=detail) if reason else ""
            for reason, detail in zip(rows["reason"], rows["detail"], strict=True)
        ],
        chosen=rows["best"] > 0,
        relative=100 * rows["error"],
    ).sort_values(["part", "information"], ascending=[True, False])
    return Table(
        name="plan_candidates",
        frame=frame,
        columns=(
            Column(("sector",), language("table.column.sector"), "label"),
            Column(("alcaldia",), language("table.column.alcaldia"), "label"),
            Column(("expected",), language("plans.column.expected"), "decimal", counts=False),
            Column(("change",), language("plans.column.change"), "effect"),
            Column(("relative",), language("plans.column.relative"), "percent"),
            Column(("chosen",), language("plans.column.best"), "text"),
            Column(("why",), language("plans.column.why"), "text"),
        ),
        title=language("plans.table.candidates.title"),
        note=language(
            "plans.table.candidates.note",
            start=language.long_month(plan.start),
            most=plan.most,
        ),
        group="group",
        group_label=language("plans.column.part"),
    )
