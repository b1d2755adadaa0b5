"""How often would each verdict be reached where the effect is known?

Every donor goes through the gate as if it had had the pilot, with and without a planted effect. The
conditions are those of `gate/compute.py`, as far as they exist for a fake pilot: that the test is
calibrated is a property of the test and not of a pilot, and is taken as met; of the rings there are
the contiguous donors. The verdicts are compared with those of a gate that asks for all
conditions at once, reported ones included, as it once did (`SEVEN`).

What this cannot show: the donors are few and share one history, most are smaller than the pilot,
and an effect planted by thinning is the same in every month.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.analyses.gate.compute import COMPOSITE, FAKE_STARTS, SAME_SIGN, TOTAL
from evaluation.analyses.gate.verdict import (
    ESTABLISHED,
    WORDS_OF,
    words,
)
from evaluation.analyses.gate_recovery.contract import GateRecovery
from evaluation.analyses.placebo_time.ranks import fake_start_share
from evaluation.analyses.recovery.compute import fake_scores, primary_families
from evaluation.calibration.donor_power import fronts, next_in_size
from evaluation.calibration.draws import critical_pair
from evaluation.calibration.fake_pilots import (
    ALL,
    SUBSETS,
    FakePilots,
    alike,
    plant,
    share_with_interval,
)
from evaluation.design.design import make_design
from evaluation.design.donors import donors_of
from evaluation.estimators.count_model import fit_count_model
from evaluation.estimators.registry import ESTIMATORS
from evaluation.estimators.rounding import tied
from evaluation.inference.calibrated import batches, draw_panel
from evaluation.inference.permutation import log_ratio_scores, log_ratio_scores_if_any
from evaluation.inference.placebo import PlaceboFamily, stack_panels, totals
from evaluation.panel.periods import to_periods
from evaluation.study.contract import from_rows
from evaluation.study.scale import EITHER, FALL, RISE
from evaluation.study.seeds import seed_of
from evaluation.study.study import FREQUENCIES, Study

PANELS = 100  # simulated panels behind the calibrated p-values
FOUR, SEVEN = "four conditions", "seven conditions"  # the gate as it is, and as it once was
VERDICT = "verdict "  # before each of `verdict.WORDS_OF` what was hoped for


@dataclass(frozen=True)
class Tested:
    """Tests of K versions of J donors, each as if treated.

    ratio : (J, K) observed over expected; NaN without a positive counterfactual, as the others are
    z : (J, K) |z|; others : (J, J − 1) |z| of each donor's own placebos
    low, high : (J, K) interval of the log rate ratio under the calibrated test
    """

    ratio: np.ndarray
    z: np.ndarray
    others: np.ndarray
    low: np.ndarray
    high: np.ndarray


def gate_recovery(
    study: Study,
    *,
    panel: pd.DataFrame,
    units: pd.DataFrame,
    neighbours: pd.DataFrame,
    placebos: pd.DataFrame,
    specifications: pd.DataFrame,
    specification_scores: pd.DataFrame,
    placebo_time: pd.DataFrame,
) -> pd.DataFrame:
    """`GateRecovery` rows: every condition, both gates and every verdict, by planted effect.

    Without the primary specification among those estimated there is no row.
    """
    pilots = plant(study, panel, donors_of(units))
    curve = (specifications, specification_scores)
    family = primary_families(study, *curve, pilots).get(study.primary.estimator)
    rows = []
    if family is not None:
        donors = family.iloc[: len(pilots.donors)]
        tested = _tested(study, pilots, donors, _references(study, panel, units, pilots))
        sign = np.sign(np.log(np.where(tested.ratio > 0, tested.ratio, 1e-9)))
        sign = np.where(np.isnan(tested.ratio), np.nan, sign)
        around = _rings(study, pilots, donors, neighbours, sign)
        met = _deciding(study, tested) | {
            "rings": ~around["adverse"],
            "specification_curve": same_sign_shares(study, pilots, *curve, sign) >= SAME_SIGN,
            **_parts(study, pilots, placebos, sign),
            TOTAL: around[TOTAL],
            "fake_starts": _fake_starts(study, placebo_time, tested.z),
        }
        met |= _gates(met, tested, around["rose"], study.direction)
        treated = float(family["pre_events"].iloc[-1])
        near = alike(donors["pre_events"].to_numpy(dtype=float), treated)
        nowhere = () if study.has("neighbours") else ("rings", TOTAL)
        for name, values in met.items():
            if name in nowhere:
                continue  # every donor would meet it
            rows += _shares(pilots, name, values, near)
    return from_rows(rows, GateRecovery)


def _tested(
    study: Study, pilots: FakePilots, donors: pd.DataFrame, references: np.ndarray
) -> Tested:
    """The fake pilots under the primary specification's test, by ranks and calibrated.

    references : (J, R) simulated z
    """
    observed = pilots.observed(study.primary.outcome, study.primary.window)
    expected = donors["counterfactual"].to_numpy(dtype=float)[:, None]
    exists = expected > 0
    z, others, ends = [], [], []
    for donor in range(len(donors)):
        scored, placebos = fake_scores(donors, observed[donor], donor, study.centre)
        z.append(scored.z)
        others.append(placebos)
        lowest, highest = critical_pair(references[donor], study.significance)
        quantiles = np.array([[highest], [lowest]])
        ends.append(scored.deviation - scored.standard_error * quantiles)
    low, high = np.moveaxis(np.where(exists[:, :, None], np.swapaxes(ends, 1, 2), np.nan), 2, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(exists, observed / expected, np.nan)
    return Tested(ratio, np.where(exists, z, np.nan), np.array(others), low, high)


def _deciding(study: Study, tested: Tested) -> dict[str, np.ndarray]:
    """(J, K) whether p, by ranks and calibrated, size and exclusion are met.

    `beyond`, the whole interval beyond the smallest effect, is what `size` does not ask.
    """
    level, (fall, rise) = study.significance, study.smallest_effects
    above, below = tested.low > math.log(fall), tested.high < math.log(rise)
    excluded = {FALL: above, RISE: below, EITHER: above & below}[study.direction]
    # What was not hoped for cannot be excluded: only the other side contradicts it.
    size = np.where(
        tested.ratio < 1,
        (tested.ratio <= fall) & ~(tested.low > 0 if study.direction == RISE else above),
        (tested.ratio >= rise) & ~(tested.high < 0 if study.direction == FALL else below),
    )
    return {
        "p": _p_values(tested.z, tested.others) <= level,
        "p calibrated": (tested.high < 0) | (tested.low > 0),
        "size": size,
        "excluded": excluded,
        "beyond": (tested.high < math.log(fall)) | (tested.low > math.log(rise)),
    }


def _gates(
    met: dict[str, np.ndarray], tested: Tested, rose: np.ndarray, hoped: str
) -> dict[str, np.ndarray]:
    """(J, K) what each gate calls established, and the verdicts; one that has no test is open."""
    known = ~np.isnan(tested.low)
    answers = (met["rings"], met["size"], met["excluded"])
    found = words(True, tested.high < 0, tested.low > 0, *answers, hoped=hoped)
    every = WORDS_OF[hoped]
    verdicts = {VERDICT + word: known & (found == word) for word in every[:-1]}
    formerly = ("specification_curve", "firearm", TOTAL, "fake_starts", COMPOSITE)
    return {
        FOUR: np.logical_or.reduce([verdicts[VERDICT + word] for word in ESTABLISHED]),
        SEVEN: np.logical_and.reduce(
            [met["p calibrated"], ~rose, *(met[name] for name in formerly if name in met)]
        ),
        **verdicts,
        VERDICT + every[-1]: ~known,
    }


def _p_values(z: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """(J, K) p of |z| against each donor's own reference (J, R); a NaN has no p."""
    z = z[:, :, None]
    larger = (tied(reference[:, None, :], z) >= z).sum(axis=2)
    counted = (~np.isnan(reference)).sum(axis=1)[:, None]
    return np.where(np.isnan(z[:, :, 0]), np.nan, (1 + larger) / (1 + counted))


