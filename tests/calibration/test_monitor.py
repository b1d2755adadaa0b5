"""The boundary of the looks: published constants, what it rests on, false alarms and power."""

import dataclasses

import numpy as np
import pytest

from evaluation.calibration.monitor import (
    COPIES,
    boundary_rows,
    boundary_worlds,
    chances,
    crossings,
    flat_boundary,
    naive_boundary,
    plan_looks,
    simulate_looks,
    stated_world,
)
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.inversion import share_error
from evaluation.inference.monitor import at_looks, monitored_donors
from evaluation.inference.placebo import PathStack
from evaluation.panel.periods import to_periods
from evaluation.study.choices import Monitoring
from evaluation.study.errors import EstimationError
from evaluation.study.months import month_range
from tests.analyses import given

PLAN = Monitoring(3, 12, 0.05, "poisson_did", 60, 1)
POCOCK = {
    4: 2.361,
    5: 2.413,
    10: 2.555,
    20: 2.672,
}  # Jennison & Turnbull (2000), table 2.1, α = .05
ESTIMATOR = ESTIMATORS["poisson_did"]


@pytest.fixture(scope="module")
def study():
    return given.study(monitoring=PLAN)


@pytest.fixture(scope="module")
def frames():
    return given.world(more=20)


@pytest.fixture(scope="module")
def panel(frames):
    return to_periods(frames["panel"], "homicide", "month", 1)


@pytest.fixture(scope="module")
def donors(frames, study):
    return monitored_donors(frames["units"], study)


@pytest.fixture(scope="module")
def plan(panel, donors, study):
    return plan_looks(panel, donors, study)


def looked(plan, study, world, **changes):
    arguments = dict(centre=study.centre, panels=40, seed=3) | changes
    return simulate_looks(plan, ESTIMATOR, world.law, **arguments)


@pytest.mark.parametrize("looks", POCOCK)
def test_equally_spaced_looks_at_a_brownian_motion_give_pococks_constant(looks):
    steps = np.random.default_rng(looks).normal(size=(200_000, looks))
    z = np.cumsum(steps, axis=1) / np.sqrt(np.arange(1, looks + 1))
    assert flat_boundary([crossings(z)], 0.05) == pytest.approx(POCOCK[looks], abs=0.025)
    assert chances(z, POCOCK[looks])["false_alarm"] == pytest.approx(0.05, abs=0.002)


@pytest.mark.parametrize("looks", [5, 10])
def test_looks_at_many_events_come_near_pococks_constant(looks):
    """A long past, busy months, many donors and no drift: z is a Brownian motion by √k."""
    generator = np.random.default_rng(looks)
    units, copies, panels = 160, 20, 250
    size = (panels, copies + units, looks)
    observed = np.concatenate(
        [np.full((*size[:2], 1), 1e9), generator.poisson(2000.0, size)], axis=-1
    )
    growth = np.full(observed.shape, 2000.0 / 1e9)
    paths = PathStack(
        estimator="poisson_did",
        units=tuple(map(str, range(copies + units))),
        observed=observed,
        counterfactual=1e9 * growth,
        exposure=np.ones_like(observed),
        growth=growth,
        pre=1,
    )
    found = at_looks(paths, 1, np.arange(1, looks + 1), "mean", treated=copies)
    z = np.swapaxes(found.z[..., :copies], -1, -2)
    assert flat_boundary([crossings(z)], 0.05) == pytest.approx(POCOCK[looks], abs=0.09)


def test_one_look_is_the_usual_test():
    z = np.random.default_rng(0).normal(size=(400_000, 1))
    assert naive_boundary(0.05) == pytest.approx(1.959964, abs=1e-6)
    assert flat_boundary([crossings(z)], 0.05) == pytest.approx(1.96, abs=0.02)


def test_the_boundary_is_the_largest_rounded_up():
    calm, wild = np.linspace(0, 2, 199), np.linspace(0, 2.996, 199)
    both = flat_boundary([calm, wild], 0.05)
    assert both == flat_boundary([wild], 0.05) > flat_boundary([calm], 0.05)
    assert both == round(both, 2) and (wild > both).mean() <= 0.05
    # 2.0 exactly stays 2.0.
    assert flat_boundary([np.full(199, 2.0)], 0.05) == 2.0


def test_no_ratio_is_no_alarm():
    z = np.array([[np.nan, 1.0, -2.0], [np.nan, np.nan, np.nan]])
    assert list(crossings(z)) == [2.0, 0.0]
    assert chances(z, 1.5) == {"false_alarm": 0.5, "low": 0.5, "high": 0.0}


def test_the_same_seed_gives_the_same_boundary(plan, study):
    first, again = (boundary_rows(plan, study, ESTIMATOR) for _ in range(2))
    assert first == again
    other = dataclasses.replace(study, monitoring=dataclasses.replace(PLAN, seed=2))
    assert boundary_rows(plan, other, ESTIMATOR)[0]["critical"] != first[0]["critical"]


