"""Spillover: planted effects found in the right zones, null panels left alone."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.displacement.compute import displacement
from evaluation.analyses.ring_events.compute import ring_events
from evaluation.analyses.spillover.compute import spillover
from evaluation.design.zone_design import zone_design
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.estimate import estimate_outcome
from evaluation.inference.permutation import permutation_ferman_pinto
from evaluation.inference.placebo import summarise
from evaluation.panel.zones import RINGS
from evaluation.study.calendars import Entry
from tests.analyses import cells

STUDY = cells.study()


def frames(given, study=STUDY):
    tables = {field.name: getattr(given, field.name) for field in dataclasses.fields(given)}
    return tables | {"units": cells.units(study)}


def planted(inside: float, around: float, rate: float = 2.0, seed: int = 3):
    """A city in which treatment multiplies the sector's rate, and that of all its rings."""
    mean = cells.flat(rate)
    distance = cells.DISTANCE[cells.TREATED].ravel()
    mean[distance == 0, cells.START :] *= inside
    mean[(distance > 0) & (distance <= 4), cells.START :] *= around
    return cells.surroundings(cells.counts(mean, seed))


@pytest.fixture(scope="module")
def displaced():
    given = planted(inside=0.5, around=1.6)
    return spillover(STUDY, **frames(given)).set_index(["zone", "window", "estimator"])


@pytest.mark.parametrize("estimator", STUDY.robustness.spillover.estimators)
def test_a_planted_displacement_is_found_with_its_size(displaced, estimator):
    cells_of = {"treated": 25, **dict(zip(RINGS, (24, 32, 88), strict=True))}
    truth = dict.fromkeys(RINGS, np.log(1.6)) | {"treated": np.log(0.5)}
    truth["total"] = np.log((25 * 0.5 + 144 * 1.6) / 169)
    assert sum(cells_of.values()) == 169
    for zone, effect in truth.items():
        row = displaced.loc[(zone, "B", estimator)]
        assert row["log_rate_ratio"] == pytest.approx(effect, abs=0.12), zone
        assert row["p_value"] == row["smallest_p"]
        assert row["reason"] == "" and row["source"] == "incidents"
        assert np.sign(row["averted_per_year"]) == -np.sign(effect)


def test_a_gain_that_reaches_the_rings_is_a_fall_in_every_zone():
    found = spillover(STUDY, **frames(planted(inside=0.5, around=0.7)))
    ratios = found.query("window == 'B'").groupby("zone")["log_rate_ratio"]
    assert (ratios.max() < -0.2).all()


def test_intervals_and_p_never_contradict(displaced):
    rejected = displaced["p_value"] <= 1 - STUDY.level
    outside = (displaced["ci_low"] > 0) | (displaced["ci_high"] < 0)
    assert (rejected == outside).all()


def test_the_treated_zone_is_the_main_estimate(displaced):
    given = planted(inside=0.5, around=1.6)
    study = dataclasses.replace(
        STUDY,
        outcomes=("homicide",),
        estimators=STUDY.robustness.spillover.estimators,
        tests=("permutation_ferman_pinto",),
        baselines=(),
        secondary=None,
    )
    main = estimate_outcome(
        given.panel, cells.units(STUDY), study, "homicide", data_vintage="", code_version=""
    ).estimates
    for row in main.to_dict("records"):
        own = displaced.loc[("treated", row["window"], row["estimator"])]
        for column in ("observed", "counterfactual", "log_rate_ratio", "ci_low", "p_value"):
            assert own[column] == pytest.approx(row[column], rel=1e-9), column


def test_row_order_moves_no_digit():
    given = planted(inside=0.8, around=1.1, rate=0.5)
    shuffled = {name: table.sample(frac=1, random_state=4) for name, table in frames(given).items()}
    for analysis in (spillover, ring_events, displacement):
        one, other = analysis(STUDY, **frames(given)), analysis(STUDY, **shuffled)
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_a_programme_sector_in_the_ring_is_a_row_with_its_reason():
    entry = Entry("S35", "2021-10", "2021-10")
    study = cells.study(calendar=(entry,))
    found = spillover(study, **frames(planted(1, 1), study)).set_index(["zone", "window"])
    for zone in (*RINGS, "total"):
        assert (found.loc[(zone, "B"), "reason"] == "programme inside").all()
        assert (found.loc[(zone, "B"), "detail"] == "S35 2021-10").all()
        assert found.loc[(zone, "B"), "log_rate_ratio"].isna().all()
        assert (found.loc[(zone, "A"), "reason"] == "").all()
    assert (found.loc[("contiguous", "B"), "detail"] == "S35 2021-10").all()
    events = ring_events(study, **frames(planted(1, 1), study))
    assert events["bin"].max() == "2021-07" and set(events["zone"]) >= set(RINGS)


