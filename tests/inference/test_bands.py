"""Bands and p agree; the sup-t test has its size; covariance and scale by formula."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import nnls

from evaluation.design.design import make_design
from evaluation.design.donors import assign_units
from evaluation.estimators.event_study import EventStudy, event_study
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.bands import event_study_bands, rank_test
from evaluation.panel.build import build_panel
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.sources.shipped import read_shipped
from evaluation.study.errors import EstimationError
from evaluation.study.study import FREQUENCIES, load
from tests.conftest import ROOT, poisson_panel, simple_design

CORRELATION = 0.5 + 0.5 * np.eye(8)  # a common base makes coefficients correlate by a half


def normal_study(generator, count=64, bins=8, drift=0.02) -> EventStudy:
    """Coefficients of units with different noise, all null."""
    noise = generator.uniform(0.02, 0.4, (count, 1)) * np.ones((count, bins))
    root = np.linalg.cholesky(CORRELATION[:bins, :bins])
    errors = generator.normal(size=(count, bins)) @ root.T
    states = ("pre",) * (bins // 2) + ("post",) * (bins - bins // 2)
    time = np.r_[np.arange(-bins // 2, 0), np.arange(1, bins - bins // 2 + 1)] / 2
    return EventStudy(
        "x",
        "log rate ratio",
        tuple(map(str, range(count))),
        tuple(map(str, range(bins))),
        states,
        time,
        0.1 + errors * np.sqrt(noise + drift),
        noise,
        ("r",),
    )


def held_out(b, h, unit):
    """z of one unit against centre and line of the other placebos, by scipy's nnls."""
    rest = [k for k in range(1, len(b)) if k != unit]
    centre = b[rest].mean()
    root = h[rest] ** -0.5
    matrix = np.column_stack([h[rest] * root, root])
    (slope, floor), _ = nnls(matrix, (b[rest] - centre) ** 2 * root)
    return (b[unit] - centre) / np.sqrt(slope * h[unit] + floor), centre


@pytest.mark.parametrize("seed", range(5))
def test_the_formula(seed):
    study = normal_study(np.random.default_rng(seed), drift=[0.0, 0.02, 2.0, 0.02, 0.02][seed])
    bands = event_study_bands(study, 0.95)
    for k in range(8):
        b, h = study.coefficients[:, k], study.noise[:, k]
        expected = [held_out(b, h, unit) for unit in range(64)]
        assert bands.z[:, k] == pytest.approx([z for z, _ in expected], rel=1e-7)
        assert bands.estimate[k] == pytest.approx(b[0] - expected[0][1])
        third = np.sort(np.abs(bands.z[1:, k]))[-3]
        half = bands.point_high[k] - bands.estimate[k]
        assert half == pytest.approx(third * bands.standard_error[k])
    assert bands.z[0] == pytest.approx(bands.estimate / bands.standard_error)
    assert np.sqrt(np.diag(bands.covariance)) == pytest.approx(bands.standard_error)
    third = np.sort(np.abs(bands.z[1:]).max(axis=1))[-3]  # 5% of 64 is 3.2
    assert bands.critical == third
    assert bands.high - bands.estimate == pytest.approx(third * bands.standard_error)
    assert (bands.point_high <= bands.high).all()
    assert bands.smallest_p == 1 / 64


def test_units_that_are_equally_noisy_share_one_variance():
    study = normal_study(np.random.default_rng(6))
    bands = event_study_bands(replace(study, noise=np.full_like(study.noise, 0.1)), 0.95)
    spread = study.coefficients[1:].std(axis=0)
    assert bands.standard_error == pytest.approx(spread)


def test_the_covariance_is_that_of_the_coefficients():
    study = normal_study(np.random.default_rng(1), count=2001)
    bands = event_study_bands(study, 0.95)
    assert bands.correlation == pytest.approx(CORRELATION, abs=0.08)
    assert bands.standard_error == pytest.approx(np.sqrt(study.noise[0] + 0.02), rel=0.08)
    from scipy.stats import multivariate_normal

    half = np.full(8, bands.critical)
    inside = multivariate_normal(np.zeros(8), CORRELATION).cdf(half, lower_limit=-half)
    assert inside == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_band_excludes_zero_exactly_when_p_is_small_and_size_is_nominal(level):
    generator = np.random.default_rng(2)
    rejected = []
    for number in range(1000):
        bands = event_study_bands(normal_study(generator), level)
        outside = ((bands.low > 0) | (bands.high < 0)).any()
        assert outside == (bands.p_value <= 1 - level + 1e-12), number
        rejected.append(outside)
    nominal = np.floor((1 - level) * 64 + 1e-9) / 64
    assert np.mean(rejected) == pytest.approx(nominal, abs=0.025)


