"""Calibrated p-values and intervals: the reference distribution is simulated, not ranked.

The permutation tests compare the treated unit with donors of other sizes, and drift makes a large
treated unit stand out a little more often than 5%. Here the same statistic is compared with its
own distribution on null panels of this very shape: a count model fitted to the donors
(`count_model.py`), the donors at their own rates, the treated unit at its own size. The variances
are redrawn for every panel, so that their uncertainty is in the reference too.

The reference is skewed (a fall to few events has a long lower tail in logs), so both of its tails
are used: p is twice the smaller one, and each end of the interval comes from the tail that it is
about. p and interval come from one comparison and cannot disagree.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from evaluation.design.design import Design
from evaluation.estimators.count_model import (
    CountModel,
    Variation,
    exposure_growth,
    fit_count_model,
)
from evaluation.estimators.protocol import Estimator
from evaluation.inference.conformal import (
    FALLEN,
    ConformalReference,
    full_period_design,
    pearson_residuals,
    post_statistic,
)
from evaluation.inference.inversion import Scores, TestResult, invert_both_tails
from evaluation.inference.permutation import (
    LEAST_SHARE,
    LOG_RATIO_ALONE,
    scores,
    scores_if_any,
    with_a_ratio,
)
from evaluation.inference.placebo import PathStack, PlaceboFamily, stack_panels, totals, with_copies
from evaluation.inference.thinned import SimulatedCounts, invert_thinned
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import NotTestable
from evaluation.study.study import CALIBRATED_SUFFIX

# Tests that are worth calibrating: their statistic is on the scale of an effect.
CALIBRATED = ("permutation_ferman_pinto", "permutation_ferman_pinto_levels")

TOGETHER = 8  # simulated panels that are fitted together; more only cost memory


@dataclass(frozen=True)
class Reference:
    """Simulated z without an effect, (P, K) by window and test, and the model behind them.

    K units share each of P panels; NaN stands for a unit without a ratio, which has no test.
    `counts`, by window, is what log ratios that need no placebo are compared with.
    """

    model: CountModel
    values: dict[tuple[str, str], np.ndarray]
    counts: dict[str, SimulatedCounts]


def calibrated(
    name: str, family: PlaceboFamily, reference: np.ndarray, level: float, centre: str
) -> TestResult:
    """The permutation test `name` against a simulated reference, as `<name>_calibrated`.

    reference : (P, K) simulated z, signed; p is twice the smaller tail
        (`inversion.invert_both_tails`). The interval keeps the effects that the same comparison
        does not reject, the standard error held at the one of the observed counts: it excludes zero
        exactly when p ≤ 1 − level. Without a positive counterfactual there is no ratio: p and
        interval are NaN.

    Raises `NotTestable` as `permutation.scores` does, or where fewer than half of the simulated
    units have a test.
    """
    scored = scores(name, family, centre)
    require_half(name, reference)
    result = invert_both_tails(f"{name}{CALIBRATED_SUFFIX}", scored, reference, level)
    return with_a_ratio(result, family)


def calibrated_log_ratio(
    family: PlaceboFamily, simulated: SimulatedCounts, level: float
) -> TestResult:
    """The log ratio against simulated units, as `permutation_log_ratio_calibrated`.

    No placebo enters; p and interval as of `thinned.invert_thinned`, NaN without a ratio. Raises
    `NotTestable` where fewer than half of the simulated units have one.
    """
    require_half(LOG_RATIO_ALONE, simulated.denominator)
    scored = scores(LOG_RATIO_ALONE, family, "mean")
    result = invert_thinned(f"{LOG_RATIO_ALONE}{CALIBRATED_SUFFIX}", scored, simulated, level)
    return with_a_ratio(result, family)


def simulate_reference(
    panel: OutcomePanel,
    design: Design,
    estimator: Estimator,
    *,
    centre: str,
    panels: int,
    copies: int,
    seed: int,
    tests: Sequence[str] = CALIBRATED,
) -> Reference:
    """z of each test in each window of the design, on `panels` × `copies` null treated units.

    Each simulated panel has one set of donors and `copies` units of the treated unit's size. Units
    without a ratio have no test, and are NaN. Placebos are fitted where some test needs them.

    Raises `EstimationError` where the model or a fit does not exist.
    """
    model = fit_count_model(panel, design)
    generator = np.random.default_rng(seed)
    sizes = np.full(copies, treated_size(panel, design, model))
    ranked = [test for test in tests if test != LOG_RATIO_ALONE]
    values: dict[tuple[str, str], list[np.ndarray]] = {}
    counts: dict[str, list[SimulatedCounts]] = {}
    for some in batches(panels):
        drawn = [
            draw_copies(panel, design, model, model.redrawn(generator), sizes, generator)
            for _ in some
        ]
        nulls, names = [one.panel for one in drawn], drawn[0].names
        paths = fit_copies(nulls, design, estimator, names, placebos=bool(ranked))
        for window, periods in design.windows:
            place = design.positions(periods)
            family = totals(paths, place)
            for test in ranked:
                z = signed_z(scores_if_any(test, family, centre, treated=copies), family, copies)
                values.setdefault((window, test), []).append(z)
            expected = np.array([one.means[:, place].sum(axis=1) for one in drawn])
            counts.setdefault(window, []).append(simulated_counts(family, expected))
    return Reference(
        model,
        {key: np.concatenate(parts) for key, parts in values.items()},
        {window: stacked(parts) for window, parts in counts.items()},
    )


def simulated_counts(family: PlaceboFamily, expected: np.ndarray) -> SimulatedCounts:
    """Of the first units of a family (P, n) on simulated panels, with means (P, K) of their counts
    in the window."""
    copies = expected.shape[-1]
    # The ratio is log((Y + ½)/d), whatever the estimator puts into d.
    observed, ratio = family.observed[..., :copies], family.log_ratio[..., :copies]
    return SimulatedCounts(expected, (observed + 0.5) / np.exp(ratio))


def stacked(parts: Sequence[SimulatedCounts]) -> SimulatedCounts:
    """Simulated units of several batches of panels, as one."""
    return SimulatedCounts(
        np.concatenate([part.expected for part in parts]),
        np.concatenate([part.denominator for part in parts]),
    )


def batches(panels: int) -> Iterator[range]:
    """The numbers of simulated panels that are fitted together."""
    for first in range(0, panels, TOGETHER):
        yield range(first, min(first + TOGETHER, panels))


def signed_z(scored: Scores, family: PlaceboFamily, treated: int) -> np.ndarray:
    """(..., treated) signed z of the first units of a family; NaN where there is no test."""
    z = scored.deviation[..., :treated] / scored.standard_error[..., :treated]
    exists = family.has_ratio[..., :treated] | (scored.scale != "log rate ratio")
    return np.where(exists, z, np.nan)


def conformal_reference(
    panel: OutcomePanel,
    design: Design,
    estimator: Estimator,
    periods: Sequence[str],
    *,
    panels: int,
    copies: int,
    seed: int,
) -> ConformalReference:
    """Conformal statistics (panels, copies) of units of the treated size without an effect.

    Units without a positive counterfactual have no test, and are NaN.

    Raises `NotTestable` where those are more than half of them.
    """
    model = fit_count_model(panel, design)
    generator = np.random.default_rng(seed)
    second = np.random.default_rng([seed, 1])  # moves no draw of the statistics
    sizes = np.full(copies, treated_size(panel, design, model))
    parts = []
    for some in batches(panels):
        drawn = [
            draw_copies(panel, design, model, model.redrawn(generator), sizes, generator)
            for _ in some
        ]
        parts.append(conformal_statistics(drawn, design, estimator, periods, second))
    found = ConformalReference.joined(parts)
    require_half("conformal", found.statistics)
    return found


def require_half(name: str, reference: np.ndarray) -> None:
    """Raise `NotTestable` unless half of the simulated units have a test, as donors must.

    Units are without one where few events are expected: the rest are no sample of all.
    """
    share = float((~np.isnan(reference)).mean())
    if share < LEAST_SHARE or not share:
        message = f"{name}: {100 * share:.0f}% of the simulated units have a ratio; 50% are needed"
        raise NotTestable("few simulated ratios", message)


def conformal_statistics(
    drawn: Sequence["Copies"],
    design: Design,
    estimator: Estimator,
    periods: Sequence[str],
    generator: np.random.Generator,
) -> ConformalReference:
    """Conformal statistics of K units in the treated one's place on each of P panels.

    NaN without a positive counterfactual: the real test has no ratio then.

    generator : of the counts after a fall; moves nothing else
    """
    everything, names = full_period_design(design, tuple(periods)), drawn[0].names
    exists = with_ratio([one.panel for one in drawn], design, estimator, periods, names)
    means = [one.means[:, design.positions(periods)] for one in drawn]
    fallen = [FALLEN * generator.poisson(one / FALLEN) for one in means]
    found = []
    for after in (None, fallen, means):
        panels = [one.panel for one in drawn]
        if after is not None:
            panels = [one.ending(periods, some) for one, some in zip(drawn, after, strict=True)]
        residuals = pearson_residuals(panels, everything, estimator, names)
        statistics = post_statistic(residuals, len(design.pre)).reshape(exists.shape)
        found.append(np.where(exists, statistics, np.nan))
    return ConformalReference(*found)


def with_ratio(
    panels: Sequence[OutcomePanel],
    design: Design,
    estimator: Estimator,
    periods: Sequence[str],
    names: Sequence[str],
) -> np.ndarray:
    """(P, K) whether K units in the treated one's place have a positive counterfactual in a window,
    on each of P panels."""
    designs = [replace(design, treated=name) for name in names]
    paths = stack_panels(estimator, panels, designs)
    return totals(paths, design.positions(periods)).has_ratio


def treated_size(panel: OutcomePanel, design: Design, model: CountModel) -> float:
    """The treated unit's mean events a period before treatment, at least half an event in all."""
    columns = panel.columns(design.pre)
    events = panel.counts[panel.rows([design.treated])[0], columns].sum()
    return max(float(events), 0.5) / len(design.pre)


