"""Would the gate call an effect established where there is one, and only there?

Every donor goes through the gate as if it had had the pilot, with and without a planted effect. The
conditions are those of `gate.py`, as far as they exist for a fake pilot: that the test is
calibrated is a property of the test and not of a pilot, and is left out.
"""

import numpy as np
import pandas as pd

from evaluation.design.design import make_design
from evaluation.design.donors import donors_of
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.calibrated import draw_panel, positions
from evaluation.inference.count_model import fit_count_model
from evaluation.inference.permutation import log_ratio_scores
from evaluation.inference.placebo import PlaceboFamily, stack, totals
from evaluation.panel.periods import to_periods
from evaluation.robustness.donor_power import in_front, next_in_size
from evaluation.robustness.fake_pilots import (
    ALL,
    SUBSETS,
    FakePilots,
    alike,
    plant,
    share_with_interval,
)
from evaluation.robustness.fake_start_ranks import fake_start_share
from evaluation.robustness.gate import COMPOSITE, FAKE_STARTS, SAME_SIGN
from evaluation.robustness.labels import NOMINAL
from evaluation.robustness.recovery import donor_rows, fake_scores, primary_specifications
from evaluation.seeds import seed_of
from evaluation.study import FREQUENCIES, Study
from evaluation.tables.contract import from_rows
from evaluation.tables.verdict import GateRecovery

PANELS = 100  # simulated panels behind the calibrated p-values
ESTABLISHED = "established"
CALIBRATED = "established calibrated"


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
    """`GateRecovery` rows: every condition, and all of them, by planted effect.

    Without the primary specification among those estimated there is no
    row.
    """
    pilots = plant(study, panel, donors_of(units))
    names = primary_specifications(study, specifications)
    own = [name for name, estimator in names.items() if estimator == study.estimators[0]]
    rows = []
    if own:
        family = donor_rows(specification_scores, own[0], pilots)
        donors = family.iloc[: len(pilots.donors)]
        sign = _signs(pilots, donors, study.outcomes[0], study.primary_window)
        z, others = _ranked(study, pilots, donors)
        curve = (specifications, specification_scores)
        met = {
            "p": _p_values(z, others) <= NOMINAL,
            "p calibrated": _p_values(z, _references(study, panel, units, pilots)) <= NOMINAL,
            "specification_curve": same_sign_shares(study, pilots, *curve, sign) >= SAME_SIGN,
            **_parts(study, pilots, placebos, sign),
            "rings": _rings(study, pilots, donors, neighbours, sign),
            "fake_starts": _fake_starts(study, placebo_time, z),
        }
        others_met = [met[name] for name in met if name not in ("p", "p calibrated")]
        whole = np.logical_and.reduce(others_met)
        met |= {ESTABLISHED: whole & met["p"], CALIBRATED: whole & met["p calibrated"]}
        treated = float(family["pre_events"].iloc[-1])
        near = alike(donors["pre_events"].to_numpy(dtype=float), treated)
        for name, values in met.items():
            rows += _shares(study, pilots, name, values, near)
    return from_rows(rows, GateRecovery)


def _signs(pilots: FakePilots, rows: pd.DataFrame, outcome: str, window: str) -> np.ndarray:
    """(J, K) sign of the effect in one family; NaN where there is no ratio."""
    expected = rows["counterfactual"].to_numpy(dtype=float)[:, None]
    sign = np.sign(pilots.observed(outcome, window) - expected)
    return np.where(expected > 0, sign, np.nan)


