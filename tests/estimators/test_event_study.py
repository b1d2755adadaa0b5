"""Event-study coefficients: the saturated Poisson regression, bins, base, invariances."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.estimators.event_study import event_bins, event_study
from evaluation.estimators.registry import ESTIMATORS
from evaluation.study.errors import EstimationError
from tests.conftest import poisson_panel, simple_design


def family(seed=0, name="poisson_did", **kwargs):
    panel = poisson_panel(seed=seed, **kwargs)
    design = simple_design(panel)
    return panel, design, ESTIMATORS[name].fit_many(panel, design.family())


def test_bins_base_and_time():
    _, _, fits = family()
    study = event_study(fits)
    assert study.bins == (
        *("2016-01", "2016-07", "2017-01", "2017-07", "2018-01", "2018-07"),
        "2019-07",
        *("2020-01", "2020-07", "2021-01", "2021-07"),
    )
    assert study.states == ("pre",) * 6 + ("donut",) + ("post",) * 4
    assert study.reference == ("2019-01",)
    assert study.time == pytest.approx(np.r_[np.arange(-3, 0, 0.5), np.arange(0.5, 3, 0.5)])
    assert study.coefficients.shape == study.noise.shape == (15, 11)
    year = event_study(fits, reference=2)
    assert year.reference == ("2018-07", "2019-01")
    assert year.time[0] == pytest.approx(-2.75) and year.time[-1] == pytest.approx(2.75)
    # The quarter that fills no half-year is the first one: the reference is whole.
    panel = poisson_panel()
    odd = simple_design(panel, pre=13, donut=1)
    found = [(entry.name, entry.state, len(entry.positions)) for entry in event_bins(odd, 6)]
    assert found[:2] == [("2016-01", "pre", 1), ("2016-04", "pre", 2)]
    assert ("2018-10", "pre", 2) in found and ("2019-04", "donut", 1) in found
    assert found[-1] == ("2021-07", "post", 2) and ("2019-07", "post", 2) in found
    assert event_study(ESTIMATORS["did"].fit_many(panel, odd.family())).reference == ("2018-10",)


@pytest.mark.parametrize("seed", range(3))
def test_poisson_coefficients_are_those_of_the_saturated_regression(seed):
    import statsmodels.api as sm

    panel, design, fits = family(seed=seed, units=8, mean=300.0)
    study = event_study(fits)
    J, T = panel.counts.shape
    months = [f"{p[:4]}-{'01' if p[5:] < '07' else '07'}" for p in design.periods]
    matrix = np.hstack([np.kron(np.eye(J), np.ones((T, 1))), np.kron(np.ones((J, 1)), np.eye(T))])
    dummies = np.zeros((J * T, len(study.bins)))
    for k, name in enumerate(study.bins):
        dummies[:T, k] = [month == name for month in months]
    full = np.hstack([dummies, np.delete(matrix, J, axis=1)])
    model = sm.GLM(
        panel.counts.ravel(),
        full,
        family=sm.families.Poisson(),
        offset=np.log(panel.exposure.ravel()),
    )
    found = model.fit(tol=1e-12, maxiter=100).params[: len(study.bins)]
    # Haldane's ½ on counts of about 600 moves a coefficient by less than 2e-3.
    assert study.coefficients[0] == pytest.approx(found, abs=2e-3)
    observed = fits[0].observed + 0.0
    base = observed[12:14].sum()
    growth = fits[0].growth
    exact = [
        np.log(observed[g].sum() / base) - np.log(growth[g].sum() / growth[12:14].sum())
        for g in ([0, 1], [22, 23])
    ]
    assert [found[0], found[-1]] == pytest.approx(exact, abs=1e-7)


def test_a_planted_effect_is_in_the_bins_it_was_planted_in():
    panel = poisson_panel(seed=4, mean=2000.0)
    panel.counts[0, 18:20] *= 0.5
    study = event_study(ESTIMATORS["poisson_did"].fit_many(panel, simple_design(panel).family()))
    hit = study.bins.index("2020-07")
    assert study.coefficients[0, hit] == pytest.approx(np.log(0.5), abs=0.05)
    assert np.abs(np.delete(study.coefficients[0], hit)).max() < 0.06


def test_scales_and_other_estimators():
    _, _, fits = family(seed=5, name="did", mean=50.0)
    rates = event_study(fits, scale="rate")
    gap = fits[0].gap
    assert rates.coefficients[0, 0] == pytest.approx(gap[:2].mean() - gap[12:14].mean())
    _, _, fits = family(seed=5, name="demeaned_synthetic_control", mean=50.0)
    study = event_study(fits)
    ratio = [
        np.log((fits[0].observed[g].sum() + 0.5) / (fits[0].counterfactual[g].sum() + 0.5))
        for g in ([20, 21], [12, 13])
    ]
    assert study.coefficients[0, study.bins.index("2021-01")] == pytest.approx(ratio[0] - ratio[1])


def test_unit_order_and_scale_change_nothing():
    panel, design, fits = family(seed=6)
    order = np.random.default_rng(0).permutation(len(panel.units))
    shuffled = replace(
        panel,
        units=tuple(panel.units[i] for i in order),
        counts=panel.counts[order],
        exposure=panel.exposure[order] * 9,
    )
    again = event_study(ESTIMATORS["poisson_did"].fit_many(shuffled, design.family()))
    assert again.coefficients == pytest.approx(event_study(fits).coefficients, rel=1e-12)


def test_impossible_event_studies_are_refused():
    panel, design, fits = family()
    with pytest.raises(EstimationError, match="leave none before"):
        event_study(fits, reference=7)
    other = replace(design.placebo("u03"), post=design.post[:-1], windows=())
    with pytest.raises(EstimationError, match="same periods"):
        event_study([fits[0], *ESTIMATORS["poisson_did"].fit_many(panel, [other])])
    panel.counts[1:, 20:22] = 0
    empty = ESTIMATORS["poisson_did"].fit_many(panel, [design])
    with pytest.raises(EstimationError, match="no event in a bin"):
        event_study(empty)
