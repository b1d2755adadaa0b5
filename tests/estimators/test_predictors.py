"""Synthetic control with predictors: the global optimum of V on two published examples."""

import numpy as np
import pandas as pd
import pytest

from evaluation.estimators.predictor_weights import DECADES, Search, bounded, nested_weights
from evaluation.estimators.predictors import pre_period_predictors
from evaluation.estimators.registry import ESTIMATORS
from evaluation.estimators.simplex import CERTIFIED
from evaluation.study.errors import EstimationError
from tests.conftest import poisson_panel, simple_design
from tests.estimators.reference import generic_simplex, random_panels, rates_of

SCHOOLING = ["school.illit", "school.prim", "school.med", "school.high"]


def arrays(predictors, outcome, treated):
    donors = [unit for unit in predictors.columns if unit != treated]
    return donors, (
        predictors[donors].to_numpy(),
        predictors[treated].to_numpy(),
        outcome[donors].to_numpy(),
        outcome[treated].to_numpy(),
    )


@pytest.fixture
def prop99(shared_data):
    """The seven predictors of Abadie, Diamond & Hainmueller (2010); outcomes 1970-2000."""
    rows = pd.read_csv(shared_data / "reference" / "prop99_predictors.csv")

    def mean(column, first, last):
        return rows[rows["year"].between(first, last)].groupby("state")[column].mean()

    predictors = pd.DataFrame(
        {
            "lnincome": mean("lnincome", 1980, 1988),
            "age15to24": mean("age15to24", 1980, 1988),
            "retprice": mean("retprice", 1980, 1988),
            "beer": mean("beer", 1984, 1988),
            **{f"cigsale{year}": mean("cigsale", year, year) for year in (1975, 1980, 1988)},
        }
    ).T
    return predictors, rows.pivot(index="year", columns="state", values="cigsale")


@pytest.fixture
def basque(shared_data):
    """Predictors of Abadie & Gardeazabal (2003), the two highest schooling levels together."""
    rows = pd.read_csv(shared_data / "reference" / "basque.csv")
    rows = rows[rows["regionno"] != 1]
    rows["school.high"] += rows["school.post.high"]

    def mean(column, years):
        return rows[rows["year"].isin(years)].groupby("regionname")[column].mean()

    sectors = [name for name in rows.columns if name.startswith("sec.")]
    predictors = pd.DataFrame(
        {
            **{name: mean(name, range(1964, 1970)) for name in [*SCHOOLING, "invest"]},
            "gdpcap": mean("gdpcap", range(1960, 1970)),
            **{name: mean(name, range(1961, 1970, 2)) for name in sectors},
            "popdens": mean("popdens", [1969]),
        }
    ).T
    outcome = rows.pivot(index="year", columns="regionname", values="gdpcap")
    return predictors, outcome.loc[1960:1969]


def test_prop99_global_optimum(prop99):
    predictors, outcome = prop99
    donors, problem = arrays(predictors, outcome.loc[1970:1988], "California")
    found = nested_weights(*problem)
    assert found.loss == pytest.approx(3.07666363, rel=1e-6)
    weights = dict(zip(donors, found.solution.weights, strict=True))
    published = {
        "Utah": 0.335071,
        "Nevada": 0.235608,
        "Montana": 0.201891,
        "Colorado": 0.159526,
        "Connecticut": 0.067904,
    }
    post = outcome.loc[1989:]
    gap = post["California"] - post[donors] @ found.solution.weights
    assert gap.mean() == pytest.approx(-18.981601, abs=1e-4)
    for state, weight in published.items():
        assert weights.pop(state) == pytest.approx(weight, abs=5e-4)
    assert max(weights.values()) < 5e-4
    assert found.solution.kkt_residual <= CERTIFIED
    assert found.predictor_weights.min() >= 10**-DECADES * (1 - 1e-12)


def check_basque(found, donors, expected, loss):
    assert found.loss == pytest.approx(loss, rel=1e-5)
    weights = {
        donor: weight
        for donor, weight in zip(donors, found.solution.weights, strict=True)
        if weight > 5e-4
    }
    assert weights == pytest.approx(expected, abs=5e-4)


