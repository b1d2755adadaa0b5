"""What each test would have found: size, coverage, power and the errors of its estimates.

On simulated panels of the study's own shape without any effect (`null_worlds.py`); the real panel,
every donor as if it were treated, is in `donor_power.py`. Effects are added by binomial thinning:
each event after treatment is kept with the probability of the rate ratio.

A treated unit without a positive counterfactual has no ratio and so no test: it counts neither as
found nor as missed. The thinned counts enter the observed path only. This is exact, because a
counterfactual never looks at its unit's own counts after treatment (tested for every estimator).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluation.calibration.draws import GRID, Draws, critical_pair, critical_value
from evaluation.calibration.null_worlds import NullWorld
from evaluation.calibration.thresholds import NOMINAL
from evaluation.design.design import Design
from evaluation.estimators.protocol import Estimator
from evaluation.inference.baselines import STATISTICS
from evaluation.inference.calibrated import (
    draw_panel,
    fit_copies,
    signed_z,
    treated_size,
)
from evaluation.inference.count_model import fit_count_model
from evaluation.inference.inversion import Scores
from evaluation.inference.permutation import SCORES, scores_if_any
from evaluation.inference.placebo import PathStack, PlaceboFamily, totals, with_copies
from evaluation.panel.periods import RATE, OutcomePanel
from evaluation.study.study import CALIBRATED_SUFFIX

HORIZONS = (12, 24, 36, 48)  # months after treatment
COPIES = 8  # treated units a simulated panel
REFERENCES = 16  # units of the reference a simulated panel: fewer blur the measured tails
SIZE_ADJUSTED_SUFFIX = "_size_adjusted"


def simulated_draws(
    panel: OutcomePanel,
    design: Design,
    estimator: Estimator,
    *,
    windows: Sequence[tuple[str, tuple[str, ...]]],
    tests: Sequence[str],
    centre: str,
    world: NullWorld,
    panels: int,
    seed: int,
    size: float | None = None,
    baselines: Sequence[str] = (),
    ratios: tuple[float, ...] = GRID,
) -> dict[tuple[str, str], Draws]:
    """Draws by window and test from `panels` simulated panels, `COPIES` treated units each.

    world : the law of the simulated panels
    size : pre-period mean of the treated units; None for the real one's
    baselines : of `STATISTICS`, to be compared at equal size: each gets the critical value that
        rejects 5 % of these very draws without an effect, which no one knows for real data
        (`<name>_size_adjusted`)
    ratios : planted rate ratios, the first of them 1

    A calibrated test needs a reference of its own for every simulated panel. One further panel is
    drawn from the model fitted to each, and a panel's critical values come from the references of
    the eighth of all panels whose fitted models are most alike (a local form of the warp-speed
    bootstrap of Giacomini, Politis & White 2013).
    """
    model = fit_count_model(panel, design)
    size = size or treated_size(panel, design, model)
    generator = np.random.default_rng(seed)
    plan = _Plan(design, estimator, windows, tests, centre, baselines, ratios)
    parts = []
    for _ in range(panels):
        null, counts = world.draw(panel, design, model, size, COPIES, generator)
        parts.append(plan.measure(null, counts, generator))
    return plan.collect(parts)


@dataclass(frozen=True)
class _Scored:
    """A test's scores of the treated units of one panel, its critical z and the true effects."""

    scores: Scores
    critical: float
    effect: np.ndarray


@dataclass(frozen=True)
class _Part:
    """One simulated panel: scores of its treated units, references, how its units vary."""

    scored: dict[tuple[str, str], _Scored]
    reference: dict[tuple[str, str], np.ndarray]
    spread: dict[str, float]


