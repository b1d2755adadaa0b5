"""No ratio, p-value or size hangs on last digits, which differ between machines and releases."""

import json
import os
import platform
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from evaluation.calibration.draws import Draws, critical_values, power_rows
from evaluation.calibration.power import of_treated
from evaluation.estimators.count_model import fit_count_model
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.calibrated import draw_copies, fit_copies, treated_size
from evaluation.inference.permutation import PERMUTATIONS, SCORES, scores_if_any
from evaluation.inference.placebo import PathStack, members, totals
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import NotTestable
from tests.conftest import ROOT, poisson_panel, simple_design

COPIES = 4


def sparse_panel(seed: int) -> OutcomePanel:
    """Fifteen units of one population, most of which have an event in two years, or none."""
    panel = poisson_panel(seed=seed, mean=1.0)
    counts = panel.counts.copy()
    rare = np.random.default_rng(seed).poisson(0.03, counts[4:].shape)
    counts[4:] = rare
    exposure = np.full_like(panel.exposure, panel.exposure.mean())
    return replace(panel, counts=counts, exposure=exposure)


def sparse_paths(panels: int = 12) -> tuple[PathStack, np.ndarray]:
    """Paths of copies and placebos on simulated sparse panels, and the window."""
    panel = sparse_panel(seed=3)
    design = simple_design(panel)
    model = fit_count_model(panel, design)
    generator = np.random.default_rng(20240101)
    sizes = np.full(COPIES, treated_size(panel, design, model))
    drawn = [
        draw_copies(panel, design, model, model.variation, sizes, generator) for _ in range(panels)
    ]
    estimator = ESTIMATORS["demeaned_synthetic_control"]
    paths = fit_copies([one.panel for one in drawn], design, estimator, drawn[0].names)
    return paths, design.positions(design.post)


def jittered(paths: PathStack, seed: int) -> PathStack:
    """The paths with rounding of a few 1e-15 of an event added to every expected count."""
    noise = np.random.default_rng(seed).normal(0, 3e-15, paths.counterfactual.shape)
    scale = 1 + np.abs(paths.counterfactual)
    return replace(paths, counterfactual=paths.counterfactual + noise * scale)


@pytest.fixture(scope="module")
def sparse():
    return sparse_paths()


def test_some_expected_counts_are_zero_but_for_rounding(sparse):
    """What the other tests are about is there: sums whose sign is nothing but rounding."""
    paths, window = sparse
    sums = np.array(
        [jittered(paths, seed).counterfactual[..., window].sum(axis=-1) for seed in range(8)]
    )
    flips = (sums > 0).any(axis=0) & (sums <= 0).any(axis=0)
    assert flips.sum() >= 3
    assert (np.abs(sums[:, ~flips]) > 1e-6).all()
    assert (totals(paths, window).counterfactual[flips] == 0).all()


@pytest.mark.parametrize("seed", range(4))
def test_whether_there_is_a_ratio_does_not_hang_on_rounding(sparse, seed):
    paths, window = sparse
    exact, near = totals(paths, window), totals(jittered(paths, seed), window)
    assert (exact.has_ratio == near.has_ratio).all()
    assert not exact.has_ratio.all()
    assert (np.isnan(exact.log_ratio) == np.isnan(near.log_ratio)).all()


@pytest.mark.parametrize("test", sorted(PERMUTATIONS))
def test_p_values_and_intervals_do_not_hang_on_rounding(sparse, test):
    paths, window = sparse
    families = [totals(paths, window), totals(jittered(paths, 0), window)]
    found: list[list] = [[], []]
    for panel in range(len(paths.observed)):
        for place, whole in enumerate(families):
            alone = totals_of(whole, panel)
            found[place].append(result_of(test, alone))
    exact, near = (np.array(rows) for rows in found)
    assert np.array_equal(exact[:, 0], near[:, 0], equal_nan=True)
    np.testing.assert_allclose(near, exact, rtol=1e-9, atol=1e-9)
    assert np.isfinite(exact[:, 0]).sum() >= 3


