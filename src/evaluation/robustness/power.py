"""What each test would have found: size, coverage, power and the errors of its estimates.

Three nulls of the study's own shape. `drift d`: Poisson counts and a random walk of the stated
yearly standard deviation in every unit's log rate. `fitted`: the count model fitted to the donors,
its variances redrawn for every panel. `donors`: the real panel, every donor as if it were treated,
at every start that leaves windows of the study's length (`donor_power.py`). Effects are added by
binomial thinning: each event after treatment is kept with the probability of the rate ratio.

A treated unit without a positive counterfactual has no ratio and so no test: it counts neither as
found nor as missed. The thinned counts enter the observed path only. This is exact, because a
counterfactual never looks at its unit's own counts after treatment (tested for every estimator).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluation.design.design import Design
from evaluation.errors import EstimationError
from evaluation.estimators.protocol import Estimator
from evaluation.inference.baselines import STATISTICS
from evaluation.inference.calibrated import (
    conformal_statistics,
    draw_panel,
    fit_copies,
    positions,
    treated_size,
)
from evaluation.inference.conformal import (
    cyclic_p_values,
    full_period_design,
    pearson_residuals,
    post_statistic,
    variance_factor,
)
from evaluation.inference.count_model import Variation, fit_count_model
from evaluation.inference.permutation import SCORES, Scores, scores, testable
from evaluation.inference.placebo import PathStack, PlaceboFamily, stack, totals, with_copies
from evaluation.panel.periods import RATE, OutcomePanel
from evaluation.robustness.labels import NOMINAL
from evaluation.study import CALIBRATED_SUFFIX

RATIOS = (1.0, 0.8, 0.7, 0.6, 0.5, 0.42)  # reported; 1 is the size
GRID = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.42, 0.3, 0.2, 0.1)  # for the detectable effect
HORIZONS = (12, 24, 36, 48)  # months after treatment
COPIES = 8  # treated units a simulated panel
REFERENCES = 8  # units of the reference a simulated panel
WANTED = 0.8  # power of the detectable effect
SIZE_ADJUSTED_SUFFIX = "_size_adjusted"


@dataclass(frozen=True)
class Draws:
    """Simulated treated units under one test: P panels × R rate ratios × K units.

    deviation, standard_error : as the test scores them, on `scale`; a deviation is NaN where the
        unit has no test
    effect : the true effect on that scale
    critical : |z| above which the test rejects; broadcasts to (P, R, K)
    """

    scale: str
    has_interval: bool
    deviation: np.ndarray
    standard_error: np.ndarray
    effect: np.ndarray
    critical: np.ndarray
    ratios: tuple[float, ...] = GRID

    @property
    def tested(self) -> np.ndarray:
        return ~np.isnan(self.deviation)

    @property
    def rejected(self) -> np.ndarray:
        return np.abs(self.deviation) > self.critical * self.standard_error

    @property
    def covered(self) -> np.ndarray:
        distance = np.abs(self.deviation - self.effect)
        return distance <= self.critical * self.standard_error


def simulated_draws(
    panel: OutcomePanel,
    design: Design,
    estimator: Estimator,
    *,
    windows: Sequence[tuple[str, tuple[str, ...]]],
    tests: Sequence[str],
    centre: str,
    variation: Variation | None,
    panels: int,
    seed: int,
    size: float | None = None,
    baselines: Sequence[str] = (),
) -> dict[tuple[str, str], Draws]:
    """Draws by window and test from `panels` simulated panels, `COPIES` treated units each.

    variation : of the simulated panels; None for the model fitted to the donors, redrawn
    size : pre-period mean of the treated units; None for the real one's
    baselines : of `STATISTICS`, to be compared at equal size: each gets the critical value that
        rejects 5 % of these very draws without an effect, which no one knows for real data
        (`<name>_size_adjusted`)

    A calibrated test needs a reference of its own for every simulated panel. One further panel is
    drawn from the model fitted to each, and a panel's critical value comes from the references of
    the eighth of all panels whose fitted models are most alike (a local form of the warp-speed
    bootstrap of Giacomini, Politis & White 2013).
    """
    model = fit_count_model(panel, design)
    size = size or treated_size(panel, design, model)
    generator = np.random.default_rng(seed)
    plan = _Plan(design, estimator, windows, tests, centre, baselines)
    parts = []
    for _ in range(panels):
        here = model.redrawn(generator) if variation is None else variation
        null = draw_panel(panel, design, model, here, generator)
        counts = model.draw(np.full(COPIES, size), here, generator)
        parts.append(plan.measure(null, counts, generator))
    return plan.collect(parts)


@dataclass(frozen=True)
class _Part:
    """One simulated panel: scores of its treated units, its donors' critical values, references."""

    scored: dict[tuple[str, str], tuple[Scores, np.ndarray, np.ndarray]]
    reference: dict[tuple[str, str], np.ndarray]
    spread: dict[str, float]


