"""What a study whose windows lie ahead would find: the plan of a scale-up to one sector.

There is one engine (`simulate.py`), so that a study of one sector and a plan of several cannot
give two detectable effects. A set of one is pooled with nothing: its log ratio of observed to
predicted events is the statistic of `permutation_log_ratio_calibrated` under `poisson_kriging`, and
of no other test.
"""

import math

import numpy as np
import pandas as pd

from evaluation.calibration.contract import PowerAhead
from evaluation.calibration.draws import PLANTED
from evaluation.calibration.scale_up.candidates import Candidates
from evaluation.calibration.scale_up.measure import (
    RESAMPLING,
    Found,
    expected_events,
    found_by,
    of_side,
)
from evaluation.calibration.scale_up.simulate import Group, simulate
from evaluation.calibration.scale_up.world import FEWEST_YEARS, World, carry_forward
from evaluation.calibration.thresholds import NOMINAL
from evaluation.design.donors import donors_of
from evaluation.estimators.poisson_kriging import KRIGING
from evaluation.inference.permutation import LOG_RATIO_ALONE
from evaluation.panel.periods import to_periods
from evaluation.study.contract import from_rows
from evaluation.study.errors import EstimationError, InputError
from evaluation.study.months import month_range, shifted
from evaluation.study.plan import ALL_AT_ONCE, Plan, Rollout
from evaluation.study.strict_yaml import place
from evaluation.study.study import CALIBRATED_SUFFIX, FREQUENCIES, Span, Study

NULL = "ahead"


def can_simulate(study: Study) -> bool:
    """Whether the primary analysis is the one that the engine simulates."""
    tested = (study.primary.estimator, study.primary.test)
    return tested == (KRIGING.name, f"{LOG_RATIO_ALONE}{CALIBRATED_SUFFIX}")


def power_ahead(study: Study, panel: pd.DataFrame, units: pd.DataFrame, where: str) -> pd.DataFrame:
    """`PowerAhead` rows of the primary analysis, a rate ratio and post window each.

    Parameters
    ----------
    panel : `Panel` rows; of months after the pre-period none is used
    units : `Units` rows of the study's donor rule
    where : the config, for messages

    Panels are as many as `calibration.draws`, those behind the critical values as many as
    `calibration.deciding_panels`.

    Raises `InputError` for a study of another test, or a history that is silent or shorter than
    three years.
    """
    if not can_simulate(study):
        raise InputError(
            place(where, ["estimators"]),
            f"{study.primary.estimator} and {study.primary.test} are primary",
            f"{KRIGING.name} and {LOG_RATIO_ALONE}{CALIBRATED_SUFFIX}, which can be simulated "
            "before there are figures",
            "Make them primary, or leave size and power out.",
        )
    plan, candidates = as_plan(study), one_candidate(study, units)
    try:
        world = world_ahead(study, plan, candidates, panel, where)
        rows = [row for months in plan.horizons for row in _rows(world, candidates, plan, months)]
    except EstimationError as error:
        raise InputError(
            where, str(error), "a history to which the count model fits", "Change the pre-period."
        ) from None
    primary = study.primary
    keys = {"outcome": primary.outcome, "estimator": primary.estimator, "inference": primary.test}
    return from_rows([keys | row for row in rows], PowerAhead)


def as_plan(study: Study) -> Plan:
    """A study as the plan of a scale-up to its treated sector alone; horizons are its windows."""
    spans = study.window.values()
    return Plan(
        plan=study.study,
        study=study.study,
        title=(),
        outcomes=(study.primary.outcome,),
        candidates=(study.treated,),
        exclude=(),
        contiguous_pairs=False,
        start=study.treatment_start,
        horizons=tuple(sorted(len(month_range(span.first, span.last)) for span in spans)),
        sectors=(1,),
        designs=(Rollout(ALL_AT_ONCE),),
        rate_ratios=tuple(ratio for ratio in PLANTED[study.direction] if ratio != 1),
        smallest_effect=study.smallest_effect,
        level=1 - NOMINAL,
        sets=1,
        panels=study.calibration.draws,
        reference_panels=study.calibration.deciding_panels,
        seed=study.calibration.seed,
        draw_seed="",
        direction=study.direction,
    )


def world_ahead(
    study: Study, plan: Plan, candidates: Candidates, panel: pd.DataFrame, where: str
) -> World:
    """The pre-period of the treated sector and its donors, carried forward.

    Months between the pre-period and the start are left out, as the study leaves them out.
    """
    length, pre = FREQUENCIES[study.frequency], study.pre_period
    inside = panel[panel["month"].between(pre.first, pre.last)]
    observed = to_periods(inside, study.primary.outcome, study.frequency, length)
    if len(observed.periods) * length < 12 * FEWEST_YEARS:
        raise InputError(
            place(where, ["pre_period"]),
            f"{study.primary.outcome} is known for {len(observed.periods)} whole periods of "
            f"{length} months",
            f"at least {FEWEST_YEARS} years, to simulate what the study could find",
            "Begin pre_period earlier.",
        )
    between = Span(shifted(pre.last, 1), shifted(study.treatment_start, -1))
    return carry_forward(observed, candidates.pool, plan, length, where, between)


def one_candidate(study: Study, units: pd.DataFrame) -> Candidates:
    """The treated sector beside its donors; the donor rule has left out those near it."""
    pool = tuple(sorted([study.treated, *donors_of(units)]))
    return Candidates(
        pool, (study.treated,), (), dict.fromkeys(pool, frozenset()), dict.fromkeys(pool, ""), False
    )


def _rows(world: World, candidates: Candidates, plan: Plan, months: int) -> list[dict[str, object]]:
    """A row for each rate ratio; `detectable` is of its side, and where nothing is planted of the
    side that is harder to find."""
    groups = [Group((candidates.names,))]
    (one,) = simulate(world, candidates, groups, plan, months)
    common = {
        "null": NULL,
        "months": months,
        "draws": one.found.shape[0] * one.found.shape[1],
        "expected": expected_events(world, groups, one, plan, months)[0],
    }
    rows: dict[float, dict[str, float]] = {}
    for side in plan.sides:
        mine = plan.of_side(side)
        generator = np.random.default_rng([plan.seed, RESAMPLING, 0, months])
        found = found_by(of_side(one, plan, side), mine, generator)
        none = rows.get(1.0)
        for row, ratio in enumerate(mine.ratios):
            rows[ratio] = common | {"rate_ratio": ratio} | _row(found, row)
        if none and not _is_harder(found.detectable, none["detectable"]):
            rows[1.0] = none
    return list(rows.values())


def _row(found: Found, row: int) -> dict[str, float]:
    return {
        "detectable": found.detectable,
        "detectable_error": found.detectable_error,
        "power": found.falls[row] + found.rises[row],
        "standard_error": found.either_error[row],
        "low": found.falls[row],
        "low_error": found.falls_error[row],
        "high": found.rises[row],
        "high_error": found.rises_error[row],
    }


def _is_harder(ratio: float, other: float) -> bool:
    """Whether a detectable rate ratio is farther from 1 than another one, or is none at all."""
    return math.isnan(ratio) or abs(math.log(ratio)) > abs(math.log(other))
