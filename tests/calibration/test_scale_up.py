"""The plan of a scale-up: who can be chosen, what is simulated, and what a plan is refused for."""

import hashlib
from collections import Counter
from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.stats import chisquare

from evaluation.calibration.scale_up.candidates import (
    Candidates,
    drawn_order,
    find_candidates,
    order_key,
    random_sets,
)
from evaluation.calibration.scale_up.measure import measured
from evaluation.calibration.scale_up.prepare import (
    groups_of,
    prepare_plan,
    refuse_impossible,
    world_of,
)
from evaluation.calibration.scale_up.simulate import (
    MEASURED,
    REFERENCE,
    Group,
    draw_panels,
    fitted,
    planted,
    pooled,
    predicted,
    simulate,
)
from evaluation.calibration.scale_up.undominated import with_undominated
from evaluation.calibration.scale_up.world import World, carry_forward, wandering
from evaluation.design.adoption import Adoption
from evaluation.design.design import Design
from evaluation.design.prepare import prepare
from evaluation.estimators.poisson_kriging import KRIGING
from evaluation.inference.pooled_kriging import Window, log_ratios, pooled_estimate, weights
from evaluation.inference.sector_kriging import (
    comparison_model,
    draw_null_panels,
    predict_real,
    simulate_sets,
    treated_sectors,
)
from evaluation.panel.periods import OutcomePanel
from evaluation.sources.shipped import read_shipped
from evaluation.study.errors import InputError
from evaluation.study.files import parquet_bytes
from evaluation.study.period_names import PeriodNames
from evaluation.study.plan import Rollout, from_json, open_plan, parse_plan, read_plan
from evaluation.study.study import load
from tests.conftest import ROOT
from tests.workflow.tiny import SECTORS, plan_config, write_world

SCHEMA = ROOT / "workflow" / "schemas" / "plan.schema.yaml"
UNITS = tuple(f"S{number:02d}" for number in range(20))
PLAN = parse_plan(
    plan_config()
    | {
        "start": "2022-01",
        "horizons": [12, 24],
        "sectors": [1, 2, 4],
        "panels": 150,
        "reference_panels": 250,
        "sets": 5,
        "designs": [{"design": "all_at_once"}, {"design": "random_order", "step": 3}],
        "rate_ratios": [0.8, 0.6, 0.4, 0.2],
    },
    "plan",
)


@pytest.fixture(scope="module")
def world() -> World:
    """Twenty large sectors over six years, which drift a little."""
    generator = np.random.default_rng(5)
    periods = tuple(f"{2016 + q // 4}-{3 * (q % 4) + 1:02d}" for q in range(24))
    means = generator.uniform(6.0, 14.0, len(UNITS))
    walks = np.cumsum(generator.normal(0, 0.04, (len(UNITS), len(periods))), axis=1)
    counts = generator.poisson(means[:, None] * np.exp(walks)).astype(float)
    panel = OutcomePanel("homicide", "quarter", UNITS, periods, counts, np.ones_like(counts))
    return carry_forward(panel, UNITS, PLAN, 3, "plan")


@pytest.fixture(scope="module")
def free() -> Candidates:
    """Candidates of whom none is next to another, in one borough."""
    none_near = dict.fromkeys(UNITS, frozenset())
    return Candidates(UNITS, UNITS, (), none_near, dict.fromkeys(UNITS, "CENTRE"), True)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    write_world(folder)
    patch = pytest.MonkeyPatch()
    patch.chdir(folder)
    study = load("config.yaml")
    yield study, prepare(study, "config.yaml"), read_shipped("data")
    patch.undo()


def ready(plan, tiny):
    study, given, shipped = tiny
    tables = (shipped.sectors, shipped.neighbours)
    return prepare_plan(plan, study, given.all_months, given.units, *tables, "plan")


# --- what is simulated -------------------------------------------------------------------------


