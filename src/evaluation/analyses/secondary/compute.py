"""The secondary estimators' effect, and how it would read if sectors moved otherwise than fitted.

The reference of `permutation_log_ratio_calibrated` again, under other laws: the treated unit's log
rate strays further than donors' (`OWN`), every unit strays more the larger it is (`BY_SIZE`), or
something that is not the programme moved it at the start (`BREAK`). No panel can contradict a
break; what is said is how large it would have to be. After the idea of tipping points in
sensitivity analysis (Rosenbaum 2002, Observational Studies, chapter 4).
"""

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from evaluation.analyses.secondary.contract import BREAK, BY_SIZE, OWN, Secondary
from evaluation.calibration.null_worlds import relative_spread
from evaluation.design.design import Design, make_design
from evaluation.estimators.count_model import CountModel, fit_count_model
from evaluation.estimators.kriging import own_error
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.calibrated import (
    batches,
    calibrated_log_ratio,
    fit_copies,
    simulated_counts,
    stacked,
    treated_size,
    with_exposure,
)
from evaluation.inference.inversion import TestResult
from evaluation.inference.placebo import PlaceboFamily, summarise, totals, with_copies
from evaluation.inference.registry import untestable
from evaluation.inference.study_tests import fitted_of
from evaluation.inference.thinned import SimulatedCounts
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.study.choices import SECONDARY_TEST
from evaluation.study.contract import from_rows
from evaluation.study.errors import NotTestable
from evaluation.study.seeds import seed_of
from evaluation.study.study import FREQUENCIES, Study

POWERS = (0.25, 0.5)  # of size, as in the worlds that the tests are measured in
PANELS = 4  # times the reference panels of the study


def secondary(study: Study, *, panel: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """`Secondary` rows of every secondary estimator; none in a study without.

    No row for one whose simulated panels cannot be drawn. Raises `EstimationError` where the design
    cannot be honoured or a fit is not certified.
    """
    rows: list[dict] = []
    if study.secondary:
        matrices = to_periods(
            panel, study.primary.outcome, study.frequency, FREQUENCIES[study.frequency]
        )
        design = make_design(matrices, units, study)
        for name in study.secondary.estimators:
            rows += _rows(study, matrices, design, name)
    return from_rows(rows, Secondary)


def _rows(study: Study, panel: OutcomePanel, design: Design, name: str) -> list[dict]:
    chosen = study.secondary
    periods = dict(design.windows)[study.primary.window]
    place = design.positions(periods)
    fit = ESTIMATORS[name].fit(panel, design)
    family = summarise([fit], periods)
    model = fit_count_model(panel, design)
    spread = math.sqrt(model.predicted_variance(place))
    base = {
        "estimator": name,
        "effect_percent": _effect(family),
        "prediction_error": own_error(fit.errors, fit.counterfactual, place),
    }
    # The very draws behind the estimate, so that one law has one p.
    reference = fitted_of(study, panel, design, name, [fit]).reference
    if reference is None:
        return []
    own = reference.counts[study.primary.window]
    rows = [base | _read(study, family, own, OWN, 1.0, spread)]
    laws = [(OWN, multiple) for multiple in sorted({*chosen.drift_multiples} - {1.0})]
    for law, strength in [*laws, *((BY_SIZE, power) for power in POWERS)]:
        simulated = _simulated(study, panel, design, model, name, place, (law, strength))
        wide = spread * (strength if law == OWN else 1.0)
        rows.append(base | _read(study, family, simulated, law, strength, wide))
    for size in chosen.breaks:
        moved = replace(own, expected=own.expected * math.exp(size * spread))
        rows.append(base | _read(study, family, moved, BREAK, size, spread))
    return rows


def _read(
    study: Study,
    family: PlaceboFamily,
    simulated: SimulatedCounts,
    law: str,
    strength: float,
    spread: float,
) -> dict[str, object]:
    try:
        result: TestResult = calibrated_log_ratio(family, simulated, study.level)
    except NotTestable as refusal:
        result = untestable(SECONDARY_TEST, refusal.reason)
    # A break of this size is what the interval's other end would need to be zero.
    known = spread > 0 and law != BREAK
    tips = (result.ci_low / spread, result.ci_high / spread) if known else (math.nan, math.nan)
    return {
        "law": law,
        "strength": strength,
        "spread": spread,
        "ci_low": result.ci_low,
        "ci_high": result.ci_high,
        "p_value": result.p_value,
        "smallest_p": result.smallest_p,
        "tip_low": tips[0],
        "tip_high": tips[1],
    }


def _effect(family: PlaceboFamily) -> float:
    if not family.has_ratio[0]:
        return math.nan
    return 100 * float(family.observed[0] / family.counterfactual[0] - 1)


def _simulated(
    study: Study,
    panel: OutcomePanel,
    design: Design,
    model: CountModel,
    name: str,
    place: np.ndarray,
    law: tuple[str, float],
) -> SimulatedCounts:
    """Simulated units under one law, in the primary window."""
    choices = study.calibration
    generator = np.random.default_rng(
        seed_of(f"{study.stream} {choices.seed} secondary {name} {law}")
    )
    units = (*design.donors, design.treated)
    size = treated_size(panel, design, model)
    means = np.append(model.means, np.full(1 + choices.reference_copies, size))
    width = _width(model, means, *law)
    exposed = (*units, *[design.treated] * choices.reference_copies)
    cells = np.ix_(panel.rows(units), panel.columns(design.periods))
    empty = replace(
        panel,
        units=units,
        periods=design.periods,
        exposure=panel.exposure[cells],
        counts=panel.counts[cells],
        covariates=panel.covariates_at(cells),
    )
    parts = []
    for some in batches(PANELS * choices.reference_panels):
        panels, expected, names = [], [], ()
        for _ in some:
            g = model.log_deviations(model.redrawn(generator), len(means), generator)
            rates = model.expected(means, model.factors(g * width[:, None]))
            rates = with_exposure(rates, panel, exposed, design)
            counts = generator.poisson(rates).astype(float)
            null = replace(empty, counts=counts[: len(units)])
            larger, names = with_copies(null, design.treated, counts[len(units) :])
            panels.append(larger)
            expected.append(rates[len(units) :, place].sum(axis=1))
        paths = fit_copies(panels, design, ESTIMATORS[name], names, placebos=False)
        parts.append(simulated_counts(totals(paths, place), np.array(expected)))
    return stacked(parts)


def _width(model: CountModel, means: np.ndarray, law: str, strength: float) -> np.ndarray:
    """(K,) by how much each unit's log deviations are wider than fitted."""
    if law == BY_SIZE:
        return relative_spread(model, means, strength)
    return np.where(np.arange(len(means)) < len(model.means), 1.0, strength)