def _ranked(
    study: Study, pilots: FakePilots, donors: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """(J, K) |z| of the fake pilots in the primary specification, (J, J − 1) of their placebos."""
    observed = pilots.observed(study.outcomes[0], study.primary_window)
    exists = donors["counterfactual"].to_numpy(dtype=float) > 0
    z, others = [], []
    for donor in range(len(donors)):
        scored, placebos = fake_scores(donors, observed[donor], donor, study.centre)
        z.append(scored.z if exists[donor] else np.full(len(pilots.ratio), np.nan))
        others.append(placebos)
    return np.array(z), np.array(others)


def _p_values(z: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """(J, K) p of |z| against each donor's own reference (J, R); a NaN has no p."""
    larger = (reference[:, None, :] >= z[:, :, None]).sum(axis=2)
    counted = (~np.isnan(reference)).sum(axis=1)[:, None]
    return np.where(np.isnan(z), np.nan, (1 + larger) / (1 + counted))


def _references(
    study: Study, panel: pd.DataFrame, units: pd.DataFrame, pilots: FakePilots
) -> np.ndarray:
    """(J, R) simulated |z| of donors next to each in size, on panels without any effect."""
    length = FREQUENCIES[study.frequency]
    matrices = to_periods(panel, study.outcomes[0], study.frequency, length)
    design = make_design(matrices, units, study)
    estimator, model = ESTIMATORS[study.estimators[0]], fit_count_model(matrices, design)
    generator = np.random.default_rng(seed_of(f"{study.hash} gate recovery"))
    window = positions(design, dict(design.windows)[study.primary_window])
    found = []
    for _ in range(PANELS):
        null = draw_panel(matrices, design, model, model.redrawn(generator), generator)
        placebos = [design.placebo(donor) for donor in design.donors]
        family = totals(stack(estimator.fit_many(null, placebos)), window)
        found.append(_leave_one_z(family, study.centre))
    reference = np.array(found)
    return np.array([reference[:, donors].ravel() for donors in next_in_size(model.means)])


def _leave_one_z(family: PlaceboFamily, centre: str) -> np.ndarray:
    """(J,) |z| of every unit of a family, each against the others; NaN without a ratio."""
    values = (family.log_ratio, family.pre_events, family.observed)
    orders = [in_front(unit, len(family.units)) for unit in range(len(family.units))]
    z = [log_ratio_scores(*(value[order] for value in values), centre).z[0] for order in orders]
    return np.array(z)


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

    Without a ratio of a part the condition is not met: nothing is established then.
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
    rows = placebos[
        (placebos["outcome"] == outcome)
        & (placebos["estimator"] == study.estimators[0])
        & (placebos["window"] == study.primary_window)
    ].set_index("unit")
    if rows.empty:
        return None
    expected = rows["counterfactual"].reindex(pilots.donors).to_numpy(dtype=float)[:, None]
    ratio = pilots.observed(outcome, study.primary_window) / expected
    return np.where((expected > 0) & (ratio > 0), np.log(ratio), np.nan)


def _rings(
    study: Study,
    pilots: FakePilots,
    donors: pd.DataFrame,
    neighbours: pd.DataFrame,
    sign: np.ndarray,
) -> np.ndarray:
    """(J, K) whether the contiguous donors together did not rise, and the total kept the sign.

    A zone has the summed counts of its sectors and is ranked among the donors outside it. Without a
    contiguous donor there is nothing to rise.
    """
    near = neighbours[neighbours["distance_m"] <= study.donors.exclude_within_m]
    zones = near.groupby("sector")["neighbour"].agg(set).to_dict()
    observed = pilots.observed(study.outcomes[0], study.primary_window)
    table = {
        name: donors[name].to_numpy(dtype=float)
        for name in ("observed", "counterfactual", "pre_events", "log_ratio")
    }
    met = np.ones(observed.shape, dtype=bool)
    for donor, unit in enumerate(pilots.donors):
        zone = np.isin(pilots.donors, list(zones.get(unit, set())))
        if not zone.any():
            continue
        rest = np.flatnonzero(~zone & (np.arange(len(zone)) != donor))
        seen, expected, before = (
            table[name][zone].sum() for name in ("observed", "counterfactual", "pre_events")
        )
        scored = log_ratio_scores(
            np.r_[np.log((seen + 0.5) / (max(expected, 0) + 0.5)), table["log_ratio"][rest]],
            np.r_[before, table["pre_events"][rest]],
            np.r_[seen, table["observed"][rest]],
            study.centre,
        )
        p_value = (1 + (scored.z[1:] >= scored.z[0]).sum()) / len(scored.z)
        total = observed[donor] + seen - table["counterfactual"][donor] - expected
        rose = seen > expected and p_value <= NOMINAL
        met[donor] = (np.sign(total) == sign[donor]) & (not rose)
    return met


def _fake_starts(study: Study, placebo_time: pd.DataFrame, z: np.ndarray) -> np.ndarray:
    """(J, K) whether at most 5 % of the donors' fake starts are as extreme."""
    rows = placebo_time[
        (placebo_time["outcome"] == study.outcomes[0])
        & (placebo_time["estimator"] == study.estimators[0])
        & ~placebo_time["real"].astype(bool)
        & ~placebo_time["treated"].astype(bool)
        & placebo_time["z"].notna()
    ]
    return fake_start_share(z, rows["z"].to_numpy(dtype=float)) <= FAKE_STARTS


def _shares(
    study: Study, pilots: FakePilots, name: str, values: np.ndarray, near: np.ndarray
) -> list[dict]:
    """Rows of one condition: every scenario, subset and rate ratio."""
    rows = []
    for scenario in pilots.scenarios:
        for subset in SUBSETS:
            kept = np.flatnonzero(np.full(len(near), True) if subset == ALL else near)
            for ratio in study.robustness.recovery.rate_ratios:
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
