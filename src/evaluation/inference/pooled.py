"""Rank-matched permutation test of several treated units together, their dates held fixed.

Five sectors that enter on different dates are one draw of five. The test asks how the same
estimate looks for other sets of five untreated sectors, each placed on the entry date of the
treated one it stands for and drawn from the units nearest to it in rank of mean count.
Randomisation after MacKinnon & Webb (2020, J. of Econometrics). Two corrections, both needed where
the treated sectors are among the busiest, so that the stand-ins are quieter and few:

- sets of quiet or unequal units are noisier: deviations are rescaled by Var = A·noise +
  B·concentration, fitted to the sets (after Ferman & Pinto 2019);
- sets drawn from a small pool share members with their own mean and so vary less around it than a
  set from outside: a finite-population factor, see `_finite_pool`.

No proof covers the combination; its size is measured. On 600 null panels of the real shape (drift
0, .1 and .2 a year) it is .028, .050 and .068 with 14 ranks; power against a fall by a quarter is
.78, .52 and .26 (250 panels). Without the corrections and with 9 ranks the size is .09 to .13. The
overall rows of the other summaries have, on the same panels, .023, .038 and .053 (group), .042,
.067 and .065 (dynamic), .045, .057 and .072 (calendar); single cohorts of two sectors .042 to .078.
One sector alone has about as many different placebos as stand-ins, too few to reject at 5%.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evaluation.design.adoption import Adoption
from evaluation.estimators.rounding import settled, tied
from evaluation.estimators.staggered import two_way_means
from evaluation.estimators.summaries import Summary, Weighting, weightings
from evaluation.estimators.two_way_factors import two_way_factors
from evaluation.panel.periods import RATE, OutcomePanel
from evaluation.study.errors import EstimationError
from evaluation.study.seeds import seed_of

RANKS = 14  # how far, in ranks of mean count, a stand-in may be from the unit it stands for
CROWDED = 0.9  # sets whose mean carries more than this share of one set's variance are one set
BATCH = 256  # sets fitted together; more only costs memory


class TooFewStandIns(EstimationError):
    """No test: too few units can stand in for the treated ones."""


@dataclass(frozen=True)
class PooledResult:
    """The test of no effect on any treated unit.

    statistic : log of observed over imputed events in all treated cells, Haldane's ½ on both
    centre : mean of the placebo statistics
    standard_error : of the statistic, from the variance line; NaN without rescaling
    p_value, smallest_p : attained, and smallest attainable with so many sets
    ci_low, ci_high : effects on the log rate ratio that the same test keeps, around
        statistic − centre; infinite where no value can be rejected
    placebos : (L,) statistics of the sets; deviations : (L,) what is ranked, from the centre and,
        rescaled, in standard deviations
    sets : (L, K) positions in `adoption.comparison` of the stand-ins, a column per treated unit
    candidates : (K,) how many stand-ins each treated unit has
    """

    statistic: float
    centre: float
    standard_error: float
    p_value: float
    smallest_p: float
    ci_low: float
    ci_high: float
    placebos: np.ndarray
    deviations: np.ndarray
    sets: np.ndarray
    candidates: np.ndarray


@dataclass(frozen=True)
class SetStatistics:
    """The pooled estimate of L sets of K units.

    log_ratio : (L,) log of observed over imputed events, Haldane's ½ on both
    noise : (L,) its variance if counts were Poisson: 1/expected + Σ share²/events before entry
    concentration : (L,) Σ share², its variance per unit of a variance common to all units
    shares : (L, K) of each member in the expected events
    positive : (L,) whether the counterfactual is positive, so that there is a ratio
    """

    log_ratio: np.ndarray
    noise: np.ndarray
    concentration: np.ndarray
    shares: np.ndarray
    positive: np.ndarray


@dataclass(frozen=True)
class SetCells:
    """L sets of K units in place of the treated ones, over T periods.

    observed, expected : (L, K, T) events, and those imputed from untreated cells
    exposure : (L, K, T) person-years
    before : (L, K) events before entry
    """

    observed: np.ndarray
    expected: np.ndarray
    exposure: np.ndarray
    before: np.ndarray

    def part(self, sets: np.ndarray) -> "SetCells":
        """Some of the sets."""
        return SetCells(
            self.observed[sets], self.expected[sets], self.exposure[sets], self.before[sets]
        )


def pooled_test(
    panel: OutcomePanel,
    adoption: Adoption,
    *,
    level: float,
    draws: int,
    seed: str,
    ranks: int = RANKS,
    rescale: bool = True,
    estimator: str = "poisson_imputation",
) -> PooledResult:
    """Rank the treated set's pooled log rate ratio among those of untreated sets.

    All treated cells count, weighted by nothing but their events; see `pooled_tests`.
    """
    overall = ("simple", "overall")
    return pooled_tests(
        panel,
        adoption,
        {overall: weightings(adoption)[overall]},
        level=level,
        draws=draws,
        seed=seed,
        ranks=ranks,
        rescale=rescale,
        estimator=estimator,
    )[overall]


def pooled_tests(
    panel: OutcomePanel,
    adoption: Adoption,
    rows: Mapping[tuple[Summary, str], Weighting],
    *,
    level: float,
    draws: int,
    seed: str,
    ranks: int = RANKS,
    rescale: bool = True,
    estimator: str = "poisson_imputation",
) -> dict[tuple[Summary, str], PooledResult]:
    """The test of each row of a summary, with the same sets for all of them.

    Sets have distinct members and are drawn uniformly from all admissible ones; the treated units
    are no part of the placebo fits. Two-sided, around the placebos' mean. A row of a few treated
    units has few different sets: repeats are dropped, and `smallest_p` says what is left.

    Parameters
    ----------
    rows : weightings by name, as of `weightings(adoption)`
    level : of the interval; the test rejects at 1 − level
    draws : number of sets
    seed : a text, such as study hash and task; the same text draws the same sets
    ranks : how far a stand-in may be from the unit it stands for
    rescale : divide each set's deviation by its own standard deviation, and correct for drawing
        without replacement; without it, the plain rank-matched test
    estimator : `poisson_imputation` or `linear_imputation`

    Raises `TooFewStandIns`; `EstimationError` where a fit is not certified, or where the treated
    cells have no positive counterfactual.
    """
    pools = matched_pools(panel, adoption, ranks)
    generator = np.random.default_rng(seed_of(seed))
    sets = draw_sets(pools, draws, generator, panel.outcome)
    treated = np.array([[adoption.units.index(unit) for unit in adoption.treated]])
    own = impute_sets(panel, adoption, adoption.units, treated, estimator)
    others = impute_sets(panel, adoption, adoption.comparison, sets, estimator)
    results = {}
    for name, row in rows.items():
        members = row.cells.any(axis=1)
        kept = np.sort(np.unique(sets[:, members], axis=0, return_index=True)[1])
        mine = set_statistics(own, row, members)
        placebos = set_statistics(others.part(kept), row, members)
        results[name] = _rank_row(
            mine, placebos, sets[kept][:, members], pools, adoption, panel.outcome, level, rescale
        )
    return results


def _rank_row(
    own: SetStatistics,
    others: SetStatistics,
    sets: np.ndarray,
    pools: list[np.ndarray],
    adoption: Adoption,
    outcome: str,
    level: float,
    rescale: bool,
) -> PooledResult:
    if not own.positive.all():
        raise EstimationError(
            f"outcome {outcome}: the treated cells' counterfactual is not positive"
        )
    centre = float(others.log_ratio.mean())
    deviations, error = others.log_ratio - centre, 1.0
    if not deviations.any():
        raise EstimationError(f"outcome {outcome}: all placebo sets have the same ratio")
    if rescale:
        slope, floor = _variance_line(deviations**2, others)
        deviations = deviations / np.sqrt(slope * others.noise + floor * others.concentration)
        deviations *= _finite_pool(others, sets, len(adoption.comparison), outcome)
        error = float(np.sqrt(slope * own.noise[0] + floor * own.concentration[0]))
    effect = float(own.log_ratio[0]) - centre
    p_value, half = _rank(np.abs(deviations), abs(effect) / error, level)
    return PooledResult(
        statistic=float(own.log_ratio[0]),
        centre=centre,
        standard_error=error if rescale else math.nan,
        p_value=p_value,
        smallest_p=1 / (len(sets) + 1),
        ci_low=effect - half * error,
        ci_high=effect + half * error,
        placebos=others.log_ratio,
        deviations=deviations,
        sets=sets,
        candidates=np.array([len(pool) for pool in pools]),
    )


def _rank(placebos: np.ndarray, own: float, level: float) -> tuple[float, float]:
    """p of `own` among the placebos' sizes, and the largest size that is not rejected."""
    count = len(placebos) + 1
    placebos = tied(placebos, own)  # a tie is not a rejection
    p_value = float((placebos >= own).sum() + 1) / count
    k = math.floor((1 - level) * count + 1e-9)
    return p_value, float(np.sort(placebos)[-k]) if k >= 1 else math.inf