class _Plan:
    """What is measured on every simulated panel."""

    def __init__(self, design, estimator, windows, tests, centre, baselines, ratios):
        self.design, self.estimator = design, estimator
        self.windows, self.centre = tuple(windows), centre
        self.baselines, self.ratios = tuple(baselines), tuple(ratios)
        self.plain, self.calibrated = split_tests(tests)
        self.names = sorted({*self.plain, *self.calibrated})

    def measure(
        self, null: OutcomePanel, counts: np.ndarray, generator: np.random.Generator
    ) -> _Part:
        larger, names = with_copies(null, self.design.treated, counts)
        paths = fit_copies(larger, self.design, self.estimator, names)
        paths = thinned(paths, len(names), len(self.design.donut), generator, self.ratios)
        treated = len(self.ratios) * len(names)
        scored = {}
        for window, periods in self.windows:
            place = self.design.positions(periods)
            family = totals(paths, place)
            effects = true_effects(paths, place, len(names), self.ratios)
            for test in self.names:
                result = scores_if_any(test, family, self.centre, treated)
                critical = critical_value(result.z[treated:], NOMINAL)
                cut = of_treated(result, family, treated)
                scored[window, test] = _Scored(cut, critical, effects[result.scale])
            for name in self.baselines:
                statistic = STATISTICS[name](paths, place, treated)
                cut = Scores("statistic", statistic, np.ones(treated), has_interval=False)
                scored[window, name] = _Scored(cut, math.nan, np.full(treated, np.nan))
        return self._with_reference(null, counts, scored, generator)

    def _with_reference(self, null, counts, scored, generator) -> _Part:
        if not self.calibrated:
            return _Part(scored, {}, {})
        model = fit_count_model(null, self.design)
        here = model.redrawn(generator)
        sizes = shown_sizes(counts, model.pre)
        again = draw_panel(null, self.design, model, here, generator)
        larger, names = with_copies(again, self.design.treated, model.draw(sizes, here, generator))
        paths = fit_copies(larger, self.design, self.estimator, names)
        reference, spread = {}, {}
        for window, periods in self.windows:
            place = self.design.positions(periods)
            family = totals(paths, place)
            spread[window] = model.predicted_variance(place)
            for test in self.calibrated:
                result = scores_if_any(test, family, self.centre, treated=REFERENCES)
                reference[window, test] = signed_z(result, family, REFERENCES)
        return _Part(scored, reference, spread)

    def collect(self, parts: Sequence[_Part]) -> dict[tuple[str, str], Draws]:
        found = {}
        for window, _ in self.windows:
            for name in self.baselines:
                draws = self._stacked(parts, window, name)
                null = np.abs(draws.deviation[:, 0][draws.tested[:, 0]])
                critical = np.array(np.quantile(null, 1 - NOMINAL) if len(null) else math.inf)
                found[window, name + SIZE_ADJUSTED_SUFFIX] = replace(
                    draws, lower=-critical, upper=critical
                )
            for test in self.names:
                draws = self._stacked(parts, window, test)
                if test in self.plain:
                    found[window, test] = draws
                if test in self.calibrated:
                    pair = local_critical(
                        np.array([part.reference[window, test] for part in parts]),
                        np.array([part.spread[window] for part in parts]),
                    )
                    lower, upper = pair.T[:, :, None, None]
                    found[window, test + CALIBRATED_SUFFIX] = replace(
                        draws, lower=lower, upper=upper
                    )
        return found

    def _stacked(self, parts: Sequence[_Part], window: str, name: str) -> Draws:
        found = [part.scored[window, name] for part in parts]
        first = found[0].scores
        shape = (len(found), len(self.ratios), -1)
        critical = np.array([one.critical for one in found])[:, None, None]
        return Draws(
            scale=first.scale,
            has_interval=first.has_interval,
            deviation=np.array([one.scores.deviation for one in found]).reshape(shape),
            standard_error=np.array([one.scores.standard_error for one in found]).reshape(shape),
            effect=np.array([one.effect for one in found]).reshape(shape),
            lower=-critical,
            upper=critical,
            ratios=self.ratios,
        )


def of_treated(scored: Scores, family: PlaceboFamily, treated: int) -> Scores:
    """The scores of the first units of a family, NaN where there is no test."""
    exists = ~np.isnan(signed_z(scored, family, treated))
    return replace(
        scored,
        deviation=np.where(exists, scored.deviation[:treated], np.nan),
        standard_error=scored.standard_error[:treated],
    )


def split_tests(tests: Sequence[str]) -> tuple[list[str], list[str]]:
    """The permutation tests asked for as they are, and those asked for calibrated."""
    calibrated = [
        test.removesuffix(CALIBRATED_SUFFIX)
        for test in tests
        if test not in SCORES and test.removesuffix(CALIBRATED_SUFFIX) in SCORES
    ]
    return [test for test in tests if test in SCORES], calibrated


def thinned(
    paths: PathStack,
    treated: int,
    donut: int,
    generator: np.random.Generator,
    planted: Sequence[float] = GRID,
) -> PathStack:
    """The first `treated` units once for each planted ratio, thinned, then the other units."""
    rows = np.r_[np.tile(np.arange(treated), len(planted)), treated : len(paths.units)]
    ratios = np.repeat(planted, treated)
    larger = paths.members(rows)
    after = slice(paths.pre + donut, None)
    kept = larger.observed[: len(ratios), after].astype(int)
    larger.observed[: len(ratios), after] = generator.binomial(kept, ratios[:, None])
    return larger


def true_effects(
    paths: PathStack, window: np.ndarray, copies: int, planted: Sequence[float] = GRID
) -> dict[str, np.ndarray]:
    """True effects of the thinned units by scale; rates fall by their share of the whole count."""
    whole = RATE * (paths.observed[:copies, window] / paths.exposure[:copies, window]).mean(axis=1)
    ratios = np.repeat(planted, copies)
    return {
        "log rate ratio": np.log(ratios),
        "rate": (ratios - 1) * np.tile(whole, len(planted)),
        "RMSPE ratio": np.full(len(ratios), np.nan),
    }


def local_critical(reference: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """(P, 2) critical z, low and high, from (P, C) references of the panels nearest in `spread`."""
    count = len(spread)
    near = min(count, max(25, count // 8))
    order = np.argsort(spread, kind="stable")
    critical = np.empty((count, 2))
    for rank, panel in enumerate(order):
        first = min(max(rank - near // 2, 0), count - near)
        critical[panel] = critical_pair(reference[order[first : first + near]].ravel(), NOMINAL)
    return critical


def shown_sizes(counts: np.ndarray, pre: int) -> np.ndarray:
    """(REFERENCES,) the pre-period means that treated units show, as for the real one."""
    return np.resize(np.maximum(counts[:, :pre].sum(axis=1), 0.5) / pre, REFERENCES)
