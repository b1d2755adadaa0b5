"""The joint test: ranks by hand; invariance; its size on null panels of the real shape (slow).

`python -m tests.analyses.test_joint_inference` from the project's root prints the sizes.
"""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.joint_inference.compute import (
    CurveMatrix,
    curve_matrix,
    joint_inference,
    median_test,
    one_sign,
    same_sign_test,
)
from evaluation.design.design import make_design
from evaluation.design.donors import assign_units
from evaluation.estimators.count_model import Variation, fit_count_model
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.calibrated import draw_panel, treated_size
from evaluation.inference.permutation import scores
from evaluation.inference.placebo import stack, totals, with_copies
from evaluation.panel.build import build_panel
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.sources.shipped import read_shipped
from evaluation.study.months import period_of
from evaluation.study.study import load
from tests.conftest import ROOT

COPIES = 8
NAMES = ("demeaned_synthetic_control", "synthetic_control", "did", "poisson_did")


def matrix(treated, donors):
    treated, donors = np.array(treated, dtype=float), np.array(donors, dtype=float)
    names = tuple(f"s{row}" for row in range(len(treated)))
    units = tuple(f"u{column}" for column in range(donors.shape[1]))
    return CurveMatrix(names, units, treated, treated, donors, donors)


def test_the_rank_of_the_median_by_hand():
    nan = np.nan
    donors = [[1.0, 5.0, nan], [-2.0, 0.0, nan], [3.0, 0.0, -1.5]]
    found = median_test(matrix([-2.0, 2.0, 1.0], donors))
    # |z| of the treated: median 2; donors 2 and 0; the third has one specification: 1.5 against 1.
    assert found == {
        "n_donors": 3,
        "value": 2.0,
        "donors_median": 1.5,
        "as_extreme": 2,
        "p_value": 3 / 4,
    }


def test_one_sign_is_the_share_of_the_more_frequent_one():
    assert one_sign(np.array([-1.0, -2.0, 3.0, 0.0])) == 0.5
    found = same_sign_test(matrix([-1.0, -1.0], [[-1.0, 1.0], [1.0, 1.0]]))
    assert (found["value"], found["as_extreme"], found["p_value"]) == (1.0, 1, 2 / 3)


def test_identical_specifications_give_the_p_value_of_one():
    generator = np.random.default_rng(1)
    z = generator.normal(size=40)
    found = median_test(matrix(np.full(9, 1.5), np.tile(z, (9, 1))))
    assert found["p_value"] == (1 + (np.abs(z) >= 1.5).sum()) / 41


def _frames(study):
    names = [f"{outcome}|x" for outcome in study.robustness.grid.outcomes]
    specifications = pd.DataFrame(
        {"specification": names, "outcome": study.robustness.grid.outcomes}
    )
    rows = [
        (name, unit, unit == "PLATEROS", z * (position + 1))
        for position, name in enumerate(names)
        for unit, z in {"PLATEROS": -2.0, "A": 1.0, "B": -3.0, "NEAR": 9.0}.items()
    ]
    scores = pd.DataFrame(rows, columns=["specification", "unit", "treated", "z"])
    scores["log_ratio"] = scores["z"]
    units = pd.DataFrame(
        {
            "sector": ["PLATEROS", "A", "B", "NEAR"],
            "role": ["treated", "donor", "donor", "excluded"],
        }
    )
    return {"specifications": specifications, "specification_scores": scores, "units": units}


def test_only_the_studys_donors_are_compared_whatever_the_order_of_rows(monkeypatch):
    monkeypatch.chdir(ROOT)
    study = load()
    frames = _frames(study)
    table = joint_inference(study, **frames)
    assert list(table["outcome"].unique()) == ["all", *study.robustness.grid.outcomes]
    first = table.iloc[0]
    assert (first["n_donors"], first["value"], first["as_extreme"]) == (2, 3.0, 1)
    shuffled = {name: frame.sample(frac=1, random_state=2) for name, frame in frames.items()}
    pd.testing.assert_frame_equal(joint_inference(study, **shuffled), table)


def test_without_any_specification_there_is_no_p_value(monkeypatch):
    monkeypatch.chdir(ROOT)
    frames = _frames(load())
    empty = frames | {"specification_scores": frames["specification_scores"].iloc[:0]}
    table = joint_inference(load(), **empty)
    assert table["p_value"].isna().all() and (table["n_specifications"] == 0).all()
    assert curve_matrix(empty["specification_scores"], ("A",)).z.shape == (0, 1)


