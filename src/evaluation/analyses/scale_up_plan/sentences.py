"""What the document of a plan says: its answer, its assumptions, how its draw is repeated."""

import pandas as pd

from evaluation.analyses.scale_up_plan.wording import by_side, design_name, units
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
        "metres": language.number(study.donors.exclude_within_m, 0),
        "programme": language.listing(
            sorted({study.treated, *(entry.sector for entry in study.calendar)})
        ),
        "tail": language.percent(50 * (1 - plan.level), 1),
    }


def answer(
    plan: Plan, study: Study, language: Language, designs: pd.DataFrame, facts: Phrases
) -> list[str]:
    """First whether the smallest change of interest could be found; then what could, and when."""
    mine = designs[designs["outcome"] == plan.outcomes[0]]
    first, then = [], []
    for one, spoken in by_side(plan, study, language):
        rows = mine[mine["side"] == one.direction]
        lead, rest = _smallest(one, spoken, rows, facts)
        first.append(lead)
        found = [_found(one, spoken, rows, kind, facts) for kind in ("random", "best")]
        then.append(" ".join([*rest, *found, *_order(spoken, rows)]))
    return [" ".join(first), *then]


def _found(plan: Plan, language: Language, rows: pd.DataFrame, kind: str, facts: Phrases) -> str:
    """What the fewest sectors and the best number of them would find in the end."""
    mine = rows[(rows["sets"] == kind) & rows["detectable"].notna()]
    if mine.empty:
        return language(f"plans.answer.{kind}_none", **facts)
    final = mine[mine["horizon"] == mine["horizon"].max()]
    few = _smallest_change(final[final["sectors"] == final["sectors"].min()])
    many = _smallest_change(final)
    alone = "_alone" if few["sectors"] == many["sectors"] else ""
    return language(
        f"plans.answer.{kind}{alone}",
        months=int(many["horizon"]),
        known=language.long_month(shifted(plan.start, int(many["horizon"]) - 1)),
        few=units(few["sectors"], language),
        few_change=language.percent(few["detectable"]),
        many=units(many["sectors"], language),
        many_change=language.percent(many["detectable"]),
        design=language.inline(design_name(many["design"], many["step"], language)),
        **facts,
    )


def _smallest_change(rows: pd.DataFrame) -> pd.Series:
    """The row with the smallest detectable change; of those that simulation cannot tell from it,
    the one that makes most difference."""
    least = rows.loc[rows["detectable"].idxmin()]
    error = 0.0 if pd.isna(least["detectable_error"]) else 2 * least["detectable_error"]
    alike = rows[rows["detectable"] <= least["detectable"] + error]
    return alike.loc[alike["difference"].idxmax()]


def _order(language: Language, rows: pd.DataFrame) -> list[str]:
    """What it costs to enter one after another or in waves, in percentage points."""
    key = ["sets", "sectors", "horizon"]
    together = rows[rows["design"] == ALL_AT_ONCE].set_index(key)["detectable"]
    others = rows[rows["design"] != ALL_AT_ONCE]
    if together.empty or others.empty:
        return []
    dearer = others.set_index(key)["detectable"] - together.reindex(
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


def _smallest(
    plan: Plan, language: Language, rows: pd.DataFrame, facts: Phrases
) -> tuple[str, list[str]]:
    """The soonest and smallest design that finds the smallest change of interest; or that none
    does, how often the best one would, and which that is."""
    enough = rows[rows["power_smallest"] >= WANTED]
    if enough.empty:
        most = rows.loc[rows["power_smallest"].idxmax()]
        # Of those that simulation cannot tell from it, the one that makes most difference.
        least = most["power_smallest"] - 2 * most["power_smallest_error"]
        alike = rows[rows["power_smallest"] >= least]
        one = alike.loc[alike["difference"].idxmax()]
        keys = ["smallest_none", "nearest"]
    else:
        one = enough.sort_values(["horizon", "sectors"]).iloc[0]
        keys = ["smallest_first"]
    who = units(one["sectors"], language, one["sets"])
    values = facts | {
        "smallest": language.percent(plan.smallest_effect),
        "power": language.percent(100 * one["power_smallest"]),
        "who": who,
        "months": int(one["horizon"]),
        "design": language.inline(design_name(one["design"], one["step"], language)),
        "difference": language.number(one["difference"], 0),
    }
    lead, *rest = (language(f"plans.answer.{key}", **values) for key in keys)
    return lead, rest


def limits(plan: Plan, language: Language, facts: Phrases) -> tuple[str, ...]:
    """What is assumed, and what the document does not know."""
    apart = "together" if plan.contiguous_pairs else "apart"
    keys = ["future", "drift", "donors", f"spillover_{apart}", "draws", "best", "test"]
    return tuple(language(f"plans.limit.{key}", **facts) for key in keys)
