"""How often do the joint tests call an effect where there is none? Measured on simulated panels.

Null panels keep the sectors' own rates and the donors' common path; every sector drifts on its own,
and in each outcome by itself, so that a contrast of two outcomes drifts more than either. On 1000
panels of the default study at drifts 0, .1 and .2 a year: the firearm contrast .026, .039 and .039,
the change of lethality .039, .046 and .073; the pooled test on 600 panels .028, .050 and .068.
"""

import math
from collections.abc import Iterator
from itertools import islice

import numpy as np
import pandas as pd

from evaluation.analyses.contrasts.compute import homicide_parts
from evaluation.analyses.joint_sizes.contract import JointSizes
from evaluation.analyses.lethality.compute import shot_outcomes
from evaluation.analyses.outcome_family.compute import fitted_families
from evaluation.calibration.thresholds import NOMINAL
from evaluation.design.adoption import Adoption, make_adoption
from evaluation.design.design import Design, make_design
from evaluation.estimators.count_model import Variation, fit_count_model
from evaluation.inference.calibrated import batches, draw_panel
from evaluation.inference.contrast import effect_contrast, ratio_change
from evaluation.inference.permutation import rank
from evaluation.inference.placebo import PlaceboFamily
from evaluation.inference.pooled import TooFewStandIns, pooled_test
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.study.contract import from_rows
from evaluation.study.errors import NotTestable
from evaluation.study.period_names import months_a_year
from evaluation.study.seeds import seed_of
from evaluation.study.study import FREQUENCIES, Study

DRAWS = 99  # placebo sets of the pooled test: enough for 5%