def test_a_sector_is_predicted_as_the_estimator_predicts_it(world, free):
    """One engine: prediction and error are those of `poisson_kriging`, panel by panel."""
    name, donors = "S03", free.donors("S03", ("S03", "S07"))
    drawn = draw_panels(world, PLAN, MEASURED, range(6))
    common, deviations = fitted(world, drawn.counts, name, donors)
    row = UNITS.index(name)
    expected, precision = predicted(drawn.counts[:, row, : world.start], common, deviations, "x")
    periods = world.panel.periods
    design = Design(
        name, donors, periods[: world.start], (), periods[world.start :], (("A", periods[-1:]),)
    )
    for number, counts in enumerate(drawn.counts):
        fit = KRIGING.fit(replace(world.panel, counts=counts), design)
        assert fit.counterfactual[world.start :].sum() == pytest.approx(expected[number], rel=1e-9)
        relative = fit.errors.sum() / fit.counterfactual[world.start :].sum() ** 2
        assert 1 / relative == pytest.approx(precision[number], rel=1e-9)


def test_one_sector_has_the_power_of_single_sector_kriging(world, free):
    """Against a simulation of its own: the estimator's fits, the panels' own counts, thinned."""
    one = replace(PLAN, sectors=(1,), designs=(Rollout("all_at_once"),), horizons=(24,))
    one = replace(one, panels=400, reference_panels=400)
    ours = measured(
        simulate(world, free, [Group((("S02",),))], one, 24),
        world,
        [Group((("S02",),))],
        one,
        24,
        "best",
    )[1].set_index("rate_ratio")
    periods, row = world.panel.periods, UNITS.index("S02")
    design = Design(
        "S02",
        free.donors("S02", ("S02",)),
        periods[: world.start],
        (),
        periods[world.start :],
        (("A", periods[-1:]),),
    )

    def ratios(branch: int, ratio: float) -> np.ndarray:
        other = replace(one, seed=one.seed + 1)
        generator = np.random.default_rng(7)
        found = []
        for counts in draw_panels(world, other, branch, range(400)).counts:
            fit = KRIGING.fit(replace(world.panel, counts=counts), design)
            events = generator.binomial(counts[row, world.start :].sum().astype(int), ratio)
            found.append(log_ratios(events, fit.counterfactual[world.start :].sum()))
        return np.array(found)

    critical = np.quantile(ratios(REFERENCE, 1.0), 0.025)
    for ratio in (0.6, 0.4):
        direct = float((ratios(MEASURED, ratio) <= critical).mean())
        error = np.hypot(ours.at[ratio, "standard_error"], np.sqrt(direct * (1 - direct) / 400))
        assert abs(direct - ours.at[ratio, "power"]) <= 3 * error + 0.01, ratio


def test_sectors_are_pooled_as_in_the_pooled_test():
    generator = np.random.default_rng(1)
    expected, variance = generator.uniform(5, 30, (2, 7, 3))
    counts = generator.poisson(20, (7, 3))
    precisions = expected**2 / variance
    theirs = (weights(expected, variance, "precision") * log_ratios(counts, expected)).sum(axis=1)
    sectors = [
        (log_ratios(counts[:, [k]], expected[:, [k]])[:, :, None], precisions[:, k])
        for k in range(3)
    ]
    estimate, total = pooled(sectors)
    assert estimate[:, 0, 0] == pytest.approx(theirs, rel=1e-12)
    assert total == pytest.approx(precisions.sum(axis=1))