def test_only_months_before_the_start_enter(panel, donors, study, plan):
    """The boundary is the same at every look: what came since cannot move it."""
    counts = panel.counts.copy()
    counts[:, panel.columns(month_range("2018-01", "2019-12"))] *= 3
    busier = dataclasses.replace(panel, counts=counts)
    months = [month for month in panel.periods if month < "2018-01"]
    columns = panel.columns(months)
    before = dataclasses.replace(
        panel,
        periods=tuple(months),
        counts=panel.counts[:, columns],
        exposure=panel.exposure[:, columns],
    )
    wanted = boundary_rows(plan, study, ESTIMATOR)
    for other in (busier, before):
        assert boundary_rows(plan_looks(other, donors, study), study, ESTIMATOR) == wanted


def test_the_plan_repeats_the_last_year_before_the_start(plan, study):
    assert plan.design.post == month_range("2018-01", "2018-12")
    assert plan.start == 48 and list(plan.looks) == list(range(3, 13))
    assert (plan.model.common[48:] == plan.model.common[36:48]).all()
    # Thirty-one days of January: an exposure that goes on from December's.
    assert plan.panel.exposure[:, 48] == pytest.approx(plan.panel.exposure[:, 47])
    assert plan.panel.exposure[:, 49] == pytest.approx(plan.panel.exposure[:, 47] * 28 / 31)
    assert not plan.panel.counts[:, 48:].any()


def test_every_world_is_named_once_and_has_its_variances(study):
    worlds = boundary_worlds((0.0, 0.1))
    names = [world.law.name for world in worlds]
    assert names == ["drift 0", "drift 0.1", "serial 0.5", "serial 0.9", "fitted"]
    assert worlds[1].law.variation.drift == pytest.approx(0.01)
    assert worlds[2].law.variation.serial == pytest.approx(0.09)
    assert worlds[-1].law.variation is None  # redrawn on every panel


def test_planted_counts_keep_what_is_asked_for(plan, study):
    same = looked(plan, study, stated_world(0.0), ratio=1.0)
    assert (same.null == same.planted).all()
    found = looked(plan, study, stated_world(0.0), ratio=0.6)
    far = found.deviation[:, 1, :, -1] - found.deviation[:, 0, :, -1]
    assert far.mean() == pytest.approx(np.log(0.6), abs=0.02)
    assert found.null.shape == (40, COPIES, 10)


def test_false_alarms_and_a_halving_on_a_small_world(plan, study):
    """The boundary of sixty panels a law, held against other panels of three laws."""
    boundary = boundary_rows(plan, study, ESTIMATOR)[0]["boundary"]
    for world in (stated_world(0.0), stated_world(0.2), stated_world(0.1, 0.5, 0.3)):
        found = looked(plan, study, world, panels=150, seed=99)
        alarms = crossings(found.null) > boundary
        error = share_error(alarms, np.ones_like(alarms))
        assert alarms.mean() <= 0.05 + 3 * error
        assert (crossings(found.planted) > boundary).mean() > 5 * alarms.mean()
    naive = crossings(found.null) > naive_boundary(0.05)
    assert naive.mean() > 0.10


def test_a_past_without_events_or_months_is_refused(panel, donors, study):
    counts = panel.counts.copy()
    counts[:, panel.columns(month_range("2014-01", "2017-12"))] = 0
    with pytest.raises(EstimationError, match="no event"):
        plan_looks(dataclasses.replace(panel, counts=counts), donors, study)
    later = [month for month in panel.periods if month >= "2018-01"]
    columns = panel.columns(later)
    bare = dataclasses.replace(
        panel,
        periods=tuple(later),
        counts=panel.counts[:, columns],
        exposure=panel.exposure[:, columns],
    )
    with pytest.raises(EstimationError, match="no complete month in the pre-period"):
        plan_looks(bare, donors, study)


@pytest.mark.slow
@pytest.mark.parametrize("size", [1.0, 5.0, 20.0])
def test_false_alarms_stay_below_the_level_in_every_stated_law(panel, donors, size):
    long = dataclasses.replace(PLAN, horizon=24, panels=500)
    study = given.study(monitoring=long)
    plan = plan_looks(panel, donors, study)
    boundary = boundary_rows(plan, study, ESTIMATOR, size)[0]["boundary"]
    for serial in ((0.0, 0.0), (0.5, 0.3), (0.9, 0.2)):
        for drift in (0.0, 0.1, 0.2, 0.3):
            world = stated_world(drift, *serial)
            found = looked(plan, study, world, panels=1500, seed=5, size=size)
            alarms = crossings(found.null) > boundary
            assert alarms.mean() <= 0.05 + 2 * share_error(alarms, np.ones_like(alarms))