class _Plan:
    """What is measured on every simulated panel."""

    def __init__(self, design, estimator, windows, tests, centre, baselines):
        self.design, self.estimator = design, estimator
        self.windows, self.centre = tuple(windows), centre
        self.baselines = tuple(baselines)
        self.plain, self.calibrated = split_tests(tests)
        self.names = sorted({*self.plain, *self.calibrated})

    def measure(
        self, null: OutcomePanel, counts: np.ndarray, generator: np.random.Generator
    ) -> _Part:
        larger, names = with_copies(null, self.design.treated, counts)
        paths = fit_copies(larger, self.design, self.estimator, names)
        paths = thinned(paths, len(names), len(self.design.donut), generator)
        scored = {}
        for window, periods in self.windows:
            place = positions(self.design, periods)
            treated = len(GRID) * len(names)
            family = totals(paths, place)
            effects = true_effects(paths, place, len(names))
            for test in self.names:
                result = scores(test, family, self.centre, treated)
                critical = critical_value(result.z[treated:], NOMINAL)
                scored[window, test] = (
                    of_treated(result, family, treated),
                    np.array(critical),
                    effects[result.scale],
                )
            for name in self.baselines:
                statistic = STATISTICS[name](paths, place, treated)
                none = np.full(treated, np.nan)
                scored[window, name] = (
                    Scores("statistic", statistic, np.ones(treated), has_interval=False),
                    np.array(math.nan),
                    none,
                )
        return self._with_reference(null, counts, scored, generator)

    def _with_reference(self, null, counts, scored, generator) -> _Part:
        if not self.calibrated:
            return _Part(scored, {}, {})
        model = fit_count_model(null, self.design)
        here = model.redrawn(generator)
        sizes = _shown_sizes(counts, model.pre)
        again = draw_panel(null, self.design, model, here, generator)
        larger, names = with_copies(again, self.design.treated, model.draw(sizes, here, generator))
        paths = fit_copies(larger, self.design, self.estimator, names)
        reference, spread = {}, {}
        for window, periods in self.windows:
            place = positions(self.design, periods)
            family = totals(paths, place)
            spread[window] = model.predicted_variance(place)
            for test in self.calibrated:
                result = scores(test, family, self.centre, treated=REFERENCES)
                reference[window, test] = of_treated(result, family, REFERENCES).z
        return _Part(scored, reference, spread)

    def collect(self, parts: Sequence[_Part]) -> dict[tuple[str, str], Draws]:
        found = {}
        for window, _ in self.windows:
            for name in self.baselines:
                draws = _stacked([part.scored[window, name] for part in parts])
                null = np.abs(draws.deviation[:, 0][draws.tested[:, 0]])
                critical = np.quantile(null, 1 - NOMINAL) if len(null) else np.array(math.inf)
                found[window, name + SIZE_ADJUSTED_SUFFIX] = replace(draws, critical=critical)
            for test in self.names:
                draws = _stacked([part.scored[window, test] for part in parts])
                if test in self.plain:
                    found[window, test] = draws
                if test in self.calibrated:
                    critical = local_critical(
                        np.array([part.reference[window, test] for part in parts]),
                        np.array([part.spread[window] for part in parts]),
                    )
                    found[window, test + CALIBRATED_SUFFIX] = replace(
                        draws, critical=critical[:, None, None]
                    )
        return found


def of_treated(scored: Scores, family: PlaceboFamily, treated: int) -> Scores:
    """The scores of the first units of a family, NaN where there is no test."""
    exists = testable(family, scored.scale)[:treated]
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
    paths: PathStack, treated: int, donut: int, generator: np.random.Generator
) -> PathStack:
    """The first `treated` units once for every ratio of `GRID`, thinned, then the other units."""
    rows = np.r_[np.tile(np.arange(treated), len(GRID)), treated : len(paths.units)]
    ratios = np.repeat(GRID, treated)
    larger = paths.members(rows)
    after = slice(paths.pre + donut, None)
    kept = larger.observed[: len(ratios), after].astype(int)
    larger.observed[: len(ratios), after] = generator.binomial(kept, ratios[:, None])
    return larger


