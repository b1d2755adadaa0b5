"""What each test would have found: size, coverage, power and the errors of its estimates.

On simulated panels of the study's own shape without any effect (`null_worlds.py`); the real panel,
every donor as if it were treated, is in `donor_power.py`. Effects are added by binomial thinning:
each event after treatment is kept with the probability of the rate ratio. Rises are planted by
drawing units that are larger by the largest planted one throughout, and thinning them to size
before treatment, and to each ratio after it: a Poisson count that is thinned is a Poisson count.

A treated unit without a positive counterfactual has no ratio and so no test: it counts neither as
found nor as missed. The thinned counts enter the observed path only. This is exact, because a
counterfactual never looks at its unit's own counts after treatment (tested for every estimator).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluation.calibration.draws import GRID, Draws, critical_pair, critical_values
from evaluation.calibration.null_worlds import NullWorld
from evaluation.calibration.thresholds import NOMINAL
from evaluation.design.design import Design
from evaluation.estimators.count_model import fit_count_model
from evaluation.estimators.protocol import Estimator
from evaluation.inference.baselines import STATISTICS
from evaluation.inference.calibrated import (
    batches,
    draw_copies,
    fit_copies,
    signed_z,
    treated_size,
)
from evaluation.inference.inversion import Scores
from evaluation.inference.permutation import LOG_RATIO_ALONE, SCORES, scores_if_any
from evaluation.inference.placebo import PathStack, PlaceboFamily, totals, with_copies
from evaluation.inference.registry import simulated_by
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
        rejects 5% of these very draws without an effect, which is not known for real data
        (`<name>_size_adjusted`)
    ratios : planted rate ratios, the first of them 1; those above 1 with a world whose law does not
        depend on a unit's size

    A calibrated test needs a reference of its own for every simulated panel. One further panel is
    drawn from the model fitted to each, and a panel's critical values come from the references of
    the eighth of all panels whose fitted models are most alike (a local form of the warp-speed
    bootstrap of Giacomini, Politis & White 2013). Where the interval comes from a reference that is
    thinned with the effect, so do the critical values of its coverage.
    """
    model = fit_count_model(panel, design)
    size = size or treated_size(panel, design, model)
    generator = np.random.default_rng(seed)
    plan = _Plan(design, estimator, windows, tests, centre, baselines, ratios, seed)
    drawn_size = size * plan.largest
    parts = []
    for some in batches(panels):
        drawn = []
        for _ in some:
            null, counts = world.draw(panel, design, model, drawn_size, COPIES, generator)
            drawn.append(plan.draw(null, counts, generator))
        parts.append(plan.measure(drawn))
    return plan.collect(parts)


@dataclass(frozen=True)
class _Drawn:
    """One simulated panel, before anything is fitted on it.

    panel, names : with the treated units in it, and what they are called
    thinned : (R·K, T) their counts with each planted ratio
    whole : (K, T) their events without an effect, as far as they are known: expected ones after the
        start where rises are planted
    reference, referees : the further panel from the model fitted to this one; None without a
        calibrated test
    fewer : (R·C, T) the referees' counts with each planted ratio
    spread : how its units vary, by window
    """

    panel: OutcomePanel
    names: tuple[str, ...]
    thinned: np.ndarray
    whole: np.ndarray
    reference: OutcomePanel | None
    referees: tuple[str, ...]
    fewer: np.ndarray | None
    spread: dict[str, float]


@dataclass(frozen=True)
class _Scored:
    """A test's scores of the treated units of P panels (P, R·K), its critical z (P,) and the true
    effects (P, R·K)."""

    scores: Scores
    critical: np.ndarray
    effect: np.ndarray


@dataclass(frozen=True)
class _Part:
    """P simulated panels: scores of their treated units, references (P, C), or (P, R, C) as they
    are under each planted ratio, how their units vary (P,)."""

    scored: dict[tuple[str, str], _Scored]
    reference: dict[tuple[str, str], np.ndarray]
    spread: dict[str, np.ndarray]


