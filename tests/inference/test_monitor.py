"""Looks month by month: what each rests on, and that none is taken which was not planned."""

import dataclasses

import numpy as np
import pytest

from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.monitor import (
    at_looks,
    design_to,
    look_at,
    looks_taken,
    monitored_donors,
    planned,
)
from evaluation.inference.permutation import scores
from evaluation.inference.placebo import stack_panels, totals
from evaluation.panel.periods import to_periods
from evaluation.study.choices import Monitoring
from evaluation.study.errors import EstimationError, InputError
from evaluation.study.months import month_range, shifted
from tests.analyses import given

PLAN = Monitoring(3, 12, 0.05, "poisson_did", 100, 1)
NAMES = ("poisson_did", "did", "demeaned_synthetic_control", "synthetic_control")


@pytest.fixture(scope="module")
def study():
    return given.study(monitoring=PLAN)


@pytest.fixture(scope="module")
def frames():
    return given.world(0.7)


@pytest.fixture(scope="module")
def panel(frames):
    return to_periods(frames["panel"], "homicide", "month", 1)


@pytest.fixture(scope="module")
def donors(frames, study):
    return monitored_donors(frames["units"], study)


def without(panel, *months):
    """The panel without some months."""
    kept = [month for month in panel.periods if month not in months]
    columns = panel.columns(kept)
    return dataclasses.replace(
        panel,
        periods=tuple(kept),
        counts=panel.counts[:, columns],
        exposure=panel.exposure[:, columns],
    )


