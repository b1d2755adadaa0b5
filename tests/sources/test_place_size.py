"""Another place with many units, through the steps of the library: donors stay few."""

import numpy as np
import pandas as pd
import pytest

from evaluation.design.donors import donors_of
from evaluation.inference.estimate import estimate_outcome
from evaluation.study.months import month_range
from tests.sources.given_panel import opened, rows, write_panel

UNITS, DONORS = 300, 30
MONTHS = month_range("2010-01", "2011-12")
CONFIG = f"""\
study: many_units
title: {{en: Did it work}}
data: panel.csv
treated: U000
start: 2011-07
outcomes: [homicide]
most_donors: {DONORS}
estimators: [demeaned_synthetic_control, poisson_did]
calibration: {{draws: 20, reference_panels: 10, deciding_panels: 10, reference_copies: 1}}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Study, filled-in config and what was prepared; the effect on U000 is a fall by half."""
    folder = tmp_path_factory.mktemp("many")
    table = rows(MONTHS, [f"U{unit:03d}" for unit in range(UNITS)])
    before = (table["unit"] == "U000") & table["period"].between("2010-10", "2011-06")
    table.loc[before, "value"] *= 2  # halved from period 10 on; here from the start on
    growth = np.tile(np.arange(len(MONTHS)), UNITS) * np.repeat(np.linspace(0, 5, UNITS), 24)
    write_panel(folder, table.assign(exposure=table["exposure"] + growth.round(2)))
    path = folder / "config.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return opened(path)


def test_the_nearest_before_the_start_are_donors(place):
    study, config, prepared = place
    donors = donors_of(prepared.units)
    assert len(donors) == DONORS and len(config["donors"]["exclude"]) == UNITS - 1 - DONORS
    panel = prepared.panel[prepared.panel["month"] < study.treatment_start]
    sums = panel.groupby("sector")[["count", "exposure"]].sum()
    rate = sums["count"].astype(float) / sums["exposure"]
    apart = (rate - rate["U000"]).abs().drop("U000")
    assert apart[list(donors)].max() <= apart.drop(list(donors)).min()


def test_estimates_rest_on_the_donors_alone(place):
    study, _, prepared = place
    given = (prepared.units, study, "homicide")
    kept = {"U000", *donors_of(prepared.units)}
    few = prepared.panel[prepared.panel["sector"].isin(kept)]
    results = [
        estimate_outcome(panel, *given, data_vintage="0", code_version="0")
        for panel in (prepared.panel, few)
    ]
    found, alone = (one.estimates for one in results)
    assert (found["n_donors"] == DONORS).all()
    pd.testing.assert_frame_equal(found, alone, rtol=1e-6)
    assert found["effect_percent"].between(-65, -35).all()
    assert results[0].placebos["unit"].nunique() == DONORS + 1