@pytest.fixture(scope="module")
def rows(world, free):
    """Designs and power curves at both horizons."""
    groups = [Group((tuple(UNITS[first : first + 4]),), first // 4, 5) for first in range(0, 20, 4)]
    plan = replace(PLAN, rate_ratios=(*PLAN.rate_ratios, 1e-9))
    found = [
        measured(simulate(world, free, groups, plan, months), world, groups, plan, months, "random")
        for months in PLAN.horizons
    ]
    return [pd.concat(part, ignore_index=True) for part in zip(*found, strict=True)]


def test_where_every_event_is_averted_it_is_always_found(rows):
    power = rows[1]
    assert (power.loc[power["rate_ratio"] < 1e-6, "power"] == 1).all()
    assert power["rate_ratio"].nunique() == 6  # 1, the curve's


def test_more_sectors_or_months_never_find_less(rows):
    power = rows[1].set_index(["design", "sectors", "horizon", "rate_ratio"])
    compared = 0
    for design, count, months, ratio in power.index:
        for other in ((design, 4, months, ratio), (design, count, 24, ratio)):
            one, more = power.loc[(design, count, months, ratio)], power.loc[other]
            if ratio == 1 or one.name == more.name or count > other[1]:
                continue
            error = np.hypot(one["standard_error"], more["standard_error"])
            assert more["power"] >= one["power"] - 2 * error - 1e-9, other
            compared += 1
    assert compared > 20


def test_sizes_are_near_the_level_in_either_tail(rows):
    for side in ("left", "right"):
        size, error = rows[0][f"size_{side}"], rows[0][f"size_{side}_error"]
        assert (abs(size - 0.025) <= 4 * error).all()


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(world, free):
    def made(seed: int) -> bytes:
        plan = replace(PLAN, panels=20, reference_panels=40, seed=seed)
        groups = [Group((UNITS[:4],))]
        some = simulate(world, free, groups, plan, 12)
        return parquet_bytes(measured(some, world, groups, plan, 12, "best")[0])

    assert made(1) == made(1) != made(2)


def test_thinning_keeps_the_means_and_never_brings_events_back():
    events = planted(np.array([40.0, 10.0]), (1.0, 0.5, 0.25, 0.0), np.random.default_rng(1))
    many = planted(np.full(5000, 40.0), (1.0, 0.5, 0.25), np.random.default_rng(1)).mean((0, 1))
    assert (np.diff(events, axis=2) <= 0).all() and (events[:, :, -1] == 0).all()
    assert many == pytest.approx([40, 20, 10], abs=0.2)


def test_rises_add_events_and_leave_the_falls_as_they_were():
    both = (1.0, 0.5, 1.5, 3.0)
    events = planted(np.full(5000, 40.0), both, np.random.default_rng(1))
    falls = planted(np.full(5000, 40.0), both[:2], np.random.default_rng(1))
    assert (events[:, :, :2] == falls).all()
    assert (np.diff(events[:, :, [0, 2, 3]], axis=2) >= 0).all()
    assert events.mean((0, 1)) == pytest.approx([40, 20, 60, 120], rel=0.01)
    assert events[:, :, 3].var() == pytest.approx(120, rel=0.05)  # Poisson again


def towards(direction, ratios, **changes):
    found = replace(PLAN, rate_ratios=ratios, sectors=(2,), designs=PLAN.designs[:1], **changes)
    return found.towards(direction)


def test_a_plan_hopes_for_what_its_study_hopes_for():
    fall = towards("fall", (0.8, 0.5))
    assert fall.ratios == (1.0, 0.8, 0.5) and fall.sides == ("fall",)
    rise = towards("rise", (2.0, 1.5))
    assert rise.ratios == (1.0, 1.2, 1.5, 2.0) and rise.smallest_ratio == 1.2
    either = towards("either", (2.0, 0.5))
    assert either.ratios == (1.0, 0.8, 0.5, 1.25, 2.0)
    assert either.of_side("fall").ratios == fall.ratios
    assert either.of_side("rise").ratios == (1.0, 1.25, 2.0)
    assert either.of_side("rise").smallest_effect == 25 and fall.of_side("fall") is fall
    third = replace(either, smallest_effect=30.0)
    assert third.of_side("rise").smallest_ratio in third.ratios
    assert rise.stream != replace(rise, direction="fall").stream


def test_rises_are_found_as_often_as_they_are_there(world, free):
    """A rise by half of some two hundred events is found nearly always, a fall is not looked for;
    a plan of either finds
    on each side what a plan of that side finds."""
    groups = [Group((UNITS[:2],))]

    def rows(plan):
        return measured(simulate(world, free, groups, plan, 24), world, groups, plan, 24, "best")

    designs, power = rows(towards("rise", (1.2, 1.5, 2.0)))
    assert list(designs["side"]) == ["rise"]
    one, curve = designs.iloc[0], power.set_index("rate_ratio")["power"]
    assert curve.is_monotonic_increasing and curve[2.0] > 0.95
    assert one["size_right"] == curve[1.0] and 1.2 < 1 + one["detectable"] / 100 < 2.0
    assert one["difference"] == pytest.approx(0.2 * one["expected"])
    both, _ = rows(towards("either", (0.8, 0.5, 1.2, 1.5, 2.0)))
    fall, _ = rows(towards("fall", (0.8, 0.5)))
    assert list(both["side"]) == ["fall", "rise"]
    for alone, mine in ((fall.iloc[0], both.iloc[0]), (one, both.iloc[1])):
        apart = abs(mine["detectable"] - alone["detectable"])
        assert apart < 4 * np.hypot(alone["detectable_error"], mine["detectable_error"])


# --- the world ---------------------------------------------------------------------------------


def test_the_common_path_is_held_at_the_last_twelve_months(world):
    path = world.model.common
    assert path[24:] == pytest.approx(np.full(len(path) - 24, path[20:24].mean()))
    assert (world.start, len(path)) == (24, 32)
    drawn = draw_panels(world, replace(PLAN, panels=300), MEASURED, range(300)).means
    held = drawn[:, :, 24:].mean(axis=(0, 2)) / world.expected[:, 24:].mean(axis=1)
    assert held.mean() == pytest.approx(1, abs=0.05)


def test_sectors_have_the_size_that_their_own_past_predicts(world):
    counts = world.panel.counts[:, :24]
    late = counts[:, -8:].mean(axis=1) / world.model.common[16:24].mean()
    early = counts[:, :8].mean(axis=1) / world.model.common[:8].mean()
    apart = [np.abs(np.log(world.means / each)).mean() for each in (late, early)]
    assert apart[0] < apart[1] and apart[0] < 0.15


def test_the_wandering_is_that_of_changes_from_year_to_year():
    periods = tuple(f"{year}-{month}" for year in (2016, 2017, 2018) for month in ("01", "07"))
    totals = np.array([4e6, 4e6, 8e6, 8e6, 16e6, 16e6])
    assert wandering(periods, totals, 2) == pytest.approx(np.log(2) ** 2, rel=1e-5)
    assert wandering(periods, np.array([50.0, 52, 49, 51, 50, 50]), 2) == 0  # less than noise
    gap = (*periods[:2], *periods[4:], "2019-01", "2019-07")
    assert wandering(gap, totals, 2) == pytest.approx(np.log(2) ** 2, rel=1e-5)


# --- sets and orders ---------------------------------------------------------------------------


def test_the_order_is_one_that_any_tool_can_repeat():
    key = hashlib.sha256(b"2026:LA RAZA").hexdigest()
    assert order_key("LA RAZA", "2026") == key
    # printf '%s' '2026:TACUBA' | sha256sum
    assert order_key("TACUBA", "2026").startswith("c1d1a72c5c3c")
    names = ("B", "A", "C")
    assert drawn_order(names, "x") == drawn_order(sorted(names), "x")
    assert list(drawn_order(names, "x")) == sorted(names, key=lambda name: order_key(name, "x"))


def test_every_order_is_drawn_as_often():
    names = ("ALPES", "CENTRO", "LA RAZA", "TACUBA")
    counts = Counter(drawn_order(names, f"seed {number}") for number in range(4800))
    assert set(counts) == set(permutations(names))
    assert chisquare(list(counts.values())).pvalue > 0.001


def test_sets_have_no_neighbours_and_leave_two_in_each_borough():
    near = {name: set() for name in UNITS}
    for one, other in zip(UNITS, UNITS[1:], strict=False):
        near[one].add(other)
        near[other].add(one)
    borough = {name: f"B{number // 4}" for number, name in enumerate(UNITS)}
    found = Candidates(UNITS, UNITS, (), {k: frozenset(v) for k, v in near.items()}, borough, True)
    sets = random_sets(found, replace(PLAN, sectors=(6,), sets=30), "plan")
    assert len(sets) == 30 and len(set(sets)) > 25
    for chosen in sets:
        assert not any(near[name] & set(chosen) for name in chosen)
        assert max(Counter(borough[name] for name in chosen).values()) <= 2
        for name in chosen:
            assert not set(found.donors(name, chosen)) & ({*chosen} | near[name])
    together = replace(found, apart=False)
    assert any(
        any(near[name] & set(chosen) for name in chosen)
        for chosen in random_sets(together, replace(PLAN, sectors=(6,), sets=30), "plan")
    )


def test_entries():
    wedge = Rollout("stepped_wedge", 6)
    assert Rollout("all_at_once").entries(3, 24) == (0, 0, 0)
    assert Rollout("random_order", 3).entries(4, 24) == (0, 3, 6, 9)
    assert wedge.entries(8, 24) == (0, 0, 6, 6, 12, 12, 18, 18)
    assert wedge.entries(5, 24) == (0, 0, 6, 12, 18)
    assert wedge.entries(3, 24) == (0, 6, 12)
    assert Rollout("stepped_wedge", 12).entries(3, 24) == (0, 0, 12)


def test_a_design_that_another_beats_is_left_out():
    base = {"outcome": "homicide", "side": "fall", "sets": "random", "at_once": 1}
    rows = pd.DataFrame(
        [
            base | {"detectable": 30.2, "horizon": 24, "sectors": 4, "difference": 20.0},
            base | {"detectable": 30.9, "horizon": 24, "sectors": 4, "difference": 20.0},  # equal
            base | {"detectable": 33.0, "horizon": 24, "sectors": 4, "difference": 19.0},  # beaten
            base | {"detectable": 33.0, "horizon": 24, "sectors": 3, "difference": 15.0},
            base | {"detectable": np.nan, "horizon": 12, "sectors": 3, "difference": 15.0},
        ]
    )
    assert with_undominated(rows)["undominated"].tolist() == [True, True, False, True, False]


# --- a plan on a study -------------------------------------------------------------------------


def test_a_plan_is_made_ready_from_a_study(tiny):
    plan = parse_plan(plan_config(), "plan")
    made = ready(plan, tiny)
    part = made.candidates.set_index("sector")["part"]
    assert part[["PILOT", "LATECOMER", "NEIGHBOUR"]].tolist() == ["out"] * 3
    assert (part == "candidate").sum() == 11
    best = [group.order(2) for group in groups_of(made.sets, "best")]
    assert len(best) == 1 and len(groups_of(made.sets, "random")) == plan.sets
    ranked = made.candidates.dropna().sort_values("information", ascending=False)["sector"]
    assert set(best[0]) == set(ranked.head(2))
    drawn = made.order[made.order["draw"] == "candidates"]
    assert drawn["place"].tolist()[:2] == [1, 2] and drawn["place"].max() == 2
    assert drawn["key"].is_monotonic_increasing and len(drawn) == 11


def test_a_plan_is_written_and_read_as_json(tmp_path):
    from dataclasses import asdict

    from evaluation.study.files import write_json

    write_json(asdict(PLAN), tmp_path / "plan.json")
    assert from_json(tmp_path / "plan.json") == PLAN
    listed = replace(PLAN, candidates=("A", "B"), exclude=(("C", "why"),))
    write_json(asdict(listed), tmp_path / "plan.json")
    assert from_json(tmp_path / "plan.json") == listed


def test_words_and_the_draw_move_no_simulation():
    assert replace(PLAN, plan="other", title=(), draw_seed="9").stream == PLAN.stream
    assert replace(PLAN, horizons=(12,)).stream != PLAN.stream


def test_the_shipped_plan_is_one(monkeypatch):
    monkeypatch.chdir(ROOT)
    plan, config = open_plan("config/plans/scale_up.yaml", SCHEMA)
    assert config == "config/config.yaml" and plan.most == 8
    assert open_plan(config, SCHEMA) == (None, config)


BAD = {
    "already treated": ({"candidates": ["LATECOMER", "DONOR A"]}, "in the programme since 2018-06"),
    "the pilot": ({"candidates": ["PILOT", "DONOR A"]}, "in the programme since 2018-01"),
    "left out": ({"candidates": ["NEIGHBOUR", "DONOR A"]}, "NEIGHBOUR, which the study leaves out"),
    "unknown": ({"candidates": ["DONOR Z", "DONOR A"]}, "the unknown sector 'DONOR Z'"),
    "misspelt": ({"candidates": ["donor a", "DONOR B"]}, "Did you mean 'DONOR A'"),
    "unknown out": ({"exclude": {"DONOR Z": "why"}}, "the unknown sector 'DONOR Z'"),
    "both": (
        {"candidates": ["DONOR A", "DONOR B"], "exclude": {"DONOR A": "why"}},
        "candidates too",
    ),
    "too few listed": ({"candidates": ["DONOR A"]}, "1 candidates for 2 sectors"),
    "too few left": (
        {"exclude": {name: "why" for name in SECTORS[3:13]}},
        "1 candidates for 2 sectors",
    ),
    "in all": ({"sectors": [10]}, "10 sectors chosen of 11: DONOR A would keep 1 donors"),
    "long step": (
        {"designs": [{"design": "stepped_wedge", "step": 12}]},
        "the second wave would enter after 12 months, and the first answer is due after 12",
    ),
    "long order": (
        {"designs": [{"design": "random_order", "step": 12}]},
        "the last sector would enter after 12 months",
    ),
    "no whole period": (
        {"designs": [{"design": "stepped_wedge", "step": 4}]},
        "a step of 4 months",
    ),
    "step 0": (
        {"designs": [{"design": "random_order", "step": 0}]},
        "a step of 0 months|0 is less than",
    ),
    "all with step": (
        {"designs": [{"design": "all_at_once", "step": 3}]},
        "all_at_once with a step of 3",
    ),
    "no step": ({"designs": [{"design": "random_order"}]}, "random_order without a step"),
    "twice": ({"designs": [{"design": "all_at_once"}, {"design": "all_at_once"}]}, "non-unique"),
    "no design": ({"designs": [{"design": "cluster"}]}, "'cluster' is not one of"),
    "horizon 0": ({"horizons": [0]}, "0 is less than the minimum of 1"),
    "horizon below 0": ({"horizons": [-12]}, "-12 is less than"),
    "horizon cut": ({"horizons": [13]}, "13 months"),
    "start inside": ({"start": "2018-10"}, "2018-10, within the observed history"),
    "start cut": ({"start": "2019-02"}, "2019-02 begins no quarter"),
    "outcome": ({"outcomes": ["robbery"]}, "'robbery'"),
    "title": ({"title": {"en": "Plan"}}, r"none in \['es'\]"),
    "ratio 1": ({"rate_ratios": [1]}, r"\[1.0\], and the study hopes for a fall"),
    "a rise": ({"rate_ratios": [1.3, 0.8]}, "Expected some below 1, and no others"),
    "all": ({"smallest_effect": 100}, "a fall of 100%. Expected below 100"),
    "level": ({"level": 95}, "95 is greater than the maximum"),
    "few references": (
        {"level": 0.999, "reference_panels": 499},
        "499 panels for a test at level 0.999. Expected at least 500",
    ),
    "slip": ({"horizon": [12]}, "horizon"),
}


@pytest.mark.parametrize("name", BAD)
def test_an_impossible_plan_is_refused_with_its_reason(name, tiny, tmp_path):
    change, message = BAD[name]
    with pytest.raises(InputError, match=message):
        attempt(plan_config() | change, tiny, tmp_path)


def test_a_plan_is_of_outcomes_that_are_counted(tiny, tmp_path):
    study, given, shipped = tiny
    values = tuple(replace(one, kind="continuous") for one in study.definitions)
    with pytest.raises(InputError, match="key outcomes: 'homicide', whose values are no counts"):
        attempt(plan_config(), (replace(study, definitions=values), given, shipped), tmp_path)


def test_a_plan_does_not_begin_from_a_panel_that_is_given(tiny, tmp_path):
    """It has no boroughs, of which each keeps sectors for comparison."""
    study, given, shipped = tiny
    elsewhere = replace(study, periods=PeriodNames("year", 1990))
    with pytest.raises(InputError, match="key study: .*, which gives a panel. Expected a study"):
        attempt(plan_config(), (elsewhere, given, shipped), tmp_path)


def attempt(config, tiny, folder):
    study, given, _ = tiny
    path = folder / "plan.yaml"
    path.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    plan = read_plan(path, SCHEMA)
    refuse_impossible(plan, study, given, ("en", "es"), str(path))
    return plan


def test_the_plan_of_these_tests_is_not_refused(tiny, tmp_path):
    assert attempt(plan_config(), tiny, tmp_path).seed == plan_config()["seed"]


def test_generated_slips_are_refused_in_words(tiny, tmp_path):
    """Each key lost, emptied, of another kind, or out of range: one `InputError`, or a plan."""
    generator = np.random.default_rng(20260101)
    strange = [None, "", [], {}, "x", -1, 0, 1e9, True, [[1]], {"a": 1}, ["PILOT"], "2018-01", 0.5]
    base, refused = plan_config(), 0
    for key in base:
        cases = [{k: v for k, v in base.items() if k != key}]
        picks = generator.choice(len(strange), 6, replace=False)
        cases += [base | {key: strange[pick]} for pick in picks]
        for case in cases:
            try:
                attempt(case, tiny, tmp_path)
            except InputError as error:
                refused += 1
                assert error.problem and error.expected and error.action
    assert refused > 100


def test_a_history_that_is_silent_or_short_is_refused(tiny, tmp_path):
    study, given, shipped = tiny
    plan = parse_plan(plan_config(), "plan")
    panel = given.all_months
    tables = (shipped.sectors, shipped.neighbours)
    short = panel[panel["month"] >= "2017-01"]
    with pytest.raises(InputError, match="8 periods of 3 months. Expected at least 3 years"):
        prepare_plan(plan, study, short, given.units, *tables, "plan")
    silent = replace(given, all_months=panel.assign(count=panel["count"] * 0))
    with pytest.raises(InputError, match="no event"):
        refuse_impossible(plan, study, silent, ("en", "es"), "plan")


def test_a_singular_covariance_is_refused():
    counts, common = np.full((1, 8), 5.0), np.ones((1, 12))
    from evaluation.study.errors import EstimationError

    with pytest.raises(EstimationError, match="x: the covariance .* singular or not finite"):
        predicted(counts, common, np.full((1, 12, 12), np.nan), "x")


def test_neighbours_of_the_programme_are_candidates_only_if_asked(tiny):
    study, given, shipped = tiny
    beside = pd.DataFrame(
        [("LATECOMER", "DONOR A", 900, 0), ("DONOR A", "LATECOMER", 900, 0)],
        columns=shipped.neighbours.columns,
    )
    neighbours = pd.concat([shipped.neighbours, beside], ignore_index=True)
    plan = parse_plan(plan_config(), "plan")
    found = find_candidates(plan, study, given.units, shipped.sectors, neighbours, "plan")
    assert ("DONOR A", "programme", "LATECOMER") in found.left_out
    assert "DONOR A" in found.pool and "DONOR A" not in found.names
    asked = replace(plan, contiguous_pairs=True)
    found = find_candidates(asked, study, given.units, shipped.sectors, neighbours, "plan")
    assert "DONOR A" in found.names
    listed = replace(plan, candidates=("DONOR A", "DONOR B"))
    with pytest.raises(InputError, match="DONOR A, next to a sector of the programme: LATECOMER"):
        find_candidates(listed, study, given.units, shipped.sectors, neighbours, "plan")


def test_a_borough_keeps_two_sectors_for_comparison(tiny):
    study, given, shipped = tiny
    alone = shipped.sectors["sector"].isin(["DONOR A", "DONOR B"])
    sectors = shipped.sectors.assign(alcaldia=np.where(alone, "ALONE", "CENTRE"))
    plan = parse_plan(plan_config(), "plan")
    found = find_candidates(plan, study, given.units, sectors, shipped.neighbours, "plan")
    assert ("DONOR A", "borough", "ALONE") in found.left_out and len(found.names) == 9
    listed = replace(plan, candidates=("DONOR A", "DONOR C"))
    with pytest.raises(InputError, match="borough would keep fewer than 2 donors: ALONE"):
        find_candidates(listed, study, given.units, sectors, shipped.neighbours, "plan")
    # Of three boroughs of three sectors each gives one, and a fourth sector cannot be found.
    spread = sectors.assign(
        alcaldia=["CENTRE"] * 3 + [f"B{number // 3}" for number in range(9)] + ["B9", "B9"]
    )
    most = replace(plan, sectors=(4,))
    found = find_candidates(most, study, given.units, spread, shipped.neighbours, "plan")
    assert len(found.first_admissible(found.names, 4)) == 3
    with pytest.raises(InputError, match="0 had 4 sectors that are admissible together"):
        random_sets(found, most, "plan")


def test_worlds_are_of_the_whole_history(tiny):
    study, given, shipped = tiny
    plan = parse_plan(plan_config(), "plan")
    tables = (shipped.sectors, shipped.neighbours)
    found = find_candidates(plan, study, given.units, *tables, "plan")
    made = world_of(plan, study, given.all_months, found, "homicide", "plan")
    assert made.observed == 12 and made.start == 12 and made.end(24) == 20


@pytest.mark.slow
def test_the_pooled_test_finds_what_the_plan_says(world, free):
    """On the plan's panels the pooled test itself, with a reference of its own for each panel: the
    plan has one reference for all, and as much power."""
    names, ratio, panels = ("S02", "S05", "S09"), 0.8, 200
    one = replace(PLAN, sectors=(3,), designs=(Rollout("all_at_once"),), rate_ratios=(ratio,))
    one = replace(one, panels=800, reference_panels=800)
    groups = [Group((names,))]
    curve = measured(simulate(world, free, groups, one, 24), world, groups, one, 24, "best")[1]
    said = curve.set_index("rate_ratio").loc[ratio]
    generator, hits = np.random.default_rng(3), 0
    entry = tuple((name, world.panel.periods[world.start]) for name in names)
    adoption = Adoption(UNITS, world.panel.periods, 3, entry)
    rows = np.ix_(world.panel.rows(names), range(world.start, len(world.panel.periods)))
    for counts in draw_panels(world, replace(one, seed=9), MEASURED, range(panels)).counts:
        counts[rows] = generator.binomial(counts[rows].astype(int), ratio)
        panel = replace(world.panel, counts=counts)
        model = comparison_model(panel, adoption)
        variations = [model.redrawn(generator) for _ in range(60)]
        nulls = draw_null_panels(panel, adoption, model, variations, generator)
        sectors = treated_sectors(panel, adoption)
        sets = simulate_sets(sectors, model, nulls, 8, generator)
        window = Window.of(sectors.observed, predict_real(sectors, model), sets)
        found = pooled_estimate(window, level=one.level, generator=generator)
        hits += found.p_value <= 1 - one.level and found.estimate < 0
    share = hits / panels
    error = np.hypot(said["standard_error"], np.sqrt(share * (1 - share) / panels))
    assert 0.2 < said["power"] < 0.97 and abs(share - said["power"]) <= 3 * error