def test_too_few_placebos():
    study = normal_study(np.random.default_rng(3), count=12)
    bands = event_study_bands(study, 0.95)
    assert np.isinf(bands.critical) and np.isinf(bands.high).all() and bands.p_value > 0.05
    with pytest.raises(EstimationError, match="covariance of 8 bins"):
        event_study_bands(normal_study(np.random.default_rng(3), count=9), 0.95)
    flat = study.coefficients.copy()
    flat[:, 2] = 1.0
    with pytest.raises(EstimationError, match="same coefficient"):
        event_study_bands(replace(study, coefficients=flat), 0.95)


def test_ranks_by_hand():
    assert rank_test(np.array([3.0, 1, 2, 4]), 0.5) == (2.0, 0.5)
    assert rank_test(np.array([2.0, 1, 2, 4]), 0.5) == (2.0, 0.75)  # a tie is not a rejection


@pytest.mark.parametrize("estimator", ["poisson_did", "did", "demeaned_synthetic_control"])
@pytest.mark.parametrize("scale", ["log rate ratio", "rate"])
def test_on_fits_of_real_estimators_a_large_effect_is_found(estimator, scale):
    panel = poisson_panel(seed=7, units=41, mean=60.0)
    panel.counts[0, 16:] = np.round(panel.counts[0, 16:] * 0.3)
    fits = ESTIMATORS[estimator].fit_many(panel, simple_design(panel).family())
    bands = event_study_bands(event_study(fits, scale=scale), 0.95)
    post = bands.study.inside("post")
    assert (bands.high[post] < 0).all()
    assert bands.p_value <= 2 / 41
    bigger = replace(panel, exposure=panel.exposure * 100)
    fits = ESTIMATORS[estimator].fit_many(bigger, simple_design(panel).family())
    again = event_study_bands(event_study(fits, scale=scale), 0.95)
    assert again.z == pytest.approx(bands.z, rel=1e-6, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("drift", [0.0, 0.1])
def test_size_on_null_panels_of_the_real_shape(drift, monkeypatch):
    monkeypatch.chdir(ROOT)
    study = load()
    shipped = read_shipped("data")
    panel = build_panel(shipped.sector_month, shipped.coverage, shipped.sectors, study)
    units = assign_units(shipped.sectors, shipped.neighbours, study)
    quarters = to_periods(panel, "homicide", "quarter", FREQUENCIES["quarter"])
    design = make_design(quarters, units, study)
    names = tuple(sorted((design.treated, *design.donors)))
    cells = np.ix_(quarters.rows(names), quarters.columns(design.periods))
    counts, pre = quarters.counts[cells], len(design.pre)
    donors = np.delete(counts, names.index(design.treated), axis=0).sum(axis=0)
    means = np.maximum(counts[:, :pre].mean(axis=1), 0.05)
    expected = np.outer(means, donors / donors[:pre].mean())
    generator = np.random.default_rng(23)
    found = []
    for _ in range(600):
        walk = np.cumsum(generator.normal(0, drift / 2, expected.shape), axis=1)
        null = OutcomePanel(
            "homicide",
            "quarter",
            names,
            design.periods,
            generator.poisson(expected * np.exp(walk - walk[:, :1])).astype(float),
            quarters.exposure[cells],
        )
        fits = ESTIMATORS["poisson_did"].fit_many(null, design.family())
        bands = event_study_bands(event_study(fits), 0.95)
        pre_bins = np.abs(bands.z[:, bands.study.inside("pre")]).max(axis=1)
        found.append([bands.p_value, rank_test(pre_bins, 0.95)[1]])
    size = (np.array(found) <= 0.05).mean(axis=0)
    # The band [.03, .07] and two simulation errors of 600 panels on either side.
    assert ((size >= 0.016) & (size <= 0.09)).all()
