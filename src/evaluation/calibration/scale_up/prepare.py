"""A plan made ready: its candidates, sets of sectors, drawn orders and worlds, all checked.

Everything that can be refused is refused here, before anything is simulated.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.calibration.scale_up.candidates import (
    Candidates,
    best_set,
    drawn_order,
    find_candidates,
    order_key,
    random_sets,
)
from evaluation.calibration.scale_up.contract import Order, PlanCandidates, PlanSets
from evaluation.calibration.scale_up.simulate import Group
from evaluation.calibration.scale_up.world import World, carry_forward
from evaluation.design import prepare as design
from evaluation.estimators.kriging_totals import predict_totals
from evaluation.panel.periods import to_periods
from evaluation.study.contract import from_rows
from evaluation.study.errors import EstimationError, InputError
from evaluation.study.plan import Plan, check_plan
from evaluation.study.study import FREQUENCIES, Study

RANDOM, BEST = "random", "best"
SETS = (RANDOM, BEST)


@dataclass(frozen=True)
class Prepared:
    """`PlanCandidates`, `PlanSets` and `Order` rows."""

    candidates: pd.DataFrame
    sets: pd.DataFrame
    order: pd.DataFrame


def prepare_plan(
    plan: Plan,
    study: Study,
    panel: pd.DataFrame,
    units: pd.DataFrame,
    sectors: pd.DataFrame,
    neighbours: pd.DataFrame,
    where: str,
) -> Prepared:
    """Candidates, sets and drawn orders of a plan.

    Parameters
    ----------
    panel, units : `Panel` rows with every covered month, `Units` rows
    sectors, neighbours : rows of the tables that ship
    where : the plan, for messages

    Raises `InputError` for whatever the plan asks that its figures cannot carry.
    """
    found = find_candidates(plan, study, units, sectors, neighbours, where)
    worlds = [world_of(plan, study, panel, found, outcome, where) for outcome in plan.outcomes]
    ranking = sector_information(worlds[0])
    rows = worlds[0].panel.rows(found.names)
    best = best_set(found, plan, ranking["information"].to_numpy()[rows], where)
    sets = [(RANDOM, number, order) for number, order in enumerate(random_sets(found, plan, where))]
    sets += [
        (BEST, number, drawn_order(best[:count], plan.draw_seed))
        for number, count in enumerate(plan.sectors)
    ]
    return Prepared(
        _candidate_rows(sectors, found, ranking, best),
        from_rows(
            (
                {"sets": kind, "number": number + 1, "place": place, "sector": sector}
                for kind, number, order in sets
                for place, sector in enumerate(order, start=1)
            ),
            PlanSets,
        ),
        from_rows(
            [
                *_order_rows("candidates", found.names, found, plan),
                *_order_rows("best", best, found, plan),
            ],
            Order,
        ),
    )


def refuse_impossible(
    plan: Plan, study: Study, given: design.Prepared, languages: Sequence[str], where: str
) -> None:
    """Raise `InputError` for a plan that its study or its figures cannot carry."""
    check_plan(plan, study, tuple(languages), where)
    tables = (given.all_months, given.units, given.sectors, given.neighbours)
    try:
        prepare_plan(plan, study, *tables, where)
    except EstimationError as error:
        raise InputError(
            where, str(error), "a history to which the count model fits", "Change the plan."
        ) from None


def world_of(
    plan: Plan, study: Study, panel: pd.DataFrame, found: Candidates, outcome: str, where: str
) -> World:
    """The world of one outcome of a plan, from `Panel` rows."""
    length = FREQUENCIES[study.frequency]
    observed = to_periods(panel, outcome, study.frequency, length)
    return carry_forward(observed, found.pool, plan, length, where)


def sector_information(world: World) -> pd.DataFrame:
    """Of each sector of a world: `expected` events from the start to the longest horizon, `change`
    (percent), relative `error` and `information` = 1/error².

    The squared error is that of the pooled test for a sector that enters at the start, with as much
    drift as the sector itself has shown: half its squared log change, against the others, from the
    first to the second half of the history, beyond what Poisson noise and the fitted variances
    give.
    """
    pre, entry = world.observed, world.start
    counts = world.panel.counts[:, :pre]
    path = np.maximum(world.model.common, 0.5 / world.means.sum())
    window = np.arange(len(path)) >= entry
    _, variance = predict_totals(
        world.means[None, :, None] * path[:entry],
        path[None],
        world.model.covariance[None],
        np.arange(entry),
        window[None],
        f"outcome {world.panel.outcome}",
    )
    expected = world.expected[:, window].sum(axis=1)
    halves = np.arange(pre) >= pre // 2
    late, early = (
        np.log(counts[:, some].sum(axis=1) + 0.5)
        - np.log(counts.sum(axis=1).mean() * world.model.common[:pre][some].sum() + 0.5)
        for some in (halves, ~halves)
    )
    noise = sum(1 / (counts[:, some].sum(axis=1) + 0.5) for some in (halves, ~halves))
    weights = path[:pre] * (halves / path[:pre][halves].sum() - ~halves / path[:pre][~halves].sum())
    usual = float(weights @ world.model.covariance[:pre, :pre] @ weights)
    own = np.maximum((late - early) ** 2 - noise - usual, 0.0)
    squared = variance[0, :, 0] / np.maximum(expected, 0.5) ** 2 + own / 2
    return pd.DataFrame(
        {
            "sector": world.panel.units,
            "expected": expected,
            "change": 100 * np.expm1(late - early),
            "error": np.sqrt(squared),
            "information": 1 / squared,
        }
    )


def groups_of(sets: pd.DataFrame, kind: str) -> list[Group]:
    """The sets of one kind of `PlanSets` rows: random ones each by itself, with panels in turn; the
    best ones of every number of sectors together, on all panels."""
    mine = sets[sets["sets"] == kind].sort_values(["number", "place"])
    orders = [tuple(rows["sector"]) for _, rows in mine.groupby("number")]
    if kind == BEST:
        return [Group(tuple(orders))]
    return [Group((order,), turn, len(orders)) for turn, order in enumerate(orders)]


def _order_rows(
    draw: str, names: Sequence[str], found: Candidates, plan: Plan
) -> list[dict[str, object]]:
    rows, chosen = [], []
    for rank, name in enumerate(drawn_order(names, plan.draw_seed), start=1):
        reason = found.obstacle(name, chosen)
        enters = not reason and len(chosen) < plan.most
        if enters:
            chosen.append(name)
        rows.append(
            {
                "draw": draw,
                "rank": rank,
                "sector": name,
                "alcaldia": found.borough[name],
                "key": order_key(name, plan.draw_seed),
                "place": len(chosen) if enters else 0,
                "reason": reason if len(chosen) < plan.most else "" if enters else "enough",
            }
        )
    return rows


def _candidate_rows(
    sectors: pd.DataFrame, found: Candidates, ranking: pd.DataFrame, best: Sequence[str]
) -> pd.DataFrame:
    why = {name: (reason, detail) for name, reason, detail in found.left_out}
    known = ranking.set_index("sector").to_dict("index")
    rows = []
    for row in sectors.sort_values("sector").itertuples():
        name = row.sector
        part = "candidate" if name in found.names else "donor" if name in found.pool else "out"
        reason, detail = why.get(name, ("", ""))
        rows.append(
            {
                "sector": name,
                "alcaldia": row.alcaldia,
                "part": part,
                "reason": reason,
                "detail": detail,
                "best": best.index(name) + 1 if name in best else 0,
            }
            | known.get(name, {})
        )
    return from_rows(rows, PlanCandidates)