def test_the_event_study_finds_the_bins_after_the_start():
    events = ring_events(STUDY, **frames(planted(inside=0.5, around=1.6)))
    rings = events[events["zone"].isin(RINGS)]
    after, before = rings[rings["state"] == "post"], rings[rings["state"] == "pre"]
    assert after["coefficient"].mean() == pytest.approx(np.log(1.6), abs=0.08)
    assert before["coefficient"].mean() == pytest.approx(0, abs=0.08)
    assert (after["low"] > 0).mean() > 0.7
    assert set(rings["reference"]) == {"2019-01"}
    assert (rings["p_value"] > 0.02).all()


def test_displacement_counts_and_differences_by_hand():
    given = planted(inside=0.5, around=1.6)
    found = displacement(STUDY, **frames(given)).set_index(["area", "window", "comparison"])
    row = found.loc[("0-500", "B", "nearest donor")]
    ring = given.ring_quarter[given.ring_quarter["ring"] == "0-500"]
    before = cells.QUARTERS[6:14]  # eight quarters, the last ones before the donut
    after = cells.QUARTERS[cells.START :]
    assert row["first_before"] == before[0] == "2017-07"

    def of(sector, quarters):
        mine = (ring["sector"] == sector) & ring["quarter"].isin(quarters)
        return ring.loc[mine, "count"].sum()

    assert row["area_before"] == of(cells.TREATED, before)
    assert row["area_after"] == of(cells.TREATED, after)
    assert row["area_control_before"] == of(row["control"], before)
    own = row["treated_after"] - row["treated_before"]
    assert row["local"] == own - (row["control_after"] - row["control_before"])
    names = ("treated", "control", "area", "area_control")
    everything = sum(row[f"{name}_{end}"] for name in names for end in ("before", "after"))
    assert row["total_error"] == pytest.approx(np.sqrt(everything))
    pooled = found.loc[("0-500", "B", "all donors")]
    assert pooled["displaced"] == pytest.approx(0.6 * 24 * 2 * 8, rel=0.2)
    assert pooled["local"] == pytest.approx(-0.5 * 25 * 2 * 8, rel=0.2)


def test_without_counts_by_ring_there_are_shares_and_no_displacement_difference():
    given = planted(1, 1)
    given = dataclasses.replace(given, ring_quarter=given.ring_quarter[:0])
    found = spillover(STUDY, **frames(given))
    rings = found[found["zone"].isin((*RINGS, "total"))]
    assert (rings["source"] == "shares").all() and rings["p_value"].notna().all()
    differences = displacement(STUDY, **frames(given))
    assert set(differences.loc[differences["area"] != "contiguous", "reason"]) == {"no figures"}


def null_means(generator: np.random.Generator, drift: float) -> np.ndarray:
    """(cells, quarters): uneven cells, a common trend, and a random walk for each 2 × 2 cells."""
    rows, columns = cells.ROWS * cells.SIDE, cells.COLUMNS * cells.SIDE
    level = generator.gamma(2.0, 0.25, (rows, columns))
    steps = generator.normal(0, drift / 2, (rows // 2, -(-columns // 2), len(cells.QUARTERS)))
    walk = np.cumsum(steps, axis=2).repeat(2, axis=0).repeat(2, axis=1)[:, :columns]
    trend = np.linspace(0, -0.4, len(cells.QUARTERS))
    return (level[:, :, None] * np.exp(walk + trend)).reshape(rows * columns, -1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("estimator", "drift"), [*zip(STUDY.robustness.spillover.estimators, (0.2, 0.0), strict=True)]
)
def test_size_of_the_zone_test_on_null_panels(estimator, drift):
    """Rings overlap and share events, so that the size is measured, zone by zone."""
    panels, units = 300, cells.units(STUDY)
    zones = ("0-500", "1000-2000", "total")
    rejections = dict.fromkeys(zones, 0)
    for seed in range(panels):
        generator = np.random.default_rng([seed, int(10 * drift)])
        given = cells.surroundings(generator.poisson(null_means(generator, drift)))
        for zone in zones:
            found = zone_design(zone, "homicide", "B", STUDY, units, given)
            fits = ESTIMATORS[estimator].fit_many(found.series.panel, found.family)
            test = permutation_ferman_pinto(summarise(fits, found.design.post), 0.95, "mean")
            rejections[zone] += test.p_value <= 0.05
    sizes = {zone: count / panels for zone, count in rejections.items()}
    print(estimator, drift, sizes)
    # 2/48 is the largest attainable p below .05; three Monte Carlo errors beyond [.03, .07].
    assert all(size <= 0.07 + 3 * np.sqrt(0.07 * 0.93 / panels) for size in sizes.values()), sizes
