"""Size of the calibrated tests in twelve designs they were not made for (slow).

`benchmarks/size_designs.py` measures all 108 on 1,000 panels each. Here, on 100 panels with eight
treated units, no size may contradict [.03, .07] beyond simulation error, and the average over the
designs must lie inside.
"""

import sys

import numpy as np
import pytest

from evaluation.calibration.thresholds import VALID
from tests.conftest import ROOT

CELLS = [  # events a month, drift, serial correlation, treated sector
    (1, 0.0, 0.0, "pilot"),
    (1, 0.1, 0.7, "median"),
    (1, 0.2, 0.0, "pilot"),
    (1, 0.2, 0.7, "pilot"),
    (2, 0.0, 0.7, "median"),
    (2, 0.1, 0.0, "pilot"),
    (2, 0.1, 0.7, "small"),
    (2, 0.2, 0.0, "median"),
    (4, 0.0, 0.0, "small"),
    (4, 0.1, 0.0, "median"),
    (4, 0.1, 0.7, "pilot"),
    (4, 0.2, 0.7, "pilot"),
]
PANELS = 100


@pytest.fixture(scope="module")
def found():
    """Size by estimator, cell and test, and the lowest coverage."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setattr(sys, "path", [str(ROOT / "benchmarks"), *sys.path])
        import size_designs

        panel, design = size_designs.default_problem()
        window = dict(design.windows)["B"]
        return {
            (name, cell): {
                row["inference"]: row
                for row in size_designs.measured(panel, design, window, name, *cell, panels=PANELS)
            }
            for name in size_designs.NAMES
            for cell in CELLS
        }


@pytest.mark.slow
@pytest.mark.parametrize("test", ["permutation_ferman_pinto_calibrated", "conformal_calibrated"])
def test_sizes_and_coverage_of_the_calibrated_tests(found, test):
    # Panels share their donors: about 1.4 times the binomial variance, three standard errors.
    slack = 3 * np.sqrt(1.4 * 0.05 * 0.95 / (8 * PANELS))
    for name in ("demeaned_synthetic_control", "poisson_did"):
        rows = [found[name, cell][test] for cell in CELLS]
        sizes = np.array([row["size"] for row in rows])
        coverage = np.array([row["lowest_coverage"] for row in rows])
        print(name, test, sizes.round(3), coverage.round(2))
        assert VALID[0] <= sizes.mean() <= VALID[1]
        assert ((sizes >= VALID[0] - slack) & (sizes <= VALID[1] + slack)).all()
        assert (coverage >= 0.93 - slack).all()