def _variance_line(squares: np.ndarray, sets: "SetStatistics") -> tuple[float, float]:
    """A, B ≥ 0 of Var = A·noise + B·concentration, each square weighted by 1/noise."""
    from scipy.optimize import nnls

    root = sets.noise**-0.5
    matrix = np.column_stack([sets.noise * root, sets.concentration * root])
    (slope, floor), _ = nnls(matrix, squares * root)
    return float(slope), float(floor)


def _finite_pool(sets: "SetStatistics", members: np.ndarray, count: int, outcome: str) -> float:
    """√((S + C)/(S − C)): by how much sets from few units vary less than an outside set would.

    With independent units of equal variance, S = Σ share² is the variance of one set and C that of
    the mean of all sets, which is made of the same units: placebos vary around it with S − C, the
    treated set, which is no part of it, with S + C.
    """
    weights = np.zeros(count)
    np.add.at(weights, members, sets.shares / len(members))
    single, centre = float(sets.concentration.mean()), float((weights**2).sum())
    if centre > CROWDED * single:
        raise TooFewStandIns(f"outcome {outcome}: too few stand-ins; all sets are nearly the same")
    return math.sqrt((single + centre) / (single - centre))


def matched_pools(panel: OutcomePanel, adoption: Adoption, ranks: int) -> list[np.ndarray]:
    """Positions in `adoption.comparison` of each treated unit's stand-ins, sorted.

    Units are ranked by mean count over the periods in which no unit is treated or left out; the
    `ranks` nearest below and the `ranks` nearest above are stand-ins, fewer at the ends.
    """
    untreated, _ = adoption.states()
    quiet = untreated.all(axis=0)
    if not quiet.any():
        raise EstimationError(f"outcome {panel.outcome}: no period in which no unit is treated")
    columns = panel.columns(adoption.periods)[quiet]
    means = panel.counts[:, columns].mean(axis=1)
    names = adoption.comparison
    others = means[panel.rows(names)]
    order = np.lexsort((np.arange(len(names)), others))  # ties by name
    pools = []
    for unit in adoption.treated:
        place = int((others < means[panel.rows([unit])[0]]).sum())
        pools.append(np.sort(order[max(place - ranks, 0) : place + ranks]))
    return pools


