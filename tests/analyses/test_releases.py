"""The split of a change: known parts for planted revisions, and sums to the last digit."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.releases.compute import releases
from evaluation.analyses.revised_cells.compute import MOST, moving_cells, revised_cells
from evaluation.inference.estimate import estimate_outcome
from evaluation.study.errors import EstimationError, InputError
from tests.analyses import given, given_history
from tests.analyses.given_history import NAMES, changed, held, history, recorded, said, state, until

PARTS = ["code", "revised", "added"]


@pytest.fixture(scope="module")
def study():
    return given_history.study()


@pytest.fixture(scope="module")
def world():
    return given.world(seed=3, more=2)


def split(study, *states, notes=None, last=None, **changes):
    """The rows of releases that hold these; each says what this code finds unless `notes` do."""
    found = [held(study, one).effects for one in states]
    notes = notes or [
        said(study, effects, name, code_version=f"c{number}", **changes)
        for number, (effects, name) in enumerate(zip(found[:-1], NAMES, strict=False))
    ]
    frames = history(*states)
    past = recorded(*notes)
    now = said(study, last or found[-1])
    return releases(study, estimates=now, estimate_history=past, **frames), frames


def last_of(study, rows, window=None):
    rows = rows[rows["window"] == (window or study.primary_window)]
    return rows.sort_values("number").iloc[-1]


def test_the_effect_of_a_release_is_the_one_that_the_study_estimates(study, world):
    alone = dataclasses.replace(study, tests=("permutation_ferman_pinto",), baselines=())
    results = estimate_outcome(
        world["panel"], world["units"], alone, "homicide", data_vintage="", code_version=""
    ).estimates
    rows = results[results["estimator"] == study.primary.estimator].set_index("window")
    effects = held(study, state(world)).effects
    assert list(effects) == ["A", "B"]
    for window, effect in effects.items():
        assert effect == pytest.approx(rows.loc[window, "log_rate_ratio"], abs=1e-11)


def test_without_a_ledger_there_is_one_release(study):
    now = said(study, {"A": -0.1, "B": -0.2}, lane="frozen")
    rows = releases(study, estimates=now, **given_history.nothing())
    assert list(rows["reason"]) == ["first", "first"] and list(rows["number"]) == [1, 1]
    assert list(rows["release"]) == ["", ""] and set(rows["lane"]) == {"frozen"}
    assert rows[["change", *PARTS]].isna().all().all()
    frames = {name: given_history.nothing()[name] for name in given_history.FRAMES}
    assert revised_cells(study, releases=rows, **frames).empty


def test_a_planted_revision_of_the_treated_sector_moves_the_effect_as_it_must(study, world):
    first, pilot = state(world), study.treated
    second = state(world, changed(world["panel"], pilot, "2018-05", 7))
    rows, frames = split(study, first, second)
    own = world["panel"].query("sector == @pilot & outcome == 'homicide' & month >= '2018-01'")
    for window, last in study.post_windows:
        events = int(own.loc[own["month"] <= last, "count"].sum())
        row = last_of(study, rows, window)
        known = math.log((events + 7) / events)
        assert row["revised"] == pytest.approx(known, abs=1e-11)
        assert row["change"] == pytest.approx(known, abs=1e-11)
        assert row["code"] == row["added"] == 0
        assert (row["revised_cells"], row["added_months"]) == (1, 0)
        assert row["before"] == NAMES[0] and row["reason"] == ""
        cells = revised_cells(study, releases=rows, **frames)
        [cell] = cells[cells["window"] == window].to_dict("records")
        assert (cell["sector"], cell["month"]) == (pilot, "2018-05")
        assert cell["after"] - cell["before"] == 7
        assert cell["moves"] == pytest.approx(known, abs=1e-9)


def test_revisions_that_the_estimate_does_not_read_move_nothing(study, world):
    panel = changed(world["panel"], "NEIGHBOUR", "2018-05", 9)  # too near to be a donor
    panel = changed(panel, study.treated, "2018-05", 9, outcome="shooting")
    panel = changed(panel, study.treated, "2017-11", 9)  # a month of preparation
    rows, frames = split(study, state(world), state(world, panel))
    row = last_of(study, rows)
    assert row["revised_cells"] == 0
    assert row["change"] == row["code"] == row["revised"] == row["added"] == 0
    assert revised_cells(study, releases=rows, **frames).empty


def test_new_months_alone_are_new_months(study, world):
    # May belongs to a quarter that the earlier release had not whole: it counts as new with June.
    early, late = until(world["panel"], "2018-05"), until(world["panel"], "2018-12")
    rows, _ = split(study, state(world, early), state(world, late))
    for window in ("A", "B"):
        row = last_of(study, rows, window)
        assert row["code"] == row["revised"] == 0
        assert row["added"] == row["change"] != 0
        assert (row["revised_cells"], row["added_months"]) == (0, 9)


def test_other_code_alone_is_code(study, world):
    first, second = state(world), state(world)
    effects = held(study, first).effects
    notes = [said(study, {name: e - 0.05 for name, e in effects.items()}, NAMES[0])]
    rows, _ = split(study, first, second, notes=notes)
    row = last_of(study, rows)
    assert row["code"] == pytest.approx(0.05, abs=1e-12) and row["change"] == row["code"]
    assert row["revised"] == row["added"] == 0
    assert not row["other_code"] and not row["other_specification"]
    changes = {"code_version": "d", "specification_hash": "t"}
    notes = [said(study, effects, NAMES[0], **changes)]
    row = last_of(study, split(study, first, second, notes=notes)[0])
    assert row["other_code"] and row["other_specification"]
    assert row["code"] == row["revised"] == row["added"] == 0


def test_a_changed_map_counts_as_revised(study, world):
    study = dataclasses.replace(study, estimators=("did",))  # to which every donor matters
    sectors = world["sectors"].assign(population_2020=lambda t: 100_000 + 9_000 * t.index)
    sizes = world["panel"]["sector"].map(sectors.set_index("sector")["population_2020"])
    second = state(world, world["panel"].assign(population=sizes), sectors=sectors)
    near = world["neighbours"].replace({"neighbour": {"NEIGHBOUR": "DONOR B"}})
    third = state(world, second["panel"], sectors=sectors, neighbours=near)
    rows, _ = split(study, state(world), second, third)
    for number in (2, 3):
        row = rows[(rows["window"] == "B") & (rows["number"] == number)].iloc[0]
        assert row["revised"] == row["change"] != 0
        assert row["code"] == row["added"] == 0 and row["revised_cells"] == 0


@pytest.mark.parametrize("seed", range(12))
def test_parts_sum_to_the_change_whatever_is_revised(study, world, seed):
    generator = np.random.default_rng(seed)
    states, panel = [], world["panel"]
    for month in ("2019-04", "2019-09", "2019-12"):
        panel = given_history.revised(panel, generator)
        people = generator.integers(80_000, 120_000, len(world["sectors"]))
        sectors = world["sectors"].assign(population_2020=people)
        sizes = panel["sector"].map(sectors.set_index("sector")["population_2020"])
        held_then = until(panel, month).assign(population=sizes)
        states.append(state(world, held_then, sectors=sectors))
    notes = [
        said(study, {name: generator.normal() for name in ("A", "B")}, name, code_version=name)
        for name in NAMES[:2]
    ]
    rows, _ = split(study, *states, notes=notes)
    changes = rows[rows["reason"] == ""]
    assert len(changes) == 4
    assert (changes[PARTS].sum(axis=1) - changes["change"]).abs().max() <= 1e-12
    effect = rows.set_index(["window", "number"])["log_rate_ratio"]
    for row in changes.itertuples():
        known = effect[row.window, row.number] - effect[row.window, row.number - 1]
        assert row.change == pytest.approx(known, abs=1e-12)
        assert row.revised != 0 and row.code != 0 and row.revised_cells > 40
    assert list(changes[changes["window"] == "B"]["added_months"]) == [6, 3]
    assert list(changes[changes["window"] == "A"]["added_months"]) == [0, 0]


@pytest.mark.parametrize("estimator", ["demeaned_synthetic_control", "did", "poisson_did"])
def test_what_a_cell_moves_is_what_the_estimate_does_with_it_alone(study, world, estimator):
    own = dataclasses.replace(study, estimators=(estimator,))
    generator = np.random.default_rng(5)
    old = world["panel"]
    new = given_history.revised(old, generator, share=0.02)
    first, second = held(own, state(world, old)), held(own, state(world, new))
    cells = moving_cells(first, second, "B")
    assert len(cells) > 10
    assert cells["moves"].abs().is_monotonic_decreasing
    for row in cells.iloc[:: len(cells) // 8].itertuples():
        panel = changed(old, row.sector, row.month, row.after - row.before)
        alone = held(own, state(world, panel)).effects["B"]
        assert row.moves == pytest.approx(alone - first.effects["B"], abs=1e-7)
    rows, frames = split(own, state(world, old), state(world, new))
    shown = revised_cells(own, releases=rows, **frames)
    shown = shown[shown["window"] == "B"]
    assert list(shown["place"]) == list(range(1, MOST + 1))
    assert list(shown["moves"]) == list(cells["moves"].head(MOST))


def test_the_order_of_rows_changes_nothing(study, world):
    generator = np.random.default_rng(2)
    panels = [world["panel"], *(given_history.revised(world["panel"], generator) for _ in "ab")]
    rows, frames = split(study, *(state(world, panel) for panel in panels))
    effects = [held(study, state(world, panel)).effects for panel in panels]
    notes = [
        said(study, effect, name, code_version=f"c{number}")
        for number, (effect, name) in enumerate(zip(effects[:-1], NAMES, strict=False))
    ]
    now = said(study, effects[-1])
    mixed = given.shuffled(frames | {"estimate_history": recorded(*notes), "estimates": now})
    again = releases(study, **mixed)
    pd.testing.assert_frame_equal(rows, again)
    del mixed["estimate_history"], mixed["estimates"]
    cells = revised_cells(study, releases=rows, **frames)
    other = revised_cells(study, releases=again.sample(frac=1, random_state=1), **mixed)
    keys = ["window", "number", "place"]
    cells, other = (t.sort_values(keys, ignore_index=True) for t in (cells, other))
    pd.testing.assert_frame_equal(cells, other)


def test_the_last_word_on_a_release_counts_and_the_monitoring_lane_does_not(study, world):
    first, second = state(world), state(world)
    notes = [
        said(study, {"B": -0.5}, NAMES[0]),
        said(study, {"B": -0.4}, NAMES[0], code_version="d"),
        said(study, {"B": -9.0}, NAMES[0], lane="monitoring", code_version="d"),
        said(study, {"B": -8.0}, NAMES[0], inference="permutation_raw", code_version="d"),
    ]
    rows, _ = split(study, first, second, notes=notes)
    earlier = rows[(rows["window"] == "B") & (rows["number"] == 1)].iloc[0]
    assert earlier["log_rate_ratio"] == -0.4 and earlier["ci_low"] == -0.9
    # A window that was not estimated then begins with this release.
    assert list(rows.loc[rows["window"] == "A", "reason"]) == ["first"]
    other = [said(study, {"B": -0.4}, NAMES[0], inference="permutation_raw")]
    earlier = split(study, first, second, notes=other)[0].query("window == 'B' & number == 1")
    assert earlier["log_rate_ratio"].item() == -0.4 and earlier["p_value"].isna().all()
    other = [said(study, {"B": -0.4}, NAMES[0], ci_level=0.5)]
    earlier = split(study, first, second, notes=other)[0].query("window == 'B' & number == 1")
    assert earlier["ci_low"].isna().all() and earlier["p_value"].item() == 0.25


def test_a_release_that_was_never_estimated_is_passed_over(study, world):
    moved = state(world, changed(world["panel"], study.treated, "2018-05", 7))
    notes = [said(study, held(study, state(world)).effects, NAMES[0])]
    rows, _ = split(study, state(world), moved, moved, notes=notes)
    rows = rows[rows["window"] == "B"]
    assert list(rows["number"]) == [1, 3] and rows["before"].iloc[1] == NAMES[0]
    assert rows["revised_cells"].iloc[1] == 1


def test_cells_that_do_not_give_this_runs_estimate_are_refused(study, world):
    with pytest.raises(InputError, match=f"release {NAMES[1]} in the ledger, window A: its cells"):
        split(study, state(world), state(world), last={"A": -0.1, "B": -0.1})


def test_what_cannot_be_split_says_why(study, world):
    panel = world["panel"].copy()
    lost = (panel["sector"] == study.treated) & (panel["month"] < "2018-01")
    panel.loc[lost & (panel["outcome"] == "homicide"), "count"] = 0
    with pytest.raises(EstimationError, match="no event in the pre-period"):
        held(study, state(world, panel)).effect("B")
    notes = [said(study, {"A": -0.1, "B": -0.2}, NAMES[0])]
    frames = history(state(world, panel), state(world))
    now = held(study, state(world)).effects
    rows = releases(study, estimates=said(study, now), estimate_history=recorded(*notes), **frames)
    row = last_of(study, rows)
    assert row["reason"] == "not estimable" and "no event in the pre-period" in row["message"]
    assert row["change"] == pytest.approx(now["B"] + 0.2) and math.isnan(row["code"])
    assert revised_cells(study, releases=rows, **frames).empty
    notes = [said(study, {"A": math.nan, "B": math.nan}, NAMES[0])]
    row = last_of(study, split(study, state(world), state(world), notes=notes)[0])
    assert row["reason"] == "no ratio" and math.isnan(row["change"])
