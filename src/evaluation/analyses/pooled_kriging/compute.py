"""The programme sectors, each predicted from its own past: together, one by one, year by year."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from evaluation.analyses.pooled_kriging.contract import PooledKriging
from evaluation.design.adoption import Adoption, Timing, make_adoption
from evaluation.inference.pooled_kriging import (
    WEIGHTINGS,
    PooledEstimate,
    Window,
    heterogeneity,
    pooled_estimate,
    pooled_ratio,
    simultaneous_band,
)
from evaluation.inference.sector_kriging import (
    NullPanels,
    Predictions,
    Sectors,
    SimulatedSets,
    comparison_model,
    draw_null_panels,
    predict_real,
    simulate_sets,
    treated_sectors,
)
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.study.contract import from_rows
from evaluation.study.errors import NotTestable
from evaluation.study.seeds import seed_of
from evaluation.study.study import FREQUENCIES, Study

TIMINGS: tuple[Timing, ...] = ("earliest", "latest")
SETS = 4  # simulated sets of sectors on each simulated panel


def pooled_kriging(study: Study, *, panel: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """`PooledKriging` rows of every outcome of the scale-up; none without further sectors.

    As many sets of sectors are simulated as the pooled permutation test has; both timings share the
    simulated comparison panels.

    Raises `EstimationError` where the comparison sectors give no count model, or a sector's
    counterfactual is not positive.
    """
    rows: list[dict] = []
    if any(entry.sector != study.treated for entry in study.calendar):
        for outcome in study.robustness.scale_up.outcomes:
            matrices = to_periods(panel, outcome, study.frequency, FREQUENCIES[study.frequency])
            nulls: dict[tuple, NullPanels] = {}
            for timing in TIMINGS:
                adoption = make_adoption(matrices, units, study, timing=timing)
                rows += _rows(study, matrices, adoption, timing, nulls)
    return from_rows(rows, PooledKriging)


@dataclass(frozen=True)
class _Case:
    """One outcome and timing: the real sectors and their simulated likenesses."""

    sectors: Sectors
    predicted: Predictions
    sets: SimulatedSets
    level: float
    seed: str

    def window(self, window: int = 0, kept: np.ndarray | None = None) -> Window:
        rows = None if kept is None else kept.tolist()
        return Window.of(self.sectors.observed, self.predicted, self.sets, window, rows)

    def generator(self, task: str) -> np.random.Generator:
        return np.random.default_rng(seed_of(f"{self.seed} {task}"))


def _rows(
    study: Study,
    panel: OutcomePanel,
    adoption: Adoption,
    timing: Timing,
    nulls: dict[tuple, NullPanels],
) -> Iterator[dict]:
    base = {"outcome": panel.outcome, "timing": timing, "ci_level": study.level}
    if adoption.entry:
        case = _case(study, panel, adoption, timing, nulls)
        for row in (*_pooled(case), *_sectors(case), *_years(case)):
            yield base | {"simulated": len(case.sets.means)} | row
    for unit, reason in adoption.absent:
        yield (
            base
            | {"part": "absent", "label": unit, "sectors": 0}
            | {
                "simulated": 0,
                "reason": reason,
            }
        )


def _case(
    study: Study,
    panel: OutcomePanel,
    adoption: Adoption,
    timing: Timing,
    nulls: dict[tuple, NullPanels],
) -> _Case:
    model, sectors = comparison_model(panel, adoption), treated_sectors(panel, adoption)
    seed = f"{study.stream} pooled kriging {panel.outcome}"
    key = (adoption.comparison, adoption.periods, model.pre)
    if key not in nulls:
        generator = np.random.default_rng(seed_of(seed))
        count = math.ceil(study.robustness.scale_up.draws / SETS)
        variations = [model.redrawn(generator) for _ in range(count)]
        nulls[key] = draw_null_panels(panel, adoption, model, variations, generator)
    generator = np.random.default_rng(seed_of(f"{seed} {timing}"))
    sets = simulate_sets(sectors, model, nulls[key], SETS, generator)
    predicted = predict_real(sectors, model)
    return _Case(sectors, predicted, sets, study.level, f"{seed} {timing}")


def _pooled(case: _Case) -> Iterator[dict]:
    count = len(case.sectors.names)
    for weighting in WEIGHTINGS:
        found = _tested(case, case.window(), weighting, weighting)
        yield {"part": "pooled", "label": weighting, "sectors": count} | found
    for place, name in enumerate(case.sectors.names if count > 1 else ()):
        kept = np.delete(np.arange(count), place)
        found = _tested(case, case.window(kept=kept), f"without {name}")
        yield {"part": "leave_one_out", "label": name, "sectors": count - 1} | found


def _sectors(case: _Case) -> Iterator[dict]:
    """Each sector alone, and how far they differ."""
    several = len(case.sectors.names) > 1
    between = heterogeneity(case.window(), case.generator("heterogeneity")) if several else None
    z = float(ndtri((1 + case.level) / 2))
    for place, name in enumerate(case.sectors.names):
        row = {"part": "sector", "label": name, "sectors": 1}
        row |= _tested(case, case.window(kept=np.array([place])), f"only {name}")
        if between:
            middle, half = between.shrunk[place], z * between.shrunk_error[place]
            row |= {"shrunk": middle, "shrunk_low": middle - half, "shrunk_high": middle + half}
        yield row
    if between:
        yield {
            "part": "heterogeneity",
            "label": "Q",
            "sectors": len(case.sectors.names),
            **_effect(between.mean),
            "standard_error": between.mean_error,
            "statistic": between.q,
            "tau_squared": between.tau_squared,
            "p_value": between.q_p,
            "smallest_p": 1 / (len(case.sets.means) + 1),
            "reason": "",
        }


def _years(case: _Case) -> Iterator[dict]:
    """By years since entry, of the sectors that have all of a year."""
    reached = case.sectors.reached
    years = [year for year in range(1, reached.shape[1]) if reached[:, year].any()]
    if not years:
        return
    windows = [case.window(year, np.flatnonzero(reached[:, year])) for year in years]
    ends, reason = _band(case, years, windows)
    for year, window, (low, high) in zip(years, windows, ends, strict=True):
        yield {
            "part": "year",
            "label": str(year),
            "sectors": len(window.observed),
            "observed": window.observed.sum(),
            "expected": window.expected.sum(),
            **_effect(pooled_ratio(window)[0]),
            "ci_low": low,
            "ci_high": high,
            "reason": reason,
        }


def _band(
    case: _Case, years: list[int], windows: list[Window]
) -> tuple[list[tuple[float, float]], str]:
    """The simultaneous band's ends in each year; none, and the reason, where there is none."""
    try:
        _, low, high = simultaneous_band(
            windows,
            common=pooled_ratio(case.window())[0],
            level=case.level,
            generators=[case.generator(f"year {year}") for year in years],
        )
    except NotTestable as failure:
        return [(math.nan, math.nan)] * len(years), failure.reason
    return list(zip(low, high, strict=True)), ""


def _tested(case: _Case, window: Window, task: str, weighting: str = "precision") -> dict:
    """Columns of one estimate with its test; without one, and the reason, where there is none."""
    try:
        found = pooled_estimate(
            window, level=case.level, generator=case.generator(task), weighting=weighting
        )
    except NotTestable as failure:
        return {
            "observed": window.observed.sum(),
            "expected": window.expected.sum(),
            "reason": failure.reason,
        }
    return {
        "observed": found.observed,
        "expected": found.expected,
        **_effect(found.estimate),
        "standard_error": found.standard_error,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        "p_value": found.p_value,
        "smallest_p": found.smallest_p,
        "simulation_error": found.simulation_error,
        "normal_p": _normal_p(found),
        "reason": "",
    }


def _normal_p(found: PooledEstimate) -> float:
    """Two-sided p of the estimate over its own error, by the normal law."""
    return float(2 * ndtr(-abs(found.estimate) / found.standard_error))


def _effect(log_ratio: float) -> dict[str, float]:
    return {"log_rate_ratio": log_ratio, "effect_percent": 100 * math.expm1(log_ratio)}