def _references(
    study: Study, panel: pd.DataFrame, units: pd.DataFrame, pilots: FakePilots
) -> np.ndarray:
    """(J, R) simulated z of donors next to each in size, on panels without any effect."""
    length = FREQUENCIES[study.frequency]
    matrices = to_periods(panel, study.primary.outcome, study.frequency, length)
    design = make_design(matrices, units, study)
    estimator, model = ESTIMATORS[study.primary.estimator], fit_count_model(matrices, design)
    generator = np.random.default_rng(seed_of(f"{study.stream} gate recovery"))
    window = design.positions(dict(design.windows)[study.primary.window])
    found = []
    for some in batches(PANELS):
        nulls = [
            draw_panel(matrices, design, model, model.redrawn(generator), generator) for _ in some
        ]
        family = totals(stack_panels(estimator, nulls, design.placebos), window)
        found.append(_leave_one_z(family, study.centre))
    reference = np.concatenate(found)
    return np.array([reference[:, donors].ravel() for donors in next_in_size(model.means)])


def _leave_one_z(family: PlaceboFamily, centre: str) -> np.ndarray:
    """(..., J) z of every unit of a family, each against the others; NaN without a ratio."""
    order = fronts(len(family.units))
    values = (family.log_ratio, family.pre_events, family.observed)
    scored = log_ratio_scores(*(value[..., order] for value in values), centre)
    return scored.deviation[..., 0] / scored.standard_error[..., 0]


