"""Covariates of a user's table: estimators that use them, and tables that are refused."""

import numpy as np
import pandas as pd
import pytest

import evaluation as ev

UNITS = ["A", "B", "C", "D", "E"]


def table():
    generator = np.random.default_rng(4)
    cells = [
        (unit, f"{year}Q{q}") for unit in UNITS for year in range(2015, 2019) for q in (1, 2, 3, 4)
    ]
    frame = pd.DataFrame(cells, columns=["place", "quarter"])
    return frame.assign(
        thefts=generator.poisson(40, len(frame)), heat=generator.normal(20, 5, len(frame))
    )


def panel_of(frame):
    return ev.Panel.from_frame(frame, unit="place", period="quarter", count="thefts")


ROLES = dict(unit="place", period="quarter", covariates=["heat"])


def test_did_and_predictors_use_them_and_the_other_estimators_are_as_they_were():
    frame = table()
    plain = panel_of(frame)
    panel = plain.with_covariates(frame.sample(frac=1, random_state=2), **ROLES)
    design = ev.design(panel, treated="A", start="2018Q1")

    def effect(one, estimator):
        return ev.fit(one, design, estimator).effect().percent

    assert panel.of().covariates["heat"][1, 0] == frame.loc[16, "heat"]
    for estimator in ("did", "poisson_did"):
        assert effect(panel, estimator) != effect(plain, estimator)
    assert "v heat" in ev.fit(panel, design, "synthetic_control_predictors").own.diagnostics
    for estimator in ("synthetic_control", "synthetic_did"):
        assert effect(panel, estimator) == effect(plain, estimator)
    assert 0 < ev.test(ev.fit(panel, design, "did"), "permutation_raw").p_value <= 1
    assert 0 < ev.test(ev.fit(panel, design, "did"), "conformal").p_value <= 1


@pytest.mark.parametrize(
    ("change", "roles", "message"),
    [
        (lambda f: f, {"covariates": ["beer"]}, "no such column|no column"),
        (lambda f: f, {"covariates": []}, "no such column"),
        (lambda f: f, {"unit": "city"}, "no such column"),
        (lambda f: f.assign(heat="hot"), {}, "a number"),
        (lambda f: pd.concat([f, f.iloc[:1]]), {}, "twice"),
        (lambda f: f.assign(quarter="2015"), {}, "quarters, as in the panel"),
        (
            lambda f: f.assign(place="elsewhere", quarter=f["quarter"].iloc[0]).iloc[:1],
            {},
            "no value",
        ),
    ],
)
def test_tables_that_are_refused(change, roles, message):
    frame = table()
    with pytest.raises(ev.InputError, match=message):
        panel_of(frame).with_covariates(change(frame), **(ROLES | roles))