def totals_of(whole, panel: int):
    arrays = {
        name: values[panel]
        for name, values in vars(whole).items()
        if isinstance(values, np.ndarray)
    }
    family = replace(whole, **arrays)
    return members(family, [0, *range(COPIES, family.observed.shape[-1])])


def result_of(test: str, family) -> tuple[float, float, float]:
    try:
        result = PERMUTATIONS[test](family, 0.95, "mean")
    except NotTestable:
        return np.nan, np.nan, np.nan
    return result.p_value, result.ci_low, result.ci_high


@pytest.mark.parametrize("test", sorted(SCORES))
def test_sizes_do_not_hang_on_rounding(sparse, test):
    paths, window = sparse
    exact, near = (measured(totals(one, window), test) for one in (paths, jittered(paths, 1)))
    assert exact == pytest.approx(near, rel=1e-9, nan_ok=True)
    assert exact["draws"] > 10
    assert {exact[key] for key in ("draws", "power")} == {near[key] for key in ("draws", "power")}


def measured(family, test: str) -> dict[str, float]:
    """The size row of a rank test at 20%, on all copies of all panels."""
    scored = scores_if_any(test, family, "mean", COPIES)
    critical = critical_values(scored.z[..., COPIES:], 0.2)[:, None, None]
    cut = of_treated(scored, family, COPIES)
    deviation = cut.deviation[:, None, :]
    draws = Draws(
        scale=cut.scale,
        has_interval=cut.has_interval,
        deviation=deviation,
        standard_error=cut.standard_error[:, None, :],
        effect=np.zeros_like(deviation),
        lower=-critical,
        upper=critical,
        ratios=(1.0,),
    )
    return power_rows(draws)[0]


def test_equal_statistics_are_ties_whatever_their_last_digit():
    """Twins of the treated unit count against it, and zero stays in the interval."""
    paths, window = sparse_paths(panels=1)
    family = members(totals_of(totals(paths, window), 0), [0] * 3 + list(range(COPIES, 15)))
    if not family.has_ratio[0]:
        pytest.fail("the treated unit of this seed has no ratio; choose another seed")
    found = []
    for seed in range(4):
        noise = 1 + 1e-14 * np.random.default_rng(seed).normal(size=family.log_ratio.shape)
        jitter = replace(family, log_ratio=family.log_ratio * noise, gap=family.gap * noise)
        for test in ("permutation_ferman_pinto", "permutation_raw"):
            result = PERMUTATIONS[test](jitter, 0.5, "mean")
            found.append((test, result.p_value))
            rejected = result.p_value <= 0.5
            assert rejected == (not result.ci_low <= 0 <= result.ci_high)
    assert len(set(found)) == 2
    assert all(p >= 3 / len(family.units) for _, p in found)


PROGRAM = """
import hashlib, json, sys
sys.path[:0] = [{src!r}, {root!r}]
import numpy as np
from evaluation.inference.placebo import totals
from tests.inference.test_rounding import PERMUTATIONS, measured, result_of, sparse_paths, totals_of
paths, window = sparse_paths()
family = totals(paths, window)
alone = [totals_of(family, panel) for panel in range(12)]
p = [[result_of(test, one)[0] for one in alone] for test in sorted(PERMUTATIONS)]
sizes = [measured(family, test)["power"] for test in sorted(PERMUTATIONS)]
digits = hashlib.sha256(paths.counterfactual.tobytes()).hexdigest()
print(json.dumps([family.has_ratio.tolist(), p, sizes, digits]))
"""


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="kernels of x86 alone")
def test_other_kernels_of_the_linear_algebra_give_the_same():
    """The oldest kernels of OpenBLAS in place of this machine's, as another release would."""
    program = PROGRAM.format(src=str(ROOT / "src"), root=str(ROOT))
    outputs = []
    for kernel in ("Nehalem", "Sandybridge", "Haswell"):
        environment = os.environ | {"OPENBLAS_CORETYPE": kernel, "OPENBLAS_NUM_THREADS": "1"}
        run = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True
        )
        assert run.returncode == 0, run.stderr
        outputs.append(json.loads(run.stdout))
    assert [str(output[:3]) for output in outputs] == [str(outputs[0][:3])] * 3
    assert len({output[3] for output in outputs}) > 1  # the expected counts themselves do differ