def same_sign_shares(
    study: Study,
    pilots: FakePilots,
    specifications: pd.DataFrame,
    scores: pd.DataFrame,
    sign: np.ndarray,
) -> np.ndarray:
    """(J, K) share of a fake pilot's specifications with the sign of its primary effect.

    Of the specifications estimated for the treated unit, those in which the donor is one and has a
    ratio. One whose periods do not cover the window's months is left out: what was taken from those
    months is not known there.
    """
    estimated = specifications[specifications["reason"] == ""].set_index("specification")
    rows = scores[scores["specification"].isin(estimated.index) & ~scores["treated"]]
    wide = {
        name: rows.pivot(index="specification", columns="unit", values=name).reindex(
            columns=list(pilots.donors)
        )
        for name in ("observed", "counterfactual")
    }
    same, known = np.zeros(sign.shape), np.zeros((len(sign), 1))
    for name in wide["observed"].index:
        outcome, window = estimated.loc[name, ["outcome", "window"]]
        expected = wide["counterfactual"].loc[name].to_numpy(dtype=float)
        observed = wide["observed"].loc[name].to_numpy(dtype=float)
        here = (expected > 0) & (observed == pilots.whole[outcome, window])
        effect = np.sign(pilots.observed(outcome, window) - expected[:, None])
        same += here[:, None] & (effect == sign)
        known[:, 0] += here
    return np.divide(same, known, out=np.zeros_like(same), where=known > 0)


def _parts(
    study: Study, pilots: FakePilots, placebos: pd.DataFrame, sign: np.ndarray
) -> dict[str, np.ndarray]:
    """Conditions on other outcomes: firearm against the rest, and composites, where there are any.

    Without a ratio of a part, or without any event in it, the condition is not met: `gate` does
    not evaluate it then, and nothing is established.
    """
    met: dict[str, np.ndarray] = {}
    with np.errstate(divide="ignore", invalid="ignore"):
        firearm, other = (
            [_log_ratio(study, pilots, placebos, name) for name in names]
            for names in study.primary_parts
        )
        composites = [
            _log_ratio(study, pilots, placebos, name)
            for name in study.outcomes
            if study.definition(name).role == COMPOSITE
        ]
        if len(firearm) == len(other) == 1 and firearm[0] is not None and other[0] is not None:
            met["firearm"] = sign * (firearm[0] - other[0]) > 0
        if composites and all(values is not None for values in composites):
            met[COMPOSITE] = np.all([sign * values > 0 for values in composites], axis=0)
    return met