def joint_sizes(study: Study, *, panel: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """`JointSizes` rows: each joint test that the study has, at each drift of its calibration.

    Raises `EstimationError` where a design cannot be honoured or a fit is not certified.
    """
    panels = study.robustness.joint_tests.panels
    rows = []
    for test, rejections in {
        "firearm": _firearm(study, panel, units),
        "lethality": _lethality(study, panel, units),
        "pooled": _pooled(study, panel, units),
    }.items():
        for drift, count in rejections:
            size = count / panels
            # From a rate with one rejection and one acceptance more: no rejection is no certainty.
            rate = (count + 1) / (panels + 2)
            error = math.sqrt(rate * (1 - rate) / panels)
            rows.append(
                {"test": test, "drift": drift, "panels": panels}
                | {"size": size, "standard_error": error}
            )
    return from_rows(rows, JointSizes)


Rejections = Iterator[tuple[float, int]]
Pair = tuple[OutcomePanel, Design]


def _firearm(study: Study, panel: pd.DataFrame, units: pd.DataFrame) -> Rejections:
    parts = homicide_parts(study)
    if not parts:
        return
    first, second = (_designed(study, panel, units, name) for name in parts)
    for drift in study.calibration.drifts:
        count = 0
        pairs = _null_pairs(study, first, second, drift, "firearm")
        for some in batches(study.robustness.joint_tests.panels):
            panels = zip(*islice(pairs, len(some)), strict=True)
            designs = (first[1], second[1])
            families = [
                fitted_families(study, nulls, design)
                for nulls, design in zip(panels, designs, strict=True)
            ]
            count += sum(_rejects(study, *pair) for pair in zip(*families, strict=True))
        yield drift, count


def _rejects(study: Study, one: PlaceboFamily, other: PlaceboFamily) -> bool:
    """Whether the contrast is rejected. No ratio, no test: such a panel rejects nothing."""
    if not (one.has_ratio[0] and other.has_ratio[0]):
        return False
    try:
        scored = effect_contrast(one, other, study.centre)
        return rank("firearm", scored, 1 - NOMINAL).p_value <= NOMINAL
    except NotTestable:
        return False


def _lethality(study: Study, panel: pd.DataFrame, units: pd.DataFrame) -> Rejections:
    parts = shot_outcomes(study)
    if not parts:
        return
    first, second = (_designed(study, panel, units, name) for name in parts)
    spans = [
        sorted(set(_span(study, first[1], post)) & set(_span(study, second[1], post)))
        for post in (False, True)
    ]
    sectors = (study.treated, *first[1].donors)
    for drift in study.calibration.drifts:
        count = 0
        for pair in _null_pairs(study, first, second, drift, "lethality"):
            counts = [
                null.counts[np.ix_(null.rows(sectors), null.columns(span))].sum(axis=1)
                for span in spans
                for null in pair
            ]
            scored = ratio_change(np.column_stack(counts), study.centre)
            count += rank("lethality", scored, 1 - NOMINAL).p_value <= NOMINAL
        yield drift, count


def _pooled(study: Study, panel: pd.DataFrame, units: pd.DataFrame) -> Rejections:
    if all(entry.sector == study.treated for entry in study.calendar):
        return
    outcome = study.robustness.scale_up.outcomes[0]
    matrices = to_periods(panel, outcome, study.frequency, FREQUENCIES[study.frequency])
    adoption = make_adoption(matrices, units, study)
    if not adoption.entry:
        return
    for drift in study.calibration.drifts:
        try:
            yield drift, _pooled_rejections(study, matrices, adoption, drift)
        except TooFewStandIns:
            return


def _pooled_rejections(study: Study, panel: OutcomePanel, adoption: Adoption, drift: float) -> int:
    choices, panels = study.robustness.scale_up, study.robustness.joint_tests.panels
    seed = f"{study.stream} size pooled {drift!r}"
    count = 0
    for number, null in enumerate(null_adoption_panels(panel, adoption, drift, panels, seed)):
        found = pooled_test(
            null,
            adoption,
            level=1 - NOMINAL,
            draws=min(DRAWS, choices.draws),
            seed=f"{seed} {number}",
            ranks=choices.ranks,
        )
        count += found.p_value <= NOMINAL
    return count


def null_adoption_panels(
    panel: OutcomePanel, adoption: Adoption, drift: float, count: int, seed: str
) -> Iterator[OutcomePanel]:
    """Panels of the adoption's units and periods on which nothing happened.

    Unit means are those of the periods in which no unit is treated, the common factor is the
    comparison units' path; counts are Poisson, each unit's log rate with a random walk of yearly
    standard deviation `drift`.
    """
    cells = np.ix_(panel.rows(adoption.units), panel.columns(adoption.periods))
    counts, exposure = panel.counts[cells], panel.exposure[cells]
    untreated, _ = adoption.states()
    quiet = untreated.all(axis=0)
    means = np.maximum(counts[:, quiet].mean(axis=1), 0.5 / quiet.sum())
    comparison = [adoption.units.index(name) for name in adoption.comparison]
    path = counts[comparison].sum(axis=0)
    expected = np.outer(means, path / path[quiet].mean())
    step = drift * math.sqrt(adoption.length / months_a_year(panel.frequency))
    generator = np.random.default_rng(seed_of(seed))
    for _ in range(count):
        walk = np.cumsum(generator.normal(0.0, 1.0, expected.shape), axis=1) * step
        yield OutcomePanel(
            panel.outcome,
            panel.frequency,
            adoption.units,
            adoption.periods,
            generator.poisson(expected * np.exp(walk - walk[:, :1])).astype(float),
            exposure,
        )


def null_panels(
    panel: OutcomePanel, design: Design, drift: float, count: int, generator: np.random.Generator
) -> Iterator[OutcomePanel]:
    """Panels of the design's shape with a yearly drift and nothing else, see `count_model`."""
    model = fit_count_model(panel, design)
    for _ in range(count):
        yield draw_panel(panel, design, model, Variation(drift=drift**2), generator)


def _designed(study: Study, panel: pd.DataFrame, units: pd.DataFrame, outcome: str) -> Pair:
    matrices = to_periods(panel, outcome, study.frequency, FREQUENCIES[study.frequency])
    return matrices, make_design(matrices, units, study)


def _null_pairs(
    study: Study, first: Pair, second: Pair, drift: float, test: str
) -> Iterator[tuple[OutcomePanel, OutcomePanel]]:
    """Null panels of two outcomes, drawn apart."""
    panels = study.robustness.joint_tests.panels
    draws = [
        null_panels(
            *pair,
            drift,
            panels,
            np.random.default_rng(seed_of(f"{study.stream} size {test} {place} {drift!r}")),
        )
        for place, pair in enumerate((first, second))
    ]
    yield from zip(*draws, strict=True)


def _span(study: Study, design: Design, post: bool) -> tuple[str, ...]:
    return dict(design.windows)[study.primary.window] if post else design.pre
