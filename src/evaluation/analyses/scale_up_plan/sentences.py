"""What the page of a plan says: its answer, its assumptions, how its draw is repeated."""

import pandas as pd

from evaluation.analyses.scale_up_plan.tables import design_name
from evaluation.calibration.draws import WANTED
from evaluation.page.language import Language
from evaluation.study.months import shifted
from evaluation.study.plan import ALL_AT_ONCE, Plan
from evaluation.study.study import Study

Phrases = dict[str, str]


def phrases(plan: Plan, study: Study, language: Language, panel: pd.DataFrame) -> Phrases:
    """Numbers and names that the sentences quote, as the language writes them."""
    outcome = language.outcome(study.definition(plan.outcomes[0]))
    observed = panel[(panel["outcome"] == plan.outcomes[0]) & panel["covered"] & panel["complete"]]
    return {
        "outcome": language.inline(outcome),
        "start": language.long_month(plan.start),
        "observed": language.long_month(observed["month"].max()),
        "smallest": language.percent(plan.smallest_effect),
        "wanted": language.percent(100 * WANTED),
        "least": language.number(plan.sectors[0], 0),
        "most": language.number(plan.most, 0),
        "horizons": language.listing(plan.horizons),
        "metres": language.number(study.donors.exclude_within_m, 0),
        "sets": language.number(plan.sets, 0),
        "seed": plan.draw_seed,
        "programme": language.listing(
            sorted({study.treated, *(entry.sector for entry in study.calendar)})
        ),
        "tail": language.percent(50 * (1 - plan.level), 1),
    }


def answer(plan: Plan, language: Language, designs: pd.DataFrame, facts: Phrases) -> list[str]:
    """What could be found and when: at random, with the best set, and of the smallest effect."""
    rows = designs[designs["outcome"] == plan.outcomes[0]]
    parts = []
    for kind in ("random", "best"):
        mine = rows[(rows["sets"] == kind) & rows["detectable_fall"].notna()]
        if mine.empty:
            parts.append(language(f"plans.answer.{kind}_none", **facts))
            continue
        final = mine[mine["horizon"] == mine["horizon"].max()]
        few = _smallest_fall(final[final["sectors"] == final["sectors"].min()])
        many = _smallest_fall(final)
        parts.append(
            language(
                f"plans.answer.{kind}",
                months=int(many["horizon"]),
                known=language.long_month(shifted(plan.start, int(many["horizon"]) - 1)),
                few=int(few["sectors"]),
                few_fall=language.percent(few["detectable_fall"]),
                many=int(many["sectors"]),
                many_fall=language.percent(many["detectable_fall"]),
                many_design=language.inline(design_name(many["design"], many["step"], language)),
                **facts,
            )
        )
    return [" ".join([*parts, *_order(language, rows)]), _smallest(plan, language, rows, facts)]


def _smallest_fall(rows: pd.DataFrame) -> pd.Series:
    """The row with the smallest detectable fall; of those that simulation cannot tell from it, the
    one that averts most."""
    least = rows.loc[rows["detectable_fall"].idxmin()]
    error = 0.0 if pd.isna(least["detectable_error"]) else 2 * least["detectable_error"]
    alike = rows[rows["detectable_fall"] <= least["detectable_fall"] + error]
    return alike.loc[alike["averted"].idxmax()]


def _order(language: Language, rows: pd.DataFrame) -> list[str]:
    """What it costs to enter one after another or in waves, in percentage points of the fall."""
    key = ["sets", "sectors", "horizon"]
    together = rows[rows["design"] == ALL_AT_ONCE].set_index(key)["detectable_fall"]
    others = rows[rows["design"] != ALL_AT_ONCE]
    if together.empty or others.empty:
        return []
    dearer = others.set_index(key)["detectable_fall"] - together.reindex(
        pd.MultiIndex.from_frame(others[key])
    )
    by_months = dearer.groupby("horizon").mean().dropna()
    if by_months.empty:
        return []
    first, last = by_months.index[0], by_months.index[-1]
    points = {
        name: language.number(by_months[at], 1) for name, at in (("soon", first), ("late", last))
    }
    return [language("plans.answer.order", first=int(first), last=int(last), **points)]


def _smallest(plan: Plan, language: Language, rows: pd.DataFrame, facts: Phrases) -> str:
    """The soonest and smallest design that finds the smallest fall of interest; or that none does,
    and how often the best one would."""
    enough = rows[rows["power_smallest"] >= WANTED]
    if enough.empty:
        most = rows.loc[rows["power_smallest"].idxmax()]
        # Of those that simulation cannot tell from it, the one that averts most.
        least = most["power_smallest"] - 2 * most["power_smallest_error"]
        alike = rows[rows["power_smallest"] >= least]
        one = alike.loc[alike["averted"].idxmax()]
        key = "none"
    else:
        one = enough.sort_values(["horizon", "sectors"]).iloc[0]
        key = "first"
    return language(
        f"plans.answer.smallest_{key}",
        power=language.percent(100 * one["power_smallest"]),
        n=int(one["sectors"]),
        months=int(one["horizon"]),
        design=language.inline(design_name(one["design"], one["step"], language)),
        which=language(f"plans.answer.which.{one['sets']}"),
        averted=language.number(one["averted"], 0),
        **facts,
    )


def limits(plan: Plan, language: Language, facts: Phrases) -> list[str]:
    """What is assumed, and what the page does not know."""
    apart = "together" if plan.contiguous_pairs else "apart"
    keys = ["future", "drift", "donors", f"spillover_{apart}", "boroughs", "draws", "best", "test"]
    return [language(f"plans.limit.{key}", **facts) for key in keys]