def _log_ratio(
    study: Study, pilots: FakePilots, placebos: pd.DataFrame, outcome: str
) -> np.ndarray | None:
    """(J, K) log of observed over expected in the primary window; None if not estimated."""
    rows = study.primary.rows(placebos, every=["outcome"])
    rows = rows[rows["outcome"] == outcome].set_index("unit")
    if rows.empty:
        return None
    expected = rows["counterfactual"].reindex(pilots.donors).to_numpy(dtype=float)[:, None]
    ratio = pilots.observed(outcome, study.primary.window) / expected
    return np.where((expected > 0) & (ratio > 0), np.log(ratio), np.nan)


def _rings(
    study: Study,
    pilots: FakePilots,
    donors: pd.DataFrame,
    neighbours: pd.DataFrame,
    sign: np.ndarray,
) -> dict[str, np.ndarray]:
    """(J, K) whether the contiguous donors together moved against the effect (`adverse`), or up
    (`rose`), and their test rejects; and whether the total with them keeps the sign.

    A zone has the summed counts of its sectors and is ranked among the donors outside it. Without a
    contiguous donor there is nothing to move.
    """
    near = neighbours[neighbours["distance_m"] <= study.donors.exclude_within_m]
    zones = near.groupby("sector")["neighbour"].agg(set).to_dict()
    observed = pilots.observed(study.primary.outcome, study.primary.window)
    table = {
        name: donors[name].to_numpy(dtype=float)
        for name in ("observed", "counterfactual", "pre_events", "log_ratio")
    }
    found = {name: np.zeros(observed.shape, dtype=bool) for name in ("adverse", "rose")}
    found[TOTAL] = ~np.isnan(sign)
    for donor, unit in enumerate(pilots.donors):
        zone = np.isin(pilots.donors, list(zones.get(unit, set())))
        if not zone.any():
            continue
        rest = np.flatnonzero(~zone & (np.arange(len(zone)) != donor))
        seen, expected, before = (
            table[name][zone].sum() for name in ("observed", "counterfactual", "pre_events")
        )
        if not expected > 0:
            found[TOTAL][donor] = False
            continue  # without a ratio there is no test of the zone
        scored = log_ratio_scores_if_any(
            np.r_[np.log((seen + 0.5) / (expected + 0.5)), table["log_ratio"][rest]],
            np.r_[before, table["pre_events"][rest]],
            np.r_[seen, table["observed"][rest]],
            study.centre,
        )
        p_value = _p_values(scored.z[None, :1], scored.z[None, 1:]).item()
        rejects, side = p_value <= study.significance, np.sign(seen - expected)
        total = observed[donor] + seen - table["counterfactual"][donor] - expected
        found["adverse"][donor] = rejects & (side == -sign[donor])
        found["rose"][donor] = rejects & (side > 0)
        found[TOTAL][donor] = np.sign(total) == sign[donor]
    return found


def _fake_starts(study: Study, placebo_time: pd.DataFrame, z: np.ndarray) -> np.ndarray:
    """(J, K) whether at most 5% of the donors' fake starts are as extreme."""
    rows = study.primary.rows(placebo_time).dropna(subset="z")
    rows = rows[~rows["real"].astype(bool) & ~rows["treated"].astype(bool)]
    return fake_start_share(z, rows["z"].to_numpy(dtype=float)) <= FAKE_STARTS


def _shares(pilots: FakePilots, name: str, values: np.ndarray, near: np.ndarray) -> list[dict]:
    """Rows of one condition: every scenario, subset and rate ratio."""
    rows = []
    for scenario in pilots.scenarios:
        for subset in SUBSETS:
            kept = np.flatnonzero(np.full(len(near), True) if subset == ALL else near)
            for ratio in pilots.ratios(scenario):
                cells = values[np.ix_(kept, pilots.versions(scenario, ratio))]
                rows.append(
                    {
                        "scenario": scenario,
                        "subset": subset,
                        "rate_ratio": ratio,
                        "condition": name,
                        "n_donors": len(kept),
                        "draws": cells.size,
                    }
                    | share_with_interval("share", cells)
                )
    return rows