def draw_sets(
    pools: list[np.ndarray], draws: int, generator: np.random.Generator, outcome: str
) -> np.ndarray:
    """(draws, K) sets of distinct members, one from each pool, uniform over all such sets."""
    rows: list[np.ndarray] = []
    found = 0
    for _ in range(1000):
        picks = np.column_stack([pool[generator.integers(0, len(pool), draws)] for pool in pools])
        ordered = np.sort(picks, axis=1)
        distinct = picks[(np.diff(ordered, axis=1) != 0).all(axis=1)]
        rows.append(distinct)
        found += len(distinct)
        if found >= draws:
            return np.vstack(rows)[:draws]
    raise TooFewStandIns(f"outcome {outcome}: too few stand-ins to draw sets of {len(pools)}")


def impute_sets(
    panel: OutcomePanel,
    adoption: Adoption,
    names: tuple[str, ...],
    sets: np.ndarray,
    estimator: str = "poisson_imputation",
) -> SetCells:
    """Imputed events of each set in place of the treated units.

    Parameters
    ----------
    names : the units of the fits
    sets : (L, K) positions in `names`; column k takes the states of `adoption.treated[k]`
    """
    if estimator not in ("poisson_imputation", "linear_imputation"):
        raise EstimationError(f"no pooled test on {estimator}")
    untreated, _ = adoption.states()
    rows = [adoption.units.index(unit) for unit in adoption.treated]
    cells = np.ix_(panel.rows(names), panel.columns(adoption.periods))
    counts, exposure = panel.counts[cells], panel.exposure[cells]
    expected = []
    for start in range(0, len(sets), BATCH):
        part = sets[start : start + BATCH]
        free = np.ones((len(part), *counts.shape), dtype=bool)
        free[np.arange(len(part))[:, None], part] = untreated[rows]
        imputed = _impute(counts, exposure, free, estimator, panel.outcome)
        expected.append(np.take_along_axis(imputed, part[:, :, None], axis=1))
    return SetCells(
        observed=counts[sets],
        expected=np.concatenate(expected),
        exposure=exposure[sets],
        before=np.einsum("lkt,kt->lk", counts[sets], untreated[rows].astype(float)),
    )


def set_statistics(cells: SetCells, row: Weighting, members: np.ndarray) -> SetStatistics:
    """Log of observed over imputed events of each set in the cells of one row.

    members : (K,) which of the treated units the row is about; a member's counterfactual below zero
        counts as zero
    """
    weights = row.weights(cells.exposure)[:, members]
    expected = np.maximum((weights * cells.expected[:, members]).sum(axis=2), 0.0)
    expected = settled(expected, cells.before[:, members])
    observed = (weights * cells.observed[:, members]).sum(axis=(1, 2))
    # Var(Σ w·Y) = Σ w²·E(Y) for Poisson counts: Σ w·E(Y) where every weight is 1.
    squares = (weights**2 * np.maximum(cells.expected[:, members], 0.0)).sum(axis=(1, 2))
    total = expected.sum(axis=1)
    shares = (expected + 0.5) / (expected + 0.5).sum(axis=1, keepdims=True)
    before = (shares**2 / (cells.before[:, members] + 0.5)).sum(axis=1)
    return SetStatistics(
        log_ratio=np.log((observed + 0.5) / (total + 0.5)),
        noise=(squares + 0.5) / (total + 0.5) ** 2 + before,
        concentration=(shares**2).sum(axis=1),
        shares=shares,
        positive=total > 0,
    )


def _impute(
    counts: np.ndarray, exposure: np.ndarray, free: np.ndarray, estimator: str, outcome: str
) -> np.ndarray:
    """(L, J, T) expected events without treatment."""
    if estimator == "linear_imputation":
        fitted = two_way_means(RATE * counts / exposure, exposure.mean(axis=1), free, outcome)
        return fitted * exposure / RATE
    factors = two_way_factors(counts, exposure, free, outcome)
    return exposure * factors.unit[:, :, None] * factors.period[:, None, :]