class _Plan:
    """What is measured on every simulated panel."""

    def __init__(self, design, estimator, windows, tests, centre, baselines, ratios, seed):
        self.design, self.estimator = design, estimator
        self.windows = [(window, design.positions(periods)) for window, periods in windows]
        self.centre, self.baselines, self.ratios = centre, tuple(baselines), tuple(ratios)
        self.plain, self.calibrated = split_tests(tests)
        self.names = sorted({*self.plain, *self.calibrated})
        self.placebos = bool(self.plain or set(self.calibrated) - {LOG_RATIO_ALONE})
        self.largest = max(ratios)
        self.thinning = np.random.default_rng([seed, 1])  # moves no draw of the panels

    def draw(
        self, null: OutcomePanel, counts: np.ndarray, generator: np.random.Generator
    ) -> _Drawn:
        design = self.design
        fewer, whole = self._planted(counts, generator)
        own = fewer[: len(counts)]
        larger, names = with_copies(null, design.treated, own)
        if not self.calibrated:
            return _Drawn(larger, names, fewer, whole, None, (), None, {})
        model = fit_count_model(null, design)
        variation, sizes = model.redrawn(generator), shown_sizes(own, model.pre) * self.largest
        again, referees, _ = draw_copies(null, design, model, variation, sizes, generator)
        less, _ = self._planted(again.counts[again.rows(referees)], self.thinning)
        again.counts[again.rows(referees)] = less[: len(referees)]
        spread = {window: model.predicted_variance(place) for window, place in self.windows}
        return _Drawn(larger, names, fewer, whole, again, referees, less, spread)

    def _planted(
        self, counts: np.ndarray, generator: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """(R·K, T) counts with each planted ratio and (K, T) without any, of units (K, T) that were
        drawn larger by the largest one."""
        before = len(self.design.pre) + len(self.design.donut)
        sized = lowered(counts, slice(before), generator, self.largest)
        whole = sized.copy()
        whole[:, before:] /= self.largest
        return thinned_counts(sized, before, generator, self.ratios), whole

    def measure(self, drawn: Sequence[_Drawn]) -> _Part:
        names = drawn[0].names
        paths = fit_copies(
            [one.panel for one in drawn],
            self.design,
            self.estimator,
            names,
            placebos=self.placebos,
        )
        paths = planted(paths, len(names), np.array([one.thinned for one in drawn]))
        treated = len(self.ratios) * len(names)
        scored = {}
        for window, place in self.windows:
            family = totals(paths, place)
            whole = np.array([one.whole for one in drawn])
            effects = true_effects(paths, place, whole, self.ratios)
            for test in self.names:
                result = scores_if_any(test, family, self.centre, treated)
                critical = np.full(len(drawn), np.nan)
                if test in self.plain:
                    critical = critical_values(result.z[..., treated:], NOMINAL)
                cut = of_treated(result, family, treated)
                effect = np.broadcast_to(effects[result.scale], cut.deviation.shape)
                scored[window, test] = _Scored(cut, critical, effect)
            for name in self.baselines:
                scored[window, name] = _baseline(name, paths, place, treated)
        return self._with_reference(drawn, scored)

    def _with_reference(self, drawn: Sequence[_Drawn], scored) -> _Part:
        panels = [one.reference for one in drawn if one.reference is not None]
        if not panels:
            return _Part(scored, {}, {})
        paths = fit_copies(
            panels, self.design, self.estimator, drawn[0].referees, placebos=self.placebos
        )
        fewer = planted(paths, REFERENCES, np.array([one.fewer for one in drawn]))
        reference, spread = {}, {}
        for window, place in self.windows:
            family = totals(paths, place)
            spread[window] = np.array([one.spread[window] for one in drawn])
            for test in self.calibrated:
                if test == LOG_RATIO_ALONE:
                    reference[window, test] = self._thinned(totals(fewer, place))
                    continue
                result = scores_if_any(test, family, self.centre, treated=REFERENCES)
                reference[window, test] = signed_z(result, family, REFERENCES)
        return _Part(scored, reference, spread)

    def _thinned(self, family: PlaceboFamily) -> np.ndarray:
        """(P, R, C) distances of log ratios from the planted ones."""
        count = len(self.ratios) * REFERENCES
        ratio = family.log_ratio[..., :count].reshape(-1, len(self.ratios), REFERENCES)
        return ratio - np.log(self.ratios)[:, None]

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
                    found[window, test + CALIBRATED_SUFFIX] = _compared(
                        draws,
                        np.concatenate([part.reference[window, test] for part in parts]),
                        np.concatenate([part.spread[window] for part in parts]),
                    )
        return found

    def _stacked(self, parts: Sequence[_Part], window: str, name: str) -> Draws:
        found = [part.scored[window, name] for part in parts]
        first = found[0].scores
        critical = np.concatenate([one.critical for one in found])[:, None, None]
        shape = (len(critical), len(self.ratios), -1)
        return Draws(
            scale=first.scale,
            has_interval=first.has_interval,
            deviation=np.concatenate([one.scores.deviation for one in found]).reshape(shape),
            standard_error=np.concatenate([one.scores.standard_error for one in found]).reshape(
                shape
            ),
            effect=np.concatenate([one.effect for one in found]).reshape(shape),
            lower=-critical,
            upper=critical,
            ratios=self.ratios,
        )


def _compared(draws: Draws, reference: np.ndarray, spread: np.ndarray) -> Draws:
    """The draws with the critical values of a reference, (P, C) or under each ratio (P, R, C)."""
    if reference.ndim == 2:
        lower, upper = local_critical(reference, spread).T[:, :, None, None]
        return replace(draws, lower=lower, upper=upper)
    pairs = np.array([local_critical(one, spread) for one in reference.swapaxes(0, 1)])
    lower, upper = pairs.transpose(2, 1, 0)[..., None]  # (P, R, 1) each
    return replace(draws, lower=lower[:, :1], upper=upper[:, :1], kept=(lower, upper))


def _baseline(name: str, paths: PathStack, place: np.ndarray, treated: int) -> _Scored:
    """A baseline's statistics of the treated units of P panels; it has no critical value yet."""
    count = len(paths.observed)
    statistic = np.array(
        [STATISTICS[name](paths.panel(number), place, treated) for number in range(count)]
    )
    scores = Scores("statistic", statistic, np.ones_like(statistic), has_interval=False)
    return _Scored(scores, np.full(count, np.nan), np.full_like(statistic, np.nan))


def of_treated(scored: Scores, family: PlaceboFamily, treated: int) -> Scores:
    """The scores of the first units of a family, NaN where there is no test."""
    exists = ~np.isnan(signed_z(scored, family, treated))
    return replace(
        scored,
        deviation=np.where(exists, scored.deviation[..., :treated], np.nan),
        standard_error=scored.standard_error[..., :treated],
    )


def split_tests(tests: Sequence[str]) -> tuple[list[str], list[str]]:
    """The permutation tests asked for as they are, and those asked for calibrated."""
    return [test for test in tests if test in SCORES], list(simulated_by(tests))


def thinned_counts(
    counts: np.ndarray,
    before: int,
    generator: np.random.Generator,
    ratios: Sequence[float] = GRID,
) -> np.ndarray:
    """(R·K, T) counts of K units (K, T) once for each planted ratio, thinned from position `before`
    on, where they were drawn larger by the largest of the ratios."""
    larger = np.tile(counts, (len(ratios), 1))
    kept = np.repeat(np.array(ratios) / max(ratios), len(counts))[:, None]
    larger[:, before:] = generator.binomial(larger[:, before:].astype(int), kept)
    return larger


def lowered(
    counts: np.ndarray, before: slice | np.ndarray, generator: np.random.Generator, largest: float
) -> np.ndarray:
    """(K, T) counts of units that were drawn larger by a factor, of their own size in `before`."""
    if largest == 1:
        return counts
    sized = counts.copy()
    sized[:, before] = generator.binomial(sized[:, before].astype(int), 1 / largest)
    return sized


def planted(paths: PathStack, treated: int, counts: np.ndarray) -> PathStack:
    """The first `treated` units once for each planted ratio, with the (..., R·K, T) thinned counts,
    then the other units."""
    copies = counts.shape[-2]
    first = np.tile(np.arange(treated), copies // treated)
    larger = paths.members(np.r_[first, treated : paths.observed.shape[-2]])
    larger.observed[..., :copies, :] = counts
    return larger


def true_effects(
    paths: PathStack, window: np.ndarray, counts: np.ndarray, ratios: Sequence[float] = GRID
) -> dict[str, np.ndarray]:
    """True effects (..., R·K) of planted units by scale; rates move by their share of the whole
    count, (..., K, T) without an effect."""
    copies = counts.shape[-2]
    events, exposure = counts[..., window], paths.exposure[..., :copies, window]
    whole = np.tile(RATE * (events / exposure).mean(axis=-1), len(ratios))
    kept = np.repeat(ratios, copies)
    return {
        "log rate ratio": np.log(kept),
        "rate": (kept - 1) * whole,
        "RMSPE ratio": np.full(len(kept), np.nan),
    }


def local_critical(reference: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """(P, 2) critical z, low and high, from (P, C) references of the panels nearest in `spread`."""
    return np.array([critical_pair(reference[near].ravel(), NOMINAL) for near in nearest(spread)])


def nearest(spread: np.ndarray) -> list[np.ndarray]:
    """For each of P panels, an eighth of all (at least 25) that are nearest in `spread` (P,)."""
    count = len(spread)
    near = min(count, max(25, count // 8))
    order = np.argsort(spread, kind="stable")
    first = np.empty(count, dtype=int)
    first[order] = np.clip(np.arange(count) - near // 2, 0, count - near)
    return [order[start : start + near] for start in first]


def shown_sizes(counts: np.ndarray, pre: int) -> np.ndarray:
    """(REFERENCES,) the pre-period means that treated units show, as for the real one."""
    return np.resize(np.maximum(counts[:, :pre].sum(axis=1), 0.5) / pre, REFERENCES)