def real():
    """The default study's monthly panel of the primary outcome, and its design."""
    study = load()
    shipped = read_shipped("data")
    panel = build_panel(shipped.sector_month, shipped.coverage, shipped.sectors, study)
    monthly = replace(study, frequency="month")
    matrices = to_periods(panel, study.outcomes[0], "month", 1)
    units = assign_units(shipped.sectors, shipped.neighbours, study)
    return matrices, make_design(matrices, units, monthly)


def aggregated(panel: OutcomePanel, length: int, frequency: str) -> OutcomePanel:
    """Whole periods of `length` months of a panel that begins with one."""
    shape = (len(panel.units), len(panel.periods) // length, length)
    return replace(
        panel,
        frequency=frequency,
        periods=tuple(sorted({period_of(month, length) for month in panel.periods})),
        counts=panel.counts.reshape(shape).sum(axis=2),
        exposure=panel.exposure.reshape(shape).sum(axis=2),
    )


def specifications(design, length):
    """Designs over windows, pre-periods and three donor rules, at one frequency."""

    def periods(first, last):
        months = [month for month in design.periods if first <= month <= last]
        return tuple(sorted({period_of(month, length) for month in months}))

    rules = (design.donors, design.donors[4:], design.donors[:-12])
    windows = [("B", periods("2020-01", "2021-12")), ("C", periods("2020-01", "2023-12"))]
    windows += [("A", periods("2020-01", "2021-09"))] * (length == 3)
    for last, donors in itertools.product(("2019-06", "2018-12"), rules):
        donut = periods("2019-07" if last == "2019-06" else "2019-01", "2019-12")
        yield replace(
            design,
            donors=donors,
            pre=periods("2016-01", last),
            donut=donut,
            post=periods("2020-01", "2023-12"),
            windows=tuple(windows),
        )


def null_p_values(panel, design, variation, panels, seed):
    """(panels, copies) joint p-values of units of the treated size without an effect."""
    model = fit_count_model(panel, design)
    generator = np.random.default_rng(seed)
    size = treated_size(panel, design, model)
    found = []
    for _ in range(panels):
        null = draw_panel(panel, design, model, variation, generator)
        counts = model.draw(np.full(COPIES, size), variation, generator)
        larger, names = with_copies(null, design.treated, counts)
        found.append(_p_values(larger, design, names))
    return np.array(found)


def _p_values(monthly, design, names):
    treated, donors = [], []
    for length, frequency in ((3, "quarter"), (6, "half-year")):
        panel = aggregated(monthly, length, frequency)
        for spec in specifications(design, length):
            designs = [replace(spec, treated=name) for name in names]
            designs += [spec.placebo(donor) for donor in spec.donors]
            for estimator in NAMES:
                paths = stack(ESTIMATORS[estimator].fit_many(panel, designs))
                place = {period: index for index, period in enumerate(spec.periods)}
                for _, periods in spec.windows:
                    family = totals(paths, [place[period] for period in periods])
                    scored = scores("permutation_ferman_pinto", family, "mean", len(names))
                    z = dict(zip(spec.donors, scored.z[len(names) :], strict=True))
                    treated.append(scored.z[: len(names)])
                    donors.append([z.get(donor, np.nan) for donor in design.donors])
    treated, donors = np.array(treated), np.array(donors)
    return [median_test(matrix(treated[:, copy], donors))["p_value"] for copy in range(len(names))]


def size_of(p_values):
    """Share of p ≤ .05, and its standard error with panels as independent."""
    rejected = (p_values <= 0.05).mean(axis=1)
    return rejected.mean(), rejected.std(ddof=1) / np.sqrt(len(rejected))


@pytest.mark.slow
@pytest.mark.parametrize("drift", [0.0, 0.1])
def test_its_size_is_near_nominal(monkeypatch, drift):
    monkeypatch.chdir(ROOT)
    panel, design = real()
    size, error = size_of(null_p_values(panel, design, Variation(drift=drift**2), 60, seed=5))
    assert 0.03 - 2 * error <= size <= 0.07 + 2 * error


def main():
    panel, design = real()
    for drift in (0.0, 0.1, 0.2):
        found = null_p_values(panel, design, Variation(drift=drift**2), 150, seed=5)
        size, error = size_of(found)
        print(f"drift {drift}: {size:.3f} ± {error:.3f} ({found.size} units)", flush=True)


if __name__ == "__main__":
    main()