def true_effects(paths: PathStack, window: np.ndarray, copies: int) -> dict[str, np.ndarray]:
    """True effects of the thinned units by scale; rates fall by their share of the whole count."""
    whole = RATE * (paths.observed[:copies, window] / paths.exposure[:copies, window]).mean(axis=1)
    ratios = np.repeat(GRID, copies)
    return {
        "log rate ratio": np.log(ratios),
        "rate": (ratios - 1) * np.tile(whole, len(GRID)),
        "RMSPE ratio": np.full(len(ratios), np.nan),
    }


def critical_value(reference: np.ndarray, alpha: float) -> float:
    """|z| that must be exceeded for p ≤ α: the k-th largest of R, k = ⌊α(R + 1)⌋.

    Values that are NaN stand for units without a test and are left out.
    """
    reference = reference[~np.isnan(reference)]
    k = math.floor(alpha * (len(reference) + 1) + 1e-9)
    return float(np.sort(reference)[::-1][k - 1]) if k >= 1 else math.inf


def local_critical(reference: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """(P,) critical values from (P, C) references of the panels nearest in fitted `spread`."""
    count = len(spread)
    near = min(count, max(25, count // 8))
    order = np.argsort(spread, kind="stable")
    critical = np.empty(count)
    for rank, panel in enumerate(order):
        first = min(max(rank - near // 2, 0), count - near)
        critical[panel] = critical_value(reference[order[first : first + near]].ravel(), NOMINAL)
    return critical


def _stacked(scored: Sequence[tuple[Scores, np.ndarray, np.ndarray]]) -> Draws:
    first = scored[0][0]
    shape = (len(scored), len(GRID), -1)
    return Draws(
        scale=first.scale,
        has_interval=first.has_interval,
        deviation=np.array([part.deviation for part, _, _ in scored]).reshape(shape),
        standard_error=np.array([part.standard_error for part, _, _ in scored]).reshape(shape),
        effect=np.array([effect for _, _, effect in scored]).reshape(shape),
        critical=np.array([critical for _, critical, _ in scored])[:, None, None],
    )


@dataclass(frozen=True)
class Verdicts:
    """Like `Draws` for a test that has no statistic on the scale of an effect.

    tested : (P, R, K), or what broadcasts to it
    """

    rejected: np.ndarray
    covered: np.ndarray
    tested: np.ndarray
    ratios: tuple[float, ...] = RATIOS


def conformal_draws(
    panel: OutcomePanel,
    design: Design,
    estimator: Estimator,
    *,
    window: tuple[str, ...],
    variation: Variation | None,
    panels: int,
    seed: int,
    size: float | None = None,
) -> dict[str, Verdicts]:
    """Verdicts (P, R, K) of `conformal` and `conformal_calibrated`, refitted for every thinning.

    An effect is covered where the test of that very effect keeps it. The calibrated test has the
    local critical values of `simulated_draws`.
    """
    model = fit_count_model(panel, design)
    size = size or treated_size(panel, design, model)
    generator = np.random.default_rng(seed)
    everything, pre = full_period_design(design, window), len(design.pre)
    place = positions(design, window)
    # As they are and thinned; then with the thinning divided out, which leaves more noise.
    divided = np.repeat([1.0] * len(RATIOS) + list(RATIOS[1:]), COPIES)
    noise = np.sqrt(variance_factor(divided, pre, len(window)))
    p_values, statistics, references, spreads, tested = [], [], [], [], []
    for _ in range(panels):
        here = model.redrawn(generator) if variation is None else variation
        null = draw_panel(panel, design, model, here, generator)
        counts = model.draw(np.full(COPIES, size), here, generator)
        flat = _thinned_and_undone(counts, null.columns(window), generator)
        larger, names = with_copies(null, design.treated, flat)
        residuals = pearson_residuals(larger, everything, estimator, names)
        p_values.append(cyclic_p_values(residuals, pre).reshape(-1, COPIES))
        statistics.append((post_statistic(residuals, pre) / noise).reshape(-1, COPIES))
        copies = [replace(design, treated=name) for name in names[:COPIES]]
        expected = stack(estimator.fit_many(larger, copies)).counterfactual
        tested.append(expected[:, place].sum(axis=1) > 0)
        again = fit_count_model(null, design)
        spreads.append(again.predicted_variance(place))
        references.append(
            conformal_statistics(
                null,
                design,
                estimator,
                window,
                again,
                again.redrawn(generator),
                _shown_sizes(counts, pre),
                generator,
            )
        )
    critical = local_critical(np.array(references), np.array(spreads))[:, None, None]
    exists = np.array(tested)[:, None, :]
    return {
        "conformal": _verdicts(np.array(p_values) <= NOMINAL, exists),
        f"conformal{CALIBRATED_SUFFIX}": _verdicts(np.array(statistics) > critical, exists),
    }


def _thinned_and_undone(
    counts: np.ndarray, after: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Series of K units: as they are, thinned by each ratio, and with the thinning divided out."""
    ratios = np.array(RATIOS[1:])[:, None, None]
    series = np.tile(counts, (len(ratios), 1, 1))
    series[..., after] = generator.binomial(series[..., after].astype(int), ratios)
    undone = series.copy()
    undone[..., after] /= ratios
    return np.concatenate([counts[None], series, undone]).reshape(-1, counts.shape[1])


def _verdicts(rejected: np.ndarray, exists: np.ndarray) -> Verdicts:
    """From the verdicts on series in the order of `_thinned_and_undone`."""
    count = len(RATIOS)
    kept = np.concatenate([rejected[:, :1], rejected[:, count:]], axis=1)
    return Verdicts(rejected[:, :count] & exists, ~kept & exists, exists)


def _shown_sizes(counts: np.ndarray, pre: int) -> np.ndarray:
    """(REFERENCES,) the pre-period means that treated units show, as for the real one."""
    return np.resize(np.maximum(counts[:, :pre].sum(axis=1), 0.5) / pre, REFERENCES)


def conformal_exists(panel: OutcomePanel, design: Design, estimator: Estimator) -> bool:
    """Whether the estimator can be fitted when all periods are pre-period (not so for some)."""
    try:
        estimator.fit_many(panel, [full_period_design(design, design.post)])
    except EstimationError:
        return False
    return True


def power_rows(draws: Draws | Verdicts) -> list[dict[str, float]]:
    """One row a rate ratio of `RATIOS`: power, its standard error, coverage, type S and M errors.

    Shares are of the `draws`, the units that have a test; NaN where none has. Standard errors count
    panels, not treated units, as independent. `detectable` is the rate ratio below 1 that is found
    with a power of 80 %, between two that were drawn, on the log scale; NaN where none of them is.
    """
    tested = np.broadcast_to(draws.tested, draws.rejected.shape).sum(axis=2)
    units = tested.sum(axis=0)
    known = np.where(units > 0, units, np.nan)
    power = draws.rejected.sum(axis=(0, 2)) / known
    # Of a ratio of sums over panels: the share and the units that have a test both vary.
    count = len(tested)
    apart = draws.rejected.sum(axis=2) - power * tested
    error = np.sqrt((apart**2).sum(axis=0) * count / max(count - 1, 1)) / known
    has_interval = isinstance(draws, Verdicts) or draws.has_interval
    coverage = draws.covered.sum(axis=(0, 2)) / known
    detectable = detectable_ratio(power, draws.ratios)
    rows = []
    for ratio in RATIOS:
        index = draws.ratios.index(ratio)
        sign, exaggeration = _wrong(draws, index)
        rows.append(
            {
                "rate_ratio": ratio,
                "draws": int(units[index]),
                "power": float(power[index]),
                "standard_error": float(error[index]),
                "coverage": float(coverage[index]) if has_interval else math.nan,
                "type_s": sign,
                "type_m": exaggeration,
                "detectable": detectable,
            }
        )
    return rows


def _wrong(draws: Draws | Verdicts, index: int) -> tuple[float, float]:
    """Type S (share of findings with the wrong sign) and M (their mean exaggeration)."""
    if isinstance(draws, Verdicts) or not draws.has_interval or draws.ratios[index] == 1:
        return math.nan, math.nan
    found = draws.rejected[:, index] & (draws.effect[:, index] != 0)
    if not found.any():
        return math.nan, math.nan
    estimate, truth = draws.deviation[:, index][found], draws.effect[:, index][found]
    return (
        float(np.mean(np.sign(estimate) != np.sign(truth))),
        float(np.mean(np.abs(estimate)) / np.mean(np.abs(truth))),
    )


def detectable_ratio(power: np.ndarray, ratios: Sequence[float]) -> float:
    """The rate ratio found with 80 % power, by linear interpolation in the log ratio.

    NaN where none is; a power that is NaN (no unit has a test) finds nothing.
    """
    reach = np.fmax.accumulate(power)
    if not reach[-1] >= WANTED:
        return math.nan
    first = int(np.argmax(reach >= WANTED))
    logs = np.log(ratios)
    if first == 0:
        return 1.0
    share = (WANTED - reach[first - 1]) / (reach[first] - reach[first - 1])
    return float(np.exp(logs[first - 1] + share * (logs[first] - logs[first - 1])))
