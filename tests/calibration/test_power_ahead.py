"""What a study that lies ahead would find: one sector of the engine that plans scale-ups."""

import copy
from dataclasses import replace

import numpy as np
import pytest

from evaluation.analyses.preregistration.before import figures_before
from evaluation.calibration.draws import critical_pair
from evaluation.calibration.scale_up.ahead import (
    as_plan,
    can_simulate,
    one_candidate,
    power_ahead,
    world_ahead,
)
from evaluation.design.design import Design
from evaluation.design.donors import donors_of
from evaluation.design.prepare import prepare
from evaluation.estimators.poisson_kriging import KRIGING
from evaluation.inference.pooled_kriging import log_ratios
from evaluation.sources.shipped import read_shipped
from evaluation.study.config import read_yaml
from evaluation.study.errors import InputError
from evaluation.study.files import parquet_bytes
from evaluation.study.study import Span, load
from tests.conftest import ROOT

TEMPLATE = "config/templates/next_sector.yaml"
PROGRAMME = {"PLATEROS", "SANTA FE", "CUAUTEPEC", "OASIS", "QUETZAL"}
RATIOS = (1.0, 0.7, 0.5)


@pytest.fixture(scope="module", autouse=True)
def at_root():
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        yield


@pytest.fixture(scope="module")
def study(at_root):
    """The template, with fewer panels."""
    found = copy.deepcopy(read_yaml(TEMPLATE))
    found["calibration"] |= {"draws": 40, "deciding_panels": 60}
    return load(TEMPLATE, found)


@pytest.fixture(scope="module")
def given(at_root):
    return read_shipped("data")


@pytest.fixture(scope="module")
def before(study, given):
    return figures_before(given, study, TEMPLATE)


def test_the_template_stops_before_its_first_job_and_says_which_months_lack(study):
    with pytest.raises(InputError) as refused:
        prepare(study, TEMPLATE)
    assert "Months 2025-01..2027-12 lack: figures of homicide end 2024-12" in str(refused.value)
    assert "`snakemake preregister` writes the plan" in str(refused.value)


def test_sectors_of_the_programme_are_no_donors(study, before):
    donors = donors_of(before.units)
    assert len(donors) == 59 and not PROGRAMME & set(donors)
    candidates = one_candidate(study, before.units)
    assert candidates.donors(study.treated, candidates.names) == donors


def test_the_same_choices_give_the_same_bytes_whatever_comes_later(study, before):
    found = power_ahead(study, before.panel, before.units, TEMPLATE)
    assert list(found["months"].unique()) == [12, 24, 36]
    assert {1.0, 0.8, 0.7, 0.6, 0.5} <= set(found["rate_ratio"])
    late = before.panel["month"] > "2023-12"
    other = before.panel.assign(count=before.panel["count"].where(~late, 9))
    earlier = replace(
        study, pre_period=Span("2016-01", "2023-12"), donut=Span("2024-01", "2024-12")
    )
    once, again = (power_ahead(earlier, one, before.units, "x") for one in (before.panel, other))
    assert parquet_bytes(once) == parquet_bytes(again) != parquet_bytes(found)
    again = power_ahead(study, before.panel, before.units, TEMPLATE)
    assert parquet_bytes(again) == parquet_bytes(found)


def test_power_is_that_of_a_simulation_of_its_own(study, before):
    """The estimator's own fits on other panels, two quarters left out before the start."""
    window = (("B", "2026-12"),)
    study = replace(
        study,
        pre_period=Span("2016-01", "2024-06"),
        donut=Span("2024-07", "2024-12"),
        post_windows=window,
        calibration=replace(study.calibration, draws=300, deciding_panels=500),
    )
    ours = power_ahead(study, before.panel, before.units, TEMPLATE).set_index("rate_ratio")
    plan, candidates = as_plan(study), one_candidate(study, before.units)
    world = world_ahead(study, plan, candidates, before.panel, TEMPLATE)
    periods, start = world.panel.periods, world.start
    assert (periods[start - 1], periods[start]) == ("2024-04", "2025-01")
    post = periods[start : world.end(24)]
    assert len(post) == 8
    donors = donors_of(before.units)
    design = Design(study.treated, donors, periods[:start], (), post, (("B", post),))
    row = world.panel.rows([study.treated])[0]
    generator = np.random.default_rng(1)

    def ratios(variation, shares):
        counts, means = world.draw(variation, generator)
        fit = KRIGING.fit(replace(world.panel, counts=counts), design)
        events = generator.poisson(np.multiply(means[row, start:].sum(), shares))
        return log_ratios(events, fit.counterfactual[start:].sum())

    model = world.model
    reference = [ratios(model.redrawn(generator), (1.0,))[0] for _ in range(500)]
    low, high = critical_pair(np.array(reference), 0.05)
    found = np.array([ratios(model.variation, RATIOS) for _ in range(300)])
    for place, ratio in enumerate(RATIOS):
        share = (found[:, place] <= low).mean()
        # The reference has an error too, about that of the panels.
        error = np.sqrt(
            2 * max(share * (1 - share), 0.02) / 300 + ours.loc[ratio, "low_error"] ** 2
        )
        assert abs(share - ours.loc[ratio, "low"]) < 3 * error, ratio
    assert abs((found[:, 0] >= high).mean() - ours.loc[1.0, "high"]) < 0.04
    expected = ours["expected"].iloc[0]
    assert expected == pytest.approx(world.expected[row, start : world.end(24)].sum())


def test_another_test_is_not_simulated(study, before):
    for other in (
        replace(study, estimators=("poisson_did", "poisson_kriging")),
        replace(study, tests=("permutation_ferman_pinto", "permutation_log_ratio_calibrated")),
        replace(study, tests=("permutation_log_ratio",)),
    ):
        assert not can_simulate(other)
        with pytest.raises(InputError, match="which can be simulated before there are figures"):
            power_ahead(other, before.panel, before.units, TEMPLATE)


def test_a_short_history_is_refused(study, before):
    short = replace(study, pre_period=Span("2022-04", "2024-12"))
    with pytest.raises(InputError, match=r"key pre_period.*known for 11 whole periods.*3 years"):
        power_ahead(short, before.panel, before.units, TEMPLATE)