def test_basque_global_optimum(basque):
    donors, problem = arrays(*basque, "Basque Country (Pais Vasco)")
    expected = {
        "Cataluna": 0.632786,
        "Baleares (Islas)": 0.219273,
        "Madrid (Comunidad De)": 0.147941,
    }
    check_basque(nested_weights(*problem), donors, expected, 0.00428607)


def test_basque_as_published_with_schooling_in_shares(basque):
    predictors, outcome = basque
    schooling = predictors.loc[SCHOOLING]
    predictors.loc[SCHOOLING] = 100 * schooling / schooling.sum()
    donors, problem = arrays(predictors, outcome, "Basque Country (Pais Vasco)")
    expected = {"Cataluna": 0.8508, "Madrid (Comunidad De)": 0.1492}
    check_basque(nested_weights(*problem), donors, expected, 0.00886454)


def test_pysyncon_with_the_same_v_finds_the_same_weights(prop99):
    from pysyncon import Synth

    predictors, outcome = prop99
    donors, (X, x, Z, z) = arrays(predictors, outcome.loc[1970:1988], "California")
    found = nested_weights(X, x, Z, z, Search(samples=64, starts=2, rounds=5))
    # Equal weights: V of very different sizes is beyond its generic solver.
    deviation = np.column_stack([X, x]).std(axis=1, ddof=1)
    peer = Synth()
    peer.fit(
        X0=pd.DataFrame(X, columns=donors),
        X1=pd.Series(x, name="California"),
        Z0=pd.DataFrame(Z, columns=donors),
        Z1=pd.Series(z, name="California"),
        custom_V=np.ones(7),
    )
    from evaluation.estimators.simplex import solve_simplex

    ours = solve_simplex(X / deviation[:, None], x / deviation)
    theirs = np.sum(((X @ np.asarray(peer.W) - x) / deviation) ** 2)
    assert -1e-9 <= theirs / ours.objective - 1 < 1e-3
    assert found.loss <= np.mean((Z @ ours.weights - z) ** 2)


def test_inner_weights_against_a_generic_solver_on_200_random_panels():
    worst, brief = 0.0, Search(samples=8, starts=1, directions=2, rounds=1)
    for panel, design in random_panels(200):
        treated, donors = rates_of(panel, design)
        pre = len(design.pre)
        named = pre_period_predictors(panel, design)
        X = np.array(list(named.values()))
        found = nested_weights(X[:, 1:], X[:, 0], donors[:, :pre].T, treated[:pre], brief)
        scaled = X / X.std(axis=1, ddof=1)[:, None] * np.sqrt(found.predictor_weights)[:, None]
        D, y = scaled[:, 1:], scaled[:, 0]
        theirs = np.sum((D @ generic_simplex(D.T @ D, -D.T @ y) - y) ** 2)
        scale = np.mean(np.sum((D - y[:, None]) ** 2, axis=0))
        assert found.solution.objective <= theirs + 1e-12 * scale
        worst = max(worst, (theirs - found.solution.objective) / scale)
    assert worst < 1e-6


def test_the_family_estimator_reports_v_and_its_loss():
    panel = poisson_panel(seed=61, units=10)
    design = simple_design(panel)
    fit = ESTIMATORS["synthetic_control_predictors"].fit(panel, design)
    assert fit.diagnostics["v_loss"] == pytest.approx(fit.pre_rmspe**2, rel=1e-9)
    v = [value for name, value in fit.diagnostics.items() if name.startswith("v ")]
    assert (max(v), len(v)) == (1.0, 5)  # four calendar years and size
    plain = ESTIMATORS["synthetic_control"].fit(panel, design)
    assert fit.pre_rmspe >= plain.pre_rmspe * (1 - 1e-9)  # that one is chosen on the outcome alone


def test_the_bound_holds_and_bad_predictors_are_refused():
    assert bounded(np.array([[3.0, -20.0, 1.0]])).tolist() == [[0.0, -DECADES, -2.0]]
    generator = np.random.default_rng(1)
    X, Z = generator.normal(size=(3, 5)), generator.normal(size=(6, 5))
    flat = X.copy()
    flat[1] = 2.0
    with pytest.raises(EstimationError, match="same for every unit"):
        nested_weights(flat, np.array([1.0, 2.0, 3.0]), Z, Z[:, 0])
    with pytest.raises(EstimationError, match="not finite"):
        nested_weights(X, np.array([1.0, np.nan, 3.0]), Z, Z[:, 0])