class Copies(NamedTuple):
    """A simulated panel, the names of K further units in it, and the means (K, T) of their Poisson
    counts."""

    panel: OutcomePanel
    names: tuple[str, ...]
    means: np.ndarray

    def ending(self, periods: Sequence[str], after: np.ndarray) -> OutcomePanel:
        """The panel with other counts (K, T1) of these units in some periods."""
        counts = self.panel.counts.copy()
        counts[np.ix_(self.panel.rows(self.names), self.panel.columns(periods))] = after
        return replace(self.panel, counts=counts)


def draw_copies(
    panel: OutcomePanel,
    design: Design,
    model: CountModel,
    variation: Variation,
    sizes: np.ndarray,
    generator: np.random.Generator,
) -> Copies:
    """A panel without any effect, in it K more units of pre-period means `sizes` (K,) that have the
    treated one's exposure."""
    null = draw_panel(panel, design, model, variation, generator)
    means = model.expected(sizes, model.deviations(variation, len(sizes), generator))
    means = with_exposure(means, panel, [design.treated], design)
    counts = generator.poisson(means).astype(float)
    return Copies(*with_copies(null, design.treated, counts), means)


def draw_panel(
    panel: OutcomePanel,
    design: Design,
    model: CountModel,
    variation: Variation,
    generator: np.random.Generator,
) -> OutcomePanel:
    """A panel of the design's units and periods on which nothing happened, units sorted."""
    units = tuple(sorted((design.treated, *design.donors)))
    place = {unit: index for index, unit in enumerate(design.donors)}
    own = treated_size(panel, design, model)
    means = np.array([model.means[place[u]] if u in place else own for u in units])
    expected = model.expected(means, model.deviations(variation, len(means), generator))
    cells = np.ix_(panel.rows(units), panel.columns(design.periods))
    return replace(
        panel,
        units=units,
        periods=design.periods,
        counts=generator.poisson(with_exposure(expected, panel, units, design)).astype(float),
        exposure=panel.exposure[cells],
        covariates=panel.covariates_at(cells),
    )


def with_exposure(
    means: np.ndarray, panel: OutcomePanel, units: Sequence[str], design: Design
) -> np.ndarray:
    """(K, T) means of counts that follow the units' exposure, with as many events before treatment.

    Predictions follow it too: were the counts drawn without, their reference would be off centre by
    its growth. units : K names, or one that all rows have the exposure of
    """
    growth = exposure_growth(panel, units, design.donors, design.periods)
    if (growth == 1).all():
        return means
    moved, pre = means * growth, slice(0, len(design.pre))
    return moved * (means[:, pre].sum(axis=1) / moved[:, pre].sum(axis=1))[:, None]


def fit_copies(
    panels: Sequence[OutcomePanel],
    design: Design,
    estimator: Estimator,
    names: Sequence[str],
    *,
    placebos: bool = True,
) -> PathStack:
    """Paths (P, n, T) of K units in place of the treated one, then of every donor as a placebo, if
    wanted, on each of P panels.

    They are fitted as in the real family: a treated unit on all donors, a donor on the others.
    """
    treated = [replace(design, treated=name) for name in names]
    others = design.placebos if placebos else ()
    return stack_panels(estimator, panels, [*treated, *others])
