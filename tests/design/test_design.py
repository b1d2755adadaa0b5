"""Donor exclusions with their reasons, states, and designs that cannot be honoured."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluation.design.design import design_study, make_design
from evaluation.design.donors import assign_units
from evaluation.design.states import assign_states
from evaluation.study.errors import EstimationError, InputError
from evaluation.study.months import month_range
from evaluation.study.study import Span, load
from tests.conftest import ROOT


@pytest.fixture
def study(monkeypatch):
    monkeypatch.chdir(ROOT)
    return load()


@pytest.fixture
def shipped():
    read = lambda name: pd.read_csv(ROOT / "data" / f"{name}.csv")  # noqa: E731
    return read("sectors"), read("neighbours")


def test_the_default_study_has_63_donors_and_a_reason_for_every_exclusion(study, shipped):
    units = assign_units(*shipped, study).set_index("sector")
    assert (units["role"] == "donor").sum() == 63
    assert units.loc["PLATEROS", "role"] == "treated"
    excluded = units[units["role"] == "excluded"]["reason"]
    contiguous = {"SAN ANGEL", "TACUBAYA", "NAPOLES", "ALPES", "SANTA FE"}
    assert set(excluded.index) == contiguous | {"CUAUTEPEC", "OASIS", "QUETZAL"}
    for sector in contiguous:
        assert "within 50 m of PLATEROS" in excluded[sector]
    assert "programme sector from 2022-01" in excluded["SANTA FE"]


def test_every_donor_rule_can_be_changed(study, shipped):
    def donors(**rule):
        units = assign_units(*shipped, replace(study, donors=replace(study.donors, **rule)))
        return set(units.loc[units["role"] == "donor", "sector"])

    assert "TACUBAYA" in donors(exclude_within_m=-1.0)
    assert len(donors(exclude_within_m=2000.0)) < 63
    assert "CENTRO" not in donors(exclude=(("CENTRO", "redrawn in 2019"),))
    # A sector treated inside the windows stays out, whatever the rule says.
    assert "OASIS" not in donors(exclude_calendar=False)
    later = replace(
        study,
        donors=replace(study.donors, exclude_calendar=False),
        post_windows=(("B", "2021-12"),),
    )
    units = assign_units(*shipped, later).set_index("sector")
    assert units.loc["OASIS", "role"] == "donor"


def test_unknown_sectors_and_too_few_donors(study, shipped):
    with pytest.raises(InputError, match=r"key treated: unknown sectors \['PLATERO'\]"):
        assign_units(*shipped, replace(study, treated="PLATERO"))
    rule = replace(study.donors, exclude=(("NOWHERE", "x"),))
    with pytest.raises(InputError, match=r"donors.exclude: unknown sectors \['NOWHERE'\]"):
        assign_units(*shipped, replace(study, donors=rule))
    with pytest.raises(InputError, match="63 donors are left. Expected at least 64"):
        assign_units(*shipped, replace(study, donors=replace(study.donors, minimum=64)))


def test_every_unit_month_has_one_state(study, shipped):
    units = assign_units(*shipped, study)
    months = month_range("2016-01", "2023-12")
    states = assign_states(units, months, study).set_index(["sector", "month"])["state"]
    assert len(states) == 72 * 96
    assert states["PLATEROS", "2019-06"] == "not yet treated"
    assert states["PLATEROS", "2019-07"] == states["PLATEROS", "2019-12"] == "donut"
    assert states["PLATEROS", "2020-01"] == "treated"
    assert states["OASIS", "2022-12"] == "not yet treated"
    assert states["OASIS", "2023-01"] == "treated"
    assert states["TACUBAYA", "2021-01"] == "excluded"
    assert states["CENTRO", "2021-01"] == "never treated"


def small_panel(study, units, value=3):
    """Every outcome of the study, every sector and month, `value` events each."""
    months = month_range("2016-01", "2023-12")
    index = pd.MultiIndex.from_product(
        [units["sector"], months, ["homicide"]], names=["sector", "month", "outcome"]
    )
    panel = index.to_frame(index=False)
    generator = np.random.default_rng(0)
    panel["count"] = pd.array(generator.poisson(value, len(panel)), dtype="Int64")
    return panel.assign(population=100_000, days=30, covered=True, complete=True)


def test_windows_of_the_default_study(study, shipped):
    from evaluation.panel.periods import to_periods

    units = assign_units(*shipped, study)
    panel = to_periods(small_panel(study, units), "homicide", "quarter", 3)
    design = make_design(panel, units, study)
    assert (len(design.pre), design.pre[0], design.pre[-1]) == (14, "2016-01", "2019-04")
    assert design.donut == ("2019-07", "2019-10")
    windows = dict(design.windows)
    assert [len(windows[name]) for name in "ABC"] == [7, 8, 16]
    assert design.post == windows["C"]
    placebo = design.placebo("CENTRO")
    assert "PLATEROS" not in placebo.donors and "CENTRO" not in placebo.donors
    assert len(design.family()) == 64 and len(placebo.donors) == 62


def test_designs_that_cannot_be_honoured(study, shipped):
    one = replace(study, outcomes=("homicide",))
    units = assign_units(*shipped, study)
    panel = small_panel(study, units)

    def refused(panel, message, study=one):
        with pytest.raises(EstimationError, match=message):
            design_study(panel, *shipped, study)

    before = panel["month"] < "2019-07"
    no_pre = panel.assign(covered=~before)
    refused(no_pre, "study plateros_pilot, outcome homicide: 0 covered quarters in the pre-period")
    refused(panel.assign(covered=before), "no covered quarter in post window A")
    silent = panel["sector"].eq("PLATEROS") & before
    refused(
        panel.assign(count=panel["count"].mask(silent, 0)),
        "PLATEROS has no event in the pre-period",
    )
    donors = panel["sector"].isin(units.loc[units["role"] == "donor", "sector"])
    refused(panel.assign(count=panel["count"].mask(donors, 0)), "all donors are zero")
    short = replace(one, pre_period=Span("2019-04", "2019-06"))
    refused(panel, "1 covered quarters", short)