def in_order(panel, names):
    """The panel with its units in another order."""
    rows = panel.rows(names)
    return dataclasses.replace(
        panel, units=tuple(names), counts=panel.counts[rows], exposure=panel.exposure[rows]
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_look_is_the_log_test_of_its_window(panel, donors, study, name):
    for look in (3, 7, 12):
        found = look_at(panel, donors, study, ESTIMATORS[name], look)
        design = design_to(panel, donors, study, look)
        assert design.post == month_range("2018-01", shifted("2018-01", look - 1))
        paths = stack_panels(ESTIMATORS[name], [panel], design.family()).panel(0)
        family = totals(paths, design.positions(design.post))
        scored = scores("permutation_ferman_pinto", family, study.centre)
        assert found.z[0] == pytest.approx(
            scored.deviation / scored.standard_error, rel=1e-8, nan_ok=True
        )
        assert found.observed[0] == pytest.approx(family.observed)
        assert found.counterfactual[0] == pytest.approx(family.counterfactual)


@pytest.mark.parametrize("name", NAMES)
def test_one_fit_to_the_horizon_gives_every_look(panel, donors, study, name):
    """What the simulation does; the study's own looks are fitted on nothing later."""
    design = design_to(panel, donors, study, 12)
    paths = stack_panels(ESTIMATORS[name], [panel], design.family()).panel(0)
    start = len(design.pre) + len(design.donut)
    together = at_looks(paths, start, np.arange(3, 13), study.centre)
    for place, look in enumerate(range(3, 13)):
        alone = look_at(panel, donors, study, ESTIMATORS[name], look)
        # The weights of `did` are shares of exposure, which a month more moves by its days.
        assert together.z[place] == pytest.approx(alone.z[0], rel=1e-6, nan_ok=True)


def test_later_months_move_no_look(panel, donors, study):
    estimator = ESTIMATORS["poisson_did"]
    after = panel.columns(month_range("2018-07", panel.periods[-1]))
    counts = panel.counts.copy()
    counts[:, after] += 5
    changed = dataclasses.replace(panel, counts=counts)
    cut = without(panel, *month_range("2018-07", panel.periods[-1]))
    wanted = look_at(panel, donors, study, estimator, 6)
    for other in (changed, cut):
        found = look_at(other, donors, study, estimator, 6)
        assert (found.z == wanted.z).all()


def test_ratio_by_hand(panel, donors, study):
    """Poisson DiD: post/pre of the pilot over post/pre of its donors, ½ added to the pilot's."""
    found = look_at(panel, donors, study, ESTIMATORS["poisson_did"], 4)
    own = panel.counts[panel.rows(["PILOT"])[0]]
    others = panel.counts[panel.rows(donors)].sum(axis=0)
    pre = panel.columns(month_range("2014-01", "2017-09"))
    post = panel.columns(month_range("2018-01", "2018-04"))
    growth = others[post].sum() / others[pre].sum()
    assert found.observed[0, 0] == own[post].sum()
    assert found.counterfactual[0, 0] == pytest.approx(own[pre].sum() * growth)
    wanted = np.log((own[post].sum() + 0.5) / (own[pre].sum() + 0.5) / growth)
    assert found.log_ratio[0, 0] == pytest.approx(wanted)
    assert found.deviation[0, 0] == pytest.approx(wanted - found.log_ratio[0, 1:].mean())


@pytest.mark.parametrize("name", NAMES)
def test_exposure_in_another_unit_and_another_order_move_nothing(panel, donors, study, name):
    estimator = ESTIMATORS[name]
    wanted = look_at(panel, donors, study, estimator, 8)
    scaled = dataclasses.replace(panel, exposure=panel.exposure * 1000)
    turned = in_order(panel, panel.units[::-1])
    for other in (scaled, turned):
        found = look_at(other, donors, study, estimator, 8)
        assert found.z == pytest.approx(wanted.z, rel=1e-7, nan_ok=True)
    mixed = look_at(panel, donors[::-1], study, estimator, 8)
    assert mixed.z[0, 0] == pytest.approx(wanted.z[0, 0], rel=1e-7)


def test_looks_are_those_that_complete_months_allow(panel, study):
    assert looks_taken(panel, study) == tuple(range(3, 13))  # the data have 24 months
    assert looks_taken(without(panel, *month_range("2018-09", "2019-12")), study) == (
        3,
        4,
        5,
        6,
        7,
        8,
    )
    assert looks_taken(without(panel, "2018-06"), study) == (3, 4, 5)  # a hole ends them
    assert looks_taken(without(panel, *month_range("2018-03", "2019-12")), study) == ()


@pytest.mark.parametrize("look", [0, 2, 13, 24])
def test_a_look_that_was_not_planned_is_refused(panel, donors, study, look):
    with pytest.raises(InputError, match=f"a look after {look} months.*3 to 12 months, as planned"):
        look_at(panel, donors, study, ESTIMATORS["poisson_did"], look)


def test_a_look_at_an_incomplete_month_is_refused(panel, donors, study):
    with pytest.raises(EstimationError, match="2018-05 is not complete; no look after 6 months"):
        look_at(without(panel, "2018-05"), donors, study, ESTIMATORS["poisson_did"], 6)


def test_a_study_without_a_plan_has_no_looks(panel):
    with pytest.raises(InputError, match="key monitoring: no such block"):
        planned(given.study(monitoring=None))


def test_donors_that_enter_before_the_horizon_are_none(frames):
    """LATECOMER enters in 2020-06, month 30; the study's own window ends before."""
    rule = dataclasses.replace(given.study().donors, exclude_calendar=False)
    units = frames["units"].copy()
    units.loc[units["sector"] == "LATECOMER", ["role", "reason"]] = ("donor", "meets the rule")
    for horizon, among in ((29, True), (30, False)):
        plan = dataclasses.replace(PLAN, horizon=horizon)
        long = given.study(monitoring=plan, donors=rule)
        assert ("LATECOMER" in monitored_donors(units, long)) == among


def test_silent_donors_and_an_impossible_ratio_give_no_test(panel, donors, study):
    counts = panel.counts.copy()
    counts[np.ix_(panel.rows(donors), panel.columns(month_range("2018-01", "2018-03")))] = 0
    silent = dataclasses.replace(panel, counts=counts)
    found = look_at(silent, donors, study, ESTIMATORS["poisson_did"], 3)
    assert np.isnan(found.z).all() and (found.counterfactual == 0).all()
    assert np.isfinite(look_at(silent, donors, study, ESTIMATORS["poisson_did"], 5).z[0, 0])
