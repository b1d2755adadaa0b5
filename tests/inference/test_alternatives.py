"""The same study with other choices: its own numbers where nothing changes, else a reason."""

import dataclasses
import math

import numpy as np
import pytest

from evaluation.inference.alternatives import Again, NotPossible, months_from, ranked_among, rows_of
from evaluation.inference.estimate import estimate_outcome
from evaluation.inference.permutation import permutation_ferman_pinto
from evaluation.inference.placebo import PlaceboFamily, members
from evaluation.panel.periods import to_periods
from evaluation.study.errors import EstimationError
from evaluation.study.months import period_of, shifted
from tests.analyses import given


def test_months_move_and_are_counted():
    assert shifted("2019-11", 3) == "2020-02" and shifted("2020-01", -1) == "2019-12"
    assert months_from("2019-07", "2019-12") == 6 and months_from("2020-01", "2020-01") == 1
    assert period_of("2020-01", 3, "2018-02") == "2019-11"
    assert period_of("2018-01", 6, "2018-02") == "2017-08"
    assert period_of("2020-02", 3) == "2020-01"


def test_periods_counted_from_a_month_keep_every_event():
    panel = given.world()["panel"]
    rows = panel[panel["outcome"] == "homicide"]
    for anchor, first, last in (
        ("2016-02", "2014-02", "2019-08"),
        ("2016-03", "2014-03", "2019-09"),
    ):
        periods = to_periods(panel, "homicide", "quarter", 3, anchor)
        assert (periods.periods[0], periods.periods[-1]) == (first, last)
        inside = rows["month"].between(first, shifted(last, 2))
        assert periods.counts.sum() == rows.loc[inside, "count"].sum()


def test_nothing_changed_gives_the_study_its_own_numbers():
    study, frames = given.study(), given.world(0.7)
    own = estimate_outcome(
        frames["panel"], frames["units"], study, "homicide", data_vintage="x", code_version="x"
    ).estimates
    own = own[own["inference"] == "permutation_ferman_pinto"].set_index("estimator")
    again = Again(study, frames["panel"], "homicide")
    rows = rows_of(
        study,
        "homicide",
        "B",
        lambda: again.alternative(study, frames["units"], "B"),
        study.estimators,
    )
    assert [row["estimator"] for row in rows] == list(study.estimators)
    for row in rows:
        expected = own.loc[row["estimator"]]
        for name in ("effect_percent", "log_rate_ratio", "ci_low", "ci_high", "p_value", "n_pre"):
            assert row[name] == pytest.approx(expected[name], rel=1e-9), name
        assert row["reason"] == "" and row["n_placebos"] == row["n_donors"] == 11


def test_estimation_errors_become_reasons_and_nothing_else_does():
    study = given.study()

    def impossible():
        raise NotPossible("window over", "too late")

    def failing():
        raise EstimationError("not certified")

    row = rows_of(study, "homicide", "B", impossible, ("did",))[0]
    assert row["reason"] == "window over" and row["message"] == "too late"
    assert math.isnan(row["p_value"]) and row["n_post"] == 0
    assert rows_of(study, "homicide", "B", failing, ("did",))[0]["reason"] == "not estimable"
    with pytest.raises(ZeroDivisionError):
        rows_of(study, "homicide", "B", lambda: 1 / 0, ("did",))


def test_too_few_donors_are_a_reason_with_their_number():
    study, frames = given.study(), given.world()
    units = frames["units"]
    few = units.assign(role=units["role"].mask(units["sector"] == "DONOR B", "excluded"))
    strict = dataclasses.replace(study, donors=dataclasses.replace(study.donors, minimum=11))
    again = Again(strict, frames["panel"], "homicide")
    row = rows_of(strict, "homicide", "B", lambda: again.alternative(strict, few, "B"), ("did",))[0]
    assert row["reason"] == "few donors" and row["n_donors"] == 10


def family(pre_rmspe) -> PlaceboFamily:
    count = len(pre_rmspe)
    values = np.linspace(-0.5, 0.7, count)
    ones = np.ones(count)
    return PlaceboFamily(
        units=tuple(f"u{place}" for place in range(count)),
        observed=20 * np.exp(values),
        counterfactual=20 * ones,
        pre_events=40 * ones,
        population=1e5 * ones,
        log_ratio=values,
        rate=ones,
        gap=values,
        pre_rmspe=np.array(pre_rmspe, dtype=float),
        post_rmspe=ones,
        noise_rmspe=ones,
        steps=ones,
    )


def test_filtering_keeps_the_treated_unit_and_the_well_fitted():
    whole = family([1.0, 0.5, 1.9, 2.1, 2.0, 9.0])
    kept = ranked_among(whole, 2.0)
    assert kept.units == ("u0", "u1", "u2", "u4")
    assert permutation_ferman_pinto(kept, 0.95, "mean").smallest_p == 1 / 4
    assert ranked_among(whole, math.inf) is whole
    with pytest.raises(NotPossible, match="1 placebos"):
        ranked_among(family([1.0, 0.5, 3.0, 3.0]), 2.0)


def test_members_reorder_every_array():
    whole = family([1.0, 2.0, 3.0])
    turned = members(whole, [2, 0])
    assert turned.units == ("u2", "u0")
    assert list(turned.pre_rmspe) == [3.0, 1.0]
    assert turned.log_ratio == pytest.approx(whole.log_ratio[[2, 0]])
