"""Covariates in difference-in-differences: regressions on dummies, closed forms, refusals."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluation.design.adoption import Adoption
from evaluation.estimators.covariates import adjusted, cohort_slopes, two_way_slopes
from evaluation.estimators.did import panel_ols, two_way_regression
from evaluation.estimators.poisson_did import PoissonDifferenceInDifferences
from evaluation.estimators.registry import ESTIMATORS
from evaluation.estimators.staggered import STAGGERED
from evaluation.estimators.summaries import aggregate
from evaluation.panel.covariates import with_covariates
from evaluation.panel.periods import RATE, OutcomePanel
from evaluation.study.errors import EstimationError, InputError
from tests.conftest import poisson_panel, simple_design
from tests.estimators.reference import published


def with_two(panel, seed=0):
    generator = np.random.default_rng(seed)
    shape = panel.counts.shape
    return replace(
        panel,
        covariates={"x1": generator.normal(size=shape), "x2": generator.gamma(2.0, size=shape)},
    )


def dummies(names):
    return (np.asarray(names)[:, None] == np.unique(names)).astype(float)


def on_dummies(y, columns, groups, weights):
    """Least-squares coefficients of the columns beside dummies of each group, by brute force."""
    matrix = np.column_stack([*columns, *[dummies(group) for group in groups]])
    root = np.sqrt(weights)
    found, *_ = np.linalg.lstsq(matrix * root[:, None], y * root, rcond=1e-12)
    return found[: len(columns)]


@pytest.mark.parametrize("seed", range(5))
def test_did_with_covariates_is_the_regression_on_dummies(seed):
    panel = with_two(poisson_panel(seed=seed, units=9), seed)
    design = simple_design(panel)
    fit = ESTIMATORS["did"].fit(panel, design)
    columns = panel.columns(design.pre + design.post)
    rates, x = panel.rates[:, columns], [panel.covariates[k][:, columns] for k in ("x1", "x2")]
    treated = np.zeros_like(rates)
    treated[0, len(design.pre) :] = 1
    unit, period = np.indices(rates.shape)
    weights = np.repeat(panel.exposure[:, columns].mean(axis=1), rates.shape[1])
    att, b1, b2 = on_dummies(
        rates.ravel(),
        [treated.ravel(), x[0].ravel(), x[1].ravel()],
        [unit.ravel(), period.ravel()],
        weights,
    )
    assert fit.gap[fit.window(design.post)].mean() == pytest.approx(att, rel=1e-8)
    assert fit.diagnostics["att"] == pytest.approx(att, rel=1e-8)
    assert fit.diagnostics["slope x1"] == pytest.approx(b1, rel=1e-7)
    assert fit.diagnostics["slope x2"] == pytest.approx(b2, rel=1e-7)
    assert fit.gap[fit.pre].mean() == pytest.approx(0, abs=1e-9)
    assert fit.observed == pytest.approx(panel.counts[0, panel.columns(design.periods)])
    [again] = ESTIMATORS["did"].fit_many(panel, [design])
    assert (again.counterfactual == fit.counterfactual).all()


def test_the_order_of_units_moves_no_digit_and_placebos_have_slopes_of_their_own():
    panel = with_two(poisson_panel(seed=11, units=9))
    design = simple_design(panel)
    family = design.family()
    fits = ESTIMATORS["did"].fit_many(panel, family)
    slopes = {fit.diagnostics["slope x1"] for fit in fits}
    assert len(slopes) == len(family)
    order = np.random.default_rng(3).permutation(len(panel.units))
    shuffled = replace(
        panel,
        units=tuple(panel.units[row] for row in order),
        counts=panel.counts[order],
        exposure=panel.exposure[order],
        covariates={name: values[order] for name, values in panel.covariates.items()},
    )
    for one, other in zip(fits, ESTIMATORS["did"].fit_many(shuffled, family), strict=True):
        assert (one.counterfactual == other.counterfactual).all()


def test_a_design_without_post_periods_has_the_slopes_of_all_cells():
    """As the conformal test fits it: nothing is treated."""
    panel = with_two(poisson_panel(seed=14, units=7))
    design = simple_design(panel)
    everything = replace(design, pre=panel.periods, donut=(), post=(), windows=())
    [fit] = ESTIMATORS["did"].fit_many(panel, [everything])
    unit, period = np.indices(panel.rates.shape)
    weights = np.repeat(panel.exposure.mean(axis=1), panel.rates.shape[1])
    x = [values.ravel() for values in panel.covariates.values()]
    found = on_dummies(panel.rates.ravel(), x, [unit.ravel(), period.ravel()], weights)
    assert fit.diagnostics["slope x1"] == pytest.approx(found[0], rel=1e-8)
    assert fit.gap.mean() == pytest.approx(0, abs=1e-9)


def test_poisson_did_takes_the_covariates_of_the_panel():
    panel = with_two(poisson_panel(seed=13, units=9))
    design = simple_design(panel)
    fit = ESTIMATORS["poisson_did"].fit(panel, design)
    given = PoissonDifferenceInDifferences(covariates=panel.covariates)
    expected = given.fit(replace(panel, covariates={}), design)
    assert (fit.counterfactual == expected.counterfactual).all()
    assert {"coefficient x1", "coefficient x2"} <= set(fit.diagnostics)


def test_a_planted_slope_and_effect_come_out_without_noise():
    panel = with_two(poisson_panel(seed=12, units=8))
    design = simple_design(panel)
    own, common = np.linspace(2, 9, 8)[:, None], np.sin(np.arange(24))
    rates = 50 + own + common + 3 * panel.covariates["x1"] - 2 * panel.covariates["x2"]
    rates[0, panel.columns(design.post)] -= 7
    panel = replace(panel, counts=rates * panel.exposure / RATE)
    fit = ESTIMATORS["did"].fit(panel, design)
    assert fit.gap[fit.window(design.post)] == pytest.approx([-7.0] * len(design.post), rel=1e-9)
    assert fit.gap[fit.pre] == pytest.approx(np.zeros(len(design.pre)), abs=1e-8)
    assert fit.diagnostics["slope x1"] == pytest.approx(3, rel=1e-9)
    assert fit.diagnostics["slope x2"] == pytest.approx(-2, rel=1e-9)


def staggered(seed=0):
    panel = with_two(poisson_panel(seed=seed, units=14, mean=8.0), seed)
    periods = panel.periods
    entry = tuple((f"u{k:02d}", periods[10 if k < 3 else 15]) for k in range(6))
    return panel, Adoption(panel.units, periods, 3, entry)


@pytest.mark.parametrize("seed", range(4))
def test_callaway_santanna_with_covariates_is_sun_and_abraham(seed):
    """Cohort × period dummies, the period before entry and the never treated as reference."""
    panel, adoption = staggered(seed)
    panel = replace(panel, exposure=np.full_like(panel.exposure, RATE))  # equal weights
    J, T = panel.counts.shape
    unit, period = np.indices((J, T))
    entry = dict(adoption.entry)
    start = np.array([panel.periods.index(entry[u]) if u in entry else -1 for u in panel.units])
    columns, share = [values.ravel() for values in panel.covariates.values()], []
    for cohort in (10, 15):
        for when in range(T):
            if when != cohort - 1:
                cell = (start[:, None] == cohort) & (period == when)
                columns.append(cell.ravel().astype(float))
                share.append(cell.sum() if when >= cohort else 0)
    found = on_dummies(panel.rates.ravel(), columns, [unit.ravel(), period.ravel()], np.ones(J * T))
    assert cohort_slopes(panel, adoption) == pytest.approx(found[:2], rel=1e-8)
    share = np.array(share) / sum(share)
    fit = STAGGERED["callaway_santanna"].fit(panel, adoption)
    assert aggregate(fit, "simple")[0].effect == pytest.approx(share @ found[2:], rel=1e-8)
    assert fit.observed == pytest.approx(
        panel.counts[panel.rows(fit.unit), panel.columns(fit.period)]
    )


def test_several_treated_units_and_one_start_by_linearmodels():
    panel = with_two(poisson_panel(seed=5, units=10))
    treated = np.zeros(panel.counts.shape)
    treated[:4, 12:] = 1
    att, error = two_way_regression(panel, panel.units, panel.periods, treated)
    unit, period = np.indices(treated.shape)
    weights = np.repeat(panel.exposure.mean(axis=1), treated.shape[1])
    x = [values.ravel() for values in panel.covariates.values()]
    found = on_dummies(
        panel.rates.ravel(), [treated.ravel(), *x], [unit.ravel(), period.ravel()], weights
    )
    assert att == pytest.approx(found[0], rel=1e-8) and error > 0
    slopes = two_way_slopes(
        panel.rates,
        np.array(list(panel.covariates.values())),
        treated,
        panel.exposure.mean(axis=1),
    )
    assert slopes == pytest.approx(found[1:], rel=1e-8)


def fixest_example(name):
    """`base_did` and `base_stagg` of the R package fixest as CSV files in a folder `fixest`, which
    PUBLISHED_DATA holds (`write.csv(fixest::base_did, "base_did.csv")`)."""
    frame = pd.read_csv(published("fixest", f"{name}.csv"))
    frame["when"] = [f"{2000 + int(value)}-01" for value in frame.get("period", frame.get("year"))]
    frame["who"] = [f"{int(value):04d}" for value in frame["id"]]
    wide = frame.pivot(index="who", columns="when", values="y")
    panel = OutcomePanel(
        "y",
        "year",
        tuple(wide.index),
        tuple(wide.columns),
        wide.to_numpy(dtype=float),
        np.full(wide.shape, RATE),
    )
    return frame, with_covariates(panel, frame, ["x1"], unit="who", period="when")


def test_base_did():
    """R fixest: feols(y ~ x1 + treat:post | id + period, base_did)."""
    frame, panel = fixest_example("base_did")
    treated = frame.assign(on=frame["treat"] * frame["post"]).pivot(
        index="who", columns="when", values="on"
    )
    att, _ = two_way_regression(panel, panel.units, panel.periods, treated.to_numpy(dtype=float))
    assert att == pytest.approx(4.850645143234, rel=1e-9)


def test_base_stagg():
    """R fixest: feols(y ~ x1 + sunab(year_treated, year) | id + year, base_stagg), its ATT."""
    frame, panel = fixest_example("base_stagg")
    first = frame.drop_duplicates("who").set_index("who")["year_treated"].sort_index()
    entry = tuple((who, f"{2000 + int(year)}-01") for who, year in first.items() if year <= 10)
    adoption = Adoption(panel.units, panel.periods, 12, entry)
    fit = STAGGERED["callaway_santanna"].fit(panel, adoption)
    assert aggregate(fit, "simple")[0].effect == pytest.approx(-1.133749448772, rel=1e-9)


def test_what_a_regression_cannot_use_is_refused():
    panel = with_two(poisson_panel(seed=6, units=8))
    design = simple_design(panel)
    hole = panel.covariates["x1"].copy()
    hole[3, 5] = np.nan
    holed = replace(panel, covariates=panel.covariates | {"x1": hole})
    with pytest.raises(EstimationError, match="covariate x1 has no value for u03 in 2017-04"):
        ESTIMATORS["did"].fit(holed, design)
    fixed = np.repeat(np.arange(8.0)[:, None], 24, axis=1)  # a unit effect says it all
    with pytest.raises(EstimationError, match="does not vary beside"):
        ESTIMATORS["did"].fit(replace(panel, covariates={"size": fixed}), design)
    twice = {"a": panel.covariates["x1"], "b": 2 * panel.covariates["x1"]}
    with pytest.raises(EstimationError, match="follows from the others"):
        ESTIMATORS["did"].fit(replace(panel, covariates=twice), design)
    panel, adoption = staggered()
    gone = replace(adoption, left_out=frozenset({("u00", panel.periods[9])}))
    with pytest.raises(EstimationError, match="1 are left out"):
        STAGGERED["callaway_santanna"].fit(panel, gone)


def test_covariates_of_a_long_table():
    panel = poisson_panel(seed=7, units=3, last="2016-12")
    cells = [(unit, period) for unit in panel.units for period in panel.periods]
    rows = pd.DataFrame(cells, columns=["unit", "period"]).assign(income=range(len(cells)))
    found = with_covariates(panel, rows.sample(frac=1, random_state=1), ["income"])
    expected = np.arange(float(len(cells))).reshape(3, 4)
    assert (found.covariates["income"] == expected).all()
    assert (adjusted(found, np.array([0.0])).counts == panel.counts).all()
    short = with_covariates(panel, rows.iloc[:-1].assign(beer=""), ["income"])
    assert np.isnan(short.covariates["income"][2, 3])
    with pytest.raises(InputError, match="no column 'beer'"):
        with_covariates(panel, rows, ["beer"])
    with pytest.raises(InputError, match="twice"):
        with_covariates(panel, pd.concat([rows, rows.iloc[:1]]), ["income"])
    with pytest.raises(InputError, match="found 'much'"):
        with_covariates(panel, rows.assign(beer=["much", *[1] * 11]), ["beer"])
    with pytest.raises(InputError, match="no value in the panel's units"):
        with_covariates(panel, rows.assign(unit="elsewhere", period=cells), ["income"])


def test_without_covariates_nothing_moves():
    panel = poisson_panel(seed=8)
    design = simple_design(panel)
    att, _ = panel_ols(panel, design)
    fit = ESTIMATORS["did"].fit(panel, design)
    assert set(fit.diagnostics) == {"att", "cluster_robust_se"} and fit.diagnostics["att"] == att
