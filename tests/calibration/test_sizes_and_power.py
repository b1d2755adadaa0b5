"""Size and power tables: contracts, streams, labels, and sizes that independent panels confirm."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluation.calibration import power
from evaluation.calibration.null_worlds import SHOCK, NullWorld
from evaluation.calibration.panel_checks import CHECKS, REJECTED, contradiction
from evaluation.calibration.sizes_and_power import (
    LEAST_CHECKS,
    PRIMARY,
    calibrate_study,
    sizes_and_power,
)
from evaluation.calibration.thresholds import TAIL, VALID, is_calibrated, with_worlds
from evaluation.design.donors import assign_units
from evaluation.estimators.registry import ESTIMATORS
from evaluation.panel.build import build_panel
from evaluation.sources.shipped import read_shipped
from evaluation.study.comparison import Calibration
from evaluation.study.errors import InputError
from evaluation.study.study import load
from tests.conftest import ROOT, poisson_panel, simple_design

TESTS = (
    "permutation_ferman_pinto",
    "permutation_ferman_pinto_calibrated",
    "permutation_rmspe",
    "conformal",
    "conformal_calibrated",
)


def measured(panel, drifts, name="poisson_did", draws=40):
    return sizes_and_power(
        panel,
        simple_design(panel),
        ESTIMATORS[name],
        window="A",
        tests=TESTS,
        centre="mean",
        drifts=drifts,
        draws=draws,
        seed="s",
    )


def test_the_same_seed_gives_the_same_tables_and_streams_do_not_depend_on_each_other():
    panel = poisson_panel(seed=3)
    both, alone = measured(panel, [0.0, 0.1]), measured(panel, [0.1])
    for name in ("size", "power"):
        table = getattr(both, name)
        column = "world" if name == "size" else "null"
        kept = table[table[column] != "drift 0"].reset_index(drop=True)
        pd.testing.assert_frame_equal(kept, getattr(alone, name), check_exact=True)


def test_tables_cover_every_null_horizon_ratio_and_test():
    result = measured(poisson_panel(seed=4), [0.0])
    power = result.power
    assert set(power["null"]) == {"drift 0", "fitted", "donors"}
    assert set(power["inference"]) == set(TESTS)
    # 8 quarters after treatment: 12 and 24 months, no more
    assert set(power["months"]) == {12, 24}
    assert (power.groupby(["inference", "null", "months"]).size() == 6).all()
    ranked = power[power["inference"] == "permutation_rmspe"]
    assert ranked["coverage"].isna().all() and ranked["type_m"].isna().all()
    assert set(result.size["inference"]) == set(TESTS)
    assert (result.size["contradictions"] == 0).all()
    assert (result.size["window"] == "A").all()


def test_a_test_that_no_simulated_unit_has_is_not_measured(monkeypatch):
    """As where the expected count is negative throughout: no row, not a share of nothing."""

    signed = power.signed_z

    def untested(scored, family, treated):
        z = signed(scored, family, treated)
        return np.full_like(z, np.nan) if scored.scale == "log rate ratio" else z

    monkeypatch.setattr(power, "signed_z", untested)
    result = measured(poisson_panel(seed=6), [0.0])
    kept = {"permutation_rmspe", "conformal", "conformal_calibrated"}
    simulated = result.power[result.power["null"] != "donors"]
    assert set(simulated["inference"]) == set(result.size["inference"]) == kept


def test_power_grows_with_the_effect_and_coverage_holds():
    panel = poisson_panel(seed=5, units=25, mean=8.0)
    power = measured(panel, [0.0], draws=120).power
    rows = power[
        (power["null"] == "drift 0")
        & (power["months"] == 24)
        & (power["inference"] == "permutation_ferman_pinto_calibrated")
    ].set_index("rate_ratio")
    assert rows.loc[1.0, "power"] < 0.15
    assert rows.loc[0.42, "power"] > 0.95
    assert rows["power"].is_monotonic_increasing
    assert (rows["coverage"] > 0.85).all()
    assert rows.loc[0.42, "type_s"] == 0
    # Weak effects are found only when they are overestimated.
    assert rows.loc[0.8, "type_m"] > rows.loc[0.42, "type_m"] >= 0.9
    assert 0.42 < rows["detectable"].iloc[0] < 0.95


def test_labels():
    rows = pd.DataFrame(
        {
            "outcome": "h",
            "estimator": ["a", "a", "b", "b"],
            "window": "B",
            "inference": "t",
            "world": ["drift 0", "drift 0.1"] * 2,
            "strength": [0.0, 0.1] * 2,
            "size": [0.05, 0.07, 0.05, 0.09],
            "low": [0.025, 0.035, 0.025, np.nan],
            "high": [0.025, 0.035, 0.025, np.nan],
            "decides": True,
        }
    )
    far = rows.assign(decides=[True, False, True, False])
    assert is_calibrated(far, "h", "b", "B", "t") == "yes"  # what the panel contradicts
    lopsided = rows.assign(low=[0.04, 0.035, 0.025, np.nan], high=[0.01, 0.035, 0.025, np.nan])
    assert is_calibrated(lopsided, "h", "a", "B", "t") == "no"
    assert is_calibrated(rows, "h", "a", "B", "t") == "yes"
    assert is_calibrated(rows, "h", "b", "B", "t") == "no"
    assert is_calibrated(rows, "h", "c", "B", "t") == "not measured"
    # Measured in one of two worlds that decide: one failure is enough, one success is not.
    assert is_calibrated(rows.drop(index=1), "h", "a", "B", "t") == "not measured"
    assert is_calibrated(rows.drop(index=2), "h", "b", "B", "t") == "no"


def test_what_the_panel_says_of_a_world_is_asked_once_and_holds_for_all_estimators():
    panel, shape = poisson_panel(seed=3), {"drifts": [0.0], "draws": 16}
    alone = [measured(panel, name=name, **shape).size for name in ("did", "poisson_did")]
    asked = alone[0].assign(estimator="did")
    waiting = alone[1].assign(panel_p=np.nan, decides=False)
    joined = with_worlds(pd.concat([asked, waiting], ignore_index=True))
    pd.testing.assert_frame_equal(joined, pd.concat(alone, ignore_index=True), check_exact=True)
    with pytest.raises(InputError, match="drift 0"):
        with_worlds(waiting)
    shock = asked[asked["world"] == "fitted"].assign(world=SHOCK, panel_p=np.nan, decides=False)
    assert not with_worlds(shock)["decides"].any()


def test_few_panels_could_contradict_no_world():
    """The smallest p of six corrected checks must be able to reject at the level."""
    observed = np.full(len(CHECKS), 10.0)
    simulated = np.random.default_rng(1).normal(size=(LEAST_CHECKS, len(CHECKS)))
    assert contradiction(observed, simulated) <= REJECTED
    assert contradiction(observed, simulated[:-2]) > REJECTED


@pytest.mark.slow
@pytest.mark.parametrize("drift", [0.0, 0.1])
def test_size_of_the_primary_test_on_panels_of_the_real_shape(drift, monkeypatch):
    monkeypatch.chdir(ROOT)
    study = load()
    study = replace(
        study, calibration=Calibration(1000, 10, 10, 1, (drift,), 7), tests=study.tests[:2]
    )
    shipped = read_shipped("data")
    panel = build_panel(shipped.sector_month, shipped.coverage, shipped.sectors, study)
    units = assign_units(shipped.sectors, shipped.neighbours, study)
    sizes = calibrate_study(panel, units, study, study.estimators[0]).size
    assert set(sizes["inference"]) == {study.tests[0], study.decisive_test}
    assert set(sizes["world"]) >= {"fitted", "drift by size", "loading by size", "peak", "shock"}
    known = sizes[sizes["world"].isin([f"drift {drift:g}", "fitted"])]
    for size in known.to_dict("records"):
        error = 2 * size["standard_error"]
        assert size["size"] <= VALID[1] + error
        # Ranks are cautious for a unit this large without drift: .020 to .046, by null and seed.
        if size["inference"] == study.decisive_test or drift:
            assert size["size"] >= VALID[0] - error
        assert (size["contradictions"], size["draws"]) == (0, 1000 * PRIMARY)
        if size["inference"] == study.decisive_test:  # each tail of it by itself
            assert TAIL[0] - 0.006 <= size["low"] <= TAIL[1] + 0.006
            assert TAIL[0] - 0.006 <= size["high"] <= TAIL[1] + 0.006


def test_further_worlds_that_decide_nothing_have_fewer_draws(monkeypatch):
    """What the panel contradicts and a shock; the others keep theirs."""
    kept, refused = NullWorld("zeros", 0.01), NullWorld("zeros", 0.05)
    shock = NullWorld(SHOCK, 1)
    p_values = {kept: 0.5, refused: 0.01, shock: float("nan")}
    monkeypatch.setattr(
        "evaluation.calibration.sizes_and_power.world_p",
        lambda panel, design, world, panels: p_values.get(world, 1.0),
    )
    panel = poisson_panel(seed=3)
    found = sizes_and_power(
        panel,
        simple_design(panel),
        ESTIMATORS["did"],
        window="A",
        tests=TESTS[:1],
        centre="mean",
        drifts=[0.0],
        draws=48,
        seed="s",
        others=list(p_values),
        undecided=16,
    ).size
    draws = found.set_index(["world", "strength"])["draws"].to_dict()
    assert draws == {
        ("drift 0", 0.0): 48,
        ("fitted", 0.0): 48,
        ("zeros", 0.01): 48,
        ("zeros", 0.05): 16,
        ("shock", 1.0): 16,
    }
