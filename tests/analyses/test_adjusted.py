"""Effects with covariates of a given panel, against regressions and searches of other kinds."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.optimize import nnls

from evaluation.analyses.adjusted.compute import VALIDATED, adjusted, in_matching, in_regression
from evaluation.analyses.covariate_moves.compute import covariate_moves
from evaluation.estimators.covariates import varying
from evaluation.panel.covariates import with_given
from evaluation.panel.periods import RATE, to_periods
from evaluation.sources.place import given_figures
from evaluation.study.config import read_yaml
from tests.conftest import poisson_panel, simple_design
from tests.sources.given_panel import CONFIG, UNITS, YEARS, opened, rows, write_panel

PRE = YEARS.index("2010")


def with_columns(seed=3):
    """The tiny panel with a covariate that varies, one of units alone and one of years alone."""
    table, generator = rows(), np.random.default_rng(seed)
    return table.assign(
        income=generator.normal(100, 5, len(table)).round(3),
        area=table["unit"].map(UNITS.index) + 1.5,
        national=table["period"].astype(int) - 2000,
    )


def given(folder, table, config=CONFIG, names="[income, area, national]"):
    """Study, panel, units and covariates of a place."""
    unread = [name for name in ("income", "area", "national") if name not in names]
    write_panel(folder, table.drop(columns=unread, errors="ignore"))
    path = folder / "config.yaml"
    path.write_text(f"{config}covariates: {names}\n", encoding="utf-8")
    study, _, prepared = opened(path)
    table = given_figures(read_yaml(path), str(path)).covariates
    return study, {"panel": prepared.panel, "units": prepared.units, "covariates": table}


def dummies(table):
    """Of units and years, each but the first, and a constant."""
    names = table[["unit", "period"]]
    return pd.get_dummies(names, drop_first=True, dtype=float).assign(constant=1.0)


def regressed(table, column, covariates):
    """Coefficients of least squares on dummies of units and years, by statsmodels."""
    on = ((table["unit"] == "North") & (table["period"].astype(int) >= 2010)).astype(float)
    weights = table.groupby("unit")["exposure"].transform("mean")
    matrix = pd.concat(
        [
            on.rename("on"),
            table[covariates],
            dummies(table),
        ],
        axis=1,
    )
    return sm.WLS(table[column], matrix, weights=weights).fit().params


def test_did_with_a_covariate_is_a_regression_on_dummies(tmp_path):
    table = with_columns()
    study, frames = given(tmp_path, table)
    found = adjusted(study, **frames).set_index(["method", "adjusted"])
    table = table.assign(rate=RATE * table["value"] / table["exposure"])
    exposure = table.loc[table["unit"] == "North", "exposure"].iloc[0] * (len(YEARS) - PRE)
    for choice, names in ((False, []), (True, ["income"])):
        row, params = found.loc[("did", choice)], regressed(table, "rate", names)
        events = (row["observed"] - row["counterfactual"]) * RATE / exposure
        assert events == pytest.approx(params["on"], rel=1e-7)
        assert row["covariates"] == "; ".join(names)
    moves = covariate_moves(study, **frames).set_index("covariate")
    assert moves.loc["income", "slope"] == pytest.approx(
        regressed(table, "rate", ["income"])["income"], rel=1e-7
    )
    equal = table.assign(exposure=1.0)
    change = regressed(equal, "income", [])["on"]
    assert moves.loc["income", "change"] == pytest.approx(change, rel=1e-7)
    assert moves.loc[["area", "national"], "change"].abs().max() < 1e-9


def test_poisson_did_with_a_covariate_is_a_generalised_linear_model(tmp_path):
    table = with_columns()
    study, frames = given(tmp_path, table)
    found = adjusted(study, **frames).set_index(["method", "adjusted"])
    on = ((table["unit"] == "North") & (table["period"].astype(int) >= 2010)).astype(float)
    matrix = pd.concat([table["income"] - 100, dummies(table)], axis=1)
    offset = np.log(table["exposure"])
    free = on == 0  # the untreated cells alone, as the counterfactual is built
    fitted = sm.GLM(
        table["value"][free], matrix[free], family=sm.families.Poisson(), offset=offset[free]
    ).fit()
    expected = fitted.predict(matrix[on == 1], offset=offset[on == 1]).sum()
    assert found.loc[("poisson_did", True), "counterfactual"] == pytest.approx(expected, rel=1e-6)


CONTINUOUS = CONFIG.replace("kind: count", "kind: continuous, measured: {en: points}")


def test_a_bad_control_takes_away_its_slope_times_its_change(tmp_path):
    """Omitted variables in closed form: without noise, plain effect = −7 + 3 · change of x."""
    table, generator = with_columns().drop(columns="exposure"), np.random.default_rng(8)
    unit, year = table["unit"].map(UNITS.index), table["period"].astype(int) - 2000
    on = (table["unit"] == "North") & (year >= 10)
    x = generator.normal(size=len(table)).round(4) + 2.0 * on
    value = 50 + 4 * unit + np.sin(year) + 3 * x - 7 * on
    table = table.assign(x=x, value=value.round(9))
    study, frames = given(tmp_path, table, CONTINUOUS, "{x: {label: {en: The X}}}")
    found = adjusted(study, **frames)
    assert set(found["method"]) == {"did", "synthetic_control"}  # no model of counts
    effect = (found["observed"] - found["counterfactual"]).set_axis(
        pd.MultiIndex.from_frame(found[["method", "adjusted"]])
    )
    moves = covariate_moves(study, **frames).iloc[0]
    assert effect["did", True] == pytest.approx(-7, abs=1e-6)
    assert moves["slope"] == pytest.approx(3, abs=1e-6)
    assert effect["did", False] == pytest.approx(-7 + 3 * moves["change"], abs=1e-6)
    assert moves["p_value"] == pytest.approx(1 / 8)  # it moved most in the treated unit
    assert [dict(one.label) for one in study.covariates] == [{"en": "The X"}]


def test_what_a_method_cannot_use_is_left_out_and_nothing_left_is_a_reason(tmp_path):
    study, frames = given(tmp_path, with_columns())
    found = adjusted(study, **frames).set_index(["method", "adjusted"])
    assert found.loc[("synthetic_control", True), "covariates"] == "area; income"
    assert found.loc[("synthetic_control", True), "estimator"] == "synthetic_control_validated"
    study, frames = given(tmp_path, with_columns(), names="[national]")
    found = adjusted(study, **frames)
    kept = found[found["adjusted"]]
    assert kept["reason"].tolist() == ["none to use"] * 3
    assert kept["observed"].isna().all() and kept["message"].str.contains("no covariate").all()
    assert (found.loc[~found["adjusted"], "reason"] == "").all()
    moves = covariate_moves(study, **frames)
    assert moves[["slope", "weight"]].isna().all(axis=None)


def test_covariates_that_follow_from_each_other_are_a_reason(tmp_path):
    table = with_columns().assign(twice=lambda t: 2 * t["income"])
    study, frames = given(tmp_path, table, names="[income, twice]")
    row = adjusted(study, **frames).query("method == 'did' and adjusted").iloc[0]
    assert row["reason"] == "not estimable" and "follows from the others" in row["message"]


def test_a_study_without_covariates_has_the_same_panel_and_hash(tmp_path):
    study, frames = given(tmp_path, with_columns(), names="[income, area, national]")
    other, same = given(tmp_path, with_columns(), names="[national, income, area]")
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    write_panel(tmp_path, rows())
    plain, _, prepared = opened(tmp_path / "config.yaml")
    pd.testing.assert_frame_equal(prepared.panel, frames["panel"])
    pd.testing.assert_frame_equal(same["covariates"], frames["covariates"])
    assert plain.stream == study.stream and plain.hash != study.hash
    assert study.has("covariates") and not plain.has("covariates")
    assert replace(study, covariates=()).hash == plain.hash
    assert {one.name for one in other.covariates} == {one.name for one in study.covariates}


def test_labels_and_the_order_of_names_move_no_hash(tmp_path):
    study, _ = given(tmp_path, with_columns(), names="[income, area]")
    labelled = "{area: {label: Km}, income: {column: income, label: {en: Income in all}}}"
    assert given(tmp_path, with_columns(), names=labelled)[0].hash == study.hash


def test_over_longer_periods_covariates_are_averaged(tmp_path):
    months = [f"20{10 + n // 12}-{n % 12 + 1:02d}" for n in range(36)]
    table = rows(months).assign(x=lambda t: np.arange(len(t), dtype=float) ** 2)
    config = CONFIG.replace("2010", "2012-01") + "frequency: quarter\n"
    study, frames = given(tmp_path, table, config, "[x]")
    panel = to_periods(frames["panel"], "homicide", "quarter", 3)
    found = with_given(panel, frames["covariates"], 3).covariates["x"]
    expected = table.pivot(index="unit", columns="period", values="x").sort_index().to_numpy()
    assert found == pytest.approx(expected.reshape(8, 12, 3).mean(axis=2))
    assert adjusted(study, **frames)["n_pre"].tolist() == [8] * 6


def test_of_units_treated_together_covariates_are_averaged(tmp_path):
    config = CONFIG.replace("treated: North", "treated: [North, South]")
    _, frames = given(tmp_path, with_columns(), config, "[area]")
    own = frames["covariates"].query("sector == 'North + South'")
    assert own["value"].tolist() == [2.0] * len(YEARS)
    assert frames["covariates"]["sector"].nunique() == 7


def simplex_by_nnls(X, x):
    """Weights on the simplex that bring X w near x, by non-negative least squares."""
    large = 1e4 * max(1.0, np.abs(X).max())
    found, _ = nnls(np.vstack([X, np.full(X.shape[1], large)]), np.append(x, large))
    return found / found.sum()


@pytest.mark.parametrize("seed", range(6))
def test_v_of_two_predictors_is_the_best_of_a_grid(seed):
    """With two predictors V is one number: a fine grid of it, solved by another program."""
    panel, generator = poisson_panel(seed=seed, units=4, mean=30.0), np.random.default_rng(seed)
    panel = replace(panel, covariates={"x": generator.gamma(3.0, size=panel.counts.shape)})
    design = simple_design(panel)
    cut = len(design.pre) - len(design.pre) // 2
    halves = design.pre[:cut], design.pre[cut:]
    units = panel.rows((design.treated, *design.donors))

    def predictors(periods):
        columns = panel.columns(periods)
        means = [
            panel.rates[:, columns].mean(axis=1),
            panel.covariates["x"][:, columns].mean(axis=1),
        ]
        values = np.array(means)[:, units]
        return values / values.std(axis=1, ddof=1, keepdims=True)

    late = panel.rates[np.ix_(units, panel.columns(halves[1]))]

    def loss(v):
        scaled = np.sqrt(v)[:, None] * predictors(halves[0])
        return np.mean((simplex_by_nnls(scaled[:, 1:], scaled[:, 0]) @ late[1:] - late[0]) ** 2)

    grid = [np.array([1.0, 10.0**-k]) for k in np.linspace(0, 8, 400)]
    best = min(loss(v) for v in [*grid, *(v[::-1] for v in grid)])
    fit = VALIDATED.fit(panel, design)
    v = np.array([fit.diagnostics["v outcome"], fit.diagnostics["v x"]])
    assert fit.diagnostics["v_loss"] <= best * (1 + 1e-6)
    assert fit.diagnostics["v_loss"] == pytest.approx(loss(v), rel=1e-4)
    scaled = np.sqrt(v)[:, None] * predictors(halves[1])
    X, x = scaled[:, 1:], scaled[:, 0]
    theirs = np.sum((X @ simplex_by_nnls(X, x) - x) ** 2)
    assert np.sum((X @ fit.weights - x) ** 2) <= theirs + 1e-9


def test_which_covariates_vary():
    panel = poisson_panel(seed=1, units=6)
    J, T = panel.counts.shape
    kinds = {
        "both": np.random.default_rng(1).normal(size=(J, T)),
        "unit": np.repeat(np.arange(J, dtype=float)[:, None], T, axis=1),
        "year": np.repeat(np.arange(T, dtype=float)[None], J, axis=0),
        "sum": np.arange(J, dtype=float)[:, None] * 1e6 + np.arange(T) / 3,
        "none": np.zeros((J, T)),
    }
    panel, design = replace(panel, covariates=kinds), simple_design(panel)
    assert varying(panel, panel.units, panel.periods) == ["both"]
    assert in_regression(panel, design) == ["both"]
    assert in_matching(panel, design) == ["both", "sum", "unit"]
    assert varying(replace(panel, covariates={}), panel.units, panel.periods) == []
