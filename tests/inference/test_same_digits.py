"""Event study, bands, pooled test and honest bounds: no digit depends on threads or hash seed."""

import os
import subprocess
import sys

from tests.conftest import ROOT

PROGRAM = """
import sys
sys.path[:0] = [{src!r}, {root!r}]
import numpy as np
from evaluation.estimators.event_study import event_study
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.bands import event_study_bands
from evaluation.inference.honest_bounds import from_bands
from evaluation.inference.pooled import pooled_test
from evaluation.inference.pretrends import pretrend_test
from evaluation.inference.relative_magnitudes import relative_magnitude_bounds
from evaluation.inference.smoothness import smoothness_bounds
from tests.conftest import poisson_panel, simple_design
from tests.inference.test_pooled import OPTIONS, world

panel = poisson_panel(seed=1, units=64, mean=20.0)
exposure = panel.exposure * np.exp(np.outer(np.linspace(-1, 1, 64), np.arange(24)) / 50)
panel = type(panel)(
    "h", "quarter", panel.units, panel.periods, panel.counts, exposure
)
fits = ESTIMATORS["poisson_did"].fit_many(panel, simple_design(panel).family())
bands = event_study_bands(event_study(fits), 0.95)
print([float(x).hex() for x in bands.z.ravel()])
print(pretrend_test(bands))
estimates = from_bands(bands)
print(smoothness_bounds(estimates, 0.05), relative_magnitude_bounds(estimates, 0.5))
for estimator in ("poisson_imputation", "linear_imputation"):
    result = pooled_test(*world(units=64), **OPTIONS, estimator=estimator)
    print([float(x).hex() for x in result.deviations], result.p_value, result.ci_low)
"""


def test_threads_and_hash_seed_change_no_digit():
    program = PROGRAM.format(src=str(ROOT / "src"), root=str(ROOT))
    outputs = []
    for threads, seed in (("1", "0"), ("2", "12345")):
        environment = os.environ | {
            "OPENBLAS_NUM_THREADS": threads,
            "OMP_NUM_THREADS": threads,
            "PYTHONHASHSEED": seed,
        }
        run = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True
        )
        assert run.returncode == 0, run.stderr
        outputs.append(run.stdout)
    assert outputs[0] == outputs[1]
    assert len(outputs[0]) > 10_000
